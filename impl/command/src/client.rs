//! Spec: spec/command/delegation.md
//!
//! The command line as a client of a daemon: the command runs there, what it answers is printed
//! here as if it had run here.

use crate::cli;
use crate::emit::Emitter;
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::files::Input;
use crate::request::{Cancel, Request};
use crate::terminal::Terminal;
use http::Response;
use hyper::body::Incoming;
use ipfs_node::http::address::Address;
use std::path::PathBuf;
use std::time::Duration;

mod asked;
mod call;
mod query;
mod response;
pub mod secret;
mod upload;
mod values;

pub(crate) use query::escape;

use asked::Asked;
use call::{Call, Caller};

/// Longest wait for the answer to the question which version the daemon has, in seconds.
const VERSION_SECONDS: u64 = 30;

/// How often a call looks whether the user wants it to stop.
const CANCEL_POLL: Duration = Duration::from_millis(20);

/// What is said when nobody accepts connections.
const NO_DAEMON: &str = "cannot connect to the api. Is the daemon running? To run as a standalone \
                         CLI command remove the api file in `$IPFS_PATH/api`";

/// A daemon that may be there.
#[derive(Debug)]
pub struct Daemon {
    /// Where it listens.
    pub address: Address,
    /// Run the command in this process if nobody listens.
    pub fallback: bool,
    /// The header `Authorization`.
    pub authorization: Option<String>,
}

/// Runs a command in the daemon.
///
/// # Errors
/// What the command fails with there, or that nobody can be reached.
pub fn execute(
    mut request: Request,
    env: &Env,
    terminal: &mut Terminal,
    daemon: &Daemon,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let wait = stopped(&request.cancel);
    let opened = runtime.block_on(async {
        tokio::select! {
            opened = open(daemon) => opened,
            why = wait => Err(why),
        }
    })?;
    let Some((mut caller, raw_paths)) = opened else {
        if request.command.no_local {
            return Err(needs_daemon(&request));
        }
        return cli::execute(request, env, terminal);
    };
    cli::prepare(&mut request).map_err(|error| cli::stopped(error, &request.cancel))?;
    let request = &request;
    let result = cli::receive(request, env, terminal, |emitter| {
        runtime.block_on(run(&mut caller, request, raw_paths, emitter))
    });
    // A blocked look-up of a name must not hold the process.
    runtime.shutdown_background();
    result
}

/// What is said of a command that only a daemon can run.
pub fn needs_daemon(request: &Request) -> Error {
    Error::new(format!("command must be run on the daemon: [{}]", request.path.join(" ")))
}

/// Connects, and asks the daemon which version it has. `None` when nobody is there and the command
/// shall run in this process; else also whether it expects paths unescaped.
// spec: delegation.version-first
async fn open(daemon: &Daemon) -> Result<Option<(Caller, bool)>> {
    let roots = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty());
    let mut caller = Caller::new(daemon, roots.map(PathBuf::from))?;
    let call = Call::post("/api/v0/version?encoding=json&stream-channels=true");
    let wait = Duration::from_secs(VERSION_SECONDS);
    let answer = tokio::time::timeout(wait, async {
        let response = caller.send(call).await?;
        call::collect(response).await
    });
    let answer = match answer.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(call::Error::Refused)) if daemon.fallback => return Ok(None),
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => return Err(Error::new("context deadline exceeded")),
    };
    Ok(Some((caller, expects_raw_paths(&answer)?)))
}

/// Whether a daemon is from before 0.23, when paths in uploads were not escaped.
///
/// # Errors
/// When it is no daemon that answers.
// spec: delegation.raw-paths
fn expects_raw_paths(answer: &[u8]) -> Result<bool> {
    let answer: serde_json::Value = serde_json::from_slice(answer).unwrap_or_default();
    let version = answer.get("Version").and_then(serde_json::Value::as_str).unwrap_or_default();
    if version.is_empty() {
        return Err(Error::new("Version string empty"));
    }
    let mut numbers = version.split(['.', '-', '+']).map_while(|part| part.parse::<u32>().ok());
    Ok(matches!((numbers.next(), numbers.next()), (Some(0), Some(minor)) if minor < 23))
}

/// Sends the call and gives what comes back to the emitter.
async fn run(
    caller: &mut Caller,
    request: &Request,
    raw_paths: bool,
    emitter: &mut Emitter<'_>,
) -> Result<()> {
    let mut call = Call::post(&query::target(request));
    let lines = request.body.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
    let files = request.files.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
    let content = match (lines, files) {
        (Some(lines), _) => Some(upload::Content::Lines(lines.into_reader())),
        (None, Some(files)) => Some(upload::Content::Files(Input::entries(files))),
        (None, None) => None,
    };
    let mut failure = upload::Failure::default();
    if let Some(content) = content {
        let upload = upload::start(content, raw_paths)?;
        failure = upload.failure.clone();
        call.with_body(upload.body, upload.content_type);
    }
    let asked = emitter.shows_peers().then(|| {
        let name = rand::random();
        call.named(name);
        Asked::start(caller.beside(), name)
    });
    let received = async {
        let response = begin(caller, call, request, asked.as_ref(), emitter).await?;
        response::receive(response, request, asked.as_ref(), emitter).await
    };
    // What stopped the upload is the cause of whatever came back after it.
    // spec: delegation.upload-fails
    received.await.map_err(|error| failure.take().unwrap_or(error))
}

/// Waits for the beginning of the answer.
async fn begin(
    caller: &mut Caller,
    call: Call,
    request: &Request,
    asked: Option<&Asked>,
    emitter: &mut Emitter<'_>,
) -> Result<Response<Incoming>> {
    let sent = caller.send(call);
    let stop = stopped(&request.cancel);
    tokio::pin!(sent, stop);
    loop {
        tokio::select! {
            response = &mut sent => return response.map_err(|error| refusal(error, request)),
            why = &mut stop => return Err(why),
            () = tokio::time::sleep(CANCEL_POLL) => asked.iter().for_each(|a| a.show(emitter)),
        }
    }
}

/// The error that a daemon answered with. Where the caller is at fault a hint follows.
// spec: delegation.hint
fn refusal(error: call::Error, request: &Request) -> Error {
    let error = Error::from(error);
    match error.kind() {
        Kind::Client => {
            let path = request.path.join(" ");
            let hint = format!("Use 'ipfs {path} --help' for information about this command");
            Error::client(format!("{}\n{hint}", error.message()))
        }
        _ => error,
    }
}

/// Waits until the user wants to stop or the time is up.
// spec: delegation.stop-texts
async fn stopped(cancel: &Cancel) -> Error {
    loop {
        if let Err(error) = cancel.check() {
            return Error::new(match error.kind() {
                Kind::TimedOut => "context deadline exceeded",
                _ => "context canceled",
            });
        }
        tokio::time::sleep(CANCEL_POLL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_daemons_expect_raw_paths() {
        for (version, expected) in [
            ("0.22.0", true),
            ("0.23.0-dev", false),
            ("0.44.0", false),
            ("1.2.3", false),
            ("x", false),
        ] {
            let answer = format!("{{\"Version\":\"{version}\"}}");
            assert_eq!(expects_raw_paths(answer.as_bytes()).ok(), Some(expected), "{version}");
        }
        for answer in ["html", "{}", "{\"Version\":\"\"}"] {
            assert!(expects_raw_paths(answer.as_bytes()).is_err(), "{answer}");
        }
    }
}
