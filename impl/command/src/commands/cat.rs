//! Spec: spec/command/cat.md
//!
//! `ipfs cat`: print the content of files.

use crate::prelude::*;

/// `ipfs cat`
pub static CAT: Command = Command {
    name: "cat",
    tagline: "Print the content of files.",
    arguments: &[Arg::string("ipfs-path", "The path of a file.").required().variadic().stdin()],
    options: &[
        Opt::int64(&["offset", "o"], "Skip so many bytes."),
        Opt::int64(&["length", "l"], "Print at most so many bytes."),
        Opt::bool(
            &["progress", "p"],
            "Show progress. By default only on a terminal and for more than 8 MiB.",
        ),
    ],
    run: Some(crate::commands::not_implemented),
    output: OutputKind::Bytes("application/octet-stream"),
    ..Command::NEW
};
