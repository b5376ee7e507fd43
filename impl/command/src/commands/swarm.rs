//! Spec: spec/command/offline.md
//!
//! `ipfs swarm`: manage the connections to peers.

use crate::commands::offline::ACTION;
use crate::prelude::*;
use ipfs_data::key::{PeerId, PeerIdError};

/// Lines of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Strings {
    /// The lines.
    pub strings: Vec<String>,
}

impl Output for Strings {
    const NAME: &'static str = "stringList";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        for line in &self.strings {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

/// Peers with an open connection.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Connections {
    /// The peers; `None` when there are none.
    pub peers: Option<Vec<String>>,
}

impl Output for Connections {
    const NAME: &'static str = "connInfos";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        for peer in self.peers.iter().flatten() {
            writeln!(out, "{peer}")?;
        }
        Ok(())
    }
}

/// A daemon that may use the network has no connections as long as it opens none.
// spec: offline.no-peers
fn connected(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    if !env.may_use_network() {
        return crate::commands::offline::action(request, env, emitter);
    }
    emitter.emit(&Connections { peers: None })
}

/// The peer IDs at the end of addresses.
fn peers(request: &Request) -> Result<Vec<String>> {
    let mut peers = Vec::new();
    for address in request.all_arguments() {
        let address = address?;
        let fail = |why: &str| {
            let address = crate::encode::quote(&address);
            Error::new(format!("failed to parse multiaddr {address}: {why}"))
        };
        if !address.starts_with('/') {
            return Err(fail(if address.is_empty() {
                "empty multiaddr"
            } else {
                "must begin with /"
            }));
        }
        let mut parts = address.rsplit('/');
        match (parts.next(), parts.next()) {
            (Some(peer), Some("p2p" | "ipfs")) => {
                let refused = |error: PeerIdError| {
                    let why = error.to_string();
                    let why = why.trim_start_matches("failed to parse peer ID: ");
                    fail(&format!(
                        "invalid value {} for protocol p2p: failed to parse p2p addr: {peer} {why}",
                        crate::encode::quote(peer)
                    ))
                };
                let peer = PeerId::parse(peer).map_err(refused)?;
                peers.push(peer.to_string());
            }
            _ => return Err(Error::new(format!("found no ipfs peers at {address}"))),
        }
    }
    Ok(peers)
}

// spec: offline.connect
fn connect(request: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    env.repo()?;
    let peer = peers(request)?.into_iter().next().unwrap_or_default();
    Err(Error::new(format!("connect {peer} failure: {ACTION}")))
}

// spec: offline.disconnect
fn disconnect(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    env.repo()?;
    let line = |peer: String| format!("disconnect {peer} failure: {ACTION}");
    emitter.emit(&Strings { strings: peers(request)?.into_iter().map(line).collect() })
}

// spec: offline.resources
fn resources(_: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    env.repo()?;
    Err(Error::new(
        "missing ResourceMgr: make sure the daemon is running with Swarm.ResourceMgr.Enabled",
    ))
}

/// `ipfs swarm`
pub static SWARM: Command = Command {
    name: "swarm",
    tagline: "Manage the connections to peers.",
    subcommands: &[
        &SWARM_ADDRS,
        &SWARM_CONNECT,
        &SWARM_DISCONNECT,
        &SWARM_FILTERS,
        &SWARM_PEERING,
        &SWARM_PEERS,
        &SWARM_RESOURCES,
    ],
    ..Command::NEW
};

/// `ipfs swarm addrs`
pub static SWARM_ADDRS: Command = Command {
    name: "addrs",
    tagline: "List the addresses of known peers.",
    subcommands: &[&SWARM_ADDRS_AUTONAT, &SWARM_ADDRS_LISTEN, &SWARM_ADDRS_LOCAL],
    run: Some(crate::commands::offline::action),
    ..Command::NEW
};

/// `ipfs swarm addrs autonat`
pub static SWARM_ADDRS_AUTONAT: Command = Command {
    name: "autonat",
    tagline: "Say whether peers can reach us.",
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};

