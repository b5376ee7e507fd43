//! Spec: spec/node/swarm.md
//!
//! Which connections are let in, and the bookkeeping when they come and go. Everything here is
//! short: it runs in the swarm's task.

use super::connections::{Connection, Direction};
use super::events::Event;
use super::filters::ip;
use super::handler::{Handler, REQUESTS_MAX};
use super::limits::Permit;
use super::{Multiaddr, PeerId, Shared, lock};
use libp2p::core::Endpoint;
use libp2p::core::transport::{ListenerId, PortUse};
use libp2p::mdns;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NewListenAddr, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Addresses of the local network that are remembered.
const FOUND_MAX: usize = 4096;

/// The address is filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("gater disallows connection to peer")]
pub(super) struct Filtered;

/// What the swarm's task hears.
#[derive(Debug)]
pub(super) enum Out {
    /// Peers found in the local network.
    Found(Vec<(PeerId, Multiaddr)>),
}

/// What a connection holds while it is being made.
struct Pending {
    transient: Permit,
    address: Option<Permit>,
}

pub(super) struct Node {
    shared: Arc<Shared>,
    /// Connections that are being made.
    pending: HashMap<ConnectionId, Pending>,
    mdns: Option<mdns::tokio::Behaviour>,
}

impl Node {
    pub(super) fn new(shared: Arc<Shared>, mdns: Option<mdns::tokio::Behaviour>) -> Self {
        Self { shared, pending: HashMap::new(), mdns }
    }

    // spec: swarm.mdns-bounds
    /// Begins anew with the local network: libp2p forgets a peer only when its record runs out, and
    /// how long that takes is up to whoever sent it.
    fn forget_found(&mut self) {
        tracing::warn!("more than {FOUND_MAX} addresses in the local network: asking again");
        let mut fresh =
            mdns::tokio::Behaviour::new(mdns::Config::default(), self.shared.peer_id).ok();
        if let Some(fresh) = &mut fresh {
            let listener_id = ListenerId::next();
            for addr in lock(&self.shared.listening).iter() {
                let new = NewListenAddr { listener_id, addr };
                fresh.on_swarm_event(FromSwarm::NewListenAddr(new));
            }
        }
        self.mdns = fresh;
    }

    fn address(&self, remote: &Multiaddr) -> Result<Option<Permit>, ConnectionDenied> {
        let permit = ip(remote).map(|ip| self.shared.limits.address(ip)).transpose();
        permit.map_err(ConnectionDenied::new)
    }

    fn connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        direction: Direction,
        remote: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        // It is no longer transient; otherwise it would count twice for the node.
        let pending = self.pending.remove(&id);
        let allowed = pending.as_ref().is_some_and(|pending| pending.transient.is_allowed());
        let address = pending.and_then(|pending| pending.address);
        if self.shared.filters.blocks(remote) {
            return Err(ConnectionDenied::new(Filtered));
        }
        let exempt = self.shared.limits.is_exempt(ip(remote), Some(peer));
        let permit = self
            .shared
            .limits
            .connection(id, peer, direction, takes_descriptor(remote), exempt, allowed)
            .map_err(ConnectionDenied::new)?;
        let address = match address {
            None => self.address(remote)?,
            some => some,
        };
        let (requests, receiver) = mpsc::channel(REQUESTS_MAX);
        let remote = without_peer(remote);
        let connection =
            Connection::new(id, peer, direction, remote, requests, [Some(permit), address]);
        let connection = Arc::new(connection);
        self.stands(&connection);
        Ok(Handler::new(self.shared.clone(), connection, receiver))
    }

    // spec: swarm.streams-at-once
    /// Enters a connection before its task runs: that hands over streams at once, and whoever takes
    /// one may open another to the same peer.
    fn stands(&self, connection: &Arc<Connection>) {
        if self.shared.table.add(connection.clone()) {
            self.shared.subscribers.tell(&Event::Connected(connection.peer));
        }
        self.shared.on_connection(connection);
    }
}

