//! Spec: spec/protocol/bitswap.md
//!
//! What one peer wants of us.

use crate::PeerId;
use crate::bitswap::MESSAGE_BYTES_MAX;
use crate::bitswap::config::ServerConfig;
use crate::bitswap::event::{LookupId, SendId};
use crate::bitswap::message::WantKind;
use crate::bitswap::task_queue::TaskQueue;
use crate::bitswap::violation::Violation;
use ipfs_data::cid::Cid;
use std::collections::{BTreeMap, VecDeque};

/// How often an answer is tried to be sent.
pub(super) const SEND_ATTEMPTS_MAX: u8 = 3;

/// Where a want stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The store is to be asked.
    ToLookUp,
    /// The store was asked.
    LookingUp(LookupId),
    /// An answer is queued, or the block is awaited.
    Idle,
    /// An answer is on its way.
    Sending(SendId),
}

#[derive(Debug)]
pub(super) struct Want {
    pub(super) kind: WantKind,
    pub(super) priority: i32,
    pub(super) send_dont_have: bool,
    pub(super) state: State,
    pub(super) failures: u8,
    /// The block is not for this peer.
    pub(super) denied: bool,
}

/// One peer, as the serving side sees it.
#[derive(Debug, Default)]
pub(super) struct Partner {
    pub(super) wants: BTreeMap<Cid, Want>,
    pub(super) tasks: TaskQueue,
    /// May name wants that are gone or were looked up since.
    pub(super) to_look_up: VecDeque<Cid>,
    /// CIDs that the store was asked for.
    pub(super) looking: usize,
    /// Bytes of messages on their way.
    pub(super) outstanding: u64,
    /// Stands in the server's round.
    pub(super) in_turn: bool,
}

impl Partner {
    /// Has the store asked for a want.
    pub(super) fn look_up(&mut self, cid: Cid) {
        if let Some(want) = self.wants.get_mut(&cid)
            && want.state != State::ToLookUp
        {
            want.state = State::ToLookUp;
            self.to_look_up.push_back(cid);
        }
        // Wants that came and went leave their names behind.
        if self.to_look_up.len() > 2 * self.wants.len() + 64 {
            let wants = &self.wants;
            let mut seen = std::collections::BTreeSet::new();
            self.to_look_up.retain(|cid| {
                let waits = wants.get(cid).is_some_and(|want| want.state == State::ToLookUp);
                waits && seen.insert(*cid)
            });
        }
    }

    pub(super) fn check(&self, peer: &PeerId, config: &ServerConfig) -> Result<(), Violation> {
        let most = config.wants_per_peer_max;
        Violation::unless(self.wants.len() <= most, || {
            format!("{peer:?} has {} wants, {most} are allowed", self.wants.len())
        })?;
        Violation::unless(self.tasks.len() <= self.wants.len(), || {
            format!("{peer:?} has {} wants and {} answers", self.wants.len(), self.tasks.len())
        })?;
        Violation::unless(self.looking <= config.lookup_cids_max, || {
            format!("{} look-ups for {peer:?}", self.looking)
        })?;
        let slack = MESSAGE_BYTES_MAX as u64;
        Violation::unless(
            self.outstanding <= config.outstanding_bytes_per_peer_max + slack,
            || format!("{} bytes on their way to {peer:?}", self.outstanding),
        )?;
        Violation::unless(self.tasks.is_empty() || self.in_turn || self.outstanding > 0, || {
            format!("answers to {peer:?} wait for nothing")
        })
    }
}
