//! Spec: spec/command/swarm-command.md
//!
//! `ipfs swarm connect` and `ipfs swarm disconnect`

use super::Strings;
use super::address::{self, Peer};
use crate::commands::offline::ACTION;
use crate::network::{self, Network};
use crate::prelude::*;
use ipfs_node::swarm::{Multiaddr, split_peer};

/// The peers that the arguments name; names are looked up.
// spec: swarm-command.resolve
fn peers(request: &Request, network: Option<&Network>) -> Result<Vec<Peer>> {
    let mut whole: Vec<Multiaddr> = Vec::new();
    for text in request.all_arguments() {
        let address = address::parse(&text?)?;
        if split_peer(&address).1.is_some() {
            whole.push(address);
            continue;
        }
        let found = match network {
            Some(network) => {
                let looking = network.swarm().resolve(address.clone());
                network.wait(&request.cancel, looking)?.map_err(Error::new)?
            }
            None => Vec::new(),
        };
        let before = whole.len();
        whole.extend(found.into_iter().filter(|found| split_peer(found).1.is_some()));
        if whole.len() == before {
            return Err(Error::new(format!("found no ipfs peers at {address}")));
        }
    }
    address::by_peer(&whole)
}

// spec: swarm-command.connect
// spec: offline.connect
pub(super) fn connect(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    env.repo()?;
    let network = env.network().filter(|_| !request.offline());
    let mut lines = Vec::new();
    for Peer { id, addresses } in peers(request, network)? {
        let line = format!("connect {id}");
        let connected = match network {
            Some(network) => network.connect(&request.cancel, id, &addresses),
            None => Err(Error::new(ACTION)),
        };
        request.cancel.check()?;
        connected.map_err(|error| Error::new(format!("{line} failure: {}", error.message())))?;
        lines.push(format!("{line} success"));
    }
    emitter.emit(&Strings { strings: Some(lines) })
}

// spec: swarm-command.disconnect
// spec: offline.disconnect
pub(super) fn disconnect(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    env.repo()?;
    let network = env.network().filter(|_| !request.offline());
    let mut lines = Vec::new();
    for Peer { id, addresses } in peers(request, network)? {
        let mut each: Vec<Option<&Multiaddr>> = addresses.iter().map(Some).collect();
        if each.is_empty() {
            each.push(None);
        }
        for address in each {
            let outcome = match network {
                Some(network) => closed(network, request, &id, address)?,
                None => Err(ACTION.to_owned()),
            };
            lines.push(match outcome {
                Ok(()) => format!("disconnect {id} success"),
                Err(why) => format!("disconnect {id} failure: {why}"),
            });
        }
    }
    emitter.emit(&Strings { strings: Some(lines) })
}

fn closed(
    network: &Network,
    request: &Request,
    id: &network::PeerId,
    address: Option<&Multiaddr>,
) -> Result<std::result::Result<(), String>> {
    let swarm = network.swarm();
    let closing = async {
        match address {
            Some(address) => swarm.disconnect_address(*id, address).await,
            None => swarm.disconnect(*id).await,
        }
    };
    let outcome = network.wait(&request.cancel, closing)?;
    Ok(outcome.map_err(|error| error.to_string()))
}
