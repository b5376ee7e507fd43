//! Spec: spec/node/limits.md
//!
//! How many connections and streams there may be, and how much memory they may take: for the whole
//! node, for connections that are not yet secured, and for each peer.

pub(super) mod allow;
pub(super) mod defaults;
mod subnet;

use super::connections::Direction;
use super::{PeerId, lock};
pub use allow::Allowed;
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use subnet::Subnets;

// spec: limits.stream-memory
/// What a stream is charged for: the receive window it starts with.
const STREAM_BYTES: u64 = 256 << 10;

/// A bound, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// As many as asked for.
    Unlimited,
    /// Not more than this.
    Max(u64),
}

impl Bound {
    fn allows(self, amount: u64) -> bool {
        match self {
            Self::Unlimited => true,
            Self::Max(most) => amount <= most,
        }
    }
}

/// What one scope may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScopeLimits {
    /// Bytes.
    pub memory: Bound,
    /// Connections that take a file descriptor.
    pub descriptors: Bound,
    /// Connections.
    pub connections: Bound,
    /// Connections that others began.
    pub connections_inbound: Bound,
    /// Connections that this node began.
    pub connections_outbound: Bound,
    /// Streams.
    pub streams: Bound,
    /// Streams that others began.
    pub streams_inbound: Bound,
    /// Streams that this node began.
    pub streams_outbound: Bound,
}

impl ScopeLimits {
    /// Everything is allowed.
    pub const UNLIMITED: Self = Self {
        memory: Bound::Unlimited,
        descriptors: Bound::Unlimited,
        connections: Bound::Unlimited,
        connections_inbound: Bound::Unlimited,
        connections_outbound: Bound::Unlimited,
        streams: Bound::Unlimited,
        streams_inbound: Bound::Unlimited,
        streams_outbound: Bound::Unlimited,
    };
}

/// What one scope uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Bytes.
    pub memory: u64,
    /// Connections that take a file descriptor.
    pub descriptors: u64,
    /// Connections that others began.
    pub connections_inbound: u64,
    /// Connections that this node began.
    pub connections_outbound: u64,
    /// Streams that others began.
    pub streams_inbound: u64,
    /// Streams that this node began.
    pub streams_outbound: u64,
}

impl Usage {
    const NONE: Self = Self {
        memory: 0,
        descriptors: 0,
        connections_inbound: 0,
        connections_outbound: 0,
        streams_inbound: 0,
        streams_outbound: 0,
    };

    fn connection(direction: Direction, descriptor: bool) -> Self {
        let mut usage = Self { descriptors: descriptor.into(), ..Self::NONE };
        match direction {
            Direction::Inbound => usage.connections_inbound = 1,
            Direction::Outbound => usage.connections_outbound = 1,
        }
        usage
    }

    fn stream(direction: Direction) -> Self {
        let mut usage = Self { memory: STREAM_BYTES, ..Self::NONE };
        match direction {
            Direction::Inbound => usage.streams_inbound = 1,
            Direction::Outbound => usage.streams_outbound = 1,
        }
        usage
    }

