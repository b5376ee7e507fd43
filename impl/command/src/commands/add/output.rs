//! Spec: spec/command/add.md
//!
//! What `add` says: events, and what the command line makes of them.

use crate::encode::escape_name;
use crate::files::{Input, Node};
use crate::prelude::*;
use indicatif::ProgressBar;
use std::any::Any;

/// Something was stored (`Hash` is set), or so many bytes of a file were read (`Bytes` is set).
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct AddEvent {
    /// Path, beginning with the argument's name.
    pub name: String,
    /// CID.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// Bytes that were read.
    #[serde(skip_serializing_if = "is_zero")]
    pub bytes: i64,
    /// Bytes of all blocks, as a decimal number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub size: String,
    /// Permissions of the argument, in octal.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mode: String,
    /// Time of last change of the argument, in seconds since 1970.
    #[serde(skip_serializing_if = "is_zero")]
    pub mtime: i64,
    /// The part of it below one second, in nanoseconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub mtime_nsecs: i64,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl Output for AddEvent {
    const NAME: &'static str = "AddEvent";
    const TEXT: bool = false;

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "added {} {}", self.hash, self.name)?;
        Ok(())
    }
}

/// Prints events as lines and a bar.
pub(super) struct Lines {
    bar: Option<ProgressBar>,
    quiet: bool,
    quieter: bool,
    last: String,
    /// Bytes of the files that are done, and of the one that is being read.
    done: u64,
    current: (String, u64),
}

pub(super) fn post_run(request: &Request, _: &Env) -> Result<Box<dyn PostRun>> {
    let progress = wants_progress(request);
    Ok(Box::new(Lines {
        bar: progress.then(|| crate::progress::bytes(total(request))),
        quiet: request.bool("quiet"),
        quieter: request.bool("quieter"),
        last: String::new(),
        done: 0,
        current: (String::new(), 0),
    }))
}

/// A bar is shown when asked for, and on a terminal unless there is little to print.
pub(super) fn wants_progress(request: &Request) -> bool {
    let brief = ["quiet", "quieter", "silent"].iter().any(|name| request.bool(name));
    match request.bool_opt("progress") {
        Some(asked) => asked,
        None => !brief && request.local && crate::progress::wanted(None),
    }
}

/// Bytes of everything that is going to be read, if that can be known.
fn total(request: &Request) -> Option<u64> {
    let files = request.files.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    match files.as_ref()? {
        Input::List(entries) => entries.iter().map(|entry| bytes_of(&entry.node)).sum(),
        Input::Stream(_) => None,
    }
}

fn bytes_of(node: &Node) -> Option<u64> {
    match node {
        Node::File(file) => file.size,
        Node::Symlink(_) => Some(0),
        Node::Directory(directory) => Some(tree_bytes(directory.path()?)),
    }
}

/// An estimate for the bar: entries that can't be read count nothing here and fail later.
fn tree_bytes(path: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => tree_bytes(&entry.path()),
        Ok(meta) if meta.is_file() => meta.len(),
        _ => 0,
    };
    entries.flatten().map(bytes).sum()
}

impl PostRun for Lines {
    fn value(&mut self, value: &dyn Any, _: &Request, terminal: &mut Terminal) -> Result<()> {
        let Some(event) = value.downcast_ref::<AddEvent>() else {
            return Err(Error::new("unexpected value"));
        };
        if event.hash.is_empty() {
            self.advance(event);
            return Ok(());
        }
        self.last.clone_from(&event.hash);
        if self.quieter {
            return Ok(());
        }
        let line = match self.quiet {
            true => event.hash.clone(),
            false => format!("added {} {}", event.hash, escape_name(event.name.as_bytes())),
        };
        match &self.bar {
            Some(bar) => bar.suspend(|| terminal.line(&line).and_then(|()| terminal.flush())),
            None => terminal.line(&line),
        }
    }

    // spec: add.quieter-last-line
    fn end(
        self: Box<Self>,
        result: Result<()>,
        _: &Request,
        terminal: &mut Terminal,
    ) -> Result<()> {
        if let Some(bar) = &self.bar {
            bar.finish();
        }
        if self.quieter {
            terminal.line(&self.last)?;
        }
        result
    }
}

impl Lines {
    fn advance(&mut self, event: &AddEvent) {
        let Some(bar) = &self.bar else { return };
        if event.name != self.current.0 {
            self.done += self.current.1;
            self.current.0.clone_from(&event.name);
        }
        self.current.1 = event.bytes.unsigned_abs();
        bar.set_position(self.done + self.current.1);
    }
}
