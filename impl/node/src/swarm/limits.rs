//! Spec: spec/node/limits.md
//!
//! How many connections and streams there may be, and how much memory they may take: for the whole
//! node, for connections that are not yet secured, for each peer, protocol and service.

pub(super) mod allow;
pub(super) mod defaults;
mod keep;
mod services;
mod subnet;

use super::PeerId;
use super::connections::Direction;
pub use allow::Allowed;
pub(super) use keep::{Limits, Permit};
use libp2p::swarm::ConnectionId;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

// spec: limits.stream-memory
/// What a stream is charged for: the receive window it starts with ...
const STREAM_BYTES: u64 = 256 << 10;

/// ... and, where a protocol or a service is charged, what handling it takes.
const HANDLING_BYTES: u64 = 8 << 10;

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

    fn stream(direction: Direction, memory: u64) -> Self {
        let mut usage = Self { memory, ..Self::NONE };
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
    /// `system`, `transient`, `peer:ID`, `protocol:ID` ...
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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The whole node.
    System,
    /// Connections that are not yet secured.
    Transient,
    /// Those on the allowlist for which the node has no room.
    AllowedSystem,
    /// Of these, connections that are not yet secured.
    AllowedTransient,
    /// One peer.
    Peer(PeerId),
    /// One IP address, or the network around it.
    Address(IpAddr),
    /// One protocol.
    Protocol(Arc<str>),
    /// One protocol, with one peer.
    ProtocolPeer(Arc<str>, PeerId),
    /// Protocols that belong together.
    Service(&'static str),
    /// Protocols that belong together, with one peer.
    ServicePeer(&'static str, PeerId),
    /// One connection.
    Connection(ConnectionId),
    /// One stream.
    Stream,
}

impl Scope {
    /// What kind it is.
    const fn kind(&self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Transient => "transient",
            Self::AllowedSystem => "allowlistedSystem",
            Self::AllowedTransient => "allowlistedTransient",
            Self::Peer(_) => "peer",
            Self::Address(_) => "address",
            Self::Protocol(_) => "protocol",
            Self::ProtocolPeer(..) => "protocol-peer",
            Self::Service(_) => "service",
            Self::ServicePeer(..) => "service-peer",
            Self::Connection(_) => "conn",
            Self::Stream => "stream",
        }
    }

    /// Where a limit is configured: what scales with memory, with descriptors, or stands in the
    /// file of overrides alone.
    fn key(&self, limit: &str) -> &'static str {
        match (self, limit) {
            (Self::Peer(_), _) => "PeerDefault in libp2p-resource-limit-overrides.json",
            (Self::Protocol(_), _) => "Protocol in libp2p-resource-limit-overrides.json",
            (Self::ProtocolPeer(..), _) => "ProtocolPeer in libp2p-resource-limit-overrides.json",
            (Self::Service(_), _) => "Service in libp2p-resource-limit-overrides.json",
            (Self::ServicePeer(..), _) => "ServicePeer in libp2p-resource-limit-overrides.json",
            (Self::Connection(_), _) => "Conn in libp2p-resource-limit-overrides.json",
            (Self::Stream, _) => "Stream in libp2p-resource-limit-overrides.json",
            (Self::AllowedSystem, _) => "AllowlistedSystem in libp2p-resource-limit-overrides.json",
            (Self::AllowedTransient, _) => {
                "AllowlistedTransient in libp2p-resource-limit-overrides.json"
            }
            (_, "FD") => "Swarm.ResourceMgr.MaxFileDescriptors",
            (_, "Memory" | "ConnsInbound") => "Swarm.ResourceMgr.MaxMemory",
            (Self::Transient, _) => "Transient in libp2p-resource-limit-overrides.json",
            _ => "System in libp2p-resource-limit-overrides.json",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System
            | Self::Transient
            | Self::AllowedSystem
            | Self::AllowedTransient
            | Self::Stream => f.write_str(self.kind()),
            Self::Peer(peer) => write!(f, "peer:{peer}"),
            Self::Address(ip) => write!(f, "address:{ip}"),
            Self::Protocol(protocol) => write!(f, "protocol:{protocol}"),
            Self::ProtocolPeer(protocol, peer) => write!(f, "protocol:{protocol}.peer:{peer}"),
            Self::Service(service) => write!(f, "service:{service}"),
            Self::ServicePeer(service, peer) => write!(f, "service:{service}.peer:{peer}"),
            Self::Connection(id) => write!(f, "conn-{id}"),
        }
    }
}

