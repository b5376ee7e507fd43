//! Spec: spec/command/README.md
//!
//! A call of a command, whether it came from the command line or over the RPC.

use crate::encode::Encoding;
use crate::error::{Error, Result};
use crate::files::{Entries, FileNode, Input, Node, Reader};
use crate::options::Value;
use crate::table::Command;
use std::io::{BufRead, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Tells a command to stop: the user interrupted, the client went away, or time is up.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    flag: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Cancel {
    /// A token with a deadline.
    pub fn with_timeout(flag: Arc<AtomicBool>, timeout: Option<Duration>) -> Self {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        Self { flag, deadline }
    }

    /// Asks to stop.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// Whether to stop. Costs a few nanoseconds; a look at the clock when there is a deadline.
    pub fn is_cancelled(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
            || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Fails when it is time to stop.
    ///
    /// # Errors
    /// `canceled` or `timed out`.
    pub fn check(&self) -> Result<()> {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Error::timed_out());
        }
        if self.flag.load(Ordering::Relaxed) {
            return Err(Error::cancelled());
        }
        Ok(())
    }

    /// The flag alone, for layers that poll one. The command line also sets it in time.
    pub fn flag(&self) -> &Arc<AtomicBool> {
        &self.flag
    }

    /// When time is up.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

/// Arguments that arrive line by line on standard input (or in the body of an RPC request).
pub struct BodyArgs {
    reader: BufReader<Reader>,
}

impl BodyArgs {
    /// Reads arguments from there.
    pub fn new(reader: Reader) -> Self {
        Self { reader: BufReader::new(reader) }
    }

    /// What was not read yet, as it came.
    pub fn into_reader(self) -> Reader {
        Box::new(self.reader)
    }
}

impl Iterator for BodyArgs {
    type Item = Result<String>;

    // spec: cli.stdin-lines
    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        match self.reader.read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => {
                if line.last() == Some(&b'\n') {
                    line.pop();
                    if line.last() == Some(&b'\r') {
                        line.pop();
                    }
                }
                Some(Ok(String::from_utf8_lossy(&line).into_owned()))
            }
            Err(error) => Some(Err(error.into())),
        }
    }
}

/// One call of a command.
pub struct Request {
    /// The command.
    pub command: &'static Command,
    /// Names from the root (exclusive) to the command.
    pub path: Vec<&'static str>,
    /// Values by the first name of the option, defaults included.
    pub options: Vec<(&'static str, Value)>,
    /// Text arguments.
    pub arguments: Vec<String>,
    /// The encoding of the result.
    pub encoding: Encoding,
    /// When to stop.
    pub cancel: Cancel,
    /// The call came from a command line and runs in the same process.
    pub local: bool,
    /// Options that were given, not defaulted.
    pub given: Vec<&'static str>,
    /// File arguments that are left.
    pub files: Mutex<Option<Input>>,
    /// Arguments from standard input that are left.
    pub body: Mutex<Option<BodyArgs>>,
}

impl Request {
    fn value(&self, name: &str) -> Option<&Value> {
        debug_assert!(self.is_defined(name), "option {name:?} is not in the table");
        self.options.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn is_defined(&self, name: &str) -> bool {
        let path: Vec<&str> = self.path.to_vec();
        crate::commands::ROOT.resolve(&path).is_some_and(|commands| {
            commands.iter().flat_map(|command| command.options).any(|option| option.name() == name)
        })
    }

    /// Sets an option as if the user had given it.
    pub fn set(&mut self, name: &'static str, value: Value) {
        self.options.retain(|(key, _)| *key != name);
        self.options.push((name, value));
        if !self.given.contains(&name) {
            self.given.push(name);
        }
    }

    /// A switch: its value, its default, or false.
    pub fn bool(&self, name: &str) -> bool {
        self.bool_opt(name).unwrap_or(false)
    }

    /// A switch, `None` when it was not given and has no default.
    pub fn bool_opt(&self, name: &str) -> Option<bool> {
        match self.value(name) {
            Some(Value::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    /// Text, `None` when it was not given and has no default.
    pub fn str(&self, name: &str) -> Option<&str> {
        match self.value(name) {
            Some(Value::String(value)) => Some(value),
            _ => None,
        }
    }

    /// A signed number, `None` when it was not given and has no default.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.value(name) {
            Some(Value::Int(value)) => Some(*value),
            _ => None,
        }
    }

    /// An unsigned number, `None` when it was not given and has no default.
    pub fn uint(&self, name: &str) -> Option<u64> {
        match self.value(name) {
            Some(Value::Uint(value)) => Some(*value),
            _ => None,
        }
    }

    /// Texts, empty when none was given and there is no default.
    pub fn strings(&self, name: &str) -> &[String] {
        match self.value(name) {
            Some(Value::Strings(values)) => values,
            _ => &[],
        }
    }

    /// Whether the option was given (a default doesn't count).
    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains(&name)
    }

    /// `--offline` or its old name `--local`.
    pub fn offline(&self) -> bool {
        self.bool("offline") || self.bool("local")
    }

    /// The text argument at that place, if present. A required argument is always present, also
    /// when it came from standard input.
    pub fn argument(&self, at: usize) -> Option<&str> {
        self.arguments.get(at).map(String::as_str)
    }

    /// All text arguments, those that are still to come on standard input last.
    pub fn all_arguments(&self) -> impl Iterator<Item = Result<String>> + '_ {
        let body = self.body.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        self.arguments.iter().cloned().map(Ok).chain(body.into_iter().flatten())
    }

    /// The file arguments, sorted by name if they are on disk. They can be taken once, and each
    /// must be read before the next is asked for: they may come over the network as they are read.
    pub fn take_files(&self) -> Entries {
        let files = self.files.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        files.map_or_else(|| Box::new(std::iter::empty()) as Entries, Input::entries)
    }

    /// The first file argument, which must not be a directory.
    ///
    /// # Errors
    /// When there is none, with the reference's words.
    pub fn take_file(&self) -> Result<FileNode> {
        match self.take_files().next().transpose()?.map(|entry| entry.node) {
            Some(Node::File(file)) => Ok(file),
            Some(_) => Err(Error::new("file argument expected, got a directory or a link")),
            None => {
                let name = self.command.arguments.iter().find(|arg| arg.file);
                let name = name.map_or("file", |arg| arg.name);
                Err(Error::client(format!("file argument '{name}' is required")))
            }
        }
    }

    /// Reads the first argument of a body if a required text argument is missing.
    ///
    /// # Errors
    /// `argument "NAME" is required`.
    // spec: cli.argument-required
    pub(crate) fn fill_required_arguments(&mut self) -> Result<()> {
        let required =
            self.command.arguments.iter().filter(|arg| !arg.file).take_while(|arg| arg.required);
        for (at, arg) in required.enumerate() {
            if at < self.arguments.len() {
                continue;
            }
            let mut body = self.body.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            match body.as_mut().filter(|_| arg.stdin).and_then(Iterator::next) {
                Some(line) => self.arguments.push(line?),
                None => {
                    return Err(Error::new(format!("argument \"{}\" is required", arg.name)));
                }
            }
        }
        Ok(())
    }
}
