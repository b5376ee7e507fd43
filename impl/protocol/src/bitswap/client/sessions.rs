//! Spec: spec/protocol/bitswap.md
//!
//! Sessions begin, want, stall and end; peers join and leave them.

use super::{Client, Timer};
use crate::bitswap::Outlet;
use crate::bitswap::event::{Limit, Output, Refusal, SessionId};
use crate::bitswap::session::{Known, Member, Session, State};
use crate::{PeerId, Time};
use ipfs_data::cid::{self, Cid};

impl Client {
    // spec: bitswap.sessions-max
    pub(in crate::bitswap) fn open(&mut self, common: &mut Outlet, now: Time, id: SessionId) {
        let most = common.config.client.sessions_max;
        if self.sessions.len() >= most {
            let reason = Refusal::Sessions(most);
            common.put(Output::Refused { session: id, cid: None, reason });
            return;
        }
        self.sessions.entry(id).or_insert_with(|| Session::new(id, now, &common.config));
    }

    pub(in crate::bitswap) fn want(
        &mut self,
        common: &mut Outlet,
        now: Time,
        id: SessionId,
        cids: &[Cid],
    ) {
        let most = common.config.client.session_wants_max;
        let refuse = |cid: &Cid, reason| Output::Refused { session: id, cid: Some(*cid), reason };
        let Some(session) = self.sessions.get_mut(&id) else {
            common.out.extend(cids.iter().map(|cid| refuse(cid, Refusal::Closed)));
            return;
        };
        for cid in cids {
            // spec: bitswap.identity-not-asked
            if cid.hash().code() == cid::hash::IDENTITY {
                common.put(refuse(cid, Refusal::Identity));
            } else if session.wants.len() >= most && !session.wants.contains_key(cid) {
                common.put(refuse(cid, Refusal::Wants(most)));
            } else if session.add(*cid) {
                let interest = self.interest.entry(*cid).or_default();
                interest.sessions.push(id);
            }
        }
        if session.retry_at.is_none() {
            session.retries = 0;
            session.search_at =
                session.search_at.max(now + common.config.client.provider_search_delay);
            session.set_retry(now, &common.config);
        }
        self.busy_sessions.insert(id);
    }

    pub(in crate::bitswap) fn cancel(
        &mut self,
        common: &mut Outlet,
        now: Time,
        id: SessionId,
        cids: &[Cid],
    ) {
        for cid in cids {
            if let Some(session) = self.sessions.get_mut(&id)
                && session.remove(cid).is_some()
            {
                self.lose_interest(common, now, id, cid);
            }
        }
        if let Some(session) = self.sessions.get_mut(&id)
            && session.wants.is_empty()
        {
            session.retry_at = None;
        }
        self.busy_sessions.insert(id);
    }

    pub(in crate::bitswap) fn close(&mut self, common: &mut Outlet, now: Time, id: SessionId) {
        let Some(session) = self.sessions.remove(&id) else { return };
        if let Some(at) = session.timer {
            self.timers.remove(&(at, Timer::Session(id)));
        }
        self.busy_sessions.remove(&id);
        for cid in session.wants.keys() {
            self.lose_interest(common, now, id, cid);
        }
        for (peer, member) in session.members {
            self.leave(common, id, &peer, &member);
        }
    }

    /// A session does not want a block any more.
    fn lose_interest(&mut self, common: &Outlet, now: Time, id: SessionId, cid: &Cid) {
        let Some(interest) = self.interest.get_mut(cid) else { return };
        interest.sessions.retain(|session| *session != id);
        if interest.sessions.is_empty() {
            self.drop_interest(common, now, cid, None);
        }
    }

    /// Nobody wants a block any more: its lines are taken back, but of the peer that sent it.
    pub(super) fn drop_interest(
        &mut self,
        common: &Outlet,
        now: Time,
        cid: &Cid,
        sender: Option<&PeerId>,
    ) {
        let Some(interest) = self.interest.remove(cid) else { return };
        for peer in &interest.peers {
            if let Some(remote) = self.remotes.get_mut(peer) {
                let tell = Some(peer) != sender;
                remote.forget(&common.config.client, now, cid, tell);
                self.busy_remotes.insert(*peer);
                self.busy_sessions.extend(remote.sessions.iter().copied());
            }
        }
    }

    pub(in crate::bitswap) fn providers(
        &mut self,
        common: &mut Outlet,
        now: Time,
        id: SessionId,
        cid: Cid,
        peers: &[PeerId],
    ) {
        for peer in peers {
            if self.remotes.contains_key(peer) {
                self.join(common, now, id, *peer, Some(cid));
                continue;
            }
            let Some(session) = self.sessions.get_mut(&id) else { return };
            if session.missed.len() < common.config.client.session_peers_max {
                session.missed.insert(*peer, Some(cid));
                common.put(Output::Connect { peer: *peer });
            } else {
                common.put(Output::LimitHit { limit: Limit::SessionPeers, peer: *peer });
            }
        }
    }

