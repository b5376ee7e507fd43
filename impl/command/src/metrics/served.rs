//! Spec: spec/command/metrics.md
//!
//! Counts the requests of a listener.

use super::{GatewayMetrics, Metrics};
use crate::spans::{Spans, Started};
use http::{Method, Request, StatusCode, header};
use ipfs_gateway::format::NAMES;
use ipfs_node::http::Body;
use ipfs_node::http::body::{self, Watch};
use ipfs_node::http::serve::{Answer, Handler};
use std::sync::Arc;
use std::time::Instant;

/// Which server a listener belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// The RPC.
    Api,
    /// The gateway.
    Gateway,
}

/// A handler that counts what it is asked.
pub struct Served<H> {
    inner: Arc<H>,
    server: Server,
    metrics: Arc<Metrics>,
    spans: Option<Arc<Spans>>,
}

impl<H> Served<H> {
    /// Counts the requests to `inner`, and records a span of each where wanted.
    pub fn new(
        inner: Arc<H>,
        server: Server,
        metrics: Arc<Metrics>,
        spans: Option<Arc<Spans>>,
    ) -> Self {
        Self { inner, server, metrics, spans }
    }
}

impl<H: Handler> Handler for Served<H> {
    fn handle(self: Arc<Self>, request: Request<Body>) -> Answer {
        let seen = Seen::of(&request, self.server, self.metrics.clone());
        let span = self.spans.as_ref().and_then(|spans| {
            let parent = request.headers().get("traceparent").and_then(|text| text.to_str().ok());
            Some((spans.clone(), spans.begin(request.uri().path(), parent)?))
        });
        Box::pin(async move {
            let response = self.inner.clone().handle(request).await;
            let counted = Counted { status: response.status(), seen, bytes: 0, span };
            response.map(|body| body::watch(body, counted))
        })
    }
}

/// What counts of a request. The gauge of running requests goes down when this goes away.
struct Seen {
    metrics: Arc<Metrics>,
    server: Server,
    method: &'static str,
    request_bytes: usize,
    namespace: Option<&'static str>,
    format: &'static str,
    started: Instant,
}

impl Seen {
    fn of(request: &Request<Body>, server: Server, metrics: Arc<Metrics>) -> Self {
        if server == Server::Gateway {
            metrics.gateway.running.inc();
        }
        Self {
            metrics,
            server,
            method: method(request.method()),
            request_bytes: size(request),
            namespace: namespace(request),
            format: format(request),
            started: Instant::now(),
        }
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        if self.server == Server::Gateway {
            self.metrics.gateway.running.dec();
        }
    }
}

/// A request with its answer: counted when the answer's body is gone, sent or not.
struct Counted {
    seen: Seen,
    status: StatusCode,
    bytes: u64,
    span: Option<(Arc<Spans>, Started)>,
}

// spec: metrics.http, metrics.gateway
impl Drop for Counted {
    fn drop(&mut self) {
        if let Some((spans, started)) = self.span.take() {
            spans.end(started, self.seen.method, self.status.as_u16(), self.bytes);
        }
        let seen = &self.seen;
        let (metrics, code) = (&seen.metrics, self.status.as_str());
        let server = match seen.server {
            Server::Api => "api",
            Server::Gateway => "gateway",
        };
        let seconds = seen.started.elapsed().as_secs_f64();
        metrics.requests.with_label_values(&[code, server, seen.method]).inc();
        metrics.durations.with_label_values(&[server]).observe(seconds);
        metrics.request_sizes.with_label_values(&[server]).observe(seen.request_bytes as f64);
        metrics.response_sizes.with_label_values(&[server]).observe(self.bytes as f64);
        if seen.server == Server::Gateway {
            metrics.gateway.responses.with_label_values(&[code]).inc();
            if let Some(namespace) = seen.namespace {
                gateway(&metrics.gateway, seen, namespace, self.status == StatusCode::OK, seconds);
            }
        }
    }
}

fn gateway(metrics: &GatewayMetrics, seen: &Seen, namespace: &str, good: bool, seconds: f64) {
    metrics.types.with_label_values(&[namespace, seen.format]).inc();
    if !good || seen.method != "get" {
        return;
    }
    metrics.durations.with_label_values(&[namespace]).observe(seconds);
    match seen.format {
        CAR => metrics.car_durations.with_label_values(&[namespace]).observe(seconds),
        RAW => metrics.block_durations.with_label_values(&[namespace]).observe(seconds),
        _ => {}
    }
}

