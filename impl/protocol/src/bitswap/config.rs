//! Spec: spec/protocol/bitswap.md
//!
//! Every bound and every delay of the exchange. The names in parentheses are keys of the node's
//! configuration.

use std::time::Duration;

/// Largest message that is read or written, in bytes, its length prefix aside.
pub const MESSAGE_BYTES_MAX: usize = 4 << 20;

/// Longest CID that is looked at, in bytes: four varints of ten bytes and a digest of 128.
pub const CID_BYTES_MAX: usize = 4 * 10 + ipfs_data::cid::DIGEST_BYTES_MAX;

/// Most wantlist entries of one message that are looked at. A cancel of everything that a peer may
/// want and as many new wants fit many times over.
pub const ENTRIES_MAX: usize = 16_384;

/// Most blocks of one message.
pub const BLOCKS_MAX: usize = 16_384;

/// Most presences of one message.
pub const PRESENCES_MAX: usize = 16_384;

/// Bounds and delays of one machine.
#[derive(Debug, Clone)]
pub struct Config {
    /// Both sides of the exchange.
    pub peers: PeerLimits,
    /// The side that fetches.
    pub client: ClientConfig,
    /// The side that serves.
    pub server: ServerConfig,
    /// Whom a want goes to when nobody is known to have it.
    pub broadcast: BroadcastControl,
}

/// Bounds for all peers together.
#[derive(Debug, Clone)]
pub struct PeerLimits {
    /// Most connected peers that are kept in mind; further ones are not exchanged with.
    pub peers_max: usize,
    /// Ledgers kept of peers that are gone.
    pub ledgers_max: usize,
    /// Bytes a peer may send that nobody asked it for, beyond a quarter of what was useful, before
    /// its connection is closed.
    pub unwanted_bytes_max: u64,
    /// Malformed messages of one connected peer before its connection is closed.
    pub malformed_max: u32,
}

/// How blocks are fetched.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Sessions at the same time.
    pub sessions_max: usize,
    /// Wants of one session at the same time.
    pub session_wants_max: usize,
    /// Peers that a session asks for blocks at the same time.
    pub session_peers_max: usize,
    /// Wants of one session that are broadcast at the same time.
    pub broadcast_wants_max: usize,
    /// Entries on the list that a peer keeps for us: the reference drops those above 1,024.
    pub wants_per_peer_max: usize,
    /// Bytes of one message of wants.
    pub want_message_bytes_max: usize,
    /// In flight per peer before its speed is known, in bytes.
    pub window_bytes_start: u64,
    /// In flight per peer at least, in bytes.
    pub window_bytes_min: u64,
    /// In flight per peer at most, in bytes.
    pub window_bytes_max: u64,
    /// A want's expected size before any block has come from the peer, in bytes.
    pub block_bytes_guess: u64,
    /// How long cancels may wait for company.
    pub cancel_delay: Duration,
    /// Wait for a block before a peer is taken not to have it, while its speed is unknown.
    pub response_timeout_start: Duration,
    /// The shortest such wait.
    pub response_timeout_min: Duration,
    /// The longest such wait of a silent peer.
    pub response_timeout_max: Duration,
    /// The longest such wait of a peer that sends other blocks.
    pub response_timeout_busy: Duration,
    /// A stalled session asks routing after this (`Internal.Bitswap.ProviderSearchDelay`).
    pub provider_search_delay: Duration,
    /// And again, later each time, as long as it stays stalled; at the latest after this.
    pub provider_search_interval: Duration,
    /// Providers of one search (`Internal.Bitswap.ProviderSearchMaxResults`).
    pub provider_search_results_max: usize,
    /// A session that gets nothing asks again after this, twice this and so on.
    pub retry_delay_min: Duration,
    /// But no later than this.
    pub retry_delay_max: Duration,
    /// Broadcasts are repeated after this.
    pub rebroadcast_interval: Duration,
    /// DONT_HAVEs in a row until a peer leaves a session.
    pub dont_haves_in_row_max: u32,
}

/// How blocks are served.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Whether blocks are served at all (`Bitswap.ServerEnabled`).
    pub enabled: bool,
    /// Wants kept of one peer.
    pub wants_per_peer_max: usize,
    /// CIDs looked up in the store at once, for one peer.
    pub lookup_cids_max: usize,
    /// Bytes handed to one peer's stream and not yet written
    /// (`Internal.Bitswap.MaxOutstandingBytesPerPeer`).
    pub outstanding_bytes_per_peer_max: u64,
    /// The same of all peers together.
    pub outstanding_bytes_max: u64,
    /// A message is full at this size, in bytes.
    pub message_bytes_target: usize,
    /// Blocks up to this size answer a want-have at once
    /// (`Internal.Bitswap.WantHaveReplaceSize`); 0 never.
    pub want_have_replace_bytes: u32,
}

/// Whom broadcasts go to (`Internal.Bitswap.BroadcastControl`).
#[derive(Debug, Clone)]
pub struct BroadcastControl {
    /// Whether broadcasts are held back at all (`Enable`).
    pub enabled: bool,
    /// Peers of one broadcast; none when unlimited (`MaxPeers`, there -1).
    pub peers_max: Option<usize>,
    /// Whether peers of the local network are held back too (`LocalPeers`).
    pub local_peers: bool,
    /// Whether peers of `Peering.Peers` are held back too (`PeeredPeers`).
    pub peered_peers: bool,
    /// Peers that get it although they would be held back (`MaxRandomPeers`).
    pub random_peers_max: usize,
    /// Whether peers that get a message anyway get it (`SendToPendingPeers`).
    pub to_pending_peers: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            peers: PeerLimits {
                peers_max: 16_384,
                ledgers_max: 4_096,
                unwanted_bytes_max: 64 << 20,
                malformed_max: 16,
            },
            client: ClientConfig::default(),
            server: ServerConfig::default(),
            broadcast: BroadcastControl::default(),
        }
    }
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            sessions_max: 16_384,
            session_wants_max: 65_536,
            session_peers_max: 64,
            broadcast_wants_max: 64,
            wants_per_peer_max: 1_024,
            want_message_bytes_max: 512 << 10,
            window_bytes_start: 1 << 20,
            window_bytes_min: 1 << 20,
            window_bytes_max: 16 << 20,
            block_bytes_guess: 64 << 10,
            cancel_delay: Duration::from_millis(50),
            response_timeout_start: Duration::from_secs(5),
            response_timeout_min: Duration::from_secs(1),
            response_timeout_max: Duration::from_secs(7),
            response_timeout_busy: Duration::from_secs(30),
            provider_search_delay: Duration::from_secs(1),
            provider_search_interval: Duration::from_secs(60),
            provider_search_results_max: 10,
            retry_delay_min: Duration::from_secs(1),
            retry_delay_max: Duration::from_millis(2_500),
            rebroadcast_interval: Duration::from_secs(30),
            dont_haves_in_row_max: 16,
        }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            wants_per_peer_max: 8_192,
            lookup_cids_max: 1_024,
            outstanding_bytes_per_peer_max: 1 << 20,
            outstanding_bytes_max: 32 << 20,
            message_bytes_target: 512 << 10,
            want_have_replace_bytes: 1_024,
        }
    }
}

impl Default for BroadcastControl {
    fn default() -> Self {
        Self {
            enabled: true,
            peers_max: None,
            local_peers: false,
            peered_peers: false,
            random_peers_max: 0,
            to_pending_peers: false,
        }
    }
}
