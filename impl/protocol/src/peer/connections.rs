//! Spec: spec/protocol/peer.md
//!
//! Which connections stand. A peer is connected from its first to its last one.

use super::PeerId;
use std::collections::{BTreeMap, BTreeSet};

/// Names a connection. Chosen by the shell, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// The connections that stand.
#[derive(Debug)]
pub(super) struct Connections {
    per_peer_max: usize,
    peers: BTreeMap<PeerId, BTreeSet<ConnectionId>>,
}

impl Connections {
    pub(super) fn new(per_peer_max: usize) -> Self {
        Self { per_peer_max, peers: BTreeMap::new() }
    }

    // spec: peer.first-and-last
    /// Whether this is the peer's first.
    pub(super) fn open(&mut self, peer: PeerId, connection: ConnectionId) -> bool {
        let connections = self.peers.entry(peer).or_default();
        let first = connections.is_empty();
        if connections.len() < self.per_peer_max {
            connections.insert(connection);
        }
        first
    }

    /// Whether it was the peer's last.
    pub(super) fn close(&mut self, peer: &PeerId, connection: ConnectionId) -> bool {
        let Some(connections) = self.peers.get_mut(peer) else { return false };
        connections.remove(&connection);
        let last = connections.is_empty();
        if last {
            self.peers.remove(peer);
        }
        last
    }

    pub(super) fn has(&self, peer: &PeerId) -> bool {
        self.peers.contains_key(peer)
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = PeerId> + '_ {
        self.peers.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_and_last_count() {
        let peer = PeerId::from_number(1);
        let mut connections = Connections::new(2);
        assert!(connections.open(peer, ConnectionId(1)));
        assert!(!connections.open(peer, ConnectionId(2)));
        assert!(!connections.open(peer, ConnectionId(3)), "above the bound it is not counted");
        assert!(!connections.close(&peer, ConnectionId(1)));
        assert!(connections.close(&peer, ConnectionId(2)));
        assert!(!connections.close(&peer, ConnectionId(3)));
        assert!(!connections.has(&peer));
    }
}
