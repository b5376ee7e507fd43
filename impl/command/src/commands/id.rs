//! Spec: spec/command/id.md
//!
//! `ipfs id`: show the identity of a node.

use crate::options::Default;
use crate::prelude::*;

/// `ipfs id`
pub static ID: Command = Command {
    name: "id",
    tagline: "Show the identity of a node.",
    arguments: &[Arg::string("peerid", "The peer ID of another node.")],
    options: &[
        Opt::string(
            &["format", "f"],
            "The template. Known fields: <id> <aver> <pver> <pubkey> <addrs> <protocols>.",
        ),
        Opt::string(
            &["peerid-base"],
            "How to print peer IDs: b58mh, or a base of multibase for a CID.",
        )
        .default(Default::String("b58mh")),
    ],
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};
