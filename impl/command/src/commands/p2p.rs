//! Spec: spec/command/offline.md
//!
//! `ipfs p2p`: forward connections through peers.

use crate::prelude::*;

/// `ipfs p2p`
pub static P2P: Command = Command {
    name: "p2p",
    tagline: "Forward connections through peers.",
    subcommands: &[&P2P_CLOSE, &P2P_FORWARD, &P2P_LISTEN, &P2P_LS, &P2P_STREAM],
    status: Status::Experimental,
    ..Command::NEW
};

/// `ipfs p2p close`
pub static P2P_CLOSE: Command = Command {
    name: "close",
    tagline: "Stop listening or forwarding.",
    options: &[
        Opt::bool(&["all", "a"], "Close all of them."),
        Opt::string(&["protocol", "p"], "Close those of this protocol."),
        Opt::string(&["listen-address", "l"], "Close those that listen here."),
        Opt::string(&["target-address", "t"], "Close those that lead here."),
    ],
    status: Status::Experimental,
    run: Some(crate::commands::offline::no_p2p),
    ..Command::NEW
};

/// `ipfs p2p forward`
pub static P2P_FORWARD: Command = Command {
    name: "forward",
    tagline: "Forward local connections to a peer.",
    arguments: &[
        Arg::string("protocol", "The name of the protocol, beginning with /x/.").required(),
        Arg::string("listen-address", "Where to listen.").required(),
        Arg::string("target-address", "The peer.").required(),
    ],
    options: &[
        Opt::bool(&["allow-custom-protocol"], "Allow names that don't begin with /x/."),
        Opt::bool(&["foreground", "f"], "Stay until interrupted, then close."),
    ],
    status: Status::Experimental,
    run: Some(crate::commands::offline::no_p2p),
    ..Command::NEW
};

/// `ipfs p2p listen`
pub static P2P_LISTEN: Command = Command {
    name: "listen",
    tagline: "Forward connections from peers to an address.",
    arguments: &[
        Arg::string("protocol", "The name of the protocol, beginning with /x/.").required(),
        Arg::string("target-address", "Where to forward to.").required(),
    ],
    options: &[
        Opt::bool(&["allow-custom-protocol"], "Allow names that don't begin with /x/."),
        Opt::bool(&["report-peer-id", "r"], "Send the peer ID first."),
        Opt::bool(&["foreground", "f"], "Stay until interrupted, then close."),
    ],
    status: Status::Experimental,
    run: Some(crate::commands::offline::no_p2p),
    ..Command::NEW
};

/// `ipfs p2p ls`
pub static P2P_LS: Command = Command {
    name: "ls",
    tagline: "List what is forwarded.",
    options: &[Opt::bool(&["headers", "v"], "Print a line of titles.")],
    status: Status::Experimental,
    run: Some(crate::commands::offline::no_p2p),
    ..Command::NEW
};

/// `ipfs p2p stream`
pub static P2P_STREAM: Command = Command {
    name: "stream",
    tagline: "Manage single streams.",
    subcommands: &[&P2P_STREAM_CLOSE, &P2P_STREAM_LS],
    status: Status::Experimental,
    ..Command::NEW
};

/// `ipfs p2p stream close`
pub static P2P_STREAM_CLOSE: Command = Command {
    name: "close",
    tagline: "Close streams.",
    arguments: &[Arg::string("id", "The number of the stream.")],
    options: &[Opt::bool(&["all", "a"], "Close all of them.")],
    status: Status::Experimental,
    run: Some(crate::commands::offline::no_p2p),
    ..Command::NEW
};

/// `ipfs p2p stream ls`
pub static P2P_STREAM_LS: Command = Command {
    name: "ls",
    tagline: "List streams.",
    options: &[Opt::bool(&["headers", "v"], "Print a line of titles.")],
    status: Status::Experimental,
    run: Some(crate::commands::offline::no_p2p),
    ..Command::NEW
};
