//! Spec: spec/command/multibase.md
//!
//! `ipfs multibase`: encode and decode text in the bases of multibase.

use crate::options::Default;
use crate::prelude::*;

/// `ipfs multibase`
pub static MULTIBASE: Command = Command {
    name: "multibase",
    tagline: "Encode and decode text in the bases of multibase.",
    subcommands: &[&MULTIBASE_DECODE, &MULTIBASE_ENCODE, &MULTIBASE_LIST, &MULTIBASE_TRANSCODE],
    ..Command::NEW
};

/// `ipfs multibase decode`
pub static MULTIBASE_DECODE: Command = Command {
    name: "decode",
    tagline: "Decode multibase text.",
    arguments: &[Arg::file("encoded_file", "The text.").required().stdin()],
    run: Some(crate::commands::not_implemented),
    output: OutputKind::Bytes("application/octet-stream"),
    ..Command::NEW
};

/// `ipfs multibase encode`
pub static MULTIBASE_ENCODE: Command = Command {
    name: "encode",
    tagline: "Encode bytes as multibase text.",
    arguments: &[Arg::file("file", "The bytes.").required().stdin()],
    options: &[Opt::string(&["b"], "The base.").default(Default::String("base64url"))],
    run: Some(crate::commands::not_implemented),
    output: OutputKind::Bytes("application/octet-stream"),
    ..Command::NEW
};

/// `ipfs multibase list`
pub static MULTIBASE_LIST: Command = Command {
    name: "list",
    tagline: "List the bases of multibase.",
    options: &[
        Opt::bool(&["prefix"], "Print the prefix of each base as well."),
        Opt::bool(&["numeric"], "Print the number of each base as well."),
    ],
    no_repo: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs multibase transcode`
pub static MULTIBASE_TRANSCODE: Command = Command {
    name: "transcode",
    tagline: "Change the base of multibase text.",
    arguments: &[Arg::file("encoded_file", "The text.").required().stdin()],
    options: &[Opt::string(&["b"], "The base.").default(Default::String("base64url"))],
    run: Some(crate::commands::not_implemented),
    output: OutputKind::Bytes("application/octet-stream"),
    ..Command::NEW
};
