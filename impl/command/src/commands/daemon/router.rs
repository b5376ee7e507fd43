//! Spec: spec/gateway/routing-v1.md
//!
//! What the gateway's `/routing/v1` of a node with a network answers: providers that its delegated
//! routers name, peers that it is connected to, records that it has.

use crate::env::Env;
use crate::network::parse_peer;
use bytes::Bytes;
use ipfs_data::cid::{Cid, Multihash};
use ipfs_data::key::PeerId;
use ipfs_gateway::routing_v1::{Local, Peer, Peers, Router, RouterError};
use ipfs_node::content::routing::{self, Holder};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Asks the network of these surroundings.
pub(super) struct Online(pub(super) Arc<Env>);

fn failed(error: crate::error::Error) -> RouterError {
    RouterError::Failed(error.message().into())
}

impl Router for Online {
    // spec: routing-v1.delegated
    fn providers(&self, cid: &Cid) -> Result<Peers, RouterError> {
        let network = self.0.network().ok_or(RouterError::NotFound)?;
        let (sender, found) = routing::queue();
        let search = network.find(*cid, sender);
        Ok(Box::new(Found { found, search }))
    }

    // spec: routing-v1.connected-peers
    fn peers(&self, peer: &PeerId) -> Result<Peers, RouterError> {
        let swarm = self.0.network().ok_or(RouterError::NotFound)?.swarm();
        let id = parse_peer(&peer.to_string()).map_err(failed)?;
        if !swarm.is_connected(&id) {
            return Err(RouterError::NotFound);
        }
        let addrs = swarm.addresses_of(&id).iter().map(ToString::to_string).collect();
        let peer = Peer { id: id.to_string(), addrs, ..Peer::default() };
        Ok(Box::new(std::iter::once(Ok(peer))))
    }

    fn closest_peers(&self, key: &Multihash) -> Result<Peers, RouterError> {
        Local(self.0.names().map_err(failed)?).closest_peers(key)
    }

    fn record(&self, name: &PeerId) -> Result<Bytes, RouterError> {
        Local(self.0.names().map_err(failed)?).record(name)
    }

    fn put_record(&self, name: &PeerId, record: &[u8]) -> Result<(), RouterError> {
        Local(self.0.names().map_err(failed)?).put_record(name, record)
    }
}

/// Providers as they are found. The search ends when nobody wants more.
struct Found {
    found: mpsc::Receiver<Holder>,
    search: JoinHandle<()>,
}

impl Iterator for Found {
    type Item = Result<Peer, RouterError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Holder { peer, addresses, protocols } = self.found.blocking_recv()?;
            // What is no peer ID is nobody's address.
            if let Ok(id) = PeerId::parse(&peer) {
                let id = id.to_string();
                return Some(Ok(Peer { id, addrs: addresses, protocols, ..Peer::default() }));
            }
        }
    }
}

impl Drop for Found {
    fn drop(&mut self) {
        self.search.abort();
    }
}
