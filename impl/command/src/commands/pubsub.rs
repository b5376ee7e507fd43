//! Spec: spec/command/offline.md
//!
//! `ipfs pubsub`: send and receive messages under topics.

use crate::prelude::*;

/// How much was forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// Number of peers.
    pub deleted: i64,
}

impl Output for Reset {
    const NAME: &'static str = "pubsubResetResult";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "Reset validator state for {} peer(s)", self.deleted)?;
        Ok(())
    }
}

// spec: offline.pubsub-reset
fn reset(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    env.node()?;
    emitter.emit(&Reset { deleted: 0 })
}

/// Topics are any bytes: in calls they are in base64url, so that no server reads them as text.
// spec: offline.pubsub-topics
fn encode_topic(request: &mut Request) -> Result<()> {
    for argument in &mut request.arguments {
        *argument = multibase::encode(multibase::Base::Base64Url, argument.as_bytes());
    }
    Ok(())
}

/// `ipfs pubsub`
pub static PUBSUB: Command = Command {
    name: "pubsub",
    tagline: "Send and receive messages under topics.",
    subcommands: &[&PUBSUB_LS, &PUBSUB_PEERS, &PUBSUB_PUB, &PUBSUB_RESET, &PUBSUB_SUB],
    status: Status::Experimental,
    ..Command::NEW
};

/// `ipfs pubsub ls`
pub static PUBSUB_LS: Command = Command {
    name: "ls",
    tagline: "List the topics that are subscribed.",
    status: Status::Experimental,
    run: Some(crate::commands::offline::no_pubsub),
    ..Command::NEW
};

/// `ipfs pubsub peers`
pub static PUBSUB_PEERS: Command = Command {
    name: "peers",
    tagline: "List peers that take part.",
    arguments: &[Arg::string("topic", "The topic. Default: all.")],
    status: Status::Experimental,
    pre_run: Some(encode_topic),
    run: Some(crate::commands::offline::no_pubsub),
    ..Command::NEW
};

/// `ipfs pubsub pub`
pub static PUBSUB_PUB: Command = Command {
    name: "pub",
    tagline: "Send a message.",
    arguments: &[
        Arg::string("topic", "The topic.").required(),
        Arg::file("data", "The message.").required().stdin(),
    ],
    status: Status::Experimental,
    pre_run: Some(encode_topic),
    run: Some(crate::commands::offline::no_pubsub),
    ..Command::NEW
};

/// `ipfs pubsub reset`
pub static PUBSUB_RESET: Command = Command {
    name: "reset",
    tagline: "Forget which messages were seen.",
    options: &[Opt::string(&["peer", "p"], "Only those of this peer.")],
    status: Status::Experimental,
    run: Some(reset),
    output: OutputKind::value::<Reset>(),
    ..Command::NEW
};

/// `ipfs pubsub sub`
pub static PUBSUB_SUB: Command = Command {
    name: "sub",
    tagline: "Print messages as they come.",
    arguments: &[Arg::string("topic", "The topic.").required()],
    status: Status::Experimental,
    pre_run: Some(encode_topic),
    run: Some(crate::commands::offline::no_pubsub),
    ..Command::NEW
};
