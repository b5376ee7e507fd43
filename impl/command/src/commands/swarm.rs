//! Spec: spec/command/swarm-command.md
//!
//! `ipfs swarm`: manage the connections to peers.

pub(crate) mod address;
mod addrs;
mod connect;
mod filters;
mod peering;
pub(crate) mod peers;
mod resources;

use crate::prelude::*;

/// Lines of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Strings {
    /// The lines; `None` when there are none.
    pub strings: Option<Vec<String>>,
}

impl Output for Strings {
    const NAME: &'static str = "stringList";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        for line in self.strings.iter().flatten() {
            writeln!(out, "{}", printable(line))?;
        }
        Ok(())
    }
}

/// What others say about themselves, without what a terminal might act on.
// spec: swarm-command.printable
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|&letter| letter == '\n' || !letter.is_control()).collect()
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
    run: Some(addrs::known),
    output: OutputKind::value::<addrs::Known>(),
    ..Command::NEW
};

/// `ipfs swarm addrs autonat`
pub static SWARM_ADDRS_AUTONAT: Command = Command {
    name: "autonat",
    tagline: "Say whether peers can reach us.",
    run: Some(addrs::autonat),
    output: OutputKind::value::<addrs::Reachability>(),
    ..Command::NEW
};

/// `ipfs swarm addrs listen`
pub static SWARM_ADDRS_LISTEN: Command = Command {
    name: "listen",
    tagline: "List the addresses that we listen on.",
    run: Some(addrs::listen),
    output: OutputKind::value::<Strings>(),
    ..Command::NEW
};

/// `ipfs swarm addrs local`
pub static SWARM_ADDRS_LOCAL: Command = Command {
    name: "local",
    tagline: "List the addresses that we tell peers.",
    options: &[Opt::bool(&["id"], "Append the peer ID.")],
    run: Some(addrs::local),
    output: OutputKind::value::<Strings>(),
    ..Command::NEW
};

/// `ipfs swarm connect`
pub static SWARM_CONNECT: Command = Command {
    name: "connect",
    tagline: "Connect to peers.",
    arguments: &[Arg::string("address", "The address of a peer.").required().variadic().stdin()],
    run: Some(connect::connect),
    output: OutputKind::value::<Strings>(),
    ..Command::NEW
};

/// `ipfs swarm disconnect`
pub static SWARM_DISCONNECT: Command = Command {
    name: "disconnect",
    tagline: "Close connections.",
    arguments: &[Arg::string("address", "The address of a peer.").required().variadic().stdin()],
    run: Some(connect::disconnect),
    output: OutputKind::value::<Strings>(),
    ..Command::NEW
};

/// `ipfs swarm filters`
pub static SWARM_FILTERS: Command = Command {
    name: "filters",
    tagline: "Manage the addresses that are never dialled.",
    subcommands: &[&SWARM_FILTERS_ADD, &SWARM_FILTERS_RM],
    run: Some(filters::list),
    output: OutputKind::value::<Strings>(),
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
    run: Some(filters::add),
    output: OutputKind::value::<Strings>(),
    ..Command::NEW
};

/// `ipfs swarm filters rm`
pub static SWARM_FILTERS_RM: Command = Command {
    name: "rm",
    tagline: "Remove a filter.",
    arguments: &[Arg::string("address", "The filter, or all.").required().variadic().stdin()],
    run: Some(filters::remove),
    output: OutputKind::value::<Strings>(),
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
    run: Some(peering::add),
    output: OutputKind::stream::<peering::Peering>(),
    ..Command::NEW
};

/// `ipfs swarm peering ls`
pub static SWARM_PEERING_LS: Command = Command {
    name: "ls",
    tagline: "List the peers to stay connected to.",
    run: Some(peering::list),
    output: OutputKind::value::<peering::Peers>(),
    ..Command::NEW
};

/// `ipfs swarm peering rm`
pub static SWARM_PEERING_RM: Command = Command {
    name: "rm",
    tagline: "Don't stay connected to peers.",
    arguments: &[Arg::string("ID", "The peer ID.").required().variadic()],
    run: Some(peering::remove),
    output: OutputKind::stream::<peering::Peering>(),
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
    run: Some(peers::peers),
    output: OutputKind::value::<peers::Connections>(),
    ..Command::NEW
};

/// `ipfs swarm resources`
pub static SWARM_RESOURCES: Command = Command {
    name: "resources",
    tagline: "Show what connections use.",
    status: Status::Experimental,
    run: Some(resources::resources),
    output: OutputKind::value::<resources::Resources>(),
    ..Command::NEW
};
