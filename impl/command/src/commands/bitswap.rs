//! Spec: spec/command/bitswap-command.md
//!
//! `ipfs bitswap`: look at the exchange of blocks with peers.

pub(crate) mod figures;

use crate::prelude::*;

/// `ipfs bitswap`
pub static BITSWAP: Command = Command {
    name: "bitswap",
    tagline: "Look at the exchange of blocks with peers.",
    subcommands: &[&BITSWAP_LEDGER, &BITSWAP_REPROVIDE, &BITSWAP_STAT, &BITSWAP_WANTLIST],
    ..Command::NEW
};

/// `ipfs bitswap ledger`
pub static BITSWAP_LEDGER: Command = Command {
    name: "ledger",
    tagline: "Show what was exchanged with one peer.",
    arguments: &[Arg::string("peer", "The peer ID.").required()],
    run: Some(figures::ledger),
    output: OutputKind::value::<figures::Receipt>(),
    ..Command::NEW
};

/// `ipfs bitswap reprovide`
pub static BITSWAP_REPROVIDE: Command = Command {
    name: "reprovide",
    tagline: "Announce all content again.",
    description: "\
Old name of 'ipfs routing reprovide'.",
    status: Status::Deprecated,
    run: Some(crate::commands::offline::reprovide),
    ..Command::NEW
};

/// `ipfs bitswap stat`
pub static BITSWAP_STAT: Command = Command {
    name: "stat",
    tagline: "Show figures about the block exchange.",
    options: &[
        Opt::bool(&["verbose", "v"], "List the peers, too."),
        Opt::bool(&["human"], "Print sizes in KB, MB and so on."),
    ],
    run: Some(figures::stat),
    output: OutputKind::value::<figures::Stat>(),
    ..Command::NEW
};

/// `ipfs bitswap wantlist`
pub static BITSWAP_WANTLIST: Command = Command {
    name: "wantlist",
    tagline: "List the blocks that are wanted.",
    options: &[Opt::string(&["peer", "p"], "Show what this peer wants from us.")],
    run: Some(figures::wantlist),
    output: OutputKind::value::<figures::Keys>(),
    ..Command::NEW
};
