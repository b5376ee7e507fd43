//! Spec: spec/command/version.md
//!
//! `ipfs version`: show the version of this program.

use crate::options::Default;
use crate::prelude::*;

/// `ipfs version`
pub static VERSION: Command = Command {
    name: "version",
    tagline: "Show the version of this program.",
    options: &[
        Opt::bool(&["number", "n"], "Print the number only."),
        Opt::bool(&["commit"], "Print the commit, too."),
        Opt::bool(&["repo"], "Print the version of the repository's format."),
        Opt::bool(&["all"], "Print everything."),
    ],
    subcommands: &[&VERSION_CHECK, &VERSION_DEPS],
    no_repo: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs version check`
pub static VERSION_CHECK: Command = Command {
    name: "check",
    tagline: "Compare with the versions of other peers.",
    options: &[
        Opt::int(&["min-percent", "t"], "Report a version that this part of the peers exceeds.").default(Default::Int(5)),
    ],
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs version deps`
pub static VERSION_DEPS: Command = Command {
    name: "deps",
    tagline: "List the libraries in this program.",
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};
