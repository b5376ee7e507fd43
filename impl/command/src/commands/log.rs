//! Spec: spec/command/log.md
//!
//! `ipfs log`: control what a daemon logs.

use crate::options::Default;
use crate::prelude::*;

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
    run: Some(crate::commands::not_implemented),
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
    run: Some(crate::commands::not_implemented),
    output: OutputKind::Bytes("application/octet-stream"),
    ..Command::NEW
};