    fn zip(self, other: Self, with: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            memory: with(self.memory, other.memory),
            descriptors: with(self.descriptors, other.descriptors),
            connections_inbound: with(self.connections_inbound, other.connections_inbound),
            connections_outbound: with(self.connections_outbound, other.connections_outbound),
            streams_inbound: with(self.streams_inbound, other.streams_inbound),
            streams_outbound: with(self.streams_outbound, other.streams_outbound),
        }
    }

    fn plus(self, other: Self) -> Self {
        self.zip(other, u64::saturating_add)
    }

    fn minus(self, other: Self) -> Self {
        self.zip(other, u64::saturating_sub)
    }

    /// The first limit that this amount breaks; only those count that `adding` touches.
    fn breaks(self, limits: &ScopeLimits, adding: Self) -> Option<(&'static str, u64)> {
        let connections = |usage: Self| usage.connections_inbound + usage.connections_outbound;
        let streams = |usage: Self| usage.streams_inbound + usage.streams_outbound;
        let checks = [
            ("Memory", limits.memory, self.memory, adding.memory),
            ("FD", limits.descriptors, self.descriptors, adding.descriptors),
            (
                "ConnsInbound",
                limits.connections_inbound,
                self.connections_inbound,
                adding.connections_inbound,
            ),
            (
                "ConnsOutbound",
                limits.connections_outbound,
                self.connections_outbound,
                adding.connections_outbound,
            ),
            ("Conns", limits.connections, connections(self), connections(adding)),
            (
                "StreamsInbound",
                limits.streams_inbound,
                self.streams_inbound,
                adding.streams_inbound,
            ),
            (
                "StreamsOutbound",
                limits.streams_outbound,
                self.streams_outbound,
                adding.streams_outbound,
            ),
            ("Streams", limits.streams, streams(self), streams(adding)),
        ];
        checks.into_iter().find_map(|(name, bound, amount, added)| match bound {
            Bound::Max(most) if added > 0 && !bound.allows(amount) => Some((name, most)),
            _ => None,
        })
    }
}

/// Something was refused because of a limit.
// spec: limits.refusal-text
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{scope}: cannot reserve {what}: resource limit exceeded: {limit} is {value}, see {key}")]
pub struct Exceeded {
    /// `system`, `transient` or `peer:ID`.
    pub scope: Scope,
    /// What was wanted.
    pub what: &'static str,
    /// The limit, as `swarm resources` names it.
    pub limit: &'static str,
    /// Its value.
    pub value: u64,
    /// Where it is configured.
    pub key: &'static str,
}

/// Whose limit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The whole node.
    System,
    /// Connections that are not yet secured.
    Transient,
    /// One peer.
    Peer(PeerId),
    /// One IP address, or the network around it.
    Address(IpAddr),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Transient => f.write_str("transient"),
            Self::Peer(peer) => write!(f, "peer:{peer}"),
            Self::Address(ip) => write!(f, "address:{ip}"),
        }
    }
}

/// The limits of all scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSet {
    /// The whole node.
    pub system: ScopeLimits,
    /// Connections that are not yet secured.
    pub transient: ScopeLimits,
    /// Each peer that has no limits of its own.
    pub peer_default: ScopeLimits,
    /// Certain peers.
    pub peers: HashMap<PeerId, ScopeLimits>,
    /// Who is exempt from the limits of the node.
    pub allowed: Vec<Allowed>,
    /// Whether the connections of one address or network are limited too.
    pub subnets: bool,
}

impl LimitSet {
    /// No limits: `Swarm.ResourceMgr.Enabled` is `false`.
    pub fn unlimited() -> Self {
        Self {
            system: ScopeLimits::UNLIMITED,
            transient: ScopeLimits::UNLIMITED,
            peer_default: ScopeLimits::UNLIMITED,
            peers: HashMap::new(),
            allowed: Vec::new(),
            subnets: false,
        }
    }
}

#[derive(Default)]
struct State {
    system: Usage,
    transient: Usage,
    peers: HashMap<PeerId, Usage>,
    subnets: Subnets,
    refusals: HashMap<(&'static str, &'static str), u64>,
}

/// What all scopes use at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The whole node.
    pub system: Usage,
    /// Connections that are not yet secured.
    pub transient: Usage,
    /// Peers with anything open.
    pub peers: HashMap<PeerId, Usage>,
    /// Refusals by scope (`system`, `transient`, `peer`) and limit.
    pub refusals: Vec<(&'static str, &'static str, u64)>,
}

/// Keeps the limits.
pub(super) struct Limits {
    set: LimitSet,
    state: Arc<Mutex<State>>,
}

/// Something in use; dropping it gives it back.
pub(super) struct Permit {
    state: Arc<Mutex<State>>,
    scope: Scope,
    usage: Usage,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.system = state.system.minus(self.usage);
        match self.scope {
            Scope::System => {}
            Scope::Address(ip) => state.subnets.remove(ip),
            Scope::Transient => state.transient = state.transient.minus(self.usage),
            Scope::Peer(peer) => {
                if let Some(used) = state.peers.get_mut(&peer) {
                    *used = used.minus(self.usage);
                    if *used == Usage::NONE {
                        state.peers.remove(&peer);
                    }
                }
            }
        }
    }
}

