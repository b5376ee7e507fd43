//! Spec: spec/protocol/bitswap.md
//!
//! A peer's wantlist changes.

use super::partner::{Partner, State, Want};
use super::{Entry, Limit, Outlet, Output, PeerId, Server, forget};
use crate::bitswap::message::WantKind;
use ipfs_data::cid::{self, Cid};
use std::collections::VecDeque;

impl Server {
    /// Takes in the lines of a peer's wantlist.
    pub(in crate::bitswap) fn message(
        &mut self,
        common: &mut Outlet,
        peer: &PeerId,
        full: bool,
        entries: &[Entry],
    ) {
        // spec: bitswap.server-disabled
        if !common.config.server.enabled || (entries.is_empty() && !full) {
            return;
        }
        if full {
            self.clear(peer);
        }
        // spec: bitswap.entries-max
        let wants_max = common.config.server.wants_per_peer_max;
        let (mut taken, mut dropped) = (0, 0);
        let mut overflow = Vec::new();
        for entry in entries {
            if entry.cid.hash().code() == cid::hash::IDENTITY {
                continue;
            }
            if entry.cancel {
                self.cancel(peer, &entry.cid);
            } else if taken == wants_max {
                dropped += 1;
            } else {
                taken += 1;
                if !self.want(peer, entry, wants_max) {
                    overflow.push(entry);
                }
            }
        }
        dropped += self.make_room(peer, overflow, wants_max);
        if dropped > 0 {
            common.stat.wants_dropped += dropped;
            common.put(Output::LimitHit { limit: Limit::ServerWants, peer: *peer });
        }
        self.to_look_up.insert(*peer);
    }

    // spec: bitswap.full-wantlist
    fn clear(&mut self, peer: &PeerId) {
        let Some(partner) = self.partners.get_mut(peer) else { return };
        for cid in std::mem::take(&mut partner.wants).into_keys() {
            forget(&mut self.wanted, &cid, peer);
        }
        partner.tasks.clear();
        partner.to_look_up.clear();
    }

    // spec: bitswap.cancel
    fn cancel(&mut self, peer: &PeerId, cid: &Cid) {
        let Some(partner) = self.partners.get_mut(peer) else { return };
        partner.wants.remove(cid);
        partner.tasks.remove(cid);
        forget(&mut self.wanted, cid, peer);
    }

    // spec: bitswap.duplicate-wants
    /// Whether there was room.
    fn want(&mut self, peer: &PeerId, entry: &Entry, wants_max: usize) -> bool {
        let Some(partner) = self.partners.get_mut(peer) else { return true };
        let Some(want) = partner.wants.get_mut(&entry.cid) else {
            if partner.wants.len() >= wants_max {
                return false;
            }
            add(partner, entry);
            self.wanted.entry(entry.cid).or_default().insert(*peer);
            return true;
        };
        want.priority = entry.priority;
        want.send_dont_have = entry.send_dont_have;
        want.failures = 0;
        let more = entry.kind == WantKind::Block && want.kind == WantKind::Have;
        // The answer to a want-block outdoes that to a want-have that comes after it.
        let pending = partner.tasks.has(&entry.cid) || want.state != State::Idle;
        if more || !pending {
            want.kind = entry.kind;
        }
        match want.state {
            // What is on its way answers the same question again.
            State::Sending(_) | State::LookingUp(_) if !more => {}
            State::Idle if !more && partner.tasks.has(&entry.cid) => {}
            _ => partner.look_up(entry.cid),
        }
        true
    }

    // spec: bitswap.wants-per-peer-max
    /// Puts wants in the place of lesser ones: first of those without an answer, then of those with
    /// a lower priority. Gives how many found no place.
    fn make_room(&mut self, peer: &PeerId, mut new: Vec<&Entry>, wants_max: usize) -> u64 {
        if new.is_empty() {
            return 0;
        }
        let Some(partner) = self.partners.get_mut(peer) else { return 0 };
        new.sort_by_key(|entry| std::cmp::Reverse(entry.priority));
        let mut old: Vec<(bool, i32, Cid)> = partner
            .wants
            .iter()
            .filter(|(_, want)| !matches!(want.state, State::Sending(_)))
            .map(|(cid, want)| (awaits_answer(partner, cid, want), want.priority, *cid))
            .collect();
        old.sort();
        let mut old = VecDeque::from(old);
        let mut dropped = 0;
        for entry in new {
            if self.want(peer, entry, wants_max) {
                continue;
            }
            match old.front() {
                Some((answerable, priority, cid)) if !answerable || *priority < entry.priority => {
                    let cid = *cid;
                    self.cancel(peer, &cid);
                    old.pop_front();
                    self.want(peer, entry, wants_max);
                }
                _ => dropped += 1,
            }
        }
        dropped
    }
}

/// Whether the store has not said that the block is absent.
fn awaits_answer(partner: &Partner, cid: &Cid, want: &Want) -> bool {
    want.state != State::Idle || partner.tasks.has(cid)
}

fn add(partner: &mut Partner, entry: &Entry) {
    let want = Want {
        kind: entry.kind,
        priority: entry.priority,
        send_dont_have: entry.send_dont_have,
        state: State::Idle,
        failures: 0,
        denied: false,
    };
    partner.wants.insert(entry.cid, want);
    partner.look_up(entry.cid);
}
