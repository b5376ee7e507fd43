//! Spec: spec/command/cli.md
//!
//! One run of the command line, from the words to the exit code.

use crate::commands::ROOT;
use crate::emit::{Emitter, PostRunSink, Sink};
use crate::encode::Encoding;
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::files::Input;
use crate::options::Value;
use crate::parse::{self, Parsed};
use crate::request::{BodyArgs, Cancel, Request};
use crate::table::Command;
use crate::terminal::{Terminal, eprint_line};
use crate::{client, duration, help, interrupt};
use std::ffi::OsString;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

mod place;

use place::Place;

/// Runs the command line of this process and returns its exit code.
pub fn main() -> i32 {
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line()));
        let what = panic.payload_as_str().unwrap_or("no message");
        eprint_line(&format!(
            "Error: internal error: {what}{}\nThis is a bug in ipfs; please report it.",
            at.unwrap_or_default()
        ));
    }));
    crate::logging::start();
    let words = rewrite(std::env::args_os().skip(1).collect());
    std::panic::catch_unwind(|| run(words)).unwrap_or(1)
}

/// `ipfs --version` and `ipfs help` are other ways to say something else.
// spec: cli.version-word
// spec: cli.help-word
fn rewrite(mut words: Vec<OsString>) -> Vec<OsString> {
    let Some(first) = words.first() else { return words };
    if first == "--version" {
        words[0] = "version".into();
    } else if first == "help" {
        if words.len() > 1 {
            words.remove(0);
            if words[0] != "--help" {
                words.push("--help".into());
            }
        } else {
            words[0] = "--help".into();
        }
    }
    words
}

fn run(words: Vec<OsString>) -> i32 {
    let mut terminal = Terminal::new();
    let parsed = match parse::parse(words, &ROOT) {
        Ok(parsed) => parsed,
        Err(error) => return complain(&mut terminal, &error.to_string()),
    };
    let code = run_parsed(parsed, &mut terminal);
    match terminal.flush() {
        Ok(()) => code,
        Err(error) => complain(&mut terminal, error.message()),
    }
}

fn complain(terminal: &mut Terminal, message: &str) -> i32 {
    let _ = terminal.note(&format!("Error: {message}"));
    1
}

fn run_parsed(parsed: Parsed, terminal: &mut Terminal) -> i32 {
    let commands = ROOT.resolve(&parsed.path).unwrap_or_default();
    let given: Vec<_> = parsed.options.iter().map(|(name, _)| *name).collect();
    let options = parse::with_defaults(parsed.options, &commands);
    let positional = parse::fill(parsed.command, parsed.words, &options, true);
    let text = |name: &str| match options.iter().find(|(key, _)| *key == name) {
        Some((_, Value::String(text))) => Some(text.as_str()),
        _ => None,
    };
    let switch = |name: &str| options.contains(&(name, Value::Bool(true)));

    // spec: cli.timeout-first
    let timeout = match text("timeout").map(duration::parse).transpose() {
        Ok(timeout) => timeout.map(duration::wait),
        Err(message) => return complain(terminal, &message),
    };
    // spec: cli.help-before-arguments
    if switch("help") || switch("h") {
        let help = help::text(&parsed.path, parsed.command, switch("help"), help::width());
        return finish(terminal.write(help.as_bytes()), terminal);
    }
    let positional = match positional {
        Ok(positional) => positional,
        // spec: help.after-bad-arguments
        Err(error) => {
            let help = help::text(&parsed.path, parsed.command, false, help::WIDTH_DEFAULT);
            let _ = terminal.note(&format!("Error: {error}\n"));
            let _ = terminal.note(help.strip_suffix('\n').unwrap_or(&help));
            return 1;
        }
    };
    if parsed.command.run.is_none() {
        let help = help::text(&parsed.path, parsed.command, false, help::width());
        return finish(terminal.write(help.as_bytes()), terminal);
    }
    let env = Env::new(text("repo-dir"));
    let encoding = match encoding(text("encoding"), parsed.command) {
        Ok(encoding) => encoding,
        Err(error) => {
            return finish(Err(error), terminal);
        }
    };
    let flag = Arc::new(AtomicBool::new(false));
    interrupt::watch(flag.clone());
    let cancel = Cancel::with_timeout(flag, timeout);
    interrupt::watch_clock(&cancel);
    interrupt::stops_with(cancel.clone());
    let request = Request {
        command: parsed.command,
        path: parsed.path,
        options,
        arguments: positional.strings,
        encoding,
        cancel,
        local: true,
        given,
        files: Mutex::new(positional.files.map(Input::List)),
        body: Mutex::new(None),
    };
    let result = match place::find(&request, &env) {
        Ok(Place::Here) => execute(request, &env, terminal),
        Ok(Place::Daemon(daemon)) => client::execute(request, &env, terminal, &daemon),
        Err(error) => Err(error),
    };
    finish(result.and(env.close()), terminal)
}

