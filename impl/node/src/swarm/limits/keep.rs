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

struct State {
    system: Usage,
    transient: Usage,
    allowed_system: Usage,
    allowed_transient: Usage,
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
            Scope::AllowedSystem => self.allowed_system,
            Scope::AllowedTransient => self.allowed_transient,
            // Each stream is its own.
            Scope::Stream | Scope::Address(_) => Usage::NONE,
            other => self.others.get(other).copied().unwrap_or_default(),
        }
    }

    fn set(&mut self, scope: &Scope, used: Usage) {
        match scope {
            Scope::System => self.system = used,
            Scope::Transient => self.transient = used,
            Scope::AllowedSystem => self.allowed_system = used,
            Scope::AllowedTransient => self.allowed_transient = used,
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

impl Permit {
    /// Whether it is there only because of the allowlist.
    pub(in super::super) fn is_allowed(&self) -> bool {
        self.charged.iter().any(|(scope, _)| *scope == Scope::AllowedSystem)
    }
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
        let state = State {
            system: Usage::NONE,
            transient: Usage::NONE,
            allowed_system: Usage::NONE,
            allowed_transient: Usage::NONE,
            others: HashMap::new(),
            subnets: Subnets::new(&set.allowed, set.allowed_system.connections),
            refusals: HashMap::new(),
        };
        Self { set, state: Arc::new(Mutex::new(state)) }
    }

    pub(in super::super) fn set(&self) -> &LimitSet {
        &self.set
    }

    // spec: limits.transient
    // spec: limits.allowlist
    /// A connection that begins: nobody knows yet who it is. One that may be on the allowlist has
    /// scopes of its own when there is no room in the usual ones.
    pub(in super::super) fn pending(
        &self,
        direction: Direction,
        fd: bool,
        exempt: bool,
    ) -> Result<Permit, Exceeded> {
        let usage = Usage::connection(direction, fd);
        let charges = [Scope::Transient, Scope::System].map(|scope| (scope, usage));
        let allowed = [Scope::AllowedTransient, Scope::AllowedSystem].map(|scope| (scope, usage));
        match self.charge(charges.into(), "connection") {
            Err(_) if exempt => self.reserve(allowed.into(), "connection"),
            Err(refused) => Err(self.refuse(refused)),
            permit => permit,
        }
    }

    /// Whether somebody at this address is on the allowlist.
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
    // spec: limits.allowlist
    /// A connection to a known peer. `exempt`: it is on the allowlist; `allowed`: it was let in
    /// only because it might be.
    pub(in super::super) fn connection(
        &self,
        id: ConnectionId,
        peer: PeerId,
        direction: Direction,
        fd: bool,
        exempt: bool,
        allowed: bool,
    ) -> Result<Permit, Exceeded> {
        let usage = Usage::connection(direction, fd);
        let charges = |system| {
            [Scope::Peer(peer), system, Scope::Connection(id)].map(|scope| (scope, usage)).into()
        };
        if allowed && exempt {
            return self.reserve(charges(Scope::AllowedSystem), "connection");
        }
        // Somebody else than it seemed has to find room as everybody, also among the transient.
        let passing = allowed.then(|| self.reserve(vec![(Scope::Transient, usage)], "connection"));
        let _passing = passing.transpose()?;
        match self.charge(charges(Scope::System), "connection") {
            Err(refused) if exempt && refused.scope == Scope::System => {
                self.reserve(charges(Scope::AllowedSystem), "connection")
            }
            Err(refused) => Err(self.refuse(refused)),
            permit => permit,
        }
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
        self.reserve(charges, "stream")
    }

    pub(in super::super) fn snapshot(&self) -> Snapshot {
        let state = lock(&self.state);
        let refusals = state.refusals.iter();
        let mut snapshot = Snapshot {
            system: state.system,
            transient: state.transient,
            allowed_system: state.allowed_system,
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

    /// All charges, or none. A refusal is counted.
    fn reserve(
        &self,
        charges: Vec<(Scope, Usage)>,
        what: &'static str,
    ) -> Result<Permit, Exceeded> {
        self.charge(charges, what).map_err(|refused| self.refuse(refused))
    }

    /// Counts a refusal.
    fn refuse(&self, refused: Exceeded) -> Exceeded {
        let refusal = (refused.scope.kind(), refused.limit);
        *lock(&self.state).refusals.entry(refusal).or_default() += 1;
        refused
    }

    /// All charges, or none.
    fn charge(&self, charges: Vec<(Scope, Usage)>, what: &'static str) -> Result<Permit, Exceeded> {
        let mut state = lock(&self.state);
        for (scope, usage) in &charges {
            let within = state.used(scope).plus(*usage);
            if let Some((limit, value)) = within.breaks(self.set.of(scope), *usage) {
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
        limits.connection(id(1), peer, direction, fd, exempt, false)
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
    fn who_is_allowed_has_room_of_its_own() {
        let limits = set(|set| {
            set.system.connections = Bound::Max(1);
            set.peer_default.connections_inbound = Bound::Max(1);
            set.allowed = vec!["/ip4/10.0.0.0/ipcidr/8".parse().unwrap()];
        });
        let (peer, other) = (PeerId::random(), PeerId::random());
        let exempt = |ip: &str| limits.is_exempt(ip.parse().ok(), Some(peer));
        assert!(exempt("10.1.1.1") && !exempt("11.1.1.1") && !limits.is_exempt(None, Some(peer)));
        // While the node has room they take it as everybody does.
        let usual = limits.pending(Direction::Inbound, true, true).unwrap();
        assert!(!usual.is_allowed());
        let refused = limits.pending(Direction::Inbound, true, false).err();
        let key = "System in libp2p-resource-limit-overrides.json";
        assert_eq!(refused.map(|error| (error.limit, error.key)), Some(("Conns", key)));
        // Then they have their own, which takes nothing from others.
        let pending = limits.pending(Direction::Inbound, true, true).unwrap();
        assert!(pending.is_allowed());
        drop(pending);
        let in_its_own =
            |peer| limits.connection(id(1), peer, Direction::Inbound, true, true, true);
        let _one = in_its_own(peer).unwrap();
        let second = in_its_own(peer).err().map(|error| error.scope);
        assert_eq!(second, Some(Scope::Peer(peer)));
        let snapshot = limits.snapshot();
        assert_eq!(snapshot.system.connections_inbound, 1);
        assert_eq!(snapshot.allowed_system.connections_inbound, 1);
        // Who turns out to be somebody else finds no room; who comes unasked does if allowed.
        let turned_out = |exempt, allowed| {
            limits.connection(id(1), other, Direction::Inbound, true, exempt, allowed)
        };
        assert_eq!(turned_out(false, true).err().map(|error| error.scope), Some(Scope::System));
        assert!(turned_out(true, false).is_ok_and(|permit| permit.is_allowed()));
        drop(usual);
        assert!(turned_out(false, true).is_ok_and(|permit| !permit.is_allowed()));
        // Three refusals: what the allowlist let in after all is none.
        assert_eq!(limits.snapshot().refusals.iter().map(|(.., times)| times).sum::<u64>(), 3);
    }

    /// spec: limits.allowlist-overrides
    #[test]
    fn the_room_of_the_allowlist_is_bounded_too() {
        let limits = set(|set| {
            set.transient.connections = Bound::Max(0);
            set.allowed_transient.connections = Bound::Max(2);
            set.allowed_system.connections_inbound = Bound::Max(1);
        });
        let pending = |direction| limits.pending(direction, true, true);
        let held = [pending(Direction::Inbound), pending(Direction::Outbound)];
        assert!(held.iter().all(Result::is_ok));
        let refused = pending(Direction::Outbound).err().map(|error| error.to_string());
        assert_eq!(
            refused.unwrap_or_default(),
            "allowlistedTransient: cannot reserve connection: resource limit exceeded: Conns is \
             2, see AllowlistedTransient in libp2p-resource-limit-overrides.json"
        );
        drop(held);
        let inbound = || pending(Direction::Inbound);
        let (_one, two) = (inbound(), inbound());
        assert_eq!(two.err().map(|error| error.scope), Some(Scope::AllowedSystem));
    }
}
