//! Spec: spec/node/swarm.md
//!
//! Connections to other peers and streams over them. This module alone knows libp2p.
//!
//! A [`Swarm`] is a handle: cheap to clone, usable from any task of the runtime it was started in.
//! Register protocols, then [`Swarm::listen`].

mod announce;
mod bandwidth;
mod behaviour;
mod book;
mod config;
mod connections;
mod dial;
mod events;
mod filters;
mod frame_limit;
mod handler;
mod identify;
mod limits;
mod metrics;
mod muxer;
mod peering;
mod ping;
mod pnet;
mod quic;
mod read_ahead;
mod registry;
mod resolve;
mod security;
mod settings;
mod shared;
mod stream;
mod task;
#[cfg(test)]
pub(crate) mod tests;
mod tls;
mod transport;
mod trim;
mod whole_frames;

pub use bandwidth::Totals;
pub use config::{Announcing, Config, Trimming};
pub use connections::Direction;
pub use dial::DialError;
pub use events::{Event, Events};
pub use filters::{FILTERS_MAX, Filter, FilterError};
pub use handler::OpenError;
pub use identify::Info;
pub use libp2p::{Multiaddr, PeerId};
pub use limits::defaults::Machine;
pub use limits::{Allowed, Bound, Exceeded, LimitSet, NamedLimits, Scope, ScopeLimits};
pub use limits::{Snapshot, Usage};
pub use ping::{PingError, Pinger};
pub use pnet::{KeyError, NetworkKey};
pub use registry::{Inbound, RegisterError};
pub use resolve::{Names, Resolve};
pub use settings::{SettingsError, Skipped};
pub use stream::Stream;
pub use transport::{Error as TransportError, Transports};

use libp2p::identity::Keypair;
use libp2p::multiaddr::Protocol;
use shared::Shared;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use task::Command;
use tokio::sync::{mpsc, oneshot};

/// Commands that wait for the swarm's task; more wait at their callers.
const COMMANDS_MAX: usize = 256;

/// Longest time that the end of a connection is waited for.
const CLOSE_TIME_MAX: Duration = Duration::from_secs(5);

/// What a peer is worth that somebody connected to explicitly.
const CONNECT_TAG: &str = "user-connect";
const CONNECT_WEIGHT: i64 = 100;

/// Why a swarm did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Not a private key.
    #[error("the private key can't be read: {0}")]
    Key(String),
    /// No way to talk to anybody.
    #[error(transparent)]
    Transport(#[from] TransportError),
    // spec: swarm.pnet-forced
    /// Only private networks are allowed. The text is the reference's.
    #[error("privnet: private network was not configured but is enforced by the environment")]
    NotPrivate,
}

/// Why an address can't be listened on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("listen on {address}: {reason}")]
pub struct ListenError {
    /// The address.
    pub address: Multiaddr,
    /// What is wrong.
    pub reason: String,
}

/// Why nothing was disconnected. The texts are the reference's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DisconnectError {
    /// There is no connection to the peer.
    #[error("not connected")]
    NotConnected,
    /// There is none by that address.
    #[error("conn not found")]
    NoConnection,
}

/// One connection, as commands show it.
#[derive(Debug, Clone)]
pub struct PeerConnection {
    /// The other side.
    pub peer: PeerId,
    /// Its address, without `/p2p/PEER`.
    pub address: Multiaddr,
    /// Who began.
    pub direction: Direction,
    /// When it was made.
    pub opened: Instant,
    /// Smoothed round-trip time; `None` if never measured.
    pub latency: Option<Duration>,
    /// Protocol and direction of the open streams, oldest first.
    pub streams: Vec<(String, Direction)>,
}

/// A handle to the swarm. When the last one is dropped the swarm ends.
#[derive(Clone)]
pub struct Swarm {
    shared: Arc<Shared>,
    commands: mpsc::Sender<Command>,
}

