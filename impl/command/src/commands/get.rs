//! Spec: spec/command/get.md
//!
//! `ipfs get`: write files and directories to disk.

mod archive;
mod extract;
mod place;
mod run;
mod save;
mod unpack;
mod write;

use crate::prelude::*;

/// `ipfs get`
pub static GET: Command = Command {
    name: "get",
    tagline: "Write files and directories to disk.",
    arguments: &[Arg::string("ipfs-path", "The path of a file or directory.").required().stdin()],
    options: &[
        Opt::string(&["output", "o"], "Where to write. Default: the last part of the path."),
        Opt::bool(&["archive", "a"], "Write a tar archive."),
        Opt::bool(&["compress", "C"], "Compress with gzip."),
        Opt::int(&["compression-level", "l"], "Compress so hard: 1 (fast) to 9 (small)."),
        Opt::bool(&["progress", "p"], "Show progress. By default only on a terminal."),
    ],
    run: Some(run::run),
    post_run: Some(save::post_run),
    output: OutputKind::Bytes("application/octet-stream"),
    ..Command::NEW
};
