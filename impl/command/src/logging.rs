//! Spec: spec/command/log.md
//!
//! The log of this process: what `tracing` events become lines, and where these go.

pub mod level;
mod line;
mod names;
mod settings;
mod tail;

pub use level::{Level, Levels, UnknownLevel};
pub use tail::Tail;

use crate::terminal::eprint_line;
use line::{Format, Line};
use settings::Settings;
use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::SystemTime;
use tail::Tails;
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

/// The log of this process, once it was started.
static LOG: OnceLock<Log> = OnceLock::new();

struct Log {
    levels: RwLock<Levels>,
    format: Format,
    stderr: bool,
    stdout: bool,
    file: Option<Mutex<File>>,
    tails: Tails,
}

// spec: log.start
/// Starts the log as the environment wants it. What is wrong there is told on standard error.
pub fn start() {
    let (settings, problems) = Settings::from_variables(|name| std::env::var(name).ok());
    problems.iter().for_each(|problem| eprint_line(problem));
    let Settings { levels, format, stderr, stdout, file } = settings;
    let file = file.and_then(|path| {
        let file = File::options().append(true).create(true).open(&path);
        file.map_err(|error| eprint_line(&format!("unable to open logging output: {error}"))).ok()
    });
    let log = Log {
        levels: RwLock::new(levels),
        format,
        stderr,
        stdout,
        file: file.map(Mutex::new),
        tails: Tails::default(),
    };
    if LOG.set(log).is_ok() {
        // Fails only if there is another log, which then gets the lines.
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Lines));
    }
}

/// The levels as they are.
pub fn levels() -> Levels {
    match LOG.get() {
        Some(log) => log.levels.read().unwrap_or_else(PoisonError::into_inner).clone(),
        None => Levels::default(),
    }
}

// spec: log.level-set
/// Changes the levels, from now on.
pub fn change_levels(change: impl FnOnce(&mut Levels)) {
    if let Some(log) = LOG.get() {
        change(&mut log.levels.write().unwrap_or_else(PoisonError::into_inner));
        tracing::callsite::rebuild_interest_cache();
    }
}

/// Follows the log from this level on; `None` if too many do already.
pub fn tail(level: Level) -> Option<Tail> {
    LOG.get()?.tails.add(level)
}

/// Turns events into lines.
struct Lines;

impl Lines {
    fn wants(metadata: &Metadata<'_>) -> bool {
        let Some(log) = LOG.get().filter(|_| metadata.is_event()) else { return false };
        let levels = log.levels.read().unwrap_or_else(PoisonError::into_inner);
        levels.allow(metadata.target(), (*metadata.level()).into())
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if Self::wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        Self::wants(metadata)
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        use tracing::level_filters::LevelFilter;
        Some(match levels().lowest() {
            Level::Debug => LevelFilter::TRACE,
            Level::Info => LevelFilter::INFO,
            Level::Warn => LevelFilter::WARN,
            Level::Error => LevelFilter::ERROR,
            _ => LevelFilter::OFF,
        })
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if let Some(log) = LOG.get() {
            log.write(&Line::of(event, SystemTime::now()));
        }
    }
}

impl Log {
    // spec: log.output
    /// A line that can't be written is lost: nobody is left to be told.
    fn write(&self, line: &Line) {
        let text = line.text(self.format).into_bytes();
        if self.stderr {
            let _ = std::io::stderr().lock().write_all(&text);
        }
        if self.stdout {
            let _ = std::io::stdout().lock().write_all(&text);
        }
        if let Some(file) = &self.file {
            let _ = lock(file).write_all(&text);
        }
        self.tails.send(line.level, || line.text(Format::Json));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
