//! Spec: spec/node/limits.md
//!
//! Keeps the limits: counts what is in use, and refuses what would be too much.

use super::super::connections::Direction;
use super::super::{PeerId, lock};
use super::subnet::Subnets;
use super::{Exceeded, HANDLING_BYTES, LimitSet, STREAM_BYTES, Scope, Snapshot, Usage, services};
use libp2p::swarm::ConnectionId;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct State {
    system: Usage,
    transient: Usage,
    /// All scopes besides that use anything.
    others: HashMap<Scope, Usage>,
    subnets: Subnets,
    refusals: HashMap<(&'static str, &'static str), u64>,
}

impl State {
    fn used(&self, scope: &Scope) -> Usage {
        match scope {
            Scope::System => self.system,
            Scope::Transient => self.transient,
            // Each stream is its own.
            Scope::Stream | Scope::Address(_) => Usage::NONE,
            other => self.others.get(other).copied().unwrap_or_default(),
        }
    }

    fn set(&mut self, scope: &Scope, used: Usage) {
        match scope {
            Scope::System => self.system = used,
            Scope::Transient => self.transient = used,
            Scope::Stream | Scope::Address(_) => {}
            other if used == Usage::NONE => drop(self.others.remove(other)),
            other => drop(self.others.insert(other.clone(), used)),
        }
    }
}

/// Keeps the limits.
pub(in super::super) struct Limits {
    set: LimitSet,
    state: Arc<Mutex<State>>,
}

/// Something in use; dropping it gives it back.
pub(in super::super) struct Permit {
    state: Arc<Mutex<State>>,
    charged: Vec<(Scope, Usage)>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        for (scope, usage) in &self.charged {
            if let Scope::Address(ip) = scope {
                state.subnets.remove(*ip);
            }
            let left = state.used(scope).minus(*usage);
            state.set(scope, left);
        }
    }
}

impl Limits {
    pub(in super::super) fn new(set: LimitSet) -> Self {
        Self { set, state: Arc::default() }
    }

    pub(in super::super) fn set(&self) -> &LimitSet {
        &self.set
    }

    // spec: limits.transient
    /// A connection that begins: nobody knows yet who it is.
    pub(in super::super) fn pending(
        &self,
        direction: Direction,
        fd: bool,
        exempt: bool,
    ) -> Result<Permit, Exceeded> {
        let usage = Usage::connection(direction, fd);
        let charges = vec![(Scope::Transient, usage), (Scope::System, usage)];
        self.reserve(charges, exempt, "connection")
    }

    /// Whether somebody at this address is exempt from the limits of the node.
    pub(in super::super) fn is_exempt(&self, ip: Option<IpAddr>, peer: Option<PeerId>) -> bool {
        ip.is_some_and(|ip| self.set.allowed.iter().any(|allowed| allowed.covers(ip, peer)))
    }

    // spec: limits.subnets
    /// A connection of an address, from its beginning to its end.
    pub(in super::super) fn address(&self, ip: IpAddr) -> Result<Permit, Exceeded> {
        let scope = Scope::Address(ip);
        let mut state = lock(&self.state);
        let mut charged = Vec::new();
        if self.set.subnets {
            if let Err(value) = state.subnets.add(ip) {
                let (limit, key) = ("Conns", "Swarm.ResourceMgr.Enabled");
                *state.refusals.entry(("address", limit)).or_default() += 1;
                return Err(Exceeded { scope, what: "connection", limit, value, key });
            }
            charged.push((scope, Usage::NONE));
        }
        Ok(Permit { state: self.state.clone(), charged })
    }

    // spec: limits.connections
    /// A connection to a known peer.
    pub(in super::super) fn connection(
        &self,
        id: ConnectionId,
        peer: PeerId,
        direction: Direction,
        fd: bool,
        exempt: bool,
    ) -> Result<Permit, Exceeded> {
        let usage = Usage::connection(direction, fd);
        let scopes = [Scope::Peer(peer), Scope::System, Scope::Connection(id)];
        self.reserve(scopes.map(|scope| (scope, usage)).into(), exempt, "connection")
    }