impl Swarm {
    /// Starts the swarm's task in the present runtime. It neither listens nor dials yet.
    ///
    /// # Errors
    /// When the key is none or no transport can be made of the settings.
    pub fn start(config: Config) -> Result<Self, StartError> {
        // spec: swarm.key-types
        let key = Keypair::from_protobuf_encoding(&config.key)
            .map_err(|error| StartError::Key(error.to_string()))?;
        if config.private_only && config.network_key.is_none() {
            return Err(StartError::NotPrivate);
        }
        let transport = transport::build(
            &key,
            config.transports,
            config.network_key,
            config.handshake_time_max,
        )?;
        let peering = config.peering.clone();
        let shared = Shared::new(key, config);
        for (peer, addresses) in peering {
            let addresses = addresses.iter().map(behaviour::without_peer).collect();
            shared.peering.add(&shared, peer, addresses);
        }
        shared.clone().answer_basic_protocols();
        let commands = task::start(shared.clone(), transport);
        Ok(Self { shared, commands })
    }

    /// This node.
    pub fn peer_id(&self) -> PeerId {
        self.shared.peer_id
    }

    /// Listens on all configured addresses and begins peering and discovery. Returns what could not
    /// be listened on; the rest works.
    pub async fn listen(&self) -> Vec<ListenError> {
        let mut errors = Vec::new();
        for address in self.shared.config.listen.clone() {
            let (reply, answer) = oneshot::channel();
            let _ = self.commands.send(Command::Listen(address.clone(), reply)).await;
            if let Ok(Err(reason)) = answer.await {
                errors.push(ListenError { address, reason });
            }
        }
        self.shared.peering.start(&self.shared, self.commands.downgrade());
        errors
    }

    /// Where this node listens now, with real ports and the addresses of interfaces.
    pub fn listen_addresses(&self) -> Vec<Multiaddr> {
        lock(&self.shared.listening).clone()
    }

    /// The addresses that others are told.
    pub fn announced_addresses(&self) -> Vec<Multiaddr> {
        self.shared.announced()
    }

    /// The protocols this node answers, sorted.
    pub fn protocols(&self) -> Vec<String> {
        self.shared.registry.names().iter().map(ToString::to_string).collect()
    }

    /// The program, as others see it.
    pub fn agent_version(&self) -> &str {
        &self.shared.config.agent_version
    }

    /// Takes over streams that others open under these protocols. At most `queue_max` wait to be
    /// fetched; further ones are reset and counted. Ends when the result is dropped.
    ///
    /// # Errors
    /// When somebody takes one of them already, or a name does not begin with `/`.
    pub fn register(&self, protocols: &[&str], queue_max: usize) -> Result<Inbound, RegisterError> {
        self.shared.registry.register(protocols, queue_max)
    }

    /// Inbound streams that were reset because nobody fetched them in time.
    pub fn streams_refused(&self) -> u64 {
        self.shared.registry.refused()
    }

    /// Opens a stream under the first of the protocols that the peer speaks. Needs a connection.
    ///
    /// # Errors
    /// When there is no connection, the peer speaks none of them or doesn't answer.
    pub async fn open(&self, peer: PeerId, protocols: &[&str]) -> Result<Stream, OpenError> {
        self.shared.open(peer, protocols).await
    }

    /// Connects to a peer by these addresses and those known already, and waits until it is
    /// identified. Somebody wants it explicitly: no back-off.
    ///
    /// # Errors
    /// When no address leads to the peer; the text names each with its reason.
    pub async fn connect(&self, peer: PeerId, addresses: &[Multiaddr]) -> Result<(), DialError> {
        self.shared.book.add(peer, addresses.iter().map(behaviour::without_peer));
        self.shared.book.clear_back_off(peer);
        self.dial(peer).await?;
        self.shared.standings.tag(peer, CONNECT_TAG, CONNECT_WEIGHT);
        Ok(())
    }

    /// Connects to a peer by the addresses known, unless there is a connection. Addresses that
    /// failed lately rest.
    ///
    /// # Errors
    /// When no address leads to the peer; the text names each with its reason.
    pub async fn dial(&self, peer: PeerId) -> Result<(), DialError> {
        task::dial(&self.shared, &self.commands, peer).await
    }

