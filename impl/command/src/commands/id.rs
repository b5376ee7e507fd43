//! Spec: spec/command/id.md
//!
//! `ipfs id`: show the identity of a node.

use crate::commands::swarm::peers::identified;
use crate::commands::version::PROGRAM_VERSION;
use crate::keyring::{self, IdFormat};
use crate::network::Network;
use crate::options::Default;
use crate::prelude::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipfs_data::key::PeerId;
use ipfs_node::swarm::Swarm;

/// What is known about a node.
#[derive(Debug, Serialize, Deserialize)]
pub struct IdOutput {
    /// Its peer ID, as `--peerid-base` wants it.
    #[serde(rename = "ID")]
    pub id: String,
    /// Its public key: base64 of the protobuf form, empty when unknown.
    #[serde(rename = "PublicKey")]
    pub public_key: String,
    /// Where it listens.
    #[serde(rename = "Addresses")]
    pub addresses: Option<Vec<String>>,
    /// The program it runs.
    #[serde(rename = "AgentVersion")]
    pub agent_version: String,
    /// Protocols it speaks.
    #[serde(rename = "Protocols")]
    pub protocols: Option<Vec<String>>,
}

impl Output for IdOutput {
    const NAME: &'static str = "IdOutput";

    // spec: id.text
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let Some(format) = request.str("format") else {
            let value = serde_json::to_value(self)?;
            return Ok(writeln!(
                out,
                "{}\n",
                ipfs_repo::config::json::indented_with(&value, "", "\t")
            )?);
        };
        let lines = |list: &Option<Vec<String>>| list.as_deref().unwrap_or_default().join("\n");
        let text = format
            .replace("<id>", &self.id)
            .replace("<aver>", &self.agent_version)
            .replace("<pubkey>", &self.public_key)
            .replace("<addrs>", &lines(&self.addresses))
            .replace("<protocols>", &lines(&self.protocols))
            .replace("\\n", "\n")
            .replace("\\t", "\t");
        Ok(write!(out, "{text}")?)
    }
}

/// Where others reach this node.
// spec: id.addresses
fn own_addresses(swarm: &Swarm) -> Vec<String> {
    let id = swarm.peer_id();
    let all = swarm.announced_addresses();
    let mut all: Vec<String> = all.iter().map(|address| format!("{address}/p2p/{id}")).collect();
    all.sort();
    all
}

const OTHER_PEER: &str = "'ipfs id' cannot query information on remote peers without a running \
    daemon; if you only want to convert --peerid-base, pass --offline option";

// spec: id.own
fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let format = IdFormat::parse(request.str("peerid-base").unwrap_or("b58mh"))?;
    let own = keyring::own(env.node()?)?.public();
    let id = match request.argument(0) {
        Some(text) => PeerId::parse(text).map_err(|_| Error::new("invalid peer id"))?,
        None => own.peer_id(),
    };
    let swarm = env.network().map(Network::swarm);
    if id == own.peer_id() {
        let addresses = swarm.map(own_addresses).filter(|all| !all.is_empty());
        return emitter.emit(&IdOutput {
            id: format.text(&id),
            public_key: STANDARD.encode(own.to_protobuf()),
            addresses,
            agent_version: match swarm {
                Some(swarm) => swarm.agent_version().to_owned(),
                None => format!("kubo/{PROGRAM_VERSION}"),
            },
            protocols: swarm.map(Swarm::protocols),
        });
    }
    // spec: id.other
    if let Some(network) = env.network() {
        let peer = crate::network::peer_id(&id)?;
        if !request.offline() {
            network.connect(&request.cancel, peer, &[])?;
        }
        return emitter.emit(&identified(network.swarm(), &peer, format.text(&id)));
    }
    if !request.offline() {
        return Err(Error::new(OTHER_PEER));
    }
    emitter.emit(&IdOutput {
        id: format.text(&id),
        public_key: id
            .public_key()
            .map(|key| STANDARD.encode(key.to_protobuf()))
            .unwrap_or_default(),
        addresses: Some(vec![format!("/p2p/{id}")]),
        agent_version: String::new(),
        protocols: None,
    })
}

/// `ipfs id`
pub static ID: Command = Command {
    name: "id",
    tagline: "Show the identity of a node.",
    arguments: &[Arg::string("peerid", "The peer ID of another node.")],
    options: &[
        Opt::string(
            &["format", "f"],
            "The template. Known fields: <id> <aver> <pver> <pubkey> <addrs> <protocols>.",
        ),
        Opt::string(
            &["peerid-base"],
            "How to print peer IDs: b58mh, or a base of multibase for a CID.",
        )
        .default(Default::String("b58mh")),
    ],
    run: Some(run),
    output: OutputKind::value::<IdOutput>(),
    ..Command::NEW
};
