//! Spec: spec/command/log.md
//!
//! `ipfs log`: control what a daemon logs.

use crate::options::Default;
use crate::prelude::*;

/// Parts of this program that have a log level of their own.
const SUBSYSTEMS: [&str; 12] = [
    "bitswap",
    "blockstore",
    "cmd/ipfs",
    "config",
    "core",
    "dht",
    "flatfs",
    "fsrepo",
    "gc",
    "leveldb",
    "mfs",
    "pin",
];

/// Names of subsystems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subsystems {
    /// The names.
    pub strings: Vec<String>,
}

impl Output for Subsystems {
    const NAME: &'static str = "stringList";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        for name in &self.strings {
            writeln!(out, "{name}")?;
        }
        Ok(())
    }
}

// spec: log.ls
fn list(_: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    emitter.emit(&Subsystems { strings: SUBSYSTEMS.map(str::to_owned).to_vec() })
}

// spec: log.tail
fn tail(_: &Request, _: &Env, _: &mut Emitter<'_>) -> Result<()> {
    Err(Error::new("command must be run on the daemon: [log tail]"))
}

/// `ipfs log`
pub static LOG: Command = Command {
    name: "log",
    tagline: "Control what a daemon logs.",
    subcommands: &[&LOG_LEVEL, &LOG_LS, &LOG_TAIL],
    ..Command::NEW
};

/// `ipfs log level`
pub static LOG_LEVEL: Command = Command {
    name: "level",
    tagline: "Show or set log levels.",
    arguments: &[
        Arg::string("subsystem", "The subsystem; * or all for every one."),
        Arg::string(
            "level",
            "The level: debug, info, warn, error, dpanic, panic or fatal; default for the usual one.",
        ),
    ],
    no_local: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs log ls`
pub static LOG_LS: Command = Command {
    name: "ls",
    tagline: "List the subsystems that log.",
    run: Some(list),
    output: OutputKind::value::<Subsystems>(),
    ..Command::NEW
};

/// `ipfs log tail`
pub static LOG_TAIL: Command = Command {
    name: "tail",
    tagline: "Follow the log.",
    options: &[
        Opt::string(&["log-level"], "Show this level and worse.").default(Default::String(""))
    ],
    status: Status::Experimental,
    run: Some(tail),
    output: OutputKind::Bytes("application/octet-stream"),
    ..Command::NEW
};