    // spec: limits.streams
    // spec: limits.protocols
    /// A stream whose protocol is agreed upon.
    pub(in super::super) fn stream(
        &self,
        id: ConnectionId,
        peer: PeerId,
        protocol: &Arc<str>,
        direction: Direction,
    ) -> Result<Permit, Exceeded> {
        let window = Usage::stream(direction, STREAM_BYTES);
        let handling = Usage::stream(direction, HANDLING_BYTES);
        let memory = Usage { memory: STREAM_BYTES, ..Usage::NONE };
        let mut charges = vec![
            (Scope::Peer(peer), window),
            (Scope::System, window),
            (Scope::Protocol(protocol.clone()), handling),
            (Scope::ProtocolPeer(protocol.clone(), peer), handling),
            (Scope::Connection(id), memory),
            (Scope::Stream, handling),
        ];
        if let Some(service) = services::of(protocol) {
            charges.push((Scope::Service(service), handling));
            charges.push((Scope::ServicePeer(service, peer), handling));
        }
        self.reserve(charges, false, "stream")
    }

    pub(in super::super) fn snapshot(&self) -> Snapshot {
        let state = lock(&self.state);
        let refusals = state.refusals.iter();
        let mut snapshot = Snapshot {
            system: state.system,
            transient: state.transient,
            refusals: refusals.map(|((scope, limit), times)| (*scope, *limit, *times)).collect(),
            ..Snapshot::default()
        };
        for (scope, used) in &state.others {
            match scope {
                Scope::Peer(peer) => drop(snapshot.peers.insert(*peer, *used)),
                Scope::Protocol(name) => drop(snapshot.protocols.insert(name.to_string(), *used)),
                Scope::Service(name) => drop(snapshot.services.insert((*name).to_owned(), *used)),
                _ => {}
            }
        }
        snapshot
    }

    /// All charges, or none.
    fn reserve(
        &self,
        charges: Vec<(Scope, Usage)>,
        exempt: bool,
        what: &'static str,
    ) -> Result<Permit, Exceeded> {
        let mut state = lock(&self.state);
        for (scope, usage) in &charges {
            if exempt && matches!(scope, Scope::System | Scope::Transient) {
                continue;
            }
            let within = state.used(scope).plus(*usage);
            if let Some((limit, value)) = within.breaks(self.set.of(scope), *usage) {
                *state.refusals.entry((scope.kind(), limit)).or_default() += 1;
                let (scope, key) = (scope.clone(), scope.key(limit));
                return Err(Exceeded { scope, what, limit, value, key });
            }
        }
        for (scope, usage) in &charges {
            let within = state.used(scope).plus(*usage);
            state.set(scope, within);
        }
        Ok(Permit { state: self.state.clone(), charged: charges })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Bound, ScopeLimits};
    use super::*;

    fn set(change: impl FnOnce(&mut LimitSet)) -> Limits {
        let mut set = LimitSet::unlimited();
        change(&mut set);
        Limits::new(set)
    }

    fn id(number: usize) -> ConnectionId {
        ConnectionId::new_unchecked(number)
    }

    fn connect(
        limits: &Limits,
        peer: PeerId,
        direction: Direction,
        fd: bool,
        exempt: bool,
    ) -> Result<Permit, Exceeded> {
        limits.connection(id(1), peer, direction, fd, exempt)
    }

    /// spec: limits.protocols
    #[test]
    fn protocols_services_connections_and_streams_have_limits() {
        let two = ScopeLimits { streams_inbound: Bound::Max(2), ..ScopeLimits::UNLIMITED };
        let one = ScopeLimits { streams: Bound::Max(1), ..ScopeLimits::UNLIMITED };
        let [ping, x, y]: [Arc<str>; 3] = [services::PING.into(), "/x".into(), "/y".into()];
        let limits = set(|set| {
            set.protocols.own.insert("/x".to_owned(), two);
            set.protocol_peers.own.insert("/x".to_owned(), one);
            set.service_peers.default = one;
            set.connection.memory = Bound::Max(3 * STREAM_BYTES);
        });
        let (a, b) = (PeerId::random(), PeerId::random());
        let open =
            |number, peer, protocol| limits.stream(id(number), peer, protocol, Direction::Inbound);
        let refused = |number, peer, protocol| {
            open(number, peer, protocol).err().map(|error| error.to_string()).unwrap_or_default()
        };
        let first = open(1, a, &x);
        assert!(first.is_ok());
        assert!(refused(1, a, &x).starts_with(&format!(
            "protocol:/x.peer:{a}: cannot reserve stream: resource limit exceeded: Streams is 1"
        )));
        let _second = open(1, b, &x);
        assert!(refused(1, PeerId::random(), &x).starts_with("protocol:/x: cannot reserve stream"));
        let _ping = open(1, a, &ping);
        assert!(refused(2, a, &ping).starts_with("service:libp2p.ping.peer:"));
        assert!(refused(1, PeerId::random(), &y).starts_with("conn-1: cannot reserve"));
        let snapshot = limits.snapshot();
        assert_eq!(snapshot.protocols["/x"].streams_inbound, 2);
        assert_eq!(snapshot.services["libp2p.ping"].memory, HANDLING_BYTES);
        drop(first);
        assert!(open(2, a, &x).is_ok());
        let none = set(|set| set.stream.streams = Bound::Max(0));
        assert!(none.stream(id(1), a, &x, Direction::Outbound).is_err());
        assert_eq!(none.snapshot().system, Usage::NONE);
    }

