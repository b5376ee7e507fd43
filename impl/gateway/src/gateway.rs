//! Spec: spec/gateway/README.md
//!
//! The gateway as a whole: limits, the host layer, the routes.

use crate::Response;
use crate::config::Config;
use crate::error::Error;
use crate::error_page;
use crate::guard::Guarded;
use crate::headers;
use crate::host::{self, Outcome};
use crate::path_gateway;
use crate::request::{Head, Routed, UPLOAD_BYTES_MAX, check_host};
use crate::routing_v1::{self, Router};
use crate::serve;
use crate::subdomain::KnownHosts;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, HeaderMap, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body::Body as _;
use ipfs_data::block::Source;
use ipfs_node::content::Fetch;
use ipfs_node::denylist::Denylists;
use ipfs_node::http::{Body, body};
use ipfs_node::names;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Seconds after which a client that found the gateway busy is told to come back.
const RETRY_AFTER_SECONDS: u64 = 60;

/// Makes what fetches for one request.
pub type MakeFetch = Box<dyn Fn(Arc<AtomicBool>) -> Option<Fetch> + Send + Sync>;

/// What the gateway serves.
pub struct Content {
    /// Blocks, wherever they come from.
    pub blocks: Arc<dyn Source>,
    /// Blocks of this machine only.
    pub local: Arc<dyn Source>,
    /// Names.
    pub names: Arc<names::Resolver>,
    /// Who answers questions of delegated routing; none when only the records at hand can.
    pub router: Option<Box<dyn Router>>,
    /// Paths that are not to be provided. Blocks on these lists are held back by `blocks` and
    /// `local` themselves.
    pub denylists: Arc<Denylists>,
    /// The answer to `/version`: lines of text.
    pub version: String,
    /// How a request gets blocks that are not here; it stops when the flag is set.
    pub fetch: Option<MakeFetch>,
}

/// The gateway. Shared by all requests.
pub struct Gateway {
    /// The settings.
    pub config: Config,
    /// What it serves. With `NoFetch` all blocks are those of this machine.
    pub content: Content,
    /// Hosts with rules of their own.
    pub hosts: KnownHosts,
    common: HeaderMap,
    slots: Option<Arc<Semaphore>>,
}

/// Tells those who fetch for a request that its client is gone.
// spec: content.cancel
#[derive(Debug, Default)]
pub(crate) struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Gateway").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Gateway {
    /// A gateway with these settings.
    // spec: path-gateway.no-fetch
    pub fn new(config: Config, mut content: Content) -> Self {
        if config.no_fetch {
            content.blocks = content.local.clone();
            content.fetch = None;
        }
        let common = headers::common(&config);
        let slots = config
            .concurrent_requests_max
            .map(|slots| Arc::new(Semaphore::new(slots.min(Semaphore::MAX_PERMITS))));
        let hosts = KnownHosts::new(&config.public_gateways);
        Self { config, content, hosts, common, slots }
    }

    /// Answers a request. Must run inside the runtime; what blocks runs on its blocking threads.
    pub async fn handle(self: &Arc<Self>, request: Request<Body>) -> Response {
        let started = Instant::now();
        let (parts, body) = request.into_parts();
        let mut head = match check_host(&parts).and_then(|()| Head::read(parts)) {
            Ok(head) => head,
            Err(error) => return self.finish(error_page::plain(&error)),
        };
        if head.method == Method::PUT && head.path.starts_with("/routing/v1/") {
            head.upload = match upload(body).await {
                Ok(bytes) => bytes,
                Err(error) => return self.finish(error_page::plain(&error)),
            };
        }
        let head = Arc::new(head);
        let Some(slot) = self.slot() else {
            return self.finish(error_page::respond(self, &head, &busy()));
        };
        let gone = CancelOnDrop::default();
        let response = self.answer(head, &gone).await;
        self.finish(Guarded::wrap(response, (slot, gone), started, &self.config))
    }

    /// Answers on a thread that may block, within the bound for looking for content.
    // spec: path-gateway.retrieval-timeout
    async fn answer(self: &Arc<Self>, head: Arc<Head>, gone: &CancelOnDrop) -> Response {
        let (gateway, request) = (self.clone(), head.clone());
        let fetch = self.content.fetch.as_ref().and_then(|fetch| fetch(gone.0.clone()));
        let work = tokio::task::spawn_blocking(move || {
            let _entered = fetch.as_ref().map(Fetch::enter);
            gateway.respond(&request)
        });
        let limit = self.config.retrieval_timeout.unwrap_or(self.config.request_duration_max);
        match tokio::time::timeout(limit.min(self.config.request_duration_max), work).await {
            Ok(Ok(response)) => response,
            Ok(Err(panicked)) => {
                tracing::error!(target: "gateway", path = %head.path, "{panicked}");
                error_page::respond(self, &head, &Error::internal("internal error"))
            }
            Err(_) => {
                gone.0.store(true, Ordering::Relaxed);
                error_page::respond(self, &head, &timeout())
            }
        }
    }

    /// Takes part of the capacity; none when there is no more.
    // spec: path-gateway.too-many-requests
    fn slot(&self) -> Option<Option<OwnedSemaphorePermit>> {
        match &self.slots {
            None => Some(None),
            Some(slots) => slots.clone().try_acquire_owned().ok().map(Some),
        }
    }

    /// Adds the headers of every answer, unless the answer has its own.
    fn finish(&self, mut response: Response) -> Response {
        let own = std::mem::replace(response.headers_mut(), self.common.clone());
        let mut last = None;
        for (name, value) in own {
            if let Some(name) = name {
                response.headers_mut().remove(&name);
                last = Some(name);
            }
            if let Some(name) = &last {
                response.headers_mut().append(name, value);
            }
        }
        response
    }

    /// Answers a request; blocks.
    pub fn respond(&self, head: &Head) -> Response {
        if let Some(clean) = clean(&head.raw_path) {
            let query = if head.raw_query.is_empty() { "" } else { "?" };
            let target = format!("{clean}{query}{}", head.raw_query);
            return serve::redirect(head, StatusCode::TEMPORARY_REDIRECT, &target);
        }
        match host::route(self, head) {
            Outcome::Respond(response) => *response,
            Outcome::Serve(routed) => self.route(head, routed),
        }
    }

    fn route(&self, head: &Head, routed: Routed) -> Response {
        let path = routed.path.as_str();
        if path.starts_with("/ipfs/") || path.starts_with("/ipns/") {
            return path_gateway::respond(self, head, routed);
        }
        match path {
            "/ipfs" | "/ipns" => {
                serve::redirect(head, StatusCode::TEMPORARY_REDIRECT, &format!("{path}/"))
            }
            // spec: routing-v1.exposed
            _ if self.config.expose_routing_api
                && path
                    .strip_prefix("/routing/v1")
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) =>
            {
                match &self.content.router {
                    Some(router) => routing_v1::answer(router.as_ref(), head),
                    None => routing_v1::answer(&routing_v1::Local(&self.content.names), head),
                }
            }
            "/version" => text(StatusCode::OK, &self.content.version),
            // spec: path-gateway.root-redirect
            _ if !self.config.root_redirect.is_empty() => {
                serve::redirect(head, StatusCode::FOUND, &self.config.root_redirect)
            }
            _ => not_found(),
        }
    }
}

