//! Spec: spec/command/offline.md
//!
//! `ipfs routing`: find and announce content and peers.

mod find;
mod put;

use crate::options::Default;
use crate::prelude::*;

/// `ipfs routing`
pub static ROUTING: Command = Command {
    name: "routing",
    tagline: "Find and announce content and peers.",
    subcommands: &[
        &ROUTING_FINDPEER,
        &ROUTING_FINDPROVS,
        &ROUTING_GET,
        &ROUTING_PROVIDE,
        &ROUTING_PUT,
        &ROUTING_REPROVIDE,
    ],
    ..Command::NEW
};

/// `ipfs routing findpeer`
pub static ROUTING_FINDPEER: Command = Command {
    name: "findpeer",
    tagline: "Find the addresses of peers.",
    arguments: &[Arg::string("peerID", "The peer ID.").required().variadic()],
    options: &[Opt::bool(&["verbose", "v"], "Print every step.")],
    run: Some(find::peer),
    output: OutputKind::stream::<find::Found>(),
    ..Command::NEW
};

/// `ipfs routing findprovs`
pub static ROUTING_FINDPROVS: Command = Command {
    name: "findprovs",
    tagline: "Find peers that have content.",
    arguments: &[Arg::string("key", "The CID.").required().variadic()],
    options: &[
        Opt::bool(&["verbose", "v"], "Print every step."),
        Opt::int(&["num-providers", "n"], "How many peers to find.").default(Default::Int(20)),
    ],
    run: Some(find::providers),
    output: OutputKind::stream::<find::Found>(),
    ..Command::NEW
};

/// `ipfs routing get`
pub static ROUTING_GET: Command = Command {
    name: "get",
    tagline: "Find the best value of a key.",
    arguments: &[Arg::string("key", "The key.").required().variadic()],
    status: Status::Experimental,
    run: Some(crate::commands::offline::action),
    ..Command::NEW
};

/// `ipfs routing provide`
pub static ROUTING_PROVIDE: Command = Command {
    name: "provide",
    tagline: "Announce content.",
    arguments: &[Arg::string("key", "The CID.").required().variadic().stdin()],
    options: &[
        Opt::bool(&["verbose", "v"], "Print every step."),
        Opt::bool(&["recursive", "r"], "Announce everything below, too."),
    ],
    status: Status::Deprecated,
    run: Some(find::provide),
    ..Command::NEW
};

/// `ipfs routing put`
pub static ROUTING_PUT: Command = Command {
    name: "put",
    tagline: "Publish a value for a key.",
    arguments: &[
        Arg::string("key", "The key.").required(),
        Arg::file("value-file", "The file with the value.").required().stdin(),
    ],
    options: &[Opt::bool(&["allow-offline"], "Keep the value when the network is out of reach.")],
    status: Status::Experimental,
    run: Some(put::put),
    output: OutputKind::stream::<put::QueryEvent>(),
    ..Command::NEW
};

/// `ipfs routing reprovide`
pub static ROUTING_REPROVIDE: Command = Command {
    name: "reprovide",
    tagline: "Announce all content again.",
    status: Status::Deprecated,
    run: Some(crate::commands::offline::reprovide),
    ..Command::NEW
};
