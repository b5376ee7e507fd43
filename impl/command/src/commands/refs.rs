//! Spec: spec/command/refs.md
//!
//! `ipfs refs`: list what nodes link to.

mod run;

use crate::options::Default;
use crate::prelude::*;

/// `ipfs refs`
pub static REFS: Command = Command {
    name: "refs",
    tagline: "List what nodes link to.",
    arguments: &[Arg::string("ipfs-path", "The path of a node.").required().variadic().stdin()],
    options: &[
        Opt::string(&["format"], "The template. Known fields: <src> <dst> <linkname>.")
            .default(Default::String("<dst>")),
        Opt::bool(&["edges", "e"], "Print source and destination."),
        Opt::bool(&["unique", "u"], "Print each only once."),
        Opt::bool(&["recursive", "r"], "List everything below, too."),
        Opt::int(&["max-depth"], "Go so deep only; -1 for no limit. Only with --recursive.")
            .default(Default::Int(-1)),
    ],
    subcommands: &[&REFS_LOCAL],
    run: Some(run::refs),
    output: OutputKind::stream::<run::Reference>(),
    ..Command::NEW
};

/// `ipfs refs local`
pub static REFS_LOCAL: Command = Command {
    name: "local",
    tagline: "List all blocks of the repository.",
    run: Some(run::local_blocks),
    output: OutputKind::stream::<run::Reference>(),
    ..Command::NEW
};