impl Watch for Counted {
    fn bytes(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }
}

/// Labels must not be chosen by clients.
// spec: metrics.labels-bound
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "get",
        "HEAD" => "head",
        "POST" => "post",
        "PUT" => "put",
        "DELETE" => "delete",
        "OPTIONS" => "options",
        "PATCH" => "patch",
        "CONNECT" => "connect",
        "TRACE" => "trace",
        _ => "unknown",
    }
}

/// About the bytes of a request: its head, and the body as far as it is announced.
fn size(request: &Request<Body>) -> usize {
    let target = request.uri().path_and_query().map_or(1, |target| target.as_str().len());
    let version = 8;
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let length = request.headers().get(header::CONTENT_LENGTH);
    let body = length.and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0usize);
    (target + request.method().as_str().len() + version + headers).saturating_add(body)
}

fn namespace(request: &Request<Body>) -> Option<&'static str> {
    let path = request.uri().path();
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    let is = |name: &str| {
        path.strip_prefix('/').and_then(|path| path.strip_prefix(name)?.strip_prefix('/')).is_some()
            || host.contains(&format!(".{name}."))
    };
    ["ipfs", "ipns"].into_iter().find(|name| is(name))
}

const CAR: &str = "application/vnd.ipld.car";
const RAW: &str = "application/vnd.ipld.raw";

fn format(request: &Request<Body>) -> &'static str {
    let query = request.uri().query().unwrap_or_default();
    let named = query.split('&').find_map(|pair| pair.strip_prefix("format="));
    if let Some(name) = named {
        return NAMES.iter().find(|(known, ..)| *known == name).map_or("", |(_, media, _)| media);
    }
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let accept = accept.unwrap_or_default();
    NAMES.iter().find(|(_, media, _)| accept.contains(media)).map_or("", |(_, media, _)| media)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use ipfs_node::http::{empty, full};

    struct Echo;

    impl Handler for Echo {
        fn handle(self: Arc<Self>, request: Request<Body>) -> Answer {
            Box::pin(async move {
                let mut response = http::Response::new(full("hello"));
                if request.uri().path() == "/nope" {
                    *response.status_mut() = StatusCode::NOT_FOUND;
                }
                response
            })
        }
    }

    fn ask(metrics: &Arc<Metrics>, server: Server, method: &str, target: &str) {
        let served = Arc::new(Served::new(Arc::new(Echo), server, metrics.clone(), None));
        let request = Request::builder().method(method).uri(target).body(empty()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let response = runtime.block_on(served.handle(request));
        assert_eq!(response.body().size_hint().exact(), Some(5));
        assert_eq!(runtime.block_on(response.into_body().collect()).unwrap().to_bytes(), "hello");
    }

    use http_body::Body as _;

    /// spec: metrics.http, metrics.gateway, metrics.labels-bound
    #[test]
    fn requests_are_counted() {
        let metrics = Arc::new(Metrics::new().unwrap());
        ask(&metrics, Server::Api, "POST", "/api/v0/id");
        ask(&metrics, Server::Gateway, "GET", "/ipfs/x?format=car");
        ask(&metrics, Server::Gateway, "GET", "/ipfs/x?format=junk");
        ask(&metrics, Server::Gateway, "EVIL", "/nope");
        let text = metrics.text(None);
        for line in [
            "ipfs_http_requests_total{code=\"200\",handler=\"api\",method=\"post\"} 1",
            "ipfs_http_requests_total{code=\"404\",handler=\"gateway\",method=\"unknown\"} 1",
            "ipfs_http_response_size_bytes_sum{handler=\"gateway\"} 15",
            "ipfs_http_gw_responses_total{code=\"200\"} 2",
            "ipfs_http_gw_request_types{gateway=\"ipfs\",type=\"application/vnd.ipld.car\"} 1",
            "ipfs_http_gw_request_types{gateway=\"ipfs\",type=\"\"} 1",
            "ipfs_http_gw_car_stream_get_duration_seconds_count{gateway=\"ipfs\"} 1",
            "ipfs_http_gw_get_duration_seconds_count{gateway=\"ipfs\"} 2",
            "ipfs_http_gw_concurrent_requests 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} in\n{text}");
        }
    }
}