    /// spec: limits.connections, limits.refusal-text
    #[test]
    fn a_refusal_names_limit_value_and_key() {
        let limits = set(|set| set.system.connections_inbound = Bound::Max(1));
        let peer = PeerId::random();
        let first = connect(&limits, peer, Direction::Inbound, true, false).ok();
        let refused = connect(&limits, PeerId::random(), Direction::Inbound, true, false).err();
        assert_eq!(
            refused.map(|error| error.to_string()).unwrap_or_default(),
            "system: cannot reserve connection: resource limit exceeded: ConnsInbound is 1, \
             see Swarm.ResourceMgr.MaxMemory"
        );
        assert!(connect(&limits, peer, Direction::Outbound, true, false).is_ok());
        assert_eq!(limits.snapshot().refusals, [("system", "ConnsInbound", 1)]);
        drop(first);
        assert!(connect(&limits, peer, Direction::Inbound, true, false).is_ok());
        assert_eq!(limits.snapshot().system, Usage::NONE);
        assert!(limits.snapshot().peers.is_empty());
    }

    /// spec: limits.streams, limits.stream-memory
    #[test]
    fn one_peer_does_not_starve_another() {
        let limits = set(|set| set.peer_default.streams_inbound = Bound::Max(2));
        let (a, b) = (PeerId::random(), PeerId::random());
        let held: Vec<_> =
            (0..5).map(|_| limits.stream(id(1), a, &"/x".into(), Direction::Inbound)).collect();
        assert_eq!(held.iter().filter(|result| result.is_ok()).count(), 2);
        assert!(limits.stream(id(1), b, &"/x".into(), Direction::Inbound).is_ok());
        assert_eq!(limits.snapshot().system.memory, 2 * STREAM_BYTES);
        let memory = set(|set| set.system.memory = Bound::Max(STREAM_BYTES));
        let _one = memory.stream(id(1), a, &"/x".into(), Direction::Outbound);
        let error = memory.stream(id(1), a, &"/x".into(), Direction::Outbound).err();
        assert_eq!(error.map(|error| error.limit), Some("Memory"));
    }

    /// spec: limits.transient
    #[test]
    fn half_open_connections_are_counted_apart() {
        let limits = set(|set| set.transient.connections_inbound = Bound::Max(1));
        let _pending = limits.pending(Direction::Inbound, true, false);
        assert!(limits.pending(Direction::Inbound, true, false).is_err());
        assert!(limits.pending(Direction::Outbound, true, false).is_ok());
        assert!(connect(&limits, PeerId::random(), Direction::Inbound, true, false).is_ok());
    }

    /// spec: limits.allowlist
    #[test]
    fn who_is_exempt_comes_in_anyway() {
        let limits = set(|set| {
            set.system.connections = Bound::Max(0);
            set.peer_default.connections_inbound = Bound::Max(1);
            set.allowed = vec!["/ip4/10.0.0.0/ipcidr/8".parse().unwrap()];
        });
        let peer = PeerId::random();
        let exempt = |ip: &str| limits.is_exempt(ip.parse().ok(), Some(peer));
        assert!(exempt("10.1.1.1") && !exempt("11.1.1.1") && !limits.is_exempt(None, Some(peer)));
        let refused = connect(&limits, peer, Direction::Inbound, true, false).err();
        let key = "System in libp2p-resource-limit-overrides.json";
        assert_eq!(refused.map(|error| (error.limit, error.key)), Some(("Conns", key)));
        let _one = connect(&limits, peer, Direction::Inbound, true, true).unwrap();
        assert!(connect(&limits, peer, Direction::Inbound, true, true).is_err());
        assert!(limits.pending(Direction::Outbound, true, true).is_ok());
    }
}
