//! Spec: spec/command/bootstrap.md
//!
//! Connections to the bootstrap peers, while there are too few others.

use crate::commands::swarm::address;
use ipfs_node::swarm::{Multiaddr, PeerId, Swarm, split_peer};
use std::time::Duration;

/// With fewer peers bootstrap peers are dialled.
const PEERS_MIN: usize = 4;
/// Pause between two looks.
const PERIOD: Duration = Duration::from_secs(30);
/// Bootstrap peers dialled at once.
const DIALS_MAX: usize = 4;

/// Looks now and then until the runtime ends.
// spec: bootstrap.dial
pub(super) async fn run(swarm: Swarm, peers: Vec<String>) {
    let parsed = peers.iter().filter_map(|text| match address::parse(text) {
        Ok(address) => Some(address),
        Err(error) => {
            tracing::warn!(target: "bootstrap", "{}", error.message());
            None
        }
    });
    let peers: Vec<(Multiaddr, PeerId)> = parsed
        .filter_map(|address| match split_peer(&address) {
            (address, Some(peer)) => Some((address, peer)),
            (_, None) => None,
        })
        .collect();
    if peers.is_empty() {
        return;
    }
    loop {
        if swarm.peers().len() < PEERS_MIN {
            for some in peers.chunks(DIALS_MAX) {
                let dials = some.iter().map(|(address, peer)| dial(&swarm, address, *peer));
                futures::future::join_all(dials).await;
                if swarm.peers().len() >= PEERS_MIN {
                    break;
                }
            }
        }
        tokio::time::sleep(PERIOD).await;
    }
}

async fn dial(swarm: &Swarm, address: &Multiaddr, peer: PeerId) {
    if peer == swarm.peer_id() || swarm.is_connected(&peer) {
        return;
    }
    swarm.add_addresses(peer, std::slice::from_ref(address));
    if let Err(error) = swarm.dial(peer).await {
        tracing::debug!(target: "bootstrap", "{error}");
    }
}
