//! Spec: spec/command/offline.md
//!
//! `ipfs dht`: old commands for the DHT.

use crate::prelude::*;

/// `ipfs dht`
pub static DHT: Command = Command {
    name: "dht",
    tagline: "Old commands for the DHT.",
    description: "\
See 'ipfs routing'.",
    subcommands: &[&DHT_FINDPEER, &DHT_FINDPROVS, &DHT_GET, &DHT_PROVIDE, &DHT_PUT, &DHT_QUERY],
    status: Status::Deprecated,
    ..Command::NEW
};

/// `ipfs dht findpeer`
pub static DHT_FINDPEER: Command = Command {
    name: "findpeer",
    tagline: "Use 'ipfs routing findpeer'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_dht),
    ..Command::NEW
};

/// `ipfs dht findprovs`
pub static DHT_FINDPROVS: Command = Command {
    name: "findprovs",
    tagline: "Use 'ipfs routing findprovs'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_dht),
    ..Command::NEW
};

/// `ipfs dht get`
pub static DHT_GET: Command = Command {
    name: "get",
    tagline: "Use 'ipfs routing get'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_dht),
    ..Command::NEW
};

/// `ipfs dht provide`
pub static DHT_PROVIDE: Command = Command {
    name: "provide",
    tagline: "Use 'ipfs routing provide'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_dht),
    ..Command::NEW
};

/// `ipfs dht put`
pub static DHT_PUT: Command = Command {
    name: "put",
    tagline: "Use 'ipfs routing put'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_dht),
    ..Command::NEW
};

/// `ipfs dht query`
pub static DHT_QUERY: Command = Command {
    name: "query",
    tagline: "Ask the DHT for the peers nearest to a key.",
    arguments: &[Arg::string("peerID", "The key, in the form of a peer ID.").required().variadic()],
    options: &[Opt::bool(&["verbose", "v"], "Print every step.")],
    status: Status::Deprecated,
    run: Some(crate::commands::offline::no_dht),
    ..Command::NEW
};
