//! Spec: spec/command/ls.md
//!
//! `ipfs ls`: list directories.

mod output;
mod run;

use crate::options::Default;
use crate::prelude::*;

/// `ipfs ls`
pub static LS: Command = Command {
    name: "ls",
    tagline: "List directories.",
    arguments: &[Arg::string("ipfs-path", "The path of a directory.")
        .required()
        .variadic()
        .stdin()],
    options: &[
        Opt::bool(&["headers", "v"], "Print a line of titles."),
        Opt::bool(&["resolve-type"], "Look at the links to find out what they are.")
            .default(Default::Bool(true)),
        Opt::bool(&["size"], "Look at the links to find out their sizes.")
            .default(Default::Bool(true)),
        Opt::bool(&["stream", "s"], "Print entries as they come, unsorted."),
        Opt::bool(&["long", "l"], "Print permissions and times, too."),
    ],
    run: Some(run::run),
    post_run: Some(output::post_run),
    output: OutputKind::stream::<output::LsOutput>(),
    ..Command::NEW
};
