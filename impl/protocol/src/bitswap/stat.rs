//! Spec: spec/protocol/bitswap.md
//!
//! Counts.

/// Counts since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stat {
    /// Messages that came.
    pub messages_received: u64,
    /// Blocks that came, wanted or not.
    pub blocks_received: u64,
    /// Their bytes.
    pub data_received: u64,
    /// Blocks that came although they were not wanted, or not any more.
    pub dup_blocks_received: u64,
    /// Their bytes.
    pub dup_data_received: u64,
    /// Messages that were written.
    pub messages_sent: u64,
    /// Blocks that were written.
    pub blocks_sent: u64,
    /// Their bytes.
    pub data_sent: u64,
    /// Wants that got no answer in time.
    pub timeouts: u64,
    /// Wants of peers that were dropped because of a bound.
    pub wants_dropped: u64,
    /// Broadcasts that were held back, peer by peer.
    pub broadcasts_skipped: u64,
}

/// How a session fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionStat {
    /// Blocks it waits for.
    pub wants: usize,
    /// Peers that it asks for blocks.
    pub peers: usize,
    /// Peers that it has asked anything since it was opened.
    pub peers_asked: usize,
    /// Blocks that came for it.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
}
