//! Spec: spec/protocol/bitswap.md
//!
//! What goes into the machine and what comes out.

use super::message::{Control, Outgoing, Version};
use crate::PeerId;
use ipfs_data::cid::Cid;

/// A session: wants that belong together. Chosen by the shell, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// A message on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SendId(pub u64);

/// A question to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupId(pub u64);

/// Blocks of one received message, on their way through the check of their hashes. Chosen by the
/// shell, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u64);

/// What is known of a peer besides its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PeerTraits {
    /// On the local network.
    pub local: bool,
    /// Named by `Peering.Peers`.
    pub peered: bool,
}

/// What the store says about a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Not there.
    Absent,
    /// There or not: it is not for this peer.
    Denied,
    /// There, with this many bytes.
    Present(u32),
}

/// What the shell tells the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The first connection to a peer that speaks the protocol stands.
    Connected {
        /// The peer.
        peer: PeerId,
        /// What is known of it.
        traits: PeerTraits,
    },
    /// The last connection is gone. Messages on their way to it are lost.
    Disconnected {
        /// The peer.
        peer: PeerId,
    },
    /// A stream to the peer negotiated this version.
    Negotiated {
        /// The peer.
        peer: PeerId,
        /// The version.
        version: Version,
    },
    /// A message came. Its blocks follow as [`Input::Blocks`] with the same batch.
    Message {
        /// From this peer.
        peer: PeerId,
        /// All but the blocks' bytes.
        message: Control,
    },
    /// Part of a message came: the peer is alive, its next message just takes long.
    Receiving {
        /// The peer.
        peer: PeerId,
    },
    /// The blocks of an earlier message, under the CIDs that their bytes hash to.
    Blocks {
        /// From this peer.
        peer: PeerId,
        /// Comes back in [`Output::Verdicts`].
        batch: BatchId,
        /// CID and size in bytes. Blocks whose hash can't be made are left out.
        blocks: Vec<(Cid, u32)>,
        /// How many blocks the message had.
        count: usize,
    },
    /// Bytes that are no message came; the stream was reset.
    Malformed {
        /// From this peer.
        peer: PeerId,
    },
    /// A message was written, as far as the transport tells.
    Sent {
        /// Which one.
        send: SendId,
        /// Bytes of the blocks it held.
        block_bytes: u64,
        /// Blocks that could not be read any more.
        missing: Vec<Cid>,
    },
    /// A message could not be written. The connection may still stand.
    SendFailed {
        /// Which one.
        send: SendId,
    },
    /// The store's answer: as many as were asked for, in the same order.
    LookedUp {
        /// Which question.
        lookup: LookupId,
        /// The answers.
        held: Vec<Held>,
    },
    /// Blocks are in the store now, whoever brought them: wanted ones that were received and
    /// stored, added ones, those of other providers.
    Stored {
        /// CID and size in bytes.
        blocks: Vec<(Cid, u32)>,
    },
    /// A session begins.
    SessionOpen {
        /// Its name.
        session: SessionId,
    },
    /// A session wants blocks that are not in the store; earlier ones count more.
    Want {
        /// Who wants them.
        session: SessionId,
        /// The blocks.
        cids: Vec<Cid>,
    },
    /// A session does not want these blocks any more.
    Cancel {
        /// Who wanted them.
        session: SessionId,
        /// The blocks.
        cids: Vec<Cid>,
    },
    /// A session is over.
    SessionClose {
        /// Its name.
        session: SessionId,
    },
    /// Routing, or the user, says who has a block.
    Providers {
        /// Who wants it.
        session: SessionId,
        /// The block.
        cid: Cid,
        /// Peers, connected or not.
        peers: Vec<PeerId>,
    },
}

/// What became of a received block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Asked for: to be stored and handed to these sessions.
    Wanted(Vec<SessionId>),
    /// Not asked for, or not any more.
    Unwanted,
}

/// Why a want was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The block is in the CID.
    #[error("identity CIDs hold their block and are not asked for")]
    Identity,
    /// The session wants too much at once.
    #[error("the session wants {0} blocks, which is the limit")]
    Wants(usize),
    /// There are too many sessions.
    #[error("{0} sessions are open, which is the limit")]
    Sessions(usize),
    /// The session was never opened, or is closed.
    #[error("the session is not open")]
    Closed,
}

/// What a peer did wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Too many messages could not be read.
    #[error("sent {0} malformed messages")]
    Malformed(u32),
    /// Too many bytes that nobody asked for.
    #[error("sent {0} bytes that were not asked for")]
    Unwanted(u64),
}

/// A bound that was hit. What it kept out is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// [`PeerLimits::peers_max`](super::PeerLimits::peers_max).
    Peers,
    /// [`ServerConfig::wants_per_peer_max`](super::ServerConfig::wants_per_peer_max).
    ServerWants,
    /// [`ClientConfig::session_peers_max`](super::ClientConfig::session_peers_max).
    SessionPeers,
}

/// What the machine wants the shell to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a message; answer with [`Input::Sent`] or [`Input::SendFailed`]. Messages to one peer
    /// go out in this order. After [`Input::Disconnected`] no answer is needed.
    Send {
        /// To this peer.
        peer: PeerId,
        /// Comes back in the answer.
        send: SendId,
        /// What to send.
        message: Outgoing,
    },
    /// Ask the store; answer with [`Input::LookedUp`].
    Lookup {
        /// Comes back in the answer.
        lookup: LookupId,
        /// For this peer.
        peer: PeerId,
        /// The blocks.
        cids: Vec<Cid>,
        /// Whether presence is enough: the sizes don't matter.
        presence_only: bool,
    },
    /// What became of the blocks of [`Input::Blocks`], in the same order. Store the wanted ones,
    /// hand them to the sessions, then tell [`Input::Stored`].
    Verdicts {
        /// Which blocks.
        batch: BatchId,
        /// One for each.
        verdicts: Vec<Verdict>,
    },
    /// Sessions that waited for a block which is in the store now ([`Input::Stored`]).
    Found {
        /// The block.
        cid: Cid,
        /// Who waited.
        sessions: Vec<SessionId>,
    },
    /// A want was refused.
    Refused {
        /// Whose.
        session: SessionId,
        /// The block; none when the session itself was refused.
        cid: Option<Cid>,
        /// Why.
        reason: Refusal,
    },
    /// A session is stalled: ask routing who has this block; answer with [`Input::Providers`], any
    /// number of times.
    FindProviders {
        /// Who wants it.
        session: SessionId,
        /// The block.
        cid: Cid,
        /// Providers at most.
        results_max: usize,
    },
    /// A session wants to exchange with a peer that is not connected.
    Connect {
        /// The peer.
        peer: PeerId,
    },
    /// A peer is useful to a session: its connection should last.
    Protect {
        /// The peer.
        peer: PeerId,
    },
    /// No session needs the peer any more.
    Unprotect {
        /// The peer.
        peer: PeerId,
    },
    /// A peer misbehaves: close its connections.
    Close {
        /// The peer.
        peer: PeerId,
        /// Why.
        fault: Fault,
    },
    /// A bound was hit.
    LimitHit {
        /// Which.
        limit: Limit,
        /// By this peer.
        peer: PeerId,
    },
}
