//! Spec: spec/command/rpc.md
//!
//! One call: from the HTTP request over the command on a thread of its own to the answer.

use super::answer::{self, Reply};
use super::asked::Asked;
use super::gate::Access;
use super::query::{self, Refusal};
use super::upload;
use crate::emit::Emitter;
use crate::encode::Encoding;
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::options::Value;
use crate::request::{BodyArgs, Cancel, Request};
use http::{Response, StatusCode, header};
use ipfs_node::content::Fetch;
use ipfs_node::http::Body;
use ipfs_node::http::body::{self, Reader, Watch};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::AbortHandle;

/// Commands that run at once in one daemon; further ones are told to come again.
const CALLS_MAX: usize = 400;

static CALLS: Semaphore = Semaphore::const_new(CALLS_MAX);

/// Runs the command that a request names.
pub(super) async fn call(
    env: Arc<Env>,
    request: http::Request<Body>,
    access: &Access,
    asked: &Arc<Asked>,
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
    let uploaded = Arc::new(AtomicBool::new(false));
    let body = Reader::new(body::watch(body, Uploaded(uploaded.clone())));
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
    let named = Asked::named(&head.headers).map(|name| (name, asked.clone()));
    let (to_head, head) = oneshot::channel();
    let reply = Reply::new(&request, access.headers.clone(), uploaded, to_head);
    let stop = StopOnDrop { flag, clock: clock(&request.cancel) };
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        run(request, &env, reply, named);
    });
    match head.await {
        Ok(response) => response.map(|body| body::watch(body, stop)),
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
        Ok(time) => Ok(Some(crate::duration::wait(time))),
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

/// Runs the command. `named` is the name that its client gave the call, and who knows it.
fn run(mut request: Request, env: &Env, mut reply: Reply, named: Option<(u128, Arc<Asked>)>) {
    // spec: rpc.missing-argument
    if let Err(error) = request.fill_required_arguments() {
        return reply.refuse(&error);
    }
    let _call = env.calls().begin(&request);
    let result = std::panic::catch_unwind(AssertUnwindSafe(|| -> Result<()> {
        // spec: rpc.namespace
        let Some(run) = request.command.run else { return Ok(()) };
        // spec: content.offline
        let fetch = match request.offline() {
            true => None,
            false => env.fetch(&request.cancel)?,
        };
        let _known = match (&named, &fetch) {
            (Some((name, asked)), Some(fetch)) => Some(asked.begin(*name, fetch)),
            _ => None,
        };
        let entered = fetch.as_ref().map(Fetch::enter);
        let result = run(&request, env, &mut Emitter::new(&request, &mut reply));
        drop(entered);
        fetch.iter().for_each(Fetch::finish);
        result
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
struct StopOnDrop {
    flag: Arc<AtomicBool>,
    clock: Option<AbortHandle>,
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.flag.store(true, Ordering::Relaxed);
        if let Some(clock) = &self.clock {
            clock.abort();
        }
    }
}

/// Sets the flag of a token when its time is up. It ends with the answer: a thread that sleeps, as
/// the command line has it, would stay till the time is up, and the client chooses the time.
fn clock(cancel: &Cancel) -> Option<AbortHandle> {
    let deadline = cancel.deadline()?;
    let cancel = cancel.clone();
    let wait = async move {
        tokio::time::sleep_until(deadline.into()).await;
        cancel.cancel();
    };
    Some(tokio::spawn(wait).abort_handle())
}

impl Watch for StopOnDrop {}

/// Notes when the request was read to its end.
struct Uploaded(Arc<AtomicBool>);

impl Watch for Uploaded {
    fn end(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
