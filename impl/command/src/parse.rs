//! Spec: spec/command/cli.md
//!
//! From the words of a command line to options, command and positional words. The grammar is the
//! reference's own; see the spec page for why no general parser can be used.

use crate::options::{Kind, Opt, Value};
use crate::table::Command;
use std::ffi::OsString;

mod arguments;

pub use arguments::{Positional, fill};

/// What the words of a command line say.
pub struct Parsed {
    /// The command.
    pub command: &'static Command,
    /// Names from the root (exclusive) to the command.
    pub path: Vec<&'static str>,
    /// Values of the options that were given, by their first name.
    pub options: Vec<(&'static str, Value)>,
    /// The other words.
    pub words: Vec<OsString>,
}

/// A command line that can't be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub String);

struct State {
    words: Vec<OsString>,
    at: usize,
    path: Vec<&'static str>,
    commands: Vec<&'static Command>,
    options: Vec<(&'static str, Value)>,
}

/// Reads the words after the name of the program.
///
/// # Errors
/// Unknown options and first words, missing, repeated or malformed values.
// spec: cli.options-anywhere
pub fn parse(words: Vec<OsString>, root: &'static Command) -> Result<Parsed, Error> {
    let mut positional = Vec::new();
    let mut state =
        State { words, at: 0, path: Vec::new(), commands: vec![root], options: Vec::new() };
    while state.at < state.words.len() {
        let word = state.words[state.at].clone();
        let text = word.to_string_lossy();
        if text == "--" {
            positional.extend(state.words.drain(state.at + 1..));
            break;
        } else if let Some(long) = text.strip_prefix("--") {
            state.long(long)?;
        } else if let Some(short) = text.strip_prefix('-').filter(|short| !short.is_empty()) {
            state.short(short)?;
        } else if let Some(command) = state.command().subcommand(&text) {
            state.path.push(command.name);
            state.commands.push(command);
        } else if state.path.is_empty() {
            return Err(Error(crate::suggest::unknown_command(&text, root)));
        } else {
            positional.push(word);
        }
        state.at += 1;
    }
    let command = state.command();
    Ok(Parsed { command, path: state.path, options: state.options, words: positional })
}

impl State {
    fn command(&self) -> &'static Command {
        self.commands[self.commands.len() - 1]
    }

    fn option(&self, name: &str) -> Option<&'static Opt> {
        let mut options = self.commands.iter().flat_map(|command| command.options);
        options.find(|option| option.names.contains(&name))
    }

    fn known(&self, name: &str) -> Result<&'static Opt, Error> {
        self.option(name).ok_or_else(|| unknown_option(name))
    }

    // spec: cli.long-options
    fn long(&mut self, text: &str) -> Result<(), Error> {
        if let Some((name, value)) = text.split_once('=') {
            let option = self.known(name)?;
            return self.set(option, value);
        }
        let option = self.known(text)?;
        if option.kind == Kind::Bool {
            return self.put(option, Value::Bool(true), text);
        }
        let value = self.next_word().ok_or_else(|| missing_argument(text))?;
        self.set(option, &value)
    }

    // spec: cli.short-options
    fn short(&mut self, text: &str) -> Result<(), Error> {
        if let Some((name, value)) = text.split_once('=') {
            let option = self.known(name)?;
            return self.set(option, value);
        }
        for (at, letter) in text.char_indices() {
            let end = at + letter.len_utf8();
            let option = self.option(&text[at..end]).ok_or_else(|| unknown_option(text))?;
            if option.kind == Kind::Bool {
                self.put(option, Value::Bool(true), option.name())?;
                continue;
            }
            if end < text.len() {
                return self.set(option, &text[end..]);
            }
            let value = self.next_word().ok_or_else(|| missing_argument(text))?;
            return self.set(option, &value);
        }
        Ok(())
    }

    /// The word after an option is its value, whatever it looks like.
    fn next_word(&mut self) -> Option<String> {
        let word = self.words.get(self.at + 1)?.to_string_lossy().into_owned();
        self.at += 1;
        Some(word)
    }

    fn set(&mut self, option: &'static Opt, text: &str) -> Result<(), Error> {
        let value = option.parse(text).map_err(Error)?;
        self.put(option, value, option.name())
    }

    // spec: cli.option-once
    fn put(&mut self, option: &'static Opt, value: Value, name: &str) -> Result<(), Error> {
        match self.options.iter_mut().find(|(key, _)| *key == option.name()) {
            None => self.options.push((option.name(), value)),
            Some((_, Value::Strings(values))) => {
                if let Value::Strings(more) = value {
                    values.extend(more);
                }
            }
            Some(_) => return Err(Error(format!("multiple values for option \"{name}\""))),
        }
        Ok(())
    }
}

fn unknown_option(name: &str) -> Error {
    Error(format!("unknown option {}", crate::encode::quote(name)))
}

fn missing_argument(name: &str) -> Error {
    Error(format!("missing argument for option {}", crate::encode::quote(name)))
}

/// Adds the defaults of the options that were not given.
pub fn with_defaults(
    mut options: Vec<(&'static str, Value)>,
    commands: &[&'static Command],
) -> Vec<(&'static str, Value)> {
    for option in commands.iter().flat_map(|command| command.options) {
        if options.iter().all(|(key, _)| *key != option.name())
            && let Some(value) = option.default.value()
        {
            options.push((option.name(), value));
        }
    }
    options
}

#[cfg(test)]
mod tests;
