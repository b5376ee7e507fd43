//! Spec: spec/protocol/bitswap.md
//!
//! Fetching: wants that belong together, and the blocks that come.

use super::drive::{Shared, own};
use crate::swarm::PeerId;
use ipfs_data::block::Block;
use ipfs_data::cid::Cid;
use ipfs_protocol::bitswap::{Input, Refusal, SessionId, SessionStat};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// Wants that belong together. Dropping it takes them all back.
pub struct Session {
    shared: Arc<Shared>,
    id: SessionId,
}

/// What arrives for a session. It counts against the bytes that may be unchecked, of all sessions
/// together, until it is taken from [`Waiting`]: take it soon.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// The block, whose bytes match its CID; or why it will not come.
    pub result: Result<Block, (Option<Cid>, Refusal)>,
    _room: Option<Arc<OwnedSemaphorePermit>>,
}

impl Arrived {
    pub(super) fn block(block: Block, room: Option<Arc<OwnedSemaphorePermit>>) -> Self {
        Self { result: Ok(block), _room: room }
    }

    pub(super) fn refused(cid: Option<Cid>, reason: Refusal) -> Self {
        Self { result: Err((cid, reason)), _room: None }
    }
}

/// The blocks of a session, in the order in which they came.
pub struct Waiting(mpsc::UnboundedReceiver<Arrived>);

impl Waiting {
    /// The next block; none when the session or the exchange has ended. Cancelling loses nothing.
    pub async fn next(&mut self) -> Option<Arrived> {
        self.0.recv().await
    }
}

pub(super) fn open(shared: &Arc<Shared>) -> (Session, Waiting) {
    let (sink, waiting) = mpsc::unbounded_channel();
    let id = shared.open_session(sink);
    (Session { shared: shared.clone(), id }, Waiting(waiting))
}

impl Session {
    /// Wants blocks that are not in the store; those before others count more.
    pub fn want(&self, cids: &[Cid]) {
        self.tell(Input::Want { session: self.id, cids: cids.to_vec() });
    }

    /// Wants these no more.
    pub fn cancel(&self, cids: &[Cid]) {
        self.tell(Input::Cancel { session: self.id, cids: cids.to_vec() });
    }

    /// These peers have the block.
    pub fn providers(&self, cid: Cid, peers: &[PeerId]) {
        let peers = peers.iter().filter_map(own).collect();
        self.tell(Input::Providers { session: self.id, cid, peers });
    }

    /// How it fares.
    pub fn stat(&self) -> SessionStat {
        self.shared.ask(|machine| machine.session(self.id)).unwrap_or_default()
    }

    fn tell(&self, input: Input) {
        self.shared.tell_bitswap(input);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shared.close_session(self.id);
    }
}
