//! Spec: spec/command/cli.md
//!
//! Standard output and standard error of the process that the user started.

use crate::emit::{AnyOutput, Sink};
use crate::error::Result;
use crate::request::Request;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Output held back before it is written, in bytes.
const BUFFER_BYTES: usize = 64 << 10;

/// Longest time that output is held back while more arrives, in milliseconds.
const HOLD_MS: u64 = 20;

/// Standard output (buffered) and standard error (not).
pub struct Terminal {
    buffer: Vec<u8>,
    flushed: Instant,
    length: Option<u64>,
    /// The process ends when nobody reads its output any more.
    ends_unread: bool,
}

impl Default for Terminal {
    fn default() -> Self {
        Self::new()
    }
}

impl Terminal {
    /// The terminal of this process.
    pub fn new() -> Self {
        let flushed = Instant::now();
        Self { buffer: Vec::new(), flushed, length: None, ends_unread: true }
    }

    /// From now on the process goes on when nobody reads its output any more.
    // spec: daemon.unread-output
    pub fn outlive_readers(&mut self) {
        self.ends_unread = false;
    }

    fn put(&self, bytes: &[u8]) -> Result<()> {
        let Err(error) = RawStdout.write_all(bytes) else { return Ok(()) };
        match error.kind() == io::ErrorKind::BrokenPipe && !self.ends_unread {
            true => Ok(()),
            false => Err(broken(error)),
        }
    }

    /// Writes to standard output.
    ///
    /// # Errors
    /// When it can't be written. A closed pipe ends the process as the signal would.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() >= BUFFER_BYTES {
            self.flush()?;
            return self.put(bytes);
        }
        if self.buffer.len() + bytes.len() > BUFFER_BYTES {
            self.flush()?;
        }
        self.buffer.extend_from_slice(bytes);
        if self.flushed.elapsed() > Duration::from_millis(HOLD_MS) {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes one line to standard output.
    ///
    /// # Errors
    /// As [`Terminal::write`].
    pub fn line(&mut self, text: &str) -> Result<()> {
        self.write(format!("{text}\n").as_bytes())
    }

    /// Writes out what was held back.
    ///
    /// # Errors
    /// As [`Terminal::write`].
    pub fn flush(&mut self) -> Result<()> {
        if !self.buffer.is_empty() {
            let buffer = std::mem::take(&mut self.buffer);
            self.put(&buffer)?;
        }
        self.flushed = Instant::now();
        Ok(())
    }

    /// Writes one line to standard error, after all output before it, also when that can't be
    /// written.
    ///
    /// # Errors
    /// As [`Terminal::write`], for standard output.
    // spec: cli.errors-are-told
    pub fn note(&mut self, text: &str) -> Result<()> {
        let flushed = self.flush();
        eprint_line(text);
        flushed
    }

    /// Writes text without line break to standard error: progress that the next text overwrites.
    pub fn progress(&mut self, text: &str) {
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// A writer to standard output.
    pub fn writer(&mut self) -> TerminalWriter<'_> {
        TerminalWriter { terminal: self }
    }

    /// Whether standard error is a terminal: progress is shown there by default.
    pub fn shows_progress(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// How many bytes the command announced.
    pub fn length(&self) -> Option<u64> {
        self.length
    }
}

/// Writes one line to standard error; a closed one is nobody's fault.
pub fn eprint_line(text: &str) {
    let mut line = String::with_capacity(text.len() + 1);
    line.push_str(text);
    line.push('\n');
    if let Err(error) = io::stderr().write_all(line.as_bytes()) {
        let _ = broken(error);
    }
}

// spec: cli.closed-pipe
fn broken(error: io::Error) -> crate::error::Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        crate::interrupt::die_of_closed_pipe();
    }
    crate::error::path_error("write", std::path::Path::new("/dev/stdout"), &error)
}

/// Standard output without the line buffer of the standard library.
struct RawStdout;

impl Write for RawStdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Standard output as a writer.
pub struct TerminalWriter<'a> {
    terminal: &'a mut Terminal,
}

impl Write for TerminalWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.terminal.write(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(error) => Err(io::Error::other(error.message().to_owned())),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.terminal.flush().map_err(|error| io::Error::other(error.message().to_owned()))
    }
}

impl Sink for Terminal {
    fn value(&mut self, value: &dyn AnyOutput, request: &Request) -> Result<()> {
        // In one piece: a value whose text form fails halfway still shows what came before.
        let mut text = Vec::new();
        let result = value.encode(request.encoding, request, &mut text);
        self.write(&text)?;
        result
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.write(bytes)
    }

    fn length(&mut self, bytes: u64) {
        self.length = Some(bytes);
    }

    fn terminal(&mut self) -> Option<&mut Terminal> {
        Some(self)
    }
}
