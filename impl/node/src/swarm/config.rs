//! Spec: spec/node/swarm.md
//!
//! What a swarm is started with.

use super::filters::Filter;
use super::limits::LimitSet;
use super::pnet::NetworkKey;
use super::resolve::Resolve;
use super::transport::{HANDSHAKE_TIME_MAX, Transports};
use super::{Multiaddr, PeerId};
use std::sync::Arc;
use std::time::Duration;

/// How many connections are kept: `Swarm.ConnMgr`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trimming {
    /// More than this many are cut down ...
    pub high_water: usize,
    /// ... to this many.
    pub low_water: usize,
    /// Connections younger than this are spared.
    pub grace: Duration,
    /// Shortest pause between two cuts.
    pub silence: Duration,
}

impl Default for Trimming {
    fn default() -> Self {
        Self {
            high_water: 96,
            low_water: 32,
            grace: Duration::from_secs(20),
            silence: Duration::from_secs(10),
        }
    }
}

/// Which addresses are told to others: `Addresses.*`.
#[derive(Debug, Clone, Default)]
pub struct Announcing {
    /// `Announce`: these instead of those listened on.
    pub instead: Vec<Multiaddr>,
    /// `AppendAnnounce`: these too.
    pub also: Vec<Multiaddr>,
    /// `NoAnnounce`: never these ...
    pub never: Vec<Multiaddr>,
    /// ... and never any in these ranges.
    pub never_within: Vec<Filter>,
}

/// What a swarm is started with.
#[derive(Clone)]
pub struct Config {
    /// The private key as libp2p's protobuf message.
    pub key: Vec<u8>,
    /// The program, as others see it.
    pub agent_version: String,
    /// Where to listen: `Addresses.Swarm`.
    pub listen: Vec<Multiaddr>,
    /// Which addresses are told to others.
    pub announcing: Announcing,
    /// `Swarm.AddrFilters`
    pub filters: Vec<Filter>,
    /// The wires that are in use.
    pub transports: Transports,
    /// Longest time from the first byte until a TCP connection is secured and multiplexed.
    pub handshake_time_max: Duration,
    /// The key of a private network.
    pub network_key: Option<NetworkKey>,
    /// Only private networks are allowed: `LIBP2P_FORCE_PNET`.
    pub private_only: bool,
    /// How many connections are kept; `None` never cuts.
    pub trimming: Option<Trimming>,
    /// How many there may be.
    pub limits: LimitSet,
    /// `Peering.Peers`
    pub peering: Vec<(PeerId, Vec<Multiaddr>)>,
    /// `Discovery.MDNS.Enabled`
    pub mdns: bool,
    /// Looks up names; without it only IP addresses work.
    pub resolver: Option<Arc<dyn Resolve>>,
}

impl Config {
    /// A swarm with the defaults, that listens nowhere.
    pub fn new(key: Vec<u8>) -> Self {
        Self {
            key,
            agent_version: String::new(),
            listen: Vec::new(),
            announcing: Announcing::default(),
            filters: Vec::new(),
            transports: Transports::default(),
            handshake_time_max: HANDSHAKE_TIME_MAX,
            network_key: None,
            private_only: false,
            trimming: Some(Trimming::default()),
            limits: LimitSet::unlimited(),
            peering: Vec::new(),
            mdns: false,
            resolver: None,
        }
    }
}
