//! Spec: spec/migrations/framework.md
//!
//! Where a run says what it does: short lines for people, upstream's lines, or one JSON object a
//! line.

use std::io::Write;
use std::time::{Duration, Instant};

/// Shortest time between two updates of the progress line.
const PROGRESS_PAUSE: Duration = Duration::from_millis(100);

/// Whose lines are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `repository version: 3` / `applying patch: 3-to-4`.
    Short,
    /// Those of upstream's program; with its verbose lines or without.
    Upstream {
        /// Whether the verbose lines are printed too.
        verbose: bool,
    },
    /// One JSON object a line.
    Json,
}

/// The output of a run. Write errors (a closed pipe) are ignored: a migration is not given up
/// because nobody reads about it.
pub struct Report {
    style: Style,
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    terminal: bool,
    shown: Option<Instant>,
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report").field("style", &self.style).finish_non_exhaustive()
    }
}

impl Report {
    /// To the standard streams of this process.
    pub fn standard(style: Style) -> Self {
        use std::io::IsTerminal;
        let terminal = std::io::stderr().is_terminal();
        Self::new(style, Box::new(std::io::stdout()), Box::new(std::io::stderr()), terminal)
    }

    /// To given streams. `terminal`: `err` is a terminal, so progress may be shown there.
    pub fn new(
        style: Style,
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
        terminal: bool,
    ) -> Self {
        Self { style, out, err, terminal, shown: None }
    }

    /// To nowhere.
    pub fn silent() -> Self {
        Self::new(Style::Short, Box::new(std::io::sink()), Box::new(std::io::sink()), false)
    }

    /// Whose lines are printed.
    pub fn style(&self) -> Style {
        self.style
    }

    /// A line that upstream's program always prints (standard output).
    pub fn log(&mut self, line: &str) {
        if let Style::Upstream { .. } = self.style {
            self.line(line);
        }
    }

    /// A line that upstream's program prints with `-verbose`.
    pub fn verbose(&mut self, line: &str) {
        if self.style == (Style::Upstream { verbose: true }) {
            self.line(line);
        }
    }

    /// Text of upstream's program that is no whole line, such as `\r` and a counter.
    pub fn raw(&mut self, text: &str) {
        if let Style::Upstream { .. } = self.style {
            let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        }
    }

    /// A line that upstream's program prints on standard error.
    pub fn upstream_stderr(&mut self, line: &str) {
        if let Style::Upstream { .. } = self.style {
            let _ = writeln!(self.err, "{line}");
        }
    }

    /// Something that upstream doesn't say and that the user should know, in every style: what was
    /// kept, skipped or completed. On standard error; an object in JSON.
    pub fn note(&mut self, text: &str) {
        self.clear_progress();
        if self.style == Style::Json {
            self.json(&serde_json::json!({"event": "note", "message": text}));
        } else {
            let _ = writeln!(self.err, "note: {text}");
        }
    }

    /// How far a long step is. Shown on a terminal in the short style, a few times a second.
    pub fn progress(&mut self, what: &str, done: u64, total: Option<u64>) {
        let finished = total == Some(done);
        if self.style != Style::Short
            || !self.terminal
            || (!finished && self.shown.is_some_and(|at| at.elapsed() < PROGRESS_PAUSE))
        {
            return;
        }
        self.shown = Some(Instant::now());
        let total = total.map(|total| format!(" of {total}")).unwrap_or_default();
        let _ = write!(self.err, "\r\x1b[K{what}: {done}{total}").and_then(|()| self.err.flush());
    }

    fn clear_progress(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(self.err, "\r\x1b[K");
        }
    }

    /// A line of the short style.
    pub(crate) fn short(&mut self, line: &str) {
        if self.style == Style::Short {
            self.clear_progress();
            self.line(line);
        }
    }

    // spec: programs.json
    /// An object of the JSON style.
    pub(crate) fn json(&mut self, value: &serde_json::Value) {
        if self.style == Style::Json {
            self.line(&value.to_string());
        }
    }

    /// A line on standard output in any style.
    pub fn line(&mut self, line: &str) {
        let _ = writeln!(self.out, "{line}").and_then(|()| self.out.flush());
    }

    /// A line on standard error in any style.
    pub(crate) fn err_line(&mut self, line: &str) {
        self.clear_progress();
        let _ = writeln!(self.err, "{line}");
    }
}
