//! Spec: spec/node/swarm.md
//!
//! Which connections stand, and what is known about each and about its peer.

use super::handler::OpenRequest;
use super::limits::Permit;
use super::{Multiaddr, PeerId, lock};
use libp2p::swarm::ConnectionId;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::sync::{Notify, mpsc, watch};

/// Who began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The other side.
    Inbound,
    /// This node.
    Outbound,
}

/// One connection.
pub(super) struct Connection {
    pub(super) id: ConnectionId,
    pub(super) peer: PeerId,
    pub(super) direction: Direction,
    /// Without `/p2p/PEER`.
    pub(super) remote: Multiaddr,
    pub(super) opened: Instant,
    /// Takes wishes for streams to the task of the connection.
    pub(super) requests: mpsc::Sender<OpenRequest>,
    streams: Mutex<BTreeMap<u64, (Arc<str>, Direction)>>,
    next_stream: AtomicU64,
    /// Whether asking the other side who it is has ended.
    pub(super) identified: watch::Sender<bool>,
    /// Whether the other side told who it is unasked.
    pub(super) pushed: Mutex<bool>,
    _permits: [Option<Permit>; 2],
}

impl Connection {
    pub(super) fn new(
        id: ConnectionId,
        peer: PeerId,
        direction: Direction,
        remote: Multiaddr,
        requests: mpsc::Sender<OpenRequest>,
        permits: [Option<Permit>; 2],
    ) -> Self {
        Self {
            id,
            peer,
            direction,
            remote,
            opened: Instant::now(),
            requests,
            streams: Mutex::default(),
            next_stream: AtomicU64::new(0),
            identified: watch::Sender::new(false),
            pushed: Mutex::new(false),
            _permits: permits,
        }
    }

    pub(super) fn stream_opened(&self, protocol: Arc<str>, direction: Direction) -> u64 {
        let number = self.next_stream.fetch_add(1, Relaxed);
        lock(&self.streams).insert(number, (protocol, direction));
        number
    }

    pub(super) fn stream_closed(&self, number: u64) {
        lock(&self.streams).remove(&number);
    }

    /// Protocol and direction of each open stream, oldest first.
    pub(super) fn streams(&self) -> Vec<(Arc<str>, Direction)> {
        lock(&self.streams).values().cloned().collect()
    }

    pub(super) fn streams_count(&self) -> usize {
        lock(&self.streams).len()
    }
}

/// All connections by peer, oldest first.
#[derive(Default)]
pub(super) struct Table {
    peers: Mutex<HashMap<PeerId, Vec<Arc<Connection>>>>,
    removed: Notify,
}

impl Table {
    // spec: swarm.several-connections
    /// Whether it is the first one of the peer.
    pub(super) fn add(&self, connection: Arc<Connection>) -> bool {
        let mut peers = lock(&self.peers);
        let all = peers.entry(connection.peer).or_default();
        all.push(connection);
        all.len() == 1
    }

    /// The connection, and whether it was the last one of the peer.
    pub(super) fn remove(
        &self,
        peer: &PeerId,
        id: ConnectionId,
    ) -> Option<(Arc<Connection>, bool)> {
        let mut peers = lock(&self.peers);
        let all = peers.get_mut(peer)?;
        let place = all.iter().position(|connection| connection.id == id)?;
        let removed = all.remove(place);
        let last = all.is_empty();
        if last {
            peers.remove(peer);
        }
        self.removed.notify_waiters();
        Some((removed, last))
    }

    /// Waits until the connection is gone.
    pub(super) async fn gone(&self, peer: &PeerId, id: ConnectionId) {
        loop {
            let removed = self.removed.notified();
            tokio::pin!(removed);
            removed.as_mut().enable();
            if !self.of(peer).iter().any(|connection| connection.id == id) {
                return;
            }
            removed.await;
        }
    }

    /// Waits until there is no connection to the peer.
    pub(super) async fn disconnected(&self, peer: &PeerId) {
        loop {
            let removed = self.removed.notified();
            tokio::pin!(removed);
            removed.as_mut().enable();
            if !self.is_connected(peer) {
                return;
            }
            removed.await;
        }
    }

    /// Waits until asking the peer who it is has ended on one of its connections, or all are gone.
    pub(super) async fn identified(&self, peer: &PeerId) {
        let Some(connection) = self.of(peer).into_iter().next() else { return };
        let mut ended = connection.identified.subscribe();
        tokio::select! {
            _ = ended.wait_for(|ended| *ended) => {}
            () = self.gone(peer, connection.id) => {}
        }
    }

    pub(super) fn of(&self, peer: &PeerId) -> Vec<Arc<Connection>> {
        lock(&self.peers).get(peer).cloned().unwrap_or_default()
    }

    pub(super) fn is_connected(&self, peer: &PeerId) -> bool {
        lock(&self.peers).contains_key(peer)
    }

    pub(super) fn all(&self) -> Vec<Arc<Connection>> {
        lock(&self.peers).values().flatten().cloned().collect()
    }

    pub(super) fn peers(&self) -> Vec<PeerId> {
        lock(&self.peers).keys().copied().collect()
    }

    pub(super) fn count(&self) -> usize {
        lock(&self.peers).values().map(Vec::len).sum()
    }
}