/// The encoding by its name; text where the command has it, else JSON, when none is named.
// spec: encoding.unknown
fn encoding(name: Option<&str>, command: &Command) -> Result<Encoding> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Ok(if command.output.has_text() { Encoding::Text } else { Encoding::Json });
    };
    Encoding::from_name(name).ok_or_else(|| Error::client(format!("invalid encoding: {name}")))
}

/// Runs a command in this process.
///
/// # Errors
/// What the command fails with.
pub fn execute(mut request: Request, env: &Env, terminal: &mut Terminal) -> Result<()> {
    prepare(&mut request).map_err(|error| stopped(error, &request.cancel))?;
    run_here(&request, env, terminal)
}

/// What happens in this process before a command runs, wherever that is: text arguments come from
/// standard input, and the command changes its options.
///
/// # Errors
/// When a required argument is missing, or what the command says.
pub fn prepare(request: &mut Request) -> Result<()> {
    let last = request.command.arguments.last();
    if last.is_some_and(|arg| arg.stdin && !arg.file)
        && let Some(entry) = request.take_files().next().transpose()?
        && let crate::files::Node::File(file) = entry.node
    {
        request.body = Mutex::new(Some(BodyArgs::new(file.open()?)));
    }
    request.fill_required_arguments()?;
    request.command.pre_run.map_or(Ok(()), |pre_run| pre_run(request))
}

/// Runs a command that was prepared.
///
/// # Errors
/// What the command fails with.
pub fn run_here(request: &Request, env: &Env, terminal: &mut Terminal) -> Result<()> {
    let Some(run) = request.command.run else { return Ok(()) };
    let result = receive(request, env, terminal, |emitter| run(request, env, emitter));
    result.map_err(|error| stopped(error, &request.cancel))
}

/// Lets `run` emit to the terminal, through the command's post-processing if it has one.
///
/// # Errors
/// What `run` or the post-processing fails with.
pub fn receive(
    request: &Request,
    env: &Env,
    terminal: &mut Terminal,
    run: impl FnOnce(&mut Emitter<'_>) -> Result<()>,
) -> Result<()> {
    match request.command.post_run {
        None => run(&mut Emitter::new(request, terminal as &mut dyn Sink)),
        Some(start) => {
            let post_run = start(request, env)?;
            let mut sink = PostRunSink { post_run, terminal, request };
            let result = run(&mut Emitter::new(request, &mut sink));
            sink.post_run.end(result, request, sink.terminal)
        }
    }
}

/// A stop looks the same to all layers; what the user is told depends on who asked for it.
// spec: cli.stop-texts
pub fn stopped(error: Error, cancel: &Cancel) -> Error {
    // A layer in between may have wrapped the cause into a text.
    let text = error.message().ends_with("context canceled");
    match (error.kind() == Kind::Cancelled || text, cancel.check()) {
        (true, Err(why)) => why,
        (true, Ok(())) => Error::cancelled(),
        (false, _) => error,
    }
}

/// Reports the outcome and returns the exit code.
// spec: cli.exit-codes
fn finish(result: Result<()>, terminal: &mut Terminal) -> i32 {
    let Err(error) = result else { return 0 };
    if error.kind() != Kind::Silent {
        let _ = terminal.note(&format!("Error: {}", error.message()));
    }
    let _ = terminal.flush();
    error.kind().exit_code()
}
