//! Spec: spec/command/spans.md
//!
//! Spans of OpenTelemetry: one for each request to a daemon's servers. Without the variables that
//! ask for them there is nothing here but a look at an empty option.

mod settings;
mod span;

pub use settings::SettingsError;

use crate::request::Cancel;
use crate::terminal::Terminal;
use crate::web::{self, Ask};
use settings::{Exporter, Sampler, Settings};
use span::{Parent, Span, message};
use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// Spans that wait to be sent; more are dropped.
const WAITING_SPANS_MAX: usize = 2048;

/// Most spans in one message.
const BATCH_SPANS_MAX: usize = 512;

/// How long a span waits for others.
const BATCH_WAIT: Duration = Duration::from_secs(1);

/// How long a collector has to answer.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the end of a daemon waits for spans to be sent.
const FINISH_WAIT: Duration = Duration::from_secs(3);

/// Records spans.
pub struct Spans {
    sampler: Sampler,
    sender: Mutex<Option<SyncSender<Span>>>,
    finished: Mutex<Receiver<()>>,
}

/// A request that is being answered.
#[derive(Debug, Clone)]
pub struct Started {
    trace: u128,
    parent: Option<u64>,
    path: String,
    start: SystemTime,
}

impl Spans {
    // spec: spans.variables
    /// Records spans if the environment asks for it.
    ///
    /// # Errors
    /// When it asks for what can't be done.
    pub fn from_environment() -> Result<Option<Self>, SettingsError> {
        let settings = Settings::from_variables(|name| std::env::var(name).ok())?;
        Ok((!settings.exporters.is_empty()).then(|| Self::start(settings)))
    }

    fn start(settings: Settings) -> Self {
        let sampler = settings.sampler;
        let (sender, spans) = sync_channel(WAITING_SPANS_MAX);
        let (done, finished) = sync_channel(1);
        std::thread::spawn(move || {
            export(&settings, &spans);
            let _ = done.send(());
        });
        Self { sampler, sender: Mutex::new(Some(sender)), finished: Mutex::new(finished) }
    }

    /// A request begins; `None` if its span isn't recorded.
    pub fn begin(&self, path: &str, traceparent: Option<&str>) -> Option<Started> {
        let parent = traceparent.and_then(Parent::parse);
        let trace = parent.map_or_else(rand::random, |parent| parent.trace);
        let chosen = match parent.filter(|_| self.sampler.parent_decides) {
            Some(parent) => parent.sampled,
            None => {
                (trace as u64 >> 1) as f64 / (u64::MAX >> 1) as f64 <= self.sampler.share
                    && self.sampler.share > 0.0
            }
        };
        let (parent, path) = (parent.map(|parent| parent.span), path.to_owned());
        chosen.then(|| Started { trace, parent, path, start: SystemTime::now() })
    }

    // spec: spans.requests
    /// A request was answered.
    pub fn end(&self, started: Started, method: &'static str, status: u16, response_bytes: u64) {
        let Started { trace, parent, path, start } = started;
        let span = Span {
            trace,
            id: rand::random(),
            parent,
            name: name(method, &path),
            method,
            path,
            status,
            response_bytes,
            start,
            end: SystemTime::now(),
        };
        // spec: spans.bound
        if let Some(sender) = lock(&self.sender).as_ref() {
            let _ = sender.try_send(span);
        }
    }

    /// Sends what waits, for a bounded time. Nothing is recorded from now on.
    pub fn finish(&self) {
        if lock(&self.sender).take().is_some() {
            let _ = lock(&self.finished).recv_timeout(FINISH_WAIT);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `POST /api/v0/files/ls`, `GET /ipfs`: few names for many paths.
fn name(method: &str, path: &str) -> String {
    let method = method.to_uppercase();
    let command = path.strip_prefix("/api/v0/").filter(|command| command.len() < 40);
    match (command, path.split('/').nth(1)) {
        (Some(_), _) => format!("{method} {path}"),
        (None, Some(first @ ("ipfs" | "ipns" | "routing" | "webui" | "debug"))) => {
            format!("{method} /{first}")
        }
        _ => format!("{method} /"),
    }
}

/// Sends spans until nobody can record another.
fn export(settings: &Settings, spans: &Receiver<Span>) {
    while let Ok(first) = spans.recv() {
        let mut batch = vec![first];
        let end = std::time::Instant::now() + BATCH_WAIT;
        while batch.len() < BATCH_SPANS_MAX {
            match spans.recv_timeout(end.saturating_duration_since(std::time::Instant::now())) {
                Ok(span) => batch.push(span),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        let text = message(&settings.service, &batch).to_string();
        for exporter in &settings.exporters {
            if let Err(error) = send(exporter, &text) {
                tracing::warn!("{} spans were not exported: {error}", batch.len());
            }
        }
    }
}

// spec: spans.otlp
fn send(exporter: &Exporter, text: &str) -> io::Result<()> {
    match exporter {
        Exporter::Stdout => {
            let mut terminal = Terminal::new();
            let written = terminal.line(text).and_then(|()| terminal.flush());
            written.map_err(|error| io::Error::other(error.message().to_owned()))
        }
        Exporter::File(path) => {
            let mut file = File::options().create(true).append(true).open(path)?;
            file.write_all(format!("{text}\n").as_bytes())
        }
        Exporter::Otlp(url) => {
            let cancel = Cancel::with_timeout(Arc::default(), Some(SEND_TIMEOUT));
            let ask = Ask {
                method: http::Method::POST,
                authorization: None,
                json: Some(text.as_bytes().to_vec()),
                cancel: Some(&cancel),
            };
            let status = web::ask(url, &ask)?.status;
            match status.is_success() {
                true => Ok(()),
                false => Err(io::Error::other(format!("{url} answered {status}"))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(directory: &std::path::Path, share: f64) -> (Spans, std::path::PathBuf) {
        let path = directory.join("spans.json");
        let settings = Settings {
            exporters: vec![Exporter::File(path.clone())],
            sampler: Sampler { share, parent_decides: true },
            service: "node".into(),
        };
        (Spans::start(settings), path)
    }

    /// spec: spans.requests, spans.sampler
    #[test]
    fn spans_of_requests() {
        let directory = tempfile::tempdir().unwrap();
        let (spans, path) = spans(directory.path(), 0.0);
        assert!(spans.begin("/x", None).is_none());
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let started = spans.begin("/api/v0/id", Some(parent)).unwrap();
        spans.end(started, "post", 200, 9);
        spans.finish();
        spans.finish();
        let text = std::fs::read_to_string(path).unwrap();
        let message: serde_json::Value = serde_json::from_str(&text).unwrap();
        let span = &message["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
        assert_eq!(span["name"], "POST /api/v0/id");
        assert_eq!(span["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(span["parentSpanId"], "00f067aa0ba902b7");
    }

    #[test]
    fn names_are_few() {
        assert_eq!(name("get", "/ipfs/bafk/a"), "GET /ipfs");
        assert_eq!(name("get", "/anything"), "GET /");
        assert_eq!(name("post", &format!("/api/v0/{}", "x".repeat(99))), "POST /");
    }
}
