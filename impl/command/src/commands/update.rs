//! Spec: spec/command/offline.md
//!
//! `ipfs update`: bring this program to another version.

use crate::options::Default;
use crate::prelude::*;

/// `ipfs update`
pub static UPDATE: Command = Command {
    name: "update",
    tagline: "Bring this program to another version.",
    subcommands: &[&UPDATE_CHECK, &UPDATE_CLEAN, &UPDATE_INSTALL, &UPDATE_REVERT, &UPDATE_VERSIONS],
    status: Status::Experimental,
    cli_only: true,
    ..Command::NEW
};

/// `ipfs update check`
pub static UPDATE_CHECK: Command = Command {
    name: "check",
    tagline: "Say whether there is a newer version.",
    options: &[Opt::bool(&["pre"], "Count test versions, too.")],
    status: Status::Experimental,
    no_repo: true,
    no_remote: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs update clean`
pub static UPDATE_CLEAN: Command = Command {
    name: "clean",
    tagline: "Delete old versions that were kept.",
    status: Status::Experimental,
    no_repo: true,
    no_remote: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs update install`
pub static UPDATE_INSTALL: Command = Command {
    name: "install",
    tagline: "Install another version.",
    arguments: &[Arg::string("version", "The version. Default: the newest.")],
    options: &[
        Opt::bool(&["pre"], "Count test versions, too."),
        Opt::bool(&["allow-downgrade"], "Allow an older version."),
    ],
    status: Status::Experimental,
    no_repo: true,
    no_remote: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs update revert`
pub static UPDATE_REVERT: Command = Command {
    name: "revert",
    tagline: "Go back to the version before.",
    status: Status::Experimental,
    no_repo: true,
    no_remote: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs update versions`
pub static UPDATE_VERSIONS: Command = Command {
    name: "versions",
    tagline: "List the versions that can be installed.",
    options: &[
        Opt::int(&["count", "n"], "How many to list.").default(Default::Int(30)),
        Opt::bool(&["pre"], "List test versions, too."),
    ],
    status: Status::Experimental,
    no_repo: true,
    no_remote: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};
