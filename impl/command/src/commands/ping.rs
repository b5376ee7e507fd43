//! Spec: spec/command/offline.md
//!
//! `ipfs ping`: measure how fast a peer answers.

use crate::options::Default;
use crate::prelude::*;

/// `ipfs ping`
pub static PING: Command = Command {
    name: "ping",
    tagline: "Measure how fast a peer answers.",
    arguments: &[Arg::string("peer ID", "The peer.").required().variadic().stdin()],
    options: &[Opt::int(&["count", "n"], "How many times.").default(Default::Int(10))],
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};
