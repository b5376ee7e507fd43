//! Spec: spec/command/repo-commands.md
//!
//! `ipfs stats`: show figures.

use crate::options::Default;
use crate::prelude::*;

mod bandwidth;

/// `ipfs stats`
pub static STATS: Command = Command {
    name: "stats",
    tagline: "Show figures.",
    subcommands: &[
        &STATS_BITSWAP,
        &STATS_BW,
        &STATS_DHT,
        &STATS_PROVIDE,
        &STATS_REPO,
        &STATS_REPROVIDE,
    ],
    ..Command::NEW
};

/// `ipfs stats bitswap`
pub static STATS_BITSWAP: Command = Command {
    name: "bitswap",
    tagline: "Show figures about the block exchange.",
    options: &[
        Opt::bool(&["verbose", "v"], "List the peers, too."),
        Opt::bool(&["human"], "Print sizes in KB, MB and so on."),
    ],
    run: Some(crate::commands::bitswap::figures::stat),
    output: OutputKind::value::<crate::commands::bitswap::figures::Stat>(),
    ..Command::NEW
};

/// `ipfs stats bw`
pub static STATS_BW: Command = Command {
    name: "bw",
    tagline: "Show how much was sent and received.",
    options: &[
        Opt::string(&["peer", "p"], "For this peer only."),
        Opt::string(&["proto", "t"], "For this protocol only."),
        Opt::bool(&["poll"], "Print again and again."),
        Opt::string(&["interval", "i"], "Time between two prints.").default(Default::String("1s")),
    ],
    run: Some(bandwidth::run),
    output: OutputKind::stream::<bandwidth::Bandwidth>(),
    ..Command::NEW
};

/// `ipfs stats dht`
pub static STATS_DHT: Command = Command {
    name: "dht",
    tagline: "Show the routing tables.",
    arguments: &[Arg::string("dht", "wan or lan. Default: both.").variadic()],
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};

/// `ipfs stats provide`
pub static STATS_PROVIDE: Command = Command {
    name: "provide",
    tagline: "Old name of 'ipfs provide stat'.",
    options: &[
        Opt::bool(&["lan"], "Show those for the local network."),
        Opt::bool(&["all", "a"], "Show all figures."),
        Opt::bool(&["compact"], "Show figures in two columns."),
        Opt::bool(&["connectivity"], "Show the connection."),
        Opt::bool(&["network"], "Show the network."),
        Opt::bool(&["schedule"], "Show the schedule."),
        Opt::bool(&["timings"], "Show times."),
        Opt::bool(&["workers"], "Show workers."),
        Opt::bool(&["operations"], "Show operations."),
        Opt::bool(&["queues"], "Show queues."),
    ],
    status: Status::Deprecated,
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};

/// `ipfs stats repo`
pub static STATS_REPO: Command = Command {
    name: "repo",
    tagline: "Show how big the repository is.",
    options: &[
        Opt::bool(&["size-only", "s"], "Show sizes only; doesn't count the blocks."),
        Opt::bool(&["human", "H"], "Print sizes in KB, MB and so on."),
    ],
    run: Some(crate::commands::repo::stat::stat),
    output: OutputKind::value::<crate::commands::repo::stat::RepoStat>(),
    ..Command::NEW
};

/// `ipfs stats reprovide`
pub static STATS_REPROVIDE: Command = Command {
    name: "reprovide",
    tagline: "Old name of 'ipfs provide stat'.",
    options: &[
        Opt::bool(&["lan"], "Show those for the local network."),
        Opt::bool(&["all", "a"], "Show all figures."),
        Opt::bool(&["compact"], "Show figures in two columns."),
        Opt::bool(&["connectivity"], "Show the connection."),
        Opt::bool(&["network"], "Show the network."),
        Opt::bool(&["schedule"], "Show the schedule."),
        Opt::bool(&["timings"], "Show times."),
        Opt::bool(&["workers"], "Show workers."),
        Opt::bool(&["operations"], "Show operations."),
        Opt::bool(&["queues"], "Show queues."),
    ],
    status: Status::Deprecated,
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};
