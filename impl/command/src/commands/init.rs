//! Spec: spec/command/init.md
//!
//! `ipfs init`: make a repository.

mod docs;
mod make;

pub(in crate::commands) use make::{Made, make};

use crate::options::Default;
use crate::prelude::*;

/// `ipfs init`
pub static INIT: Command = Command {
    name: "init",
    tagline: "Make a repository.",
    description: "\
Makes a key pair and a default configuration. The repository is the folder
that $IPFS_PATH names, by default ~/.ipfs.",
    arguments: &[Arg::file("default-config", "A configuration in JSON to start from.").stdin()],
    options: &[
        Opt::string(&["algorithm", "a"], "Kind of the key: ed25519, rsa or secp256k1.")
            .default(Default::String("ed25519")),
        Opt::int(&["bits", "b"], "Bits of an RSA key."),
        Opt::bool(&["empty-repo", "e"], "Don't store the welcome pages.")
            .default(Default::Bool(true)),
        Opt::string(&["profile", "p"], "Profiles to apply, separated by commas."),
    ],
    no_repo: true,
    no_remote: true,
    no_daemon: true,
    cli_only: true,
    run: Some(make::run),
    output: OutputKind::Bytes("text/plain"),
    ..Command::NEW
};
