//! Spec: spec/command/rpc.md
//!
//! The RPC: the commands over HTTP under `/api/v0`, for one daemon.

use crate::env::Env;
use crate::metrics::{self, Metrics};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use ipfs_gateway::Gateway;
use ipfs_node::http::serve::Answer;
use ipfs_node::http::{Body, Handler, empty, full};
use std::sync::Arc;

mod answer;
pub(crate) mod asked;
mod call;
mod gate;
mod multipart;
mod query;
mod upload;
mod webui;

pub use gate::{Access, Authorization};

/// Version of this program as clients see it.
pub const AGENT: &str = concat!("kubo/", "0.44.0-dev");

/// Serves the commands of one daemon on one listener.
pub struct Rpc {
    env: Arc<Env>,
    access: Access,
    gateway: Arc<Gateway>,
    metrics: Arc<Metrics>,
    asked: Arc<asked::Asked>,
}

impl Rpc {
    /// The RPC for these surroundings, with these rules about who may call;
    /// `gateway` serves the web interface.
    pub fn new(
        env: Arc<Env>,
        access: Access,
        gateway: Arc<Gateway>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { env, access, gateway, metrics, asked: Arc::default() }
    }

    async fn route(self: Arc<Self>, request: Request<Body>) -> Response<Body> {
        if request.method() == Method::CONNECT {
            return Response::new(empty());
        }
        let path = request.uri().path();
        // spec: rpc.base-redirect
        if path == "/api/v0" {
            return webui::moved(&request, StatusCode::TEMPORARY_REDIRECT, "/api/v0/");
        }
        match path.strip_prefix("/api/v0/") {
            Some(_) => self.command(request).await,
            None if path.starts_with("/ipfs/") || path.starts_with("/ipns/") => {
                self.webui_file(request).await
            }
            None if path == "/logs" => self.log(request).await,
            None => self.page(&request),
        }
    }

    /// What the port serves beside the commands.
    fn page(&self, request: &Request<Body>) -> Response<Body> {
        match request.uri().path() {
            // spec: rpc.version-page
            "/version" => {
                let version = format!("Commit: \nClient Version: {AGENT}\n");
                answer::text(StatusCode::OK, &version)
            }
            // spec: metrics.text, rpc.metrics
            "/debug/metrics/prometheus" => {
                let counts = self.env.repo().ok().and_then(|repo| repo.datastore_counts());
                let mut response = Response::new(full(self.metrics.text(counts)));
                let media_type = HeaderValue::from_static(metrics::MEDIA_TYPE);
                response.headers_mut().insert(header::CONTENT_TYPE, media_type);
                response
            }
            // spec: rpc.webui
            "/webui" => webui::moved(request, StatusCode::TEMPORARY_REDIRECT, "/webui/"),
            "/webui/" => self.webui(request),
            // spec: rpc.root
            _ => answer::not_found(),
        }
    }

    /// The log as it comes: `log tail` for those who only can `GET`, with the same rules.
    // spec: rpc.logs
    async fn log(self: Arc<Self>, mut request: Request<Body>) -> Response<Body> {
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::from_static("/api/v0/log/tail");
        let response = self.command(request).await;
        tracing::info!("log API client connected");
        response
    }

    async fn command(self: Arc<Self>, request: Request<Body>) -> Response<Body> {
        // Without the query, which may hold secrets.
        tracing::debug!("incoming API request: {}", request.uri().path());
        let (mut response, cors) = match gate::client_version(&request) {
            Some(refused) => return refused,
            None => match self.access.check(&request) {
                gate::Verdict::Answer(response) => return response,
                gate::Verdict::Refused(response, cors) => (response, cors),
                gate::Verdict::Pass(cors) if request.uri().path() == asked::TARGET => {
                    (self.asked.answer(request.uri().query().unwrap_or_default()), cors)
                }
                gate::Verdict::Pass(cors) => {
                    let env = self.env.clone();
                    (call::call(env, request, &self.access, &self.asked).await, cors)
                }
            },
        };
        cors.apply(response.headers_mut());
        sort(response.headers_mut());
        response
    }
}

/// Puts headers in the order of their names, as Go writes them.
fn sort(headers: &mut HeaderMap) {
    let mut lines: Vec<_> = Vec::with_capacity(headers.len());
    let mut last = None;
    for (name, value) in headers.drain() {
        last = name.or(last);
        if let Some(name) = &last {
            lines.push((name.clone(), value));
        }
    }
    lines.sort_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
    for (name, value) in lines {
        headers.append(name, value);
    }
}

impl Handler for Rpc {
    fn handle(self: Arc<Self>, request: Request<Body>) -> Answer {
        Box::pin(self.route(request))
    }
}