    // spec: bitswap.session-peers
    /// A connected peer becomes a member, and has `cid`.
    pub(super) fn join(
        &mut self,
        common: &mut Outlet,
        _now: Time,
        id: SessionId,
        peer: PeerId,
        cid: Option<Cid>,
    ) {
        let Some(session) = self.sessions.get(&id) else { return };
        if !self.remotes.contains_key(&peer) {
            return;
        }
        if !session.members.contains_key(&peer) {
            let full = session.members.len() >= common.config.client.session_peers_max;
            if full && !self.make_room(common, id, peer) {
                return;
            }
            let Some(session) = self.sessions.get_mut(&id) else { return };
            let Some(remote) = self.remotes.get_mut(&peer) else { return };
            session.members.insert(peer, Member::default());
            session.stat.peers_asked += 1;
            remote.sessions.insert(id);
            session.unpark_for(&peer);
        }
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if let Some(cid) = cid
            && let Some(want) = session.wants.get_mut(&cid)
        {
            want.learn(peer, Known::Have);
            if want.state == State::Parked {
                session.set(&cid, State::Ready);
            }
        }
        self.busy_sessions.insert(id);
    }

    /// A member that has sent nothing makes room for another peer. False if there is none.
    fn make_room(&mut self, common: &mut Outlet, id: SessionId, peer: PeerId) -> bool {
        common.put(Output::LimitHit { limit: Limit::SessionPeers, peer });
        let Some(session) = self.sessions.get_mut(&id) else { return false };
        let useless = session.members.iter().filter(|(_, member)| member.blocks == 0);
        let worst = useless.max_by_key(|(_, member)| member.dont_haves_in_row);
        let Some(worst) = worst.map(|(peer, _)| *peer) else { return false };
        self.remove_member(common, id, &worst);
        true
    }

    /// A member is no longer connected.
    pub(super) fn lose(&mut self, common: &mut Outlet, _now: Time, id: SessionId, peer: &PeerId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(member) = session.members.remove(peer) else { return };
        for cid in session.asked_of(peer) {
            session.set(&cid, State::Ready);
        }
        session.forget_answers(peer);
        // spec: bitswap.redial
        let room = session.missed.len() < common.config.client.session_peers_max;
        if member.blocks > 0 && room {
            session.missed.insert(*peer, None);
        }
        self.busy_sessions.insert(id);
    }

    /// A member leaves because the session ends or the peer is of no use.
    pub(super) fn leave(
        &mut self,
        common: &mut Outlet,
        id: SessionId,
        peer: &PeerId,
        member: &Member,
    ) {
        let Some(remote) = self.remotes.get_mut(peer) else { return };
        remote.sessions.remove(&id);
        if member.protected {
            remote.protectors -= 1;
            if remote.protectors == 0 {
                common.put(Output::Unprotect { peer: *peer });
            }
        }
    }

    // spec: bitswap.dont-haves-in-row
    /// A member that has nothing leaves.
    pub(super) fn dismiss(&mut self, common: &mut Outlet, id: SessionId, peer: &PeerId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let has = |want: &crate::bitswap::session::Want| want.known(peer) == Some(Known::Have);
        if session.wants.values().any(has) {
            return;
        }
        self.remove_member(common, id, peer);
    }

    fn remove_member(&mut self, common: &mut Outlet, id: SessionId, peer: &PeerId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(member) = session.members.remove(peer) else { return };
        for cid in session.asked_of(peer) {
            session.set(&cid, State::Ready);
        }
        for want in session.wants.values_mut() {
            want.also.take_if(|also| also == peer);
        }
        self.busy_sessions.insert(id);
        self.leave(common, id, peer, &member);
    }

    // spec: bitswap.retry
    // spec: bitswap.find-providers
    /// Nothing came for a while: silent peers are asked again, lost ones are dialled, routing is
    /// asked for more, and from time to time everyone is asked again.
    pub(super) fn retry(&mut self, common: &mut Outlet, now: Time, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.timer = None;
        let client = &common.config.client;
        session.retries = session.retries.saturating_add(1);
        session.set_retry(now, &common.config);
        session.forgive();
        for peer in session.missed.keys() {
            common.out.push_back(Output::Connect { peer: *peer });
        }
        let first = session.broadcast.iter().chain(session.wants.keys()).next().copied();
        if session.search_at <= now
            && let Some(cid) = oldest(session).or(first)
        {
            // An answer may have named nobody, or nobody who is there: soon again, then less often.
            let wait = client.provider_search_delay.saturating_mul(session.retries + 1);
            session.search_at = now + wait.min(client.provider_search_interval);
            let results_max = client.provider_search_results_max;
            common.out.push_back(Output::FindProviders { session: id, cid, results_max });
        }
        for cid in session.next_broadcasts() {
            for peer in self.interest.get(&cid).map(|it| &it.peers[..]).unwrap_or_default() {
                if let Some(remote) = self.remotes.get_mut(peer) {
                    remote.end_broadcast(client, now, &cid);
                    self.busy_remotes.insert(*peer);
                }
            }
        }
        if session.rebroadcast_at <= now {
            session.rebroadcast_at = now + client.rebroadcast_interval;
            let broadcast: Vec<Cid> = session.broadcast.iter().copied().collect();
            for cid in &broadcast {
                if let Some(want) = session.wants.get_mut(cid) {
                    want.known.clear();
                }
                for peer in self.interest.get(cid).map(|it| &it.peers[..]).unwrap_or_default() {
                    if let Some(remote) = self.remotes.get_mut(peer) {
                        remote.repeat(cid);
                        self.busy_remotes.insert(*peer);
                    }
                }
            }
            for cid in broadcast {
                if session.wants.get(&cid).is_some_and(|want| session.may_be_had(want)) {
                    session.set(&cid, State::Ready);
                }
            }
        }
        self.busy_sessions.insert(id);
    }
}

/// The want that has waited longest with nobody to ask.
fn oldest(session: &Session) -> Option<Cid> {
    session.parked.values().next().copied()
}
