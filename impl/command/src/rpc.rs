//! Spec: spec/command/rpc.md
//!
//! The RPC: the commands over HTTP under `/api/v0`, for one daemon.

use crate::env::Env;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use ipfs_node::http::serve::Answer;
use ipfs_node::http::{Body, Handler, empty, full};
use std::sync::Arc;

mod answer;
mod call;
mod gate;
mod multipart;
mod query;
mod upload;

pub use gate::{Access, Authorization};

/// Version of this program as clients see it.
pub const AGENT: &str = concat!("kubo/", "0.44.0-dev");

/// The web interface (version 4.13.0).
const WEBUI: &str = "/ipfs/bafybeiciqeyipumpmhxzlxnbqdbbv6u5uij4hy4wax64dmj7kvrhusiq6y";

/// Serves the commands of one daemon on one listener.
pub struct Rpc {
    env: Arc<Env>,
    access: Access,
}

impl Rpc {
    /// The RPC for these surroundings, with these rules about who may call.
    pub fn new(env: Arc<Env>, access: Access) -> Self {
        Self { env, access }
    }

    async fn route(self: Arc<Self>, request: Request<Body>) -> Response<Body> {
        if request.method() == Method::CONNECT {
            return Response::new(empty());
        }
        let path = request.uri().path();
        if path == "/api/v0" {
            return self.moved(&request, StatusCode::TEMPORARY_REDIRECT, "/api/v0/");
        }
        match path.strip_prefix("/api/v0/") {
            Some(_) => self.command(request).await,
            None => self.page(&request),
        }
    }

    /// What the port serves beside the commands.
    fn page(&self, request: &Request<Body>) -> Response<Body> {
        match request.uri().path() {
            "/version" => {
                let version = format!("Commit: \nClient Version: {AGENT}\n");
                answer::text(StatusCode::OK, &version)
            }
            // spec: rpc.webui
            "/webui" => self.moved(request, StatusCode::TEMPORARY_REDIRECT, "/webui/"),
            "/webui/" => self.webui(request),
            _ => answer::not_found(),
        }
    }

    /// A redirect, with a page for those who can't follow it.
    fn moved(&self, request: &Request<Body>, status: StatusCode, to: &str) -> Response<Body> {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let reason = status.canonical_reason().unwrap_or_default();
        let page = format!("<a href=\"{to}\">{reason}</a>.\n\n");
        let mut response = Response::new(if reads { full(page) } else { empty() });
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if let Ok(to) = HeaderValue::try_from(to) {
            headers.insert(header::LOCATION, to);
        }
        if reads {
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            headers.insert(header::CONTENT_TYPE, html);
        }
        response
    }

    /// The way to the web interface, which is content like any other.
    fn webui(&self, request: &Request<Body>) -> Response<Body> {
        let mut response = self.moved(request, StatusCode::FOUND, WEBUI);
        for (name, value) in &self.access.headers {
            response.headers_mut().append(name, value.clone());
        }
        response
    }

    async fn command(self: Arc<Self>, request: Request<Body>) -> Response<Body> {
        let (mut response, cors) = match gate::client_version(&request) {
            Some(refused) => return refused,
            None => match self.access.check(&request) {
                gate::Verdict::Answer(response) => return response,
                gate::Verdict::Refused(response, cors) => (response, cors),
                gate::Verdict::Pass(cors) => {
                    let response = call::call(self.env.clone(), request, &self.access).await;
                    (response, cors)
                }
            },
        };
        cors.apply(response.headers_mut());
        response
    }
}

impl Handler for Rpc {
    fn handle(self: Arc<Self>, request: Request<Body>) -> Answer {
        Box::pin(self.route(request))
    }
}
