//! Spec: spec/command/offline.md
//!
//! `ipfs provide`: control the announcements to the network.

pub(crate) mod fast;

use crate::prelude::*;

/// How many announcements were forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cleared(pub i64);

impl Output for Cleared {
    const NAME: &'static str = "int";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        if !request.bool("quiet") {
            writeln!(out, "removed {} items from provide queue", self.0)?;
        }
        Ok(())
    }
}

// spec: offline.provide-clear
fn clear(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    env.node()?;
    emitter.emit(&Cleared(0))
}

/// `ipfs provide`
pub static PROVIDE: Command = Command {
    name: "provide",
    tagline: "Control the announcements to the network.",
    subcommands: &[&PROVIDE_CLEAR, &PROVIDE_ONCE, &PROVIDE_STAT],
    status: Status::Experimental,
    ..Command::NEW
};

/// `ipfs provide clear`
pub static PROVIDE_CLEAR: Command = Command {
    name: "clear",
    tagline: "Forget announcements that are waiting.",
    options: &[Opt::bool(&["quiet", "q"], "Print nothing.")],
    status: Status::Experimental,
    run: Some(clear),
    output: OutputKind::stream::<Cleared>(),
    ..Command::NEW
};

/// `ipfs provide once`
pub static PROVIDE_ONCE: Command = Command {
    name: "once",
    tagline: "Announce content now.",
    arguments: &[Arg::string("cid", "The CID.").required().variadic().stdin()],
    options: &[Opt::bool(&["recursive", "r"], "Announce everything below, too.")],
    status: Status::Experimental,
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};

/// `ipfs provide stat`
pub static PROVIDE_STAT: Command = Command {
    name: "stat",
    tagline: "Show figures about announcements.",
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
    status: Status::Experimental,
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};
