//! Spec: spec/command/commands.md
//!
//! The shape of the one command table. Everything is static data: building it costs nothing.

use crate::emit::{Emitter, Output, PostRun};
use crate::env::Env;
use crate::error::Result;
use crate::options::Opt;
use crate::request::Request;

/// The function behind a command. It never prints and never reads standard input itself: it takes
/// from the request and gives to the emitter, so that the RPC can run it too.
pub type Run = fn(&Request, &Env, &mut Emitter<'_>) -> Result<()>;

/// Prepares a call in the process that the user started, also when the command runs in a daemon.
pub type PreRun = fn(&mut Request) -> Result<()>;

/// Makes the command-line post-processing of one run.
pub type StartPostRun = fn(&Request, &Env) -> Result<Box<dyn PostRun>>;

/// Whether a command is here to stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Stays.
    Active,
    /// May change.
    Experimental,
    /// Will go.
    Deprecated,
    /// Gone: the entry only explains that.
    Removed,
}

/// A positional argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arg {
    /// Name in help and in errors.
    pub name: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// The word names a file (or `-`, or a URL) whose content is the argument.
    pub file: bool,
    /// Must be present.
    pub required: bool,
    /// Takes all remaining words. Only for the last argument.
    pub variadic: bool,
    /// Is read from standard input when no word is left. Only for the last argument.
    pub stdin: bool,
    /// A file argument that may be a directory (with `-r`).
    pub recursive: bool,
}

impl Arg {
    /// An optional text argument.
    pub const fn string(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description,
            file: false,
            required: false,
            variadic: false,
            stdin: false,
            recursive: false,
        }
    }

    /// An optional file argument.
    pub const fn file(name: &'static str, description: &'static str) -> Self {
        let mut arg = Self::string(name, description);
        arg.file = true;
        arg
    }

    /// Must be present.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Takes all remaining words.
    pub const fn variadic(mut self) -> Self {
        self.variadic = true;
        self
    }

    /// Is read from standard input when no word is left.
    pub const fn stdin(mut self) -> Self {
        self.stdin = true;
        self
    }

    /// May be a directory.
    pub const fn recursive(mut self) -> Self {
        self.recursive = true;
        self
    }
}

/// What a command answers with.
#[derive(Clone, Copy)]
pub enum OutputKind {
    /// Nothing.
    None,
    /// One value.
    Value(Decoder),
    /// Any number of values, one after the other.
    Stream(Decoder),
    /// Raw bytes, with their media type.
    Bytes(&'static str),
}

/// Turns the JSON of a value back into the value and hands it to an emitter: how a client of the
/// RPC prints what a server answered.
#[derive(Clone, Copy)]
pub struct Decoder {
    /// Decodes one JSON value and emits it.
    pub decode: fn(&[u8], &mut Emitter<'_>) -> Result<()>,
    /// Whether the type has a text form of its own.
    pub text: bool,
}

fn decode<T: Output>(json: &[u8], emitter: &mut Emitter<'_>) -> Result<()> {
    let value: T = serde_json::from_slice(json)?;
    emitter.emit(&value)
}

impl OutputKind {
    /// The command emits exactly one `T`.
    pub const fn value<T: Output>() -> Self {
        Self::Value(Decoder { decode: decode::<T>, text: T::TEXT })
    }

    /// The command emits any number of `T`.
    pub const fn stream<T: Output>() -> Self {
        Self::Stream(Decoder { decode: decode::<T>, text: T::TEXT })
    }

    /// Whether `--enc=text` has an encoder of its own (else it falls back to JSON).
    pub const fn has_text(&self) -> bool {
        match self {
            Self::Value(decoder) | Self::Stream(decoder) => decoder.text,
            Self::None | Self::Bytes(_) => false,
        }
    }
}

/// One command, or a group of commands, or both.
pub struct Command {
    /// The word that names it.
    pub name: &'static str,
    /// One line, no more than 50 characters or so, ending with a full stop.
    pub tagline: &'static str,
    /// Paragraphs for `--help`; lines of at most 76 characters.
    pub description: &'static str,
    /// One short paragraph for `-h`. Empty: the first paragraph of the description.
    pub short: &'static str,
    /// Positional arguments, in order.
    pub arguments: &'static [Arg],
    /// Options; subcommands inherit them.
    pub options: &'static [Opt],
    /// Commands below this one.
    pub subcommands: &'static [&'static Command],
    /// Here to stay, or not.
    pub status: Status,
    /// Needs no repository: always runs in this process, no API file is looked at.
    pub no_repo: bool,
    /// Is not served over the RPC.
    pub no_remote: bool,
    /// Makes sense in a daemon only.
    pub no_local: bool,
    /// Exists in the command line only; `ipfs commands` over RPC doesn't list it.
    pub cli_only: bool,
    /// Refuses to run while a daemon holds the repository.
    pub no_daemon: bool,
    /// What happens before it, in the process that the user started.
    pub pre_run: Option<PreRun>,
    /// What it does. `None` for a mere group.
    pub run: Option<Run>,
    /// What it answers with.
    pub output: OutputKind,
    /// Command-line processing between the emitted values and the terminal.
    pub post_run: Option<StartPostRun>,
}

impl Command {
    /// All defaults, for `..Command::NEW`.
    pub const NEW: Command = Command {
        name: "",
        tagline: "",
        description: "",
        short: "",
        arguments: &[],
        options: &[],
        subcommands: &[],
        status: Status::Active,
        no_repo: false,
        no_remote: false,
        no_local: false,
        cli_only: false,
        no_daemon: false,
        pre_run: None,
        run: None,
        output: OutputKind::None,
        post_run: None,
    };

    /// The command below this one with that name.
    pub fn subcommand(&self, name: &str) -> Option<&'static Command> {
        self.subcommands.iter().copied().find(|command| command.name == name)
    }

    /// The commands from this one (included) down along `path`.
    pub fn resolve(&'static self, path: &[&str]) -> Option<Vec<&'static Command>> {
        let mut found = vec![self];
        let mut command = self;
        for name in path {
            command = command.subcommand(name)?;
            found.push(command);
        }
        Some(found)
    }

    /// Calls `visit` with the path and the command, for this command and all below it, sorted by
    /// name.
    pub fn walk(&'static self, visit: &mut dyn FnMut(&[&'static str], &'static Command)) {
        fn inner(
            command: &'static Command,
            path: &mut Vec<&'static str>,
            visit: &mut dyn FnMut(&[&'static str], &'static Command),
        ) {
            visit(path, command);
            let mut below = command.subcommands.to_vec();
            below.sort_by_key(|command| command.name);
            for command in below {
                path.push(command.name);
                inner(command, path, visit);
                path.pop();
            }
        }
        inner(self, &mut Vec::new(), visit);
    }
}