/// The limits of all scopes of one kind that have names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedLimits {
    /// Those that have none of their own.
    pub default: ScopeLimits,
    /// Those that have.
    pub own: BTreeMap<String, ScopeLimits>,
}

impl NamedLimits {
    const UNLIMITED: Self = Self { default: ScopeLimits::UNLIMITED, own: BTreeMap::new() };

    /// The limits of one.
    pub fn of(&self, name: &str) -> &ScopeLimits {
        self.own.get(name).unwrap_or(&self.default)
    }
}

/// The limits of all scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSet {
    /// The whole node.
    pub system: ScopeLimits,
    /// Connections that are not yet secured.
    pub transient: ScopeLimits,
    /// Those on the allowlist for which the node has no room.
    pub allowed_system: ScopeLimits,
    /// Of these, connections that are not yet secured.
    pub allowed_transient: ScopeLimits,
    /// Each peer that has no limits of its own.
    pub peer_default: ScopeLimits,
    /// Certain peers.
    pub peers: HashMap<PeerId, ScopeLimits>,
    /// Protocols by their ID.
    pub protocols: NamedLimits,
    /// Protocols by their ID, with each single peer.
    pub protocol_peers: NamedLimits,
    /// Services, which are protocols that belong together.
    pub services: NamedLimits,
    /// Services, with each single peer.
    pub service_peers: NamedLimits,
    /// Each connection.
    pub connection: ScopeLimits,
    /// Each stream.
    pub stream: ScopeLimits,
    /// Who has room of its own when the node is full.
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
            allowed_system: ScopeLimits::UNLIMITED,
            allowed_transient: ScopeLimits::UNLIMITED,
            peer_default: ScopeLimits::UNLIMITED,
            peers: HashMap::new(),
            protocols: NamedLimits::UNLIMITED,
            protocol_peers: NamedLimits::UNLIMITED,
            services: NamedLimits::UNLIMITED,
            service_peers: NamedLimits::UNLIMITED,
            connection: ScopeLimits::UNLIMITED,
            stream: ScopeLimits::UNLIMITED,
            allowed: Vec::new(),
            subnets: false,
        }
    }

    fn of(&self, scope: &Scope) -> &ScopeLimits {
        match scope {
            Scope::System | Scope::Address(_) => &self.system,
            Scope::Transient => &self.transient,
            Scope::AllowedSystem => &self.allowed_system,
            Scope::AllowedTransient => &self.allowed_transient,
            Scope::Peer(peer) => self.peers.get(peer).unwrap_or(&self.peer_default),
            Scope::Protocol(protocol) => self.protocols.of(protocol),
            Scope::ProtocolPeer(protocol, _) => self.protocol_peers.of(protocol),
            Scope::Service(service) => self.services.of(service),
            Scope::ServicePeer(service, _) => self.service_peers.of(service),
            Scope::Connection(_) => &self.connection,
            Scope::Stream => &self.stream,
        }
    }
}

/// What all scopes use at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The whole node.
    pub system: Usage,
    /// Connections that are not yet secured.
    pub transient: Usage,
    /// Connections of the allowlist beyond the room of the node.
    pub allowed_system: Usage,
    /// Peers with anything open.
    pub peers: HashMap<PeerId, Usage>,
    /// Protocols with open streams.
    pub protocols: BTreeMap<String, Usage>,
    /// Services with open streams.
    pub services: BTreeMap<String, Usage>,
    /// Refusals by kind of scope (`system`, `transient`, `peer` ...) and limit.
    pub refusals: Vec<(&'static str, &'static str, u64)>,
}
