//! Spec: spec/command/bootstrap.md
//!
//! `ipfs bootstrap`: show or edit the list of bootstrap peers.

mod run;

pub use run::BootstrapPeers;

use crate::prelude::*;

/// `ipfs bootstrap`
pub static BOOTSTRAP: Command = Command {
    name: "bootstrap",
    tagline: "Show or edit the list of bootstrap peers.",
    description: "\
Bootstrap peers are those that a node connects to first. Whoever controls
them controls what the node learns about the network: take addresses only
from people you trust.",
    subcommands: &[&BOOTSTRAP_ADD, &BOOTSTRAP_LIST, &BOOTSTRAP_RM],
    run: Some(run::list),
    output: OutputKind::value::<BootstrapPeers>(),
    ..Command::NEW
};

/// `ipfs bootstrap add`
pub static BOOTSTRAP_ADD: Command = Command {
    name: "add",
    tagline: "Add bootstrap peers.",
    description: "\
The word auto (or default) stands for the peers of the automatic
configuration.",
    arguments: &[Arg::string("peer", "An address that ends with /p2p/ and a peer ID.")
        .variadic()
        .stdin()],
    run: Some(run::add),
    output: OutputKind::value::<BootstrapPeers>(),
    ..Command::NEW
};

/// `ipfs bootstrap list`
pub static BOOTSTRAP_LIST: Command = Command {
    name: "list",
    tagline: "List the bootstrap peers.",
    options: &[Opt::bool(&["expand-auto"], "Show the peers that auto stands for.")],
    run: Some(run::list),
    output: OutputKind::value::<BootstrapPeers>(),
    ..Command::NEW
};

/// `ipfs bootstrap rm`
pub static BOOTSTRAP_RM: Command = Command {
    name: "rm",
    tagline: "Remove bootstrap peers.",
    arguments: &[Arg::string("peer", "An address as 'ipfs bootstrap list' shows it.")
        .variadic()
        .stdin()],
    options: &[Opt::bool(&["all"], "Remove all of them. Deprecated: use 'ipfs bootstrap rm all'.")],
    subcommands: &[&BOOTSTRAP_RM_ALL],
    run: Some(run::remove),
    output: OutputKind::value::<BootstrapPeers>(),
    ..Command::NEW
};

/// `ipfs bootstrap rm all`
pub static BOOTSTRAP_RM_ALL: Command = Command {
    name: "all",
    tagline: "Remove all bootstrap peers.",
    run: Some(run::remove_all),
    output: OutputKind::value::<BootstrapPeers>(),
    ..Command::NEW
};