impl ipfs_node::http::Handler for Gateway {
    fn handle(self: Arc<Self>, request: Request<Body>) -> ipfs_node::http::serve::Answer {
        Box::pin(async move { Gateway::handle(&self, request).await })
    }
}

/// What was sent along with a request, and one byte more than allowed if there is more.
// spec: routing-v1.ipns-put-max
async fn upload(body: Body) -> Result<Bytes, Error> {
    let mut body = std::pin::pin!(body);
    let mut bytes = Vec::new();
    while bytes.len() <= UPLOAD_BYTES_MAX
        && let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await
    {
        let frame = frame.map_err(|error| Error::bad_request(error.to_string()))?;
        if let Ok(data) = frame.into_data() {
            let room = UPLOAD_BYTES_MAX + 1 - bytes.len();
            bytes.extend_from_slice(&data[..data.len().min(room)]);
        }
    }
    Ok(bytes.into())
}

/// 404 for what no route knows.
pub fn not_found() -> Response {
    error_page::plain(&Error::new(StatusCode::NOT_FOUND, "404 page not found"))
}

fn text(status: StatusCode, text: &str) -> Response {
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(http::header::CONTENT_TYPE, kind);
    serve::response(status, headers, body::full(text.to_owned()))
}

fn busy() -> Error {
    let text = format!("Too many requests. Please retry after {RETRY_AFTER_SECONDS} seconds.");
    Error::new(StatusCode::TOO_MANY_REQUESTS, text)
        .with_retry_after(RETRY_AFTER_SECONDS)
        .with_header(CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

fn timeout() -> Error {
    Error::new(
        StatusCode::GATEWAY_TIMEOUT,
        "Unable to retrieve content within timeout period: no data was received in time",
    )
}

/// The path without empty, `.` and `..` segments, unless it has none of them.
// spec: path-gateway.clean-path
pub(crate) fn clean(path: &str) -> Option<String> {
    if path.starts_with('/') && !["//", "/./", "/../"].iter().any(|odd| path.contains(odd)) {
        let tail = path.rsplit('/').next().unwrap_or_default();
        if tail != "." && tail != ".." {
            return None;
        }
    }
    let mut clean = without_dots(path);
    if path.ends_with('/') && clean != "/" {
        clean.push('/');
    }
    (clean != path && path != "*").then_some(clean)
}

/// The absolute path without empty, `.` and `..` segments, and without a slash at its end.
pub(crate) fn without_dots(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    format!("/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_paths_are_cleaned() {
        assert_eq!(clean("/ipfs/a/b/"), None);
        assert_eq!(clean("/"), None);
        assert_eq!(clean("/ipfs/a..b/.c/..d"), None);
        assert_eq!(clean("//ipfs///a//").as_deref(), Some("/ipfs/a/"));
        assert_eq!(clean("/ipfs/a/../../../x").as_deref(), Some("/x"));
        assert_eq!(clean("/ipfs/a/..").as_deref(), Some("/ipfs"));
        assert_eq!(clean("/ipfs/a/.").as_deref(), Some("/ipfs/a"));
        assert_eq!(clean("/..").as_deref(), Some("/"));
    }
}
