//! Spec: spec/command/swarm-command.md
//!
//! `ipfs swarm peering`: changes hold until the daemon ends.

use super::address::{self, by_peer};
use crate::network;
use crate::prelude::*;

/// What became of a peer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Peering {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "Status")]
    status: String,
}

impl Output for Peering {
    const NAME: &'static str = "peeringResult";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let verb = if request.path.last() == Some(&"rm") { "remove" } else { "add" };
        Ok(writeln!(out, "{verb} {} {}", self.id, self.status)?)
    }
}

/// The peers to stay connected to.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Peers {
    peers: Vec<Addresses>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Addresses {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "Addrs")]
    addresses: Vec<String>,
}

impl Output for Peers {
    const NAME: &'static str = "addrInfos";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        for peer in &self.peers {
            writeln!(out, "{}", peer.id)?;
            for address in &peer.addresses {
                writeln!(out, "\t{address}")?;
            }
        }
        Ok(())
    }
}

fn success(id: impl ToString) -> Peering {
    Peering { id: id.to_string(), status: "success".to_owned() }
}

// spec: swarm-command.peering-add
pub(super) fn add(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let addresses = request.arguments.iter().map(|text| address::parse(text));
    let peers = by_peer(&addresses.collect::<Result<Vec<_>>>()?)?;
    let swarm = network::command(env)?.swarm();
    for peer in peers {
        swarm.add_peering(peer.id, &peer.addresses);
        emitter.emit(&success(peer.id))?;
    }
    Ok(())
}

// spec: swarm-command.peering-ls
pub(super) fn list(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let swarm = network::command(env)?.swarm();
    let mut peers: Vec<Addresses> = swarm
        .peering()
        .iter()
        .map(|(id, addresses)| Addresses {
            id: id.to_string(),
            addresses: addresses.iter().map(ToString::to_string).collect(),
        })
        .collect();
    peers.sort_by(|one, other| one.id.cmp(&other.id));
    emitter.emit(&Peers { peers })
}

// spec: swarm-command.peering-rm
pub(super) fn remove(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let swarm = network::command(env)?.swarm();
    for text in &request.arguments {
        let id = network::parse_peer(text)?;
        swarm.remove_peering(&id);
        emitter.emit(&success(id))?;
    }
    Ok(())
}
