//! Spec: spec/protocol/bitswap.md
//!
//! The end of a fetch: what a slow member still owes is also asked of another one.

use super::Client;
use crate::bitswap::Outlet;
use crate::bitswap::event::SessionId;
use crate::bitswap::message::WantKind;
use crate::bitswap::session::{Known, State};
use crate::{PeerId, Time};
use ipfs_data::cid::Cid;
use std::time::Duration;

/// How often a session looks for wants of slow members, and how long a want is always left alone.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Wants that are looked at in one go, the first ones first.
const LOOKED_MAX: usize = 64;

/// A want is late when it has waited this many times as long as another member would need.
const LATE: u32 = 4;

/// Wants that may always be asked of two ...
const DOUBLED_FREE: u64 = 4;

/// ... and, beyond them, one for so many blocks that came.
const BLOCKS_PER_DOUBLED: u64 = 32;

impl Client {
    // spec: bitswap.end-game
    /// Looks for wants of slow members when there is nothing else to ask for.
    pub(super) fn end_game(&mut self, common: &mut Outlet, now: Time, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let nobody_asked = session.wants.len() == session.parked.len();
        if !session.ready.is_empty() || session.members.len() < 2 || nobody_asked {
            session.end_game_at = None;
            return;
        }
        if *session.end_game_at.get_or_insert(now + LOOK_EVERY) > now {
            return;
        }
        session.end_game_at = Some(now + LOOK_EVERY);
        let mut asked: Vec<(u64, Cid, PeerId)> = Vec::new();
        for (cid, want) in &session.wants {
            if let State::Asked(peer) = want.state
                && want.also.is_none()
            {
                asked.push((want.order, *cid, peer));
            }
        }
        asked.sort_unstable_by_key(|(order, ..)| *order);
        for (_, cid, slow) in asked.into_iter().take(LOOKED_MAX) {
            self.double(common, now, id, &cid, &slow);
        }
    }

    /// Asks another member too, if one is likely to be faster.
    fn double(&mut self, common: &Outlet, now: Time, id: SessionId, cid: &Cid, slow: &PeerId) {
        let Some(sent_at) = self.remotes.get(slow).and_then(|it| it.awaited_since(cid)) else {
            return;
        };
        let waited = now.since(sent_at);
        let Some(peer) = self.faster(common, id, cid, slow, waited) else { return };
        let config = &common.config.client;
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.doubled >= DOUBLED_FREE + session.stat.blocks / BLOCKS_PER_DOUBLED {
            return;
        }
        let Some(remote) = self.remotes.get_mut(&peer) else { return };
        let Some(want) = session.wants.get_mut(cid) else { return };
        let priority = super::assign::priority_of(want);
        if remote.ask(config, now, *cid, WantKind::Block, priority, true) {
            want.also = Some(peer);
            session.doubled += 1;
            super::assign::note(&mut self.interest, cid, peer);
            self.busy_remotes.insert(peer);
        }
    }

    /// The member that would have sent the block long ago, if there is one: it has sent others, may
    /// have this one, and has room.
    fn faster(
        &self,
        common: &Outlet,
        id: SessionId,
        cid: &Cid,
        slow: &PeerId,
        waited: Duration,
    ) -> Option<PeerId> {
        let session = self.sessions.get(&id)?;
        let want = session.wants.get(cid)?;
        let fits = |peer: &PeerId| {
            let denied = matches!(want.known(peer), Some(Known::DontHave | Known::Silent));
            let remote = self.remotes.get(peer)?;
            if peer == slow || denied || remote.room(&common.config.client) == 0 {
                return None;
            }
            let needs = remote.window.latency()?;
            (waited >= (needs * LATE).max(LOOK_EVERY)).then_some(needs)
        };
        let members = session.members.keys();
        members.filter_map(|peer| Some((fits(peer)?, *peer))).min().map(|(_, peer)| peer)
    }
}