impl Limits {
    pub(super) fn new(set: LimitSet) -> Self {
        Self { set, state: Arc::default() }
    }

    pub(super) fn set(&self) -> &LimitSet {
        &self.set
    }

    // spec: limits.transient
    /// A connection that begins: nobody knows yet who it is.
    pub(super) fn pending(
        &self,
        direction: Direction,
        fd: bool,
        exempt: bool,
    ) -> Result<Permit, Exceeded> {
        self.reserve(Scope::Transient, Usage::connection(direction, fd), exempt, "connection")
    }

    /// Whether somebody at this address is exempt from the limits of the node.
    pub(super) fn is_exempt(&self, ip: Option<IpAddr>, peer: Option<PeerId>) -> bool {
        ip.is_some_and(|ip| self.set.allowed.iter().any(|allowed| allowed.covers(ip, peer)))
    }

    // spec: limits.subnets
    /// A connection of an address, from its beginning to its end.
    pub(super) fn address(&self, ip: IpAddr) -> Result<Permit, Exceeded> {
        let scope = Scope::Address(ip);
        let mut state = lock(&self.state);
        if self.set.subnets
            && let Err(value) = state.subnets.add(ip)
        {
            let (limit, key) = ("Conns", "Swarm.ResourceMgr.Enabled");
            *state.refusals.entry(("address", limit)).or_default() += 1;
            return Err(Exceeded { scope, what: "connection", limit, value, key });
        }
        drop(state);
        let scope = if self.set.subnets { scope } else { Scope::System };
        Ok(Permit { state: self.state.clone(), scope, usage: Usage::NONE })
    }

    // spec: limits.connections
    /// A connection to a known peer.
    pub(super) fn connection(
        &self,
        peer: PeerId,
        direction: Direction,
        fd: bool,
        exempt: bool,
    ) -> Result<Permit, Exceeded> {
        self.reserve(Scope::Peer(peer), Usage::connection(direction, fd), exempt, "connection")
    }

    // spec: limits.streams
    pub(super) fn stream(&self, peer: PeerId, direction: Direction) -> Result<Permit, Exceeded> {
        self.reserve(Scope::Peer(peer), Usage::stream(direction), false, "stream")
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let state = lock(&self.state);
        let refusals = state.refusals.iter();
        Snapshot {
            system: state.system,
            transient: state.transient,
            peers: state.peers.clone(),
            refusals: refusals.map(|((scope, limit), times)| (*scope, *limit, *times)).collect(),
        }
    }

    fn reserve(
        &self,
        scope: Scope,
        usage: Usage,
        exempt: bool,
        what: &'static str,
    ) -> Result<Permit, Exceeded> {
        let mut state = lock(&self.state);
        let system = state.system.plus(usage);
        let (within, limits, name) = match scope {
            Scope::System | Scope::Address(_) => (system, &self.set.system, "system"),
            Scope::Transient => (state.transient.plus(usage), &self.set.transient, "transient"),
            Scope::Peer(peer) => {
                let used = state.peers.get(&peer).copied().unwrap_or_default();
                let limits = self.set.peers.get(&peer).unwrap_or(&self.set.peer_default);
                (used.plus(usage), limits, "peer")
            }
        };
        let checks =
            [(within, limits, scope, name), (system, &self.set.system, Scope::System, "system")];
        for (amount, limits, scope, name) in checks {
            if exempt && !matches!(scope, Scope::Peer(_)) {
                continue;
            }
            if let Some((limit, value)) = amount.breaks(limits, usage) {
                *state.refusals.entry((name, limit)).or_default() += 1;
                let key = key(scope, limit);
                return Err(Exceeded { scope, what, limit, value, key });
            }
        }
        state.system = system;
        match scope {
            Scope::System | Scope::Address(_) => {}
            Scope::Transient => state.transient = within,
            Scope::Peer(peer) => drop(state.peers.insert(peer, within)),
        }
        Ok(Permit { state: self.state.clone(), scope, usage })
    }
}

