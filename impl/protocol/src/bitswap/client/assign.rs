//! Spec: spec/protocol/bitswap.md
//!
//! Which member is asked for which want, and what everyone is asked.

use super::Client;
use crate::bitswap::Outlet;
use crate::bitswap::broadcast;
use crate::bitswap::config::Config;
use crate::bitswap::event::SessionId;
use crate::bitswap::message::WantKind;
use crate::bitswap::session::{Known, Session, State, Want};
use crate::{PeerId, Time};
use ipfs_data::cid::Cid;
use std::collections::BTreeSet;

/// Wants that a session asks for in its turn, before the next one has its.
const QUANTUM: usize = 16;

/// Wants that are looked at in vain in one turn.
const SKIPPED_MAX: usize = 64;

/// Members that fail to have a want before all others are asked whether they have it.
const MISSES_MAX: u32 = 2;

impl Client {
    // spec: bitswap.sessions-fair
    /// Asks members for wants: sessions take turns.
    pub(super) fn assign(&mut self, common: &mut Outlet, now: Time, touched: &BTreeSet<SessionId>) {
        let after = self.first.map_or(SessionId(0), |first| SessionId(first.0.wrapping_add(1)));
        let later = touched.range(after..).copied();
        let mut order: Vec<SessionId> = later.chain(touched.range(..after).copied()).collect();
        self.first = order.first().copied();
        while !order.is_empty() {
            order.retain(|id| self.turn(common, now, *id));
        }
    }

    /// Whether there may be more to ask.
    fn turn(&mut self, common: &mut Outlet, now: Time, id: SessionId) -> bool {
        let (mut asked, mut skipped, mut after) = (0, 0, 0);
        while asked < QUANTUM && skipped < SKIPPED_MAX {
            let Some(session) = self.sessions.get_mut(&id) else { return false };
            let Some((order, cid)) = session.ready.range(after..).next() else { return false };
            let (order, cid) = (*order, *cid);
            after = order + 1;
            let Some(want) = session.wants.get(&cid) else { continue };
            if !session.may_be_had(want) {
                session.set(&cid, State::Parked);
                continue;
            }
            match self.best(common, id, &cid) {
                Choice::Ask(peer) => {
                    self.ask(common, now, id, &cid, peer);
                    asked += 1;
                }
                Choice::AskAround => {
                    self.ask_around(common, now, id, &cid);
                    skipped += 1;
                }
                Choice::Wait => skipped += 1,
                Choice::AllBusy => return false,
            }
        }
        asked == QUANTUM
    }

    // spec: bitswap.best-peer
    // spec: bitswap.session-want
    /// The member to ask: one that has it before one that may have it, then the one with the
    /// smallest share of its window taken.
    fn best(&mut self, common: &mut Outlet, id: SessionId, cid: &Cid) -> Choice {
        let config = &common.config.client;
        let Some(session) = self.sessions.get(&id) else { return Choice::AllBusy };
        let Some(want) = session.wants.get(cid) else { return Choice::Wait };
        let only_sure = want.misses >= MISSES_MAX && session.members.len() > 2;
        let (mut best, mut ties, mut any_room, mut unsure) = (None, 0, false, false);
        for peer in session.members.keys() {
            let Some(remote) = self.remotes.get(peer) else { continue };
            let known = want.known(peer);
            let room = remote.room(config);
            any_room |= room > 0;
            let sure = match known {
                Some(Known::DontHave | Known::Silent) => continue,
                Some(Known::Have) => true,
                None if only_sure => {
                    unsure |= !remote.asked.contains_key(cid);
                    continue;
                }
                None => false,
            };
            if room == 0 {
                continue;
            }
            let taken = remote.live() as u64 * 1_000 / (remote.live() + room) as u64;
            let score = (sure, std::cmp::Reverse(taken));
            match &best {
                Some((old, _)) if *old > score => {}
                Some((old, _)) if *old == score => {
                    ties += 1;
                    if common.random.below(ties + 1) == 0 {
                        best = Some((score, *peer));
                    }
                }
                _ => {
                    best = Some((score, *peer));
                    ties = 0;
                }
            }
        }
        match best {
            Some((_, peer)) => Choice::Ask(peer),
            None if unsure => Choice::AskAround,
            None if any_room => Choice::Wait,
            None => Choice::AllBusy,
        }
    }

