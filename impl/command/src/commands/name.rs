//! Spec: spec/command/name-commands.md
//!
//! `ipfs name`: publish and resolve IPNS names.

mod inspect;
mod publish;
mod pubsub;
mod record;
mod resolve;

use crate::encode::escape_name;
use crate::options::Default;
use crate::prelude::*;

/// A name and the path that it points to.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IpnsEntry {
    /// The name, in base36.
    pub name: String,
    /// The path.
    pub value: String,
}

impl Output for IpnsEntry {
    const NAME: &'static str = "IpnsEntry";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let name = escape_name(self.name.as_bytes());
        if request.path.last() == Some(&"put") {
            return if request.bool("quiet") { Ok(()) } else { Ok(writeln!(out, "{name}")?) };
        }
        if request.bool("quieter") {
            return Ok(writeln!(out, "{name}")?);
        }
        Ok(writeln!(out, "Published to {name}: {}", escape_name(self.value.as_bytes()))?)
    }
}

const BOTH_MODES: &str = "cannot use both --allow-offline and --allow-delegated flags";

/// Publishing over HTTP routers: refused when there are none.
fn delegated(env: &Env) -> Result<()> {
    let publishers = env.repo()?.config().texts("Ipns.DelegatedPublishers");
    if publishers.is_empty() {
        return Err(Error::new(
            "no delegated publishers configured: add Ipns.DelegatedPublishers or use \
             --allow-offline for local-only publishing",
        ));
    }
    Err(Error::not_implemented())
}

/// `ipfs name`
pub static NAME: Command = Command {
    name: "name",
    tagline: "Publish and resolve IPNS names.",
    description: "\
A name is the hash of a public key. Whoever has the private key can point
the name to a path, and later to another.",
    subcommands: &[&NAME_GET, &NAME_INSPECT, &NAME_PUBLISH, &NAME_PUBSUB, &NAME_PUT, &NAME_RESOLVE],
    ..Command::NEW
};

/// `ipfs name get`
pub static NAME_GET: Command = Command {
    name: "get",
    tagline: "Print the record of a name.",
    arguments: &[Arg::string("name", "The name.").required()],
    status: Status::Experimental,
    run: Some(record::get),
    output: OutputKind::Bytes("application/vnd.ipfs.ipns-record"),
    ..Command::NEW
};

/// `ipfs name inspect`
pub static NAME_INSPECT: Command = Command {
    name: "inspect",
    tagline: "Explain a record.",
    arguments: &[Arg::file("record", "The file with the record.").required().stdin()],
    options: &[
        Opt::string(&["verify"], "Check the record against this name."),
        Opt::bool(&["dump"], "Print the record in hexadecimal, too.").default(Default::Bool(true)),
    ],
    status: Status::Experimental,
    run: Some(inspect::run),
    output: OutputKind::value::<inspect::IpnsInspectResult>(),
    ..Command::NEW
};

/// `ipfs name publish`
pub static NAME_PUBLISH: Command = Command {
    name: "publish",
    tagline: "Point a name to a path.",
    arguments: &[Arg::string("ipfs-path", "The path.").required().stdin()],
    options: &[
        Opt::string(&["key", "k"], "Name or ID of the key.").default(Default::String("self")),
        Opt::bool(&["resolve"], "Check first that the path can be resolved.")
            .default(Default::Bool(true)),
        Opt::string(
            &["lifetime", "t"],
            "For how long the record is valid, such as 48h. Default: Ipns.RecordLifetime, else 48h.",
        ),
        Opt::string(&["ttl"], "For how long others may keep the answer, such as 5m. Default: 5m."),
        Opt::bool(&["quieter", "Q"], "Print the name only."),
        Opt::bool(&["v1compat"], "Include a signature for old readers.")
            .default(Default::Bool(true)),
        Opt::bool(
            &["allow-offline"],
            "Publish in the repository when the network is out of reach.",
        ),
        Opt::bool(&["allow-delegated"], "Publish over HTTP routers only."),
        Opt::uint64(&["sequence"], "Set the sequence number."),
        Opt::string(&["ipns-base"], "How to print names: b58mh, or a base of multibase for a CID.")
            .default(Default::String("base36")),
    ],
    run: Some(publish::run),
    output: OutputKind::value::<IpnsEntry>(),
    ..Command::NEW
};

/// `ipfs name pubsub`
pub static NAME_PUBSUB: Command = Command {
    name: "pubsub",
    tagline: "Manage IPNS over pubsub.",
    subcommands: &[&NAME_PUBSUB_CANCEL, &NAME_PUBSUB_STATE, &NAME_PUBSUB_SUBS],
    status: Status::Experimental,
    ..Command::NEW
};

/// `ipfs name pubsub cancel`
pub static NAME_PUBSUB_CANCEL: Command = Command {
    name: "cancel",
    tagline: "Cancel a subscription.",
    arguments: &[Arg::string("name", "The name.").required()],
    status: Status::Experimental,
    run: Some(pubsub::disabled),
    output: OutputKind::None,
    ..Command::NEW
};

/// `ipfs name pubsub state`
pub static NAME_PUBSUB_STATE: Command = Command {
    name: "state",
    tagline: "Say whether IPNS over pubsub is on.",
    status: Status::Experimental,
    run: Some(pubsub::state),
    output: OutputKind::value::<pubsub::State>(),
    ..Command::NEW
};

/// `ipfs name pubsub subs`
pub static NAME_PUBSUB_SUBS: Command = Command {
    name: "subs",
    tagline: "List the subscriptions.",
    options: &[Opt::string(
        &["ipns-base"],
        "How to print names: b58mh, or a base of multibase for a CID.",
    )
    .default(Default::String("base36"))],
    status: Status::Experimental,
    run: Some(pubsub::disabled),
    output: OutputKind::None,
    ..Command::NEW
};

/// `ipfs name put`
pub static NAME_PUT: Command = Command {
    name: "put",
    tagline: "Publish a signed record.",
    arguments: &[
        Arg::string("name", "The name.").required(),
        Arg::file("record", "The file with the record.").required().stdin(),
    ],
    options: &[
        Opt::bool(&["force", "f"], "Don't check sequence number and signature."),
        Opt::bool(&["allow-offline"], "Keep the record when the network is out of reach."),
        Opt::bool(&["allow-delegated"], "Publish over HTTP routers only."),
        Opt::bool(&["quiet", "q"], "Print nothing."),
    ],
    status: Status::Experimental,
    run: Some(record::put),
    output: OutputKind::value::<IpnsEntry>(),
    ..Command::NEW
};

/// `ipfs name resolve`
pub static NAME_RESOLVE: Command = Command {
    name: "resolve",
    tagline: "Find out where a name points.",
    arguments: &[Arg::string("name", "The name. Default: the node's own.")],
    options: &[
        Opt::bool(&["recursive", "r"], "Go on until the result isn't a name.")
            .default(Default::Bool(true)),
        Opt::bool(&["nocache", "n"], "Ask again instead of using kept answers."),
        Opt::uint(&["dht-record-count", "dhtrc"], "How many records to ask the DHT for.")
            .default(Default::Uint(16)),
        Opt::string(&["dht-timeout", "dhtt"], "How long to ask the DHT; 0 for no limit.")
            .default(Default::String("1m0s")),
        Opt::bool(&["stream", "s"], "Print better answers as they come."),
    ],
    run: Some(resolve::run),
    output: OutputKind::stream::<resolve::ResolvedPath>(),
    ..Command::NEW
};