/// Where a limit is configured: what scales with memory, with descriptors, or stands in the file of
/// overrides alone.
fn key(scope: Scope, limit: &str) -> &'static str {
    match (scope, limit) {
        (Scope::Peer(_), _) => "PeerDefault in libp2p-resource-limit-overrides.json",
        (_, "FD") => "Swarm.ResourceMgr.MaxFileDescriptors",
        (_, "Memory" | "ConnsInbound") => "Swarm.ResourceMgr.MaxMemory",
        (Scope::Transient, _) => "Transient in libp2p-resource-limit-overrides.json",
        _ => "System in libp2p-resource-limit-overrides.json",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(change: impl FnOnce(&mut LimitSet)) -> Limits {
        let mut set = LimitSet::unlimited();
        change(&mut set);
        Limits::new(set)
    }

    /// spec: limits.connections, limits.refusal-text
    #[test]
    fn a_refusal_names_limit_value_and_key() {
        let limits = set(|set| set.system.connections_inbound = Bound::Max(1));
        let peer = PeerId::random();
        let first = limits.connection(peer, Direction::Inbound, true, false).ok();
        let refused = limits.connection(PeerId::random(), Direction::Inbound, true, false).err();
        assert_eq!(
            refused.map(|error| error.to_string()).unwrap_or_default(),
            "system: cannot reserve connection: resource limit exceeded: ConnsInbound is 1, \
             see Swarm.ResourceMgr.MaxMemory"
        );
        assert!(limits.connection(peer, Direction::Outbound, true, false).is_ok());
        assert_eq!(limits.snapshot().refusals, [("system", "ConnsInbound", 1)]);
        drop(first);
        assert!(limits.connection(peer, Direction::Inbound, true, false).is_ok());
        assert_eq!(limits.snapshot().system, Usage::NONE);
        assert!(limits.snapshot().peers.is_empty());
    }

    /// spec: limits.streams, limits.stream-memory
    #[test]
    fn one_peer_does_not_starve_another() {
        let limits = set(|set| set.peer_default.streams_inbound = Bound::Max(2));
        let (a, b) = (PeerId::random(), PeerId::random());
        let held: Vec<_> = (0..5).map(|_| limits.stream(a, Direction::Inbound)).collect();
        assert_eq!(held.iter().filter(|result| result.is_ok()).count(), 2);
        assert!(limits.stream(b, Direction::Inbound).is_ok());
        assert_eq!(limits.snapshot().system.memory, 2 * STREAM_BYTES);
        let memory = set(|set| set.system.memory = Bound::Max(STREAM_BYTES));
        let _one = memory.stream(a, Direction::Outbound);
        let error = memory.stream(a, Direction::Outbound).err();
        assert_eq!(error.map(|error| error.limit), Some("Memory"));
    }

    /// spec: limits.transient
    #[test]
    fn half_open_connections_are_counted_apart() {
        let limits = set(|set| set.transient.connections_inbound = Bound::Max(1));
        let _pending = limits.pending(Direction::Inbound, true, false);
        assert!(limits.pending(Direction::Inbound, true, false).is_err());
        assert!(limits.pending(Direction::Outbound, true, false).is_ok());
        assert!(limits.connection(PeerId::random(), Direction::Inbound, true, false).is_ok());
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
        let refused = limits.connection(peer, Direction::Inbound, true, false).err();
        let key = "System in libp2p-resource-limit-overrides.json";
        assert_eq!(refused.map(|error| (error.limit, error.key)), Some(("Conns", key)));
        let _one = limits.connection(peer, Direction::Inbound, true, true).unwrap();
        assert!(limits.connection(peer, Direction::Inbound, true, true).is_err());
        assert!(limits.pending(Direction::Outbound, true, true).is_ok());
    }
}
