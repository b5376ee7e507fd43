//! Spec: spec/command/cli.md
//!
//! Progress bars on standard error.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use std::io::{self, IsTerminal, Write};

/// Redraws per second.
const REDRAWS_PER_SECOND: u8 = 10;

/// Columns of a bar that is not drawn on a terminal.
const COLUMNS: u16 = 80;

/// Whether to show progress: what the user said, else whether standard error is a terminal.
// spec: cli.progress-on-terminal
pub fn wanted(given: Option<bool>) -> bool {
    given.unwrap_or_else(on_terminal)
}

fn on_terminal() -> bool {
    io::stderr().is_terminal()
}

/// A bar that counts bytes, to `total` if that is known.
pub fn bytes(total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{bytes} / {total_bytes} [{wide_bar}] {bytes_per_sec} {percent}% ETA {eta}{msg}",
        None => "{bytes} {bytes_per_sec}",
    };
    bar(total, template)
}

fn bar(total: Option<u64>, template: &str) -> ProgressBar {
    let target = match on_terminal() {
        true => ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND),
        // Only who asked for it in so many words gets here.
        false => ProgressDrawTarget::term_like_with_hz(Box::new(Plain), REDRAWS_PER_SECOND),
    };
    let bar = ProgressBar::with_draw_target(total, target);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=>-"));
    }
    bar
}

/// The bar has done its work: it goes from a terminal, elsewhere its last state stays.
pub fn end(bar: &ProgressBar) {
    match on_terminal() {
        true => bar.finish_and_clear(),
        false => bar.abandon(),
    }
}

/// The progress of bytes that a daemon sends.
pub struct Transfer {
    wanted: bool,
    bar: Option<ProgressBar>,
    /// The bar counts; before that it only tells that peers were asked.
    counts: bool,
    peers: u64,
}

impl Transfer {
    /// Shows nothing yet.
    pub fn new(given: Option<bool>) -> Self {
        Self { wanted: wanted(given), bar: None, counts: false, peers: 0 }
    }

    /// Whether the number of peers that were asked is shown.
    pub fn shows_peers(&self) -> bool {
        self.wanted && on_terminal()
    }

    /// So many bytes will come, to be shown if there are at least `bytes_min`.
    pub fn length(&mut self, bytes_total: u64, bytes_min: u64) {
        self.end();
        if self.wanted && bytes_total >= bytes_min {
            self.bar = Some(bytes(Some(bytes_total)));
            self.counts = true;
            self.tell();
        }
    }

    /// So many bytes came.
    pub fn advance(&mut self, bytes: usize) {
        match &self.bar {
            Some(bar) if self.counts => bar.inc(bytes as u64),
            _ => self.end(),
        }
    }

    /// So many peers were asked for blocks so far.
    // spec: cli.progress-peers
    pub fn peers(&mut self, peers: u64) {
        if peers <= self.peers || !self.shows_peers() {
            return;
        }
        self.peers = peers;
        self.tell();
    }

    fn tell(&mut self) {
        if self.peers == 0 || !self.shows_peers() {
            return;
        }
        let text = match self.peers {
            1 => "1 peer asked".to_owned(),
            peers => format!("{peers} peers asked"),
        };
        match self.counts {
            true => self.bar.iter().for_each(|bar| bar.set_message(format!(", {text}"))),
            false => self.bar.get_or_insert_with(|| bar(None, "{msg}")).set_message(text),
        }
    }

    /// Nothing more is shown.
    pub fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            end(&bar);
        }
    }
}

/// Standard error that is no terminal: each drawing begins with a carriage return.
#[derive(Debug)]
struct Plain;

impl TermLike for Plain {
    fn width(&self) -> u16 {
        COLUMNS
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        writeln!(io::stderr(), "{text}")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        io::stderr().write_all(text.as_bytes())
    }

    fn clear_line(&self) -> io::Result<()> {
        io::stderr().write_all(b"\r")
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
