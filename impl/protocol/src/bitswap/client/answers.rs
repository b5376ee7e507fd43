//! Spec: spec/protocol/bitswap.md
//!
//! What peers answer: blocks, HAVE, DONT_HAVE, or nothing.

use super::Client;
use crate::bitswap::Outlet;
use crate::bitswap::event::{Fault, Output, SessionId, Verdict};
use crate::bitswap::message::Presence;
use crate::bitswap::session::{Known, State};
use crate::{PeerId, Time};
use ipfs_data::cid::Cid;

/// What a peer that sends unwanted bytes gets for each useful one.
const UNWANTED_SHARE: u64 = 4;

impl Client {
    // spec: bitswap.unwanted-presences
    pub(super) fn presence(
        &mut self,
        common: &mut Outlet,
        now: Time,
        peer: &PeerId,
        presence: &Presence,
    ) {
        let Presence { cid, have } = presence;
        let Some(interest) = self.interest.get(cid) else { return };
        let sessions = interest.sessions.clone();
        let Some(remote) = self.remotes.get_mut(peer) else { return };
        // A HAVE is no answer to a want-block: the block is still awaited.
        let still_awaited = *have && remote.is_awaiting(cid);
        if !still_awaited {
            remote.answered(cid);
        }
        for id in sessions {
            match have {
                true => {
                    self.join(common, now, id, *peer, Some(*cid));
                    if let Some(session) = self.sessions.get_mut(&id)
                        && let Some(member) = session.members.get_mut(peer)
                    {
                        member.dont_haves_in_row = 0;
                    }
                }
                false => self.denied(common, id, peer, cid),
            }
        }
    }

    /// A peer does not have what a session wants.
    fn denied(&mut self, common: &mut Outlet, id: SessionId, peer: &PeerId, cid: &Cid) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let is_member = session.members.contains_key(peer);
        let Some(want) = session.wants.get_mut(cid) else { return };
        if is_member {
            want.learn(*peer, Known::DontHave);
            want.misses += 1;
        }
        if want.state == State::Asked(*peer) {
            session.set(cid, State::Ready);
        }
        self.busy_sessions.insert(id);
        if let Some(member) = session.members.get_mut(peer) {
            member.dont_haves_in_row += 1;
            if member.dont_haves_in_row > common.config.client.dont_haves_in_row_max {
                self.dismiss(common, id, peer);
            }
        }
    }

    /// Awaited blocks whose time is over.
    pub(super) fn time_out(&mut self, common: &mut Outlet, now: Time, peer: &PeerId) {
        let Some(remote) = self.remotes.get_mut(peer) else { return };
        let overdue = remote.overdue(now, &common.config.client);
        if !overdue.is_empty() {
            self.busy_sessions.extend(remote.sessions.iter().copied());
        }
        for cid in overdue {
            common.stat.timeouts += 1;
            let Some(interest) = self.interest.get(&cid) else { continue };
            for id in &interest.sessions {
                let Some(session) = self.sessions.get_mut(id) else { continue };
                let Some(want) = session.wants.get_mut(&cid) else { continue };
                if want.state == State::Asked(*peer) {
                    want.learn(*peer, Known::Silent);
                    session.set(&cid, State::Ready);
                    self.busy_sessions.insert(*id);
                } else if want.also == Some(*peer) {
                    want.learn(*peer, Known::Silent);
                }
            }
        }
    }

    /// Checked blocks of a peer.
    pub(in crate::bitswap) fn blocks(
        &mut self,
        common: &mut Outlet,
        now: Time,
        peer: &PeerId,
        blocks: &[(Cid, u32)],
        count: usize,
    ) -> Vec<Verdict> {
        let mut unwanted = 0;
        let mut useful = 0;
        let mut verdicts = Vec::with_capacity(blocks.len());
        for (cid, size) in blocks {
            let size = u64::from(*size);
            if let Some(remote) = self.remotes.get_mut(peer)
                && let Some(sent_at) = remote.awaited_since(cid)
            {
                remote.window.took(now.since(sent_at));
            }
            match self.arrived(common, now, cid, Some(peer), size) {
                Some(sessions) => {
                    useful += size;
                    verdicts.push(Verdict::Wanted(sessions));
                }
                // spec: bitswap.unwanted-blocks
                None => {
                    unwanted += size;
                    verdicts.push(Verdict::Unwanted);
                }
            }
        }
        if let Some(remote) = self.remotes.get_mut(peer) {
            remote.checked(count);
            remote.useful_bytes += useful;
            remote.unwanted_bytes += unwanted;
            // spec: bitswap.unwanted-bytes-max
            let most = common.config.peers.unwanted_bytes_max;
            let free = most.saturating_add(remote.useful_bytes / UNWANTED_SHARE);
            if remote.unwanted_bytes > free && !remote.closing {
                remote.closing = true;
                let fault = Fault::Unwanted(remote.unwanted_bytes);
                common.put(Output::Close { peer: *peer, fault });
            }
            self.busy_remotes.insert(*peer);
            self.busy_sessions.extend(remote.sessions.iter().copied());
        }
        verdicts
    }

    /// A block is there: nobody needs to ask for it any more. Gives who wanted it, if anyone.
    fn arrived(
        &mut self,
        common: &mut Outlet,
        now: Time,
        cid: &Cid,
        sender: Option<&PeerId>,
        size: u64,
    ) -> Option<Vec<SessionId>> {
        let sessions = self.interest.get(cid)?.sessions.clone();
        for id in &sessions {
            if let Some(peer) = sender {
                self.join(common, now, *id, *peer, None);
                self.useful(common, *id, peer);
            }
            let Some(session) = self.sessions.get_mut(id) else { continue };
            session.remove(cid);
            session.stat.blocks += 1;
            session.stat.bytes += size;
            session.progressed(now, &common.config);
            self.busy_sessions.insert(*id);
        }
        self.drop_interest(common, now, cid, sender);
        Some(sessions)
    }

    /// A member sent a wanted block.
    fn useful(&mut self, common: &mut Outlet, id: SessionId, peer: &PeerId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(member) = session.members.get_mut(peer) else { return };
        member.blocks += 1;
        member.dont_haves_in_row = 0;
        // spec: bitswap.protect
        if !std::mem::replace(&mut member.protected, true)
            && let Some(remote) = self.remotes.get_mut(peer)
        {
            remote.protectors += 1;
            if remote.protectors == 1 {
                common.put(Output::Protect { peer: *peer });
            }
        }
    }

    /// Blocks are in the store: sessions that wait for them go on.
    pub(in crate::bitswap) fn stored(
        &mut self,
        common: &mut Outlet,
        now: Time,
        blocks: &[(Cid, u32)],
    ) {
        for (cid, size) in blocks {
            if let Some(sessions) = self.arrived(common, now, cid, None, u64::from(*size)) {
                common.put(Output::Found { cid: *cid, sessions });
            }
        }
    }
}
