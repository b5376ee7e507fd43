//! Spec: spec/command/rpc.md
//!
//! One call: from the HTTP request over the command on a thread of its own to the answer.

use super::answer::{self, Reply};
use super::gate::Access;
use super::query::{self, Refusal};
use super::upload;
use crate::emit::Emitter;
use crate::encode::Encoding;
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::options::Value;
use crate::request::{BodyArgs, Cancel, Request};
use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body::Frame;
use http_body_util::BodyExt;
use ipfs_node::http::Body;
use ipfs_node::http::body::{BodyError, Reader};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// Commands that run at once in one daemon; further ones are told to come again.
const CALLS_MAX: usize = 400;

static CALLS: Semaphore = Semaphore::const_new(CALLS_MAX);

/// Runs the command that a request names.
pub(super) async fn call(
    env: Arc<Env>,
    request: http::Request<Body>,
    access: &Access,
) -> Response<Body> {
    let path = request.uri().path().strip_prefix("/api/v0/").unwrap_or_default().to_owned();
    let call = match query::parse(&path, request.uri().query().unwrap_or_default()) {
        Ok(call) => call,
        Err(Refusal::NotFound) => return answer::not_found(),
        Err(Refusal::Bad(why)) => return answer::text(StatusCode::BAD_REQUEST, &why),
    };
    let (head, body) = request.into_parts();
    let boundary = upload::boundary(&head.headers);
    let file = call.command.arguments.iter().find(|arg| arg.file && arg.required);
    if let (Some(file), Ok(None)) = (file, &boundary) {
        let why = format!("file argument '{}' is required", file.name);
        return answer::text(StatusCode::BAD_REQUEST, &why);
    }
    let boundary = match boundary {
        Ok(boundary) => boundary,
        Err(why) => return answer::text(StatusCode::BAD_REQUEST, &why),
    };
    let (timeout, encoding) = match (timeout(&call.options), encoding(&call.options)) {
        (Ok(timeout), Ok(encoding)) => (timeout, encoding),
        (Err(why), _) | (_, Err(why)) => return answer::text(StatusCode::BAD_REQUEST, &why),
    };
    // spec: rpc.idle-body, rpc.calls-limit
    let Ok(permit) = CALLS.try_acquire() else {
        let mut busy = answer::text(StatusCode::TOO_MANY_REQUESTS, "too many commands are running");
        busy.headers_mut().insert(header::RETRY_AFTER, 1.into());
        return busy;
    };

    let flag = Arc::new(AtomicBool::new(false));
    let uploaded = Arc::new(AtomicBool::new(http_body::Body::is_end_stream(&body)));
    let body = Reader::new(watch_end(body, uploaded.clone()));
    let (files, lines) = upload::arguments(call.command, body, boundary);
    let request = Request {
        command: call.command,
        path: call.path,
        options: call.options,
        arguments: call.arguments,
        encoding,
        cancel: Cancel::with_timeout(flag.clone(), timeout),
        local: false,
        given: call.given,
        files: Mutex::new(files),
        body: Mutex::new(lines.map(BodyArgs::new)),
    };
    let (to_head, head) = oneshot::channel();
    let reply = Reply::new(&request, access.headers.clone(), uploaded, to_head);
    let stop = StopOnDrop(flag);
    if request.cancel.deadline().is_some() {
        crate::interrupt::watch_clock(&request.cancel);
    }
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        run(request, &env, reply);
    });
    match head.await {
        Ok(response) => response.map(|body| Guarded { body, _stop: stop }.boxed_unsync()),
        // The command is gone without a word.
        Err(_) => answer::text(StatusCode::INTERNAL_SERVER_ERROR, "an error occurred"),
    }
}

fn text<'o>(options: &'o [(&str, Value)], name: &str) -> Option<&'o str> {
    match options.iter().find(|(key, _)| *key == name) {
        Some((_, Value::String(text))) => Some(text),
        _ => None,
    }
}

// spec: rpc.timeout-unreadable
fn timeout(options: &[(&str, Value)]) -> std::result::Result<Option<Duration>, String> {
    let Some(text) = text(options, "timeout") else { return Ok(None) };
    match crate::duration::parse(text) {
        Ok(time) => Ok(Some(Duration::from_nanos(time.try_into().unwrap_or(0)))),
        Err(_) => {
            let given = crate::encode::quote(text);
            Err(format!("invalid timeout {given}: give a duration such as 30s"))
        }
    }
}

// spec: rpc.encoding
fn encoding(options: &[(&str, Value)]) -> std::result::Result<Encoding, String> {
    match text(options, "encoding").filter(|name| !name.is_empty()) {
        None => Ok(Encoding::Json),
        Some(name) => Encoding::from_name(name).ok_or_else(|| format!("invalid encoding: {name}")),
    }
}

fn run(mut request: Request, env: &Env, mut reply: Reply) {
    // spec: rpc.missing-argument
    if let Err(error) = request.fill_required_arguments() {
        return reply.refuse(&error);
    }
    let _call = env.calls().begin(&request);
    let result = std::panic::catch_unwind(AssertUnwindSafe(|| -> Result<()> {
        // spec: rpc.namespace
        let Some(run) = request.command.run else { return Ok(()) };
        run(&request, env, &mut Emitter::new(&request, &mut reply))
    }));
    let result = match result {
        Ok(Err(error)) => Err(stopped(error, &request.cancel)),
        Ok(result) => result,
        // spec: rpc.panic
        Err(_) => Err(Error::new("an error occurred")),
    };
    reply.end(result);
}

/// What a client is told when its command was stopped.
// spec: rpc.timeout
fn stopped(error: Error, cancel: &Cancel) -> Error {
    let stopped = matches!(error.kind(), Kind::Cancelled | Kind::TimedOut)
        || error.message().ends_with("context canceled");
    match cancel.deadline().is_some_and(|deadline| std::time::Instant::now() >= deadline) {
        true if stopped => Error::with_kind(Kind::TimedOut, "context deadline exceeded"),
        _ if stopped => Error::with_kind(Kind::Cancelled, "context canceled"),
        _ => error,
    }
}

/// Stops the command when the client goes away.
// spec: rpc.disconnect, rpc.endless
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Guarded {
    body: Body,
    _stop: StopOnDrop,
}

impl http_body::Body for Guarded {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// Notes when a body was read to its end.
fn watch_end(body: Body, ended: Arc<AtomicBool>) -> Body {
    Ending { body, ended }.boxed_unsync()
}

struct Ending {
    body: Body,
    ended: Arc<AtomicBool>,
}

impl http_body::Body for Ending {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.ended.store(true, Ordering::Release);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
