//! Spec: spec/command/swarm-command.md
//!
//! `ipfs swarm peers`

use super::printable;
use crate::commands::id::IdOutput;
use crate::network;
use crate::prelude::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipfs_node::swarm::{Direction, PeerConnection, PeerId, Swarm};

/// Peers with an open connection.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Connections {
    /// The connections; `None` when there are none.
    peers: Option<Vec<Connection>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Connection {
    addr: String,
    peer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    latency: String,
    /// 1 for inbound, 2 for outbound, 0 if that was not asked.
    #[serde(skip_serializing_if = "is_zero")]
    direction: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    streams: Option<Vec<Stream>>,
    identify: IdOutput,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            addr: String::new(),
            peer: String::new(),
            latency: String::new(),
            direction: 0,
            streams: None,
            identify: unknown(String::new()),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Stream {
    protocol: String,
}

impl Output for Connections {
    const NAME: &'static str = "connInfos";

    // spec: swarm-command.peers-text
    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        for peer in self.peers.iter().flatten() {
            write!(out, "{}/p2p/{}", peer.addr, peer.peer)?;
            if !peer.latency.is_empty() {
                write!(out, " {}", peer.latency)?;
            }
            match peer.direction {
                1 => write!(out, " inbound")?,
                2 => write!(out, " outbound")?,
                _ => {}
            }
            writeln!(out)?;
            for stream in peer.streams.iter().flatten() {
                let name = printable(&stream.protocol);
                writeln!(out, "  {}", if name.is_empty() { "<no protocol name>" } else { &name })?;
            }
        }
        Ok(())
    }
}

// spec: swarm-command.peers
// spec: offline.no-peers
pub(super) fn peers(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let swarm = network::action(request, env)?.swarm();
    let all = request.bool("verbose");
    let wants = |name| all || request.bool(name);
    let describe = |open: &PeerConnection| {
        let mut names: Vec<&String> = open.streams.iter().map(|(name, _)| name).collect();
        names.sort();
        let streams = names.into_iter().map(|name| Stream { protocol: name.clone() });
        let streams: Vec<Stream> = streams.collect();
        let peer = open.peer.to_string();
        Connection {
            addr: open.address.to_string(),
            latency: match open.latency {
                _ if !wants("latency") => String::new(),
                Some(time) => latency(time.as_nanos()),
                None => "n/a".to_owned(),
            },
            direction: match open.direction {
                _ if !wants("direction") => 0,
                Direction::Inbound => 1,
                Direction::Outbound => 2,
            },
            streams: Some(streams).filter(|all| wants("streams") && !all.is_empty()),
            identify: if wants("identify") {
                identified(swarm, &open.peer, peer.clone())
            } else {
                unknown(String::new())
            },
            peer,
        }
    };
    let mut peers: Vec<Connection> = swarm.connections().iter().map(describe).collect();
    peers.sort_by(|one, other| one.addr.cmp(&other.addr));
    emitter.emit(&Connections { peers: Some(peers).filter(|all| !all.is_empty()) })
}

fn latency(nanoseconds: u128) -> String {
    ipfs_repo::config::duration_text(i64::try_from(nanoseconds).unwrap_or(i64::MAX))
}

fn unknown(id: String) -> IdOutput {
    IdOutput {
        id,
        public_key: String::new(),
        addresses: None,
        agent_version: String::new(),
        protocols: None,
    }
}

/// What a peer told about itself, under a name for it.
// spec: swarm-command.identify
pub(crate) fn identified(swarm: &Swarm, peer: &PeerId, name: String) -> IdOutput {
    let info = swarm.identify(peer);
    let mut addresses: Vec<String> = swarm
        .addresses_of(peer)
        .iter()
        .map(|address| printable(&format!("{address}/p2p/{peer}")))
        .collect();
    if addresses.is_empty() {
        addresses.push(format!("/p2p/{peer}"));
    }
    addresses.sort();
    let key = info.as_ref().map(|info| info.public_key.clone()).filter(|key| !key.is_empty());
    let key = key.or_else(|| {
        let id = ipfs_data::key::PeerId::from_bytes(&peer.to_bytes()).ok()?;
        Some(id.public_key().ok()?.to_protobuf())
    });
    let protocols: Option<Vec<String>> = info
        .as_ref()
        .map(|info| info.protocols.iter().map(|name| printable(name)).collect())
        .filter(|names: &Vec<String>| !names.is_empty());
    IdOutput {
        id: name,
        public_key: key.map(|key| STANDARD.encode(key)).unwrap_or_default(),
        addresses: Some(addresses),
        agent_version: info.map(|info| printable(&info.agent_version)).unwrap_or_default(),
        protocols,
    }
}
