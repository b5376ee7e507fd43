//! Spec: spec/node/http.md
//!
//! Serving HTTP/1.1 on a listener, with limits that keep slow and greedy clients from harming
//! others.

use super::body::{Body, BodyError, watch as watch_body};
use super::listen::{Listener, Stream};
use super::trailers::{Asking, Ends};
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Pause after a failed accept, usually for want of file descriptors, in milliseconds.
const ACCEPT_PAUSE_MS: u64 = 50;

/// An answer that is being made.
pub type Answer = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// Answers requests. When the client goes away the answer is dropped.
pub trait Handler: Send + Sync + 'static {
    /// Answers one request.
    fn handle(self: Arc<Self>, request: Request<Body>) -> Answer;
}

/// Bounds of one listener.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections open at once; more wait in the system's queue.
    pub connections_max: usize,
    /// Time for the head of a request to arrive, also between requests, in milliseconds.
    pub head_ms: u64,
    /// Largest head of a request, in bytes; also what a connection buffers of an answer that its
    /// client is slow to read.
    pub head_bytes_max: usize,
    /// Time that running requests get after the stop, in milliseconds.
    pub grace_ms: u64,
    /// Send trailers also to clients that don't ask for them.
    pub trailers: bool,
    /// Take `CONNECT` for a request to speak HTTP with this same handler inside of a tunnel.
    pub tunnels: bool,
}

impl Limits {
    /// For the gateway: many clients, short heads.
    // spec: http.head-size
    pub fn gateway() -> Self {
        Self { head_bytes_max: 128 << 10, tunnels: true, ..Self::default() }
    }

    /// For the RPC: arguments make long heads, failures come in trailers.
    // spec: http.head-size
    pub fn rpc() -> Self {
        Self { trailers: true, ..Self::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 16_384,
            head_ms: 60_000,
            head_bytes_max: 1 << 20,
            grace_ms: 30_000,
            trailers: false,
            tunnels: false,
        }
    }
}

/// Serves until `stop` becomes true, then lets running requests finish within the grace.
// spec: http.graceful-stop
pub async fn serve<H: Handler>(
    listener: Listener,
    handler: Arc<H>,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    // spec: http.connections
    let slots = Arc::new(Semaphore::new(limits.connections_max));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|&stop| stop) => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &slots) => accepted,
        };
        let Some((stream, slot)) = accepted else {
            tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
            continue;
        };
        let (handler, limits, stop) = (handler.clone(), limits.clone(), stop.clone());
        connections.spawn(async move {
            match stream {
                Stream::Tcp(stream) => connection(stream, handler, &limits, stop).await,
                Stream::Unix(stream) => connection(stream, handler, &limits, stop).await,
            }
            drop(slot);
        });
    }
    drop(listener);
    let grace = Duration::from_millis(limits.grace_ms);
    let _ = tokio::time::timeout(grace, async { while connections.join_next().await.is_some() {} })
        .await;
}

async fn accept(
    listener: &Listener,
    slots: &Arc<Semaphore>,
) -> Option<(Stream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = slots.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok(stream) => Some((stream, slot)),
        Err(error) => {
            tracing::warn!(target: "http", "accept: {error}");
            None
        }
    }
}

async fn connection<H: Handler>(
    stream: impl Duplex + 'static,
    handler: Arc<H>,
    limits: &Limits,
    mut stop: watch::Receiver<bool>,
) {
    let ends = limits.trailers.then(Ends::default);
    let stream = match &ends {
        Some(ends) => Box::new(Asking::new(stream, ends.clone())) as Box<dyn Duplex>,
        None => Box::new(stream),
    };
    let tunnel = Arc::new(Mutex::new(None));
    let (opened, tunnels) = (tunnel.clone(), limits.tunnels);
    let inside = (handler.clone(), Limits { tunnels: false, ..limits.clone() }, stop.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = if tunnels && request.method() == Method::CONNECT {
            *lock(&opened) = Some(hyper::upgrade::on(request));
            None
        } else {
            let request = request.map(|body| match &ends {
                Some(ends) => watch_body(body, ends.clone()),
                None => body.map_err(BodyError::from).boxed_unsync(),
            });
            Some(handler.clone().handle(request))
        };
        let ends = ends.clone();
        async move {
            let Some(answer) = answer else { return Ok(Response::new(super::empty())) };
            let answer = answer.await;
            Ok::<_, Infallible>(match ends {
                Some(ends) => answer.map(|body| watch_body(body, ends)),
                None => answer,
            })
        }
    });
    // spec: rpc.smuggling, rpc.nonsense, rpc.head-limit, path-gateway.message
    // spec: http.head-time, http.head-size
    let serving = http1::Builder::new()
        // As the reference writes them; some clients of it compare.
        .title_case_headers(true)
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.head_ms))
        .max_buf_size(limits.head_bytes_max)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(serving);
    let finished = tokio::select! {
        result = serving.as_mut() => Some(result),
        _ = stop.wait_for(|&stop| stop) => None,
    };
    let result = match finished {
        Some(result) => result,
        None => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(target: "http", "connection: {error}");
    }
    let opened = lock(&tunnel).take();
    if let Some(opened) = opened
        && let Ok(Ok(stream)) =
            tokio::time::timeout(Duration::from_millis(limits.head_ms), opened).await
    {
        let (handler, limits, stop) = inside;
        boxed(TokioIo::new(stream), handler, limits, stop).await;
    }
}

/// A connection inside of another: with a type of its own, as futures must not hold themselves.
// spec: subdomain.tunnel
fn boxed<H: Handler>(
    stream: TokioIo<Upgraded>,
    handler: Arc<H>,
    limits: Limits,
    stop: watch::Receiver<bool>,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move { connection(stream, handler, &limits, stop).await })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection, whatever it is made of.
trait Duplex: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send {}

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send> Duplex for S {}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    /// Tells which host was asked for.
    struct Hosts;

    impl Handler for Hosts {
        fn handle(self: Arc<Self>, request: Request<Body>) -> Answer {
            let host = request.headers()[http::header::HOST].as_bytes().to_vec();
            let status = if request.method() == Method::CONNECT { 405 } else { 200 };
            Box::pin(async move {
                let mut answer = Response::new(super::super::full(host));
                *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
                answer
            })
        }
    }

    async fn head(stream: &mut DuplexStream) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    async fn ask(limits: Limits, requests: &[&str]) -> String {
        let (mut client, server) = duplex(4096);
        let (_stop, stopped) = watch::channel(false);
        tokio::spawn(async move { connection(server, Arc::new(Hosts), &limits, stopped).await });
        let mut last = String::new();
        for request in requests {
            client.write_all(request.as_bytes()).await.unwrap();
            last = head(&mut client).await;
        }
        client.read_to_string(&mut last).await.unwrap();
        last
    }

    const CONNECT: &str = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n";
    const GET: &str = "GET / HTTP/1.1\r\nHost: inner\r\nConnection: close\r\n\r\n";

    #[tokio::test]
    async fn a_tunnel_leads_to_the_same_handler() {
        let limits = Limits { tunnels: true, ..Limits::default() };
        let answer = ask(limits, &[CONNECT, GET]).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\ninner"));
    }

    #[tokio::test]
    async fn there_is_no_tunnel_in_a_tunnel_nor_unless_wanted() {
        let inner = "CONNECT a:1 HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n";
        let limits = Limits { tunnels: true, ..Limits::default() };
        assert!(ask(limits, &[CONNECT, inner]).await.starts_with("HTTP/1.1 405 "));
        assert!(ask(Limits::default(), &[inner]).await.starts_with("HTTP/1.1 405 "));
    }
}