/// TCP connections do; those over UDP share one.
fn takes_descriptor(address: &Multiaddr) -> bool {
    address.iter().any(|part| matches!(part, Protocol::Tcp(_)))
}

/// The address without `/p2p/PEER` at its end.
pub(super) fn without_peer(address: &Multiaddr) -> Multiaddr {
    let mut address = address.clone();
    if matches!(address.iter().last(), Some(Protocol::P2p(_))) {
        address.pop();
    }
    address
}

impl NetworkBehaviour for Node {
    type ConnectionHandler = Handler;
    type ToSwarm = Out;

    // spec: limits.transient
    fn handle_pending_inbound_connection(
        &mut self,
        id: ConnectionId,
        _local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        if self.shared.filters.blocks(remote) {
            return Err(ConnectionDenied::new(Filtered));
        }
        let limits = &self.shared.limits;
        let exempt = limits.is_exempt(ip(remote), None);
        let permit = limits.pending(Direction::Inbound, takes_descriptor(remote), exempt);
        let transient = permit.map_err(ConnectionDenied::new)?;
        let address = self.address(remote)?;
        self.pending.insert(id, Pending { transient, address });
        Ok(())
    }

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        _local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.connection(id, peer, Direction::Inbound, remote)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        _role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        let descriptor = addresses.iter().any(takes_descriptor);
        let limits = &self.shared.limits;
        let exempt = addresses.iter().any(|address| limits.is_exempt(ip(address), peer));
        let permit = limits.pending(Direction::Outbound, descriptor, exempt);
        let transient = permit.map_err(ConnectionDenied::new)?;
        self.pending.insert(id, Pending { transient, address: None });
        Ok(Vec::new())
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        _role: Endpoint,
        _port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.connection(id, peer, Direction::Outbound, address)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionClosed(closed) => {
                let removed = self.shared.table.remove(&closed.peer_id, closed.connection_id);
                let Some((connection, last)) = removed else { return };
                self.shared.counters.closed(&connection);
                if last {
                    self.shared.on_peer_gone(&closed.peer_id);
                    self.shared.subscribers.tell(&Event::Disconnected(closed.peer_id));
                }
            }
            FromSwarm::DialFailure(failure) => {
                self.pending.remove(&failure.connection_id);
            }
            FromSwarm::ListenFailure(failure) => {
                self.pending.remove(&failure.connection_id);
            }
            _ => {}
        }
        if let Some(mdns) = &mut self.mdns {
            mdns.on_swarm_event(event);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _peer: PeerId,
        _connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Out, THandlerInEvent<Self>>> {
        let Some(mdns) = &mut self.mdns else { return Poll::Pending };
        while let Poll::Ready(action) = mdns.poll(cx) {
            if let ToSwarm::GenerateEvent(mdns::Event::Discovered(found)) = action {
                if mdns.discovered_nodes().len() > FOUND_MAX {
                    self.forget_found();
                }
                return Poll::Ready(ToSwarm::GenerateEvent(Out::Found(found)));
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{TCP, config};
    use super::*;
    use libp2p::identity::Keypair;

    /// spec: swarm.streams-at-once
    #[tokio::test]
    async fn a_connection_is_known_before_its_task_runs() {
        let shared = Shared::new(Keypair::generate_ed25519(), config(&[TCP]));
        let mut events = shared.subscribe();
        let mut node = Node::new(shared.clone(), None);
        let (peer, id) = (PeerId::random(), ConnectionId::new_unchecked(1));
        let address: Multiaddr = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
        node.handle_pending_inbound_connection(id, &address, &address).unwrap();
        assert!(!shared.table.is_connected(&peer));
        let made = node.handle_established_inbound_connection(id, peer, &address, &address);
        assert!(made.is_ok() && shared.table.is_connected(&peer));
        assert_eq!(events.next().await, Some(Event::Connected(peer)));
    }
}
