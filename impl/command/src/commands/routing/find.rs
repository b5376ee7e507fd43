//! Spec: spec/command/routing-commands.md
//!
//! `ipfs routing findprovs` and `ipfs routing findpeer`: delegated routers are asked, and what this
//! node knows itself.

use crate::commands::swarm::printable;
use crate::network::{self, NOT_FOUND};
use crate::prelude::*;
use ipfs_node::content::routing;

/// Kinds of events.
const FINAL_PEER: u8 = 2;
const QUERY_ERROR: u8 = 3;
const PROVIDER: u8 = 4;

/// Something that was found, or not.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Found {
    extra: String,
    #[serde(rename = "ID")]
    id: String,
    responses: Option<Vec<Peer>>,
    #[serde(rename = "Type")]
    kind: u8,
}

/// A peer and where it is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Peer {
    #[serde(rename = "Addrs")]
    addresses: Vec<String>,
    #[serde(rename = "ID")]
    id: String,
}

impl Output for Found {
    const NAME: &'static str = "QueryEvent";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        for peer in self.responses.iter().flatten() {
            match self.kind {
                PROVIDER => writeln!(out, "{}", printable(&peer.id))?,
                FINAL_PEER => {
                    for address in &peer.addresses {
                        writeln!(out, "{}", printable(address))?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn event(kind: u8, peer: Peer) -> Found {
    Found { extra: String::new(), id: String::new(), responses: Some(vec![peer]), kind }
}

// spec: routing-commands.findprovs
pub(super) fn providers(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let network = network::command(env)?;
    let most = request.int("num-providers").unwrap_or(20);
    if most < 1 {
        return Err(Error::new("number of providers must be greater than 0"));
    }
    let cid = ipfs_data::cid::parse(request.argument(0).unwrap_or_default())?;
    let mut left = usize::try_from(most).unwrap_or(usize::MAX);
    let (sender, mut found) = routing::queue();
    let searching = network.find(cid, sender);
    while left > 0 {
        let Some(holder) = network.wait(&request.cancel, found.recv())? else { break };
        let peer = Peer { addresses: holder.addresses, id: holder.peer };
        emitter.emit(&event(PROVIDER, peer))?;
        left -= 1;
    }
    searching.abort();
    Ok(())
}

// spec: routing-commands.findpeer
pub(super) fn peer(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let swarm = network::command(env)?.swarm();
    let id = network::parse_peer(request.argument(0).unwrap_or_default())?;
    let addresses: Vec<String> = swarm.addresses_of(&id).iter().map(ToString::to_string).collect();
    if !swarm.is_connected(&id) {
        let extra = NOT_FOUND.to_owned();
        emitter.emit(&Found { extra, id: String::new(), responses: None, kind: QUERY_ERROR })?;
        return Err(Error::new(NOT_FOUND));
    }
    emitter.emit(&event(FINAL_PEER, Peer { addresses, id: id.to_string() }))
}

/// Nobody is told yet what this node has.
// spec: routing-commands.provide
pub(super) fn provide(_: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    match network::command(env)?.swarm().peers().is_empty() {
        true => Err(Error::new("cannot provide, no connected peers")),
        false => Err(Error::not_implemented()),
    }
}