/// `ipfs swarm addrs listen`
pub static SWARM_ADDRS_LISTEN: Command = Command {
    name: "listen",
    tagline: "List the addresses that we listen on.",
    run: Some(crate::commands::offline::action),
    ..Command::NEW
};

/// `ipfs swarm addrs local`
pub static SWARM_ADDRS_LOCAL: Command = Command {
    name: "local",
    tagline: "List the addresses that we tell peers.",
    options: &[Opt::bool(&["id"], "Append the peer ID.")],
    run: Some(crate::commands::offline::action),
    ..Command::NEW
};

/// `ipfs swarm connect`
pub static SWARM_CONNECT: Command = Command {
    name: "connect",
    tagline: "Connect to peers.",
    arguments: &[Arg::string("address", "The address of a peer.").required().variadic().stdin()],
    run: Some(connect),
    output: OutputKind::value::<Strings>(),
    ..Command::NEW
};

/// `ipfs swarm disconnect`
pub static SWARM_DISCONNECT: Command = Command {
    name: "disconnect",
    tagline: "Close connections.",
    arguments: &[Arg::string("address", "The address of a peer.").required().variadic().stdin()],
    run: Some(disconnect),
    output: OutputKind::value::<Strings>(),
    ..Command::NEW
};

/// `ipfs swarm filters`
pub static SWARM_FILTERS: Command = Command {
    name: "filters",
    tagline: "Manage the addresses that are never dialled.",
    subcommands: &[&SWARM_FILTERS_ADD, &SWARM_FILTERS_RM],
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};

/// `ipfs swarm filters add`
pub static SWARM_FILTERS_ADD: Command = Command {
    name: "add",
    tagline: "Add a filter.",
    arguments: &[Arg::string("address", "The filter, such as /ip4/10.0.0.0/ipcidr/8.")
        .required()
        .variadic()
        .stdin()],
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};

/// `ipfs swarm filters rm`
pub static SWARM_FILTERS_RM: Command = Command {
    name: "rm",
    tagline: "Remove a filter.",
    arguments: &[Arg::string("address", "The filter, or all.").required().variadic().stdin()],
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};

/// `ipfs swarm peering`
pub static SWARM_PEERING: Command = Command {
    name: "peering",
    tagline: "Manage peers to stay connected to.",
    subcommands: &[&SWARM_PEERING_ADD, &SWARM_PEERING_LS, &SWARM_PEERING_RM],
    ..Command::NEW
};

/// `ipfs swarm peering add`
pub static SWARM_PEERING_ADD: Command = Command {
    name: "add",
    tagline: "Stay connected to peers.",
    arguments: &[Arg::string("address", "The address of a peer.").required().variadic()],
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};

/// `ipfs swarm peering ls`
pub static SWARM_PEERING_LS: Command = Command {
    name: "ls",
    tagline: "List the peers to stay connected to.",
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};

/// `ipfs swarm peering rm`
pub static SWARM_PEERING_RM: Command = Command {
    name: "rm",
    tagline: "Don't stay connected to peers.",
    arguments: &[Arg::string("ID", "The peer ID.").required().variadic()],
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};

/// `ipfs swarm peers`
pub static SWARM_PEERS: Command = Command {
    name: "peers",
    tagline: "List the peers that are connected.",
    options: &[
        Opt::bool(&["verbose", "v"], "Print everything."),
        Opt::bool(&["streams"], "Print the streams of each peer."),
        Opt::bool(&["latency"], "Print how fast each peer answers."),
        Opt::bool(&["direction"], "Print who opened the connection."),
        Opt::bool(&["identify"], "Print what each peer says about itself."),
    ],
    run: Some(connected),
    output: OutputKind::value::<Connections>(),
    ..Command::NEW
};

/// `ipfs swarm resources`
pub static SWARM_RESOURCES: Command = Command {
    name: "resources",
    tagline: "Show what connections use.",
    status: Status::Experimental,
    run: Some(resources),
    ..Command::NEW
};