    fn ask(&mut self, common: &Outlet, now: Time, id: SessionId, cid: &Cid, peer: PeerId) {
        let config = &common.config.client;
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(remote) = self.remotes.get_mut(&peer) else { return };
        let Some(want) = session.wants.get(cid) else { return };
        let priority = priority_of(want);
        remote.ask(config, now, *cid, WantKind::Block, priority, true);
        if remote.asked.contains_key(cid) {
            session.set(cid, State::Asked(peer));
            note(&mut self.interest, cid, peer);
            self.busy_remotes.insert(peer);
        }
    }

    // spec: bitswap.ask-around
    /// Members that may have a want are asked whether they do.
    fn ask_around(&mut self, common: &Outlet, now: Time, id: SessionId, cid: &Cid) {
        let Some(session) = self.sessions.get(&id) else { return };
        let Some(want) = session.wants.get(cid) else { return };
        for peer in session.members.keys() {
            let Some(remote) = self.remotes.get_mut(peer) else { continue };
            let config = &common.config.client;
            if want.known(peer).is_none()
                && remote.ask(config, now, *cid, WantKind::Have, priority_of(want), true)
            {
                note(&mut self.interest, cid, *peer);
                self.busy_remotes.insert(*peer);
            }
        }
    }

    // spec: bitswap.broadcast
    /// The first parked wants are asked of everyone.
    pub(super) fn park_and_broadcast(&mut self, common: &mut Outlet, now: Time, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let fresh = next_broadcasts(session, &common.config);
        if fresh.is_empty() {
            return;
        }
        let peers = broadcast::peers(common, &self.remotes);
        for cid in &fresh {
            self.broadcast(common, now, id, cid, &peers);
        }
    }

    fn broadcast(
        &mut self,
        common: &Outlet,
        now: Time,
        id: SessionId,
        cid: &Cid,
        peers: &[PeerId],
    ) {
        let Some(session) = self.sessions.get(&id) else { return };
        let Some(want) = session.wants.get(cid) else { return };
        for peer in peers {
            let Some(remote) = self.remotes.get_mut(peer) else { continue };
            // A member that has denied it was asked already, and keeps the line.
            if remote.asked.contains_key(cid) {
                continue;
            }
            let config = &common.config.client;
            let priority = priority_of(want);
            if remote.ask(config, now, *cid, WantKind::Have, priority, false) {
                note(&mut self.interest, cid, *peer);
                self.busy_remotes.insert(*peer);
            }
        }
    }

    // spec: bitswap.broadcast-on-connect
    /// A new peer is asked what everyone was asked.
    pub(super) fn tell_broadcasts(&mut self, common: &mut Outlet, now: Time, peer: &PeerId) {
        let running: Vec<(SessionId, Vec<Cid>)> = self
            .sessions
            .values()
            .map(|session| (session.id, session.broadcast.iter().copied().collect()))
            .collect();
        if common.config.broadcast.enabled && common.config.broadcast.peers_max == Some(0) {
            return;
        }
        for (id, cids) in running {
            for cid in &cids {
                self.broadcast(common, now, id, cid, &[*peer]);
            }
        }
    }
}

enum Choice {
    Ask(PeerId),
    /// Members that may have it are to be asked whether they do.
    AskAround,
    /// For the answer of a member, or room at one that has it.
    Wait,
    AllBusy,
}

/// Parked wants that are to be broadcast now.
fn next_broadcasts(session: &mut Session, config: &Config) -> Vec<Cid> {
    let most = config.client.broadcast_wants_max;
    let mut fresh = Vec::new();
    let from = session.broadcast_from;
    let later = session.parked.range(from..);
    for (_, cid) in later.chain(session.parked.range(..from)) {
        if session.broadcast.len() >= most {
            break;
        }
        if session.broadcast.insert(*cid) {
            fresh.push(*cid);
        }
    }
    fresh
}

/// Earlier wants count more.
pub(super) fn priority_of(want: &Want) -> i32 {
    i32::MAX - (want.order % (1 << 30)) as i32
}

pub(super) fn note(
    interest: &mut std::collections::BTreeMap<Cid, super::Interest>,
    cid: &Cid,
    peer: PeerId,
) {
    if let Some(interest) = interest.get_mut(cid)
        && !interest.peers.contains(&peer)
    {
        interest.peers.push(peer);
    }
}