    /// Closes all connections to a peer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn disconnect(&self, peer: PeerId) -> Result<(), DisconnectError> {
        if !self.shared.table.is_connected(&peer) {
            return Err(DisconnectError::NotConnected);
        }
        for connection in self.shared.table.of(&peer) {
            self.close(&connection).await;
        }
        Ok(())
    }

    /// Closes the connection to a peer by this address of it.
    ///
    /// # Errors
    /// When there is none.
    pub async fn disconnect_address(
        &self,
        peer: PeerId,
        address: &Multiaddr,
    ) -> Result<(), DisconnectError> {
        let address = behaviour::without_peer(address);
        let all = self.shared.table.of(&peer);
        let found = all.iter().find(|connection| connection.remote == address);
        self.close(found.ok_or(DisconnectError::NoConnection)?).await;
        Ok(())
    }

    async fn close(&self, connection: &connections::Connection) {
        let (reply, answer) = oneshot::channel();
        let _ = self.commands.send(Command::Close(connection.id, reply)).await;
        let _ = answer.await;
        // A peer that doesn't read may hold up the last words; they are not waited for longer.
        let gone = self.shared.table.gone(&connection.peer, connection.id);
        let _ = tokio::time::timeout(CLOSE_TIME_MAX, gone).await;
    }

    /// Whether there is a connection to the peer.
    pub fn is_connected(&self, peer: &PeerId) -> bool {
        self.shared.table.is_connected(peer)
    }

    /// The peers there are connections to, in no order.
    pub fn peers(&self) -> Vec<PeerId> {
        self.shared.table.peers()
    }

    /// Every connection, in no order.
    pub fn connections(&self) -> Vec<PeerConnection> {
        let all = self.shared.table.all();
        let show = |connection: &Arc<connections::Connection>| PeerConnection {
            peer: connection.peer,
            address: connection.remote.clone(),
            direction: connection.direction,
            opened: connection.opened,
            latency: self.shared.book.latency(&connection.peer),
            streams: connection
                .streams()
                .into_iter()
                .map(|(protocol, direction)| (protocol.to_string(), direction))
                .collect(),
        };
        all.iter().map(show).collect()
    }

    /// Adds a peer to stay connected to, or replaces its addresses.
    pub fn add_peering(&self, peer: PeerId, addresses: &[Multiaddr]) {
        let addresses = addresses.iter().map(behaviour::without_peer).collect();
        self.shared.peering.add(&self.shared, peer, addresses);
    }

    /// Removes a peer to stay connected to; whether it was one. Its connection stays for now.
    pub fn remove_peering(&self, peer: &PeerId) -> bool {
        self.shared.peering.remove(&self.shared, peer)
    }

    /// The peers to stay connected to.
    pub fn peering(&self) -> Vec<(PeerId, Vec<Multiaddr>)> {
        self.shared.peering.list()
    }

    /// Sets a tag: its weight counts towards the worth of a connected peer when connections are
    /// trimmed. 0 removes it.
    pub fn tag(&self, peer: PeerId, name: &str, weight: i64) {
        self.shared.standings.tag(peer, name, weight);
    }

    /// Keeps the connections of a peer from being trimmed as long as `why` holds.
    pub fn protect(&self, peer: PeerId, why: &str) {
        self.shared.standings.protect(peer, why);
    }

    /// Ends a protection; whether the peer has another one.
    pub fn unprotect(&self, peer: &PeerId, why: &str) -> bool {
        self.shared.standings.unprotect(peer, why)
    }

    /// What happens from now on, beginning with the peers that are connected.
    pub fn events(&self) -> Events {
        self.shared.subscribe()
    }

    /// What a peer told about itself, connected or not.
    pub fn identify(&self, peer: &PeerId) -> Option<Arc<Info>> {
        self.shared.book.info(peer)
    }

    /// All peers of whom addresses are known, this node first of all, with those addresses.
    pub fn addresses(&self) -> Vec<(PeerId, Vec<Multiaddr>)> {
        let mut all = self.shared.book.all();
        all.push((self.shared.peer_id, self.announced_addresses()));
        all.sort_by_cached_key(|(peer, _)| peer.to_string());
        all
    }

    /// The known addresses of one peer.
    pub fn addresses_of(&self, peer: &PeerId) -> Vec<Multiaddr> {
        self.shared.book.addresses(peer)
    }

    /// Remembers addresses for a while, for instance of a provider.
    pub fn add_addresses(&self, peer: PeerId, addresses: &[Multiaddr]) {
        self.shared.book.add(peer, addresses.iter().map(behaviour::without_peer));
    }

    /// Addresses without names, for one with names. Those that lead nowhere are left out.
    ///
    /// # Errors
    /// When none is left because names could not be looked up: why not.
    pub async fn resolve(&self, address: Multiaddr) -> Result<Vec<Multiaddr>, String> {
        let resolver = self.shared.config.resolver.as_deref();
        let resolved = resolve::resolve(resolver, vec![address], None).await;
        match resolved.failures.into_iter().next() {
            Some((_, reason)) if resolved.addresses.is_empty() => Err(reason),
            _ => Ok(resolved.addresses),
        }
    }

    /// A conversation that measures round trips. Connects if needed.
    ///
    /// # Errors
    /// When the peer can't be reached or doesn't answer.
    pub async fn pinger(&self, peer: PeerId) -> Result<Pinger, PingStartError> {
        self.dial(peer).await?;
        let stream = self.open(peer, &[ping::PROTOCOL]).await?;
        Ok(Pinger::new(stream, self.shared.clone()))
    }

    /// The filters now.
    pub fn filters(&self) -> Vec<Filter> {
        self.shared.filters.list()
    }

    /// Adds a filter; whether it is there now, not if there are [`FILTERS_MAX`]. Connections that
    /// stand are not closed.
    pub fn add_filter(&self, filter: Filter) -> bool {
        self.shared.filters.add(filter)
    }

    /// Removes a filter; whether it was there.
    pub fn remove_filter(&self, filter: &Filter) -> bool {
        self.shared.filters.remove(filter)
    }

    /// Bytes that streams moved.
    pub fn bandwidth(&self) -> Totals {
        self.shared.bandwidth.total()
    }

    /// Bytes that streams of one protocol moved.
    pub fn bandwidth_of_protocol(&self, protocol: &str) -> Totals {
        self.shared.bandwidth.protocol(protocol)
    }

    /// Bytes that streams with one peer moved.
    pub fn bandwidth_of_peer(&self, peer: &PeerId) -> Totals {
        self.shared.bandwidth.peer(peer)
    }

    /// Every protocol that moved bytes.
    pub fn bandwidth_by_protocol(&self) -> Vec<(String, Totals)> {
        self.shared.bandwidth.protocols()
    }

    /// The limits.
    pub fn limits(&self) -> &LimitSet {
        self.shared.limits.set()
    }

    /// What is used of them.
    pub fn resources(&self) -> Snapshot {
        self.shared.limits.snapshot()
    }

    /// Appends the numbers for Prometheus in its text form.
    pub fn write_metrics(&self, out: &mut String) {
        metrics::write(&self.shared, out);
    }

    /// The fingerprint of the private network, if it is in one.
    pub fn network_fingerprint(&self) -> Option<String> {
        self.shared.config.network_key.map(NetworkKey::fingerprint)
    }

    /// Ends the swarm: closes all connections and waits for that, a few seconds at most.
    pub async fn shut_down(&self) {
        let (reply, answer) = oneshot::channel();
        if self.commands.send(Command::End(reply)).await.is_ok() {
            let _ = answer.await;
        }
    }
}

/// Why no ping could be sent.
#[derive(Debug, thiserror::Error)]
pub enum PingStartError {
    /// The peer can't be reached.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The peer doesn't take the stream.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// The address and the peer of `ADDRESS/p2p/PEER`; the peer alone for `/p2p/PEER`.
pub fn split_peer(address: &Multiaddr) -> (Multiaddr, Option<PeerId>) {
    match address.iter().last() {
        Some(Protocol::P2p(peer)) => (behaviour::without_peer(address), Some(peer)),
        _ => (address.clone(), None),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
