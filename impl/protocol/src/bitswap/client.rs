//! Spec: spec/protocol/bitswap.md
//!
//! The side that fetches: sessions, the peers they ask, and what comes of it.

mod answers;
mod assign;
mod end_game;
mod sessions;

use super::Outlet;
use super::config::Config;
use super::event::{Fault, Output, PeerTraits, SendId, SessionId};
use super::message::{Control, Version};
use super::remote::Remote;
use super::session::Session;
use super::stat::SessionStat;
use super::violation::Violation;
use crate::{PeerId, Time};
use ipfs_data::cid::Cid;
use std::collections::{BTreeMap, BTreeSet};

/// Who wants a block, and who was asked for it.
#[derive(Debug, Default)]
struct Interest {
    sessions: Vec<SessionId>,
    peers: Vec<PeerId>,
}

/// Whose timer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Session(SessionId),
    Remote(PeerId),
}

/// The fetching side.
#[derive(Debug, Default)]
pub(super) struct Client {
    sessions: BTreeMap<SessionId, Session>,
    remotes: BTreeMap<PeerId, Remote>,
    interest: BTreeMap<Cid, Interest>,
    timers: BTreeSet<(Time, Timer)>,
    /// Messages on their way, at most one for each peer.
    sends: BTreeMap<SendId, PeerId>,
    /// Sessions that may have something to ask.
    busy_sessions: BTreeSet<SessionId>,
    /// Peers that there may be something to say to.
    busy_remotes: BTreeSet<PeerId>,
    /// Who was served first last time.
    first: Option<SessionId>,
}

impl Client {
    pub(super) fn is_connected(&self, peer: &PeerId) -> bool {
        self.remotes.contains_key(peer)
    }

    pub(super) fn peers(&self) -> usize {
        self.remotes.len()
    }

    pub(super) fn connected(
        &mut self,
        common: &mut Outlet,
        now: Time,
        peer: PeerId,
        traits: PeerTraits,
    ) {
        self.remotes.insert(peer, Remote::new(&common.config.client, now, traits));
        self.busy_remotes.insert(peer);
        // spec: bitswap.resume-on-connect
        let back: Vec<(SessionId, Option<Cid>)> = self
            .sessions
            .values_mut()
            .filter_map(|session| session.missed.remove(&peer).map(|cid| (session.id, cid)))
            .collect();
        for (session, cid) in back {
            self.join(common, now, session, peer, cid);
        }
        self.tell_broadcasts(common, now, &peer);
    }

    pub(super) fn disconnected(&mut self, common: &mut Outlet, now: Time, peer: &PeerId) {
        let Some(remote) = self.remotes.remove(peer) else { return };
        if let Some(at) = remote.timer {
            self.timers.remove(&(at, Timer::Remote(*peer)));
        }
        self.busy_remotes.remove(peer);
        self.sends.retain(|_, to| to != peer);
        for cid in remote.asked.keys() {
            if let Some(interest) = self.interest.get_mut(cid) {
                interest.peers.retain(|asked| asked != peer);
            }
        }
        if remote.protectors > 0 {
            common.put(Output::Unprotect { peer: *peer });
        }
        for session in remote.sessions {
            self.lose(common, now, session, peer);
        }
    }

    pub(super) fn negotiated(&mut self, peer: &PeerId, version: Version) {
        if let Some(remote) = self.remotes.get_mut(peer) {
            remote.version = Some(version);
        }
    }

    /// Takes in everything of a message but its wantlist.
    pub(super) fn message(
        &mut self,
        common: &mut Outlet,
        now: Time,
        peer: &PeerId,
        message: &Control,
    ) {
        let Some(remote) = self.remotes.get_mut(peer) else { return };
        if message.blocks == 0 && message.presences.is_empty() {
            remote.receiving(now);
            return;
        }
        remote.heard(now, &common.config.client, message.blocks, message.block_bytes);
        // spec: bitswap.broadcast-targets
        remote.target |= message.blocks > 0 || message.presences.iter().any(|one| one.have);
        self.busy_sessions.extend(remote.sessions.iter().copied());
        self.busy_remotes.insert(*peer);
        for presence in &message.presences {
            self.presence(common, now, peer, presence);
        }
    }

    pub(super) fn receiving(&mut self, now: Time, peer: &PeerId) {
        if let Some(remote) = self.remotes.get_mut(peer) {
            remote.receiving(now);
            self.busy_remotes.insert(*peer);
        }
    }

    // spec: bitswap.malformed
    pub(super) fn malformed(&mut self, common: &mut Outlet, peer: &PeerId) {
        let Some(remote) = self.remotes.get_mut(peer) else { return };
        remote.malformed += 1;
        if remote.malformed >= common.config.peers.malformed_max && !remote.closing {
            remote.closing = true;
            let fault = Fault::Malformed(remote.malformed);
            common.put(Output::Close { peer: *peer, fault });
        }
    }

    pub(super) fn sent(&mut self, send: SendId) {
        if let Some(peer) = self.sends.remove(&send)
            && let Some(remote) = self.remotes.get_mut(&peer)
        {
            remote.sent(send);
            self.busy_remotes.insert(peer);
        }
    }

    pub(super) fn send_failed(&mut self, now: Time, send: SendId) {
        if let Some(peer) = self.sends.remove(&send)
            && let Some(remote) = self.remotes.get_mut(&peer)
        {
            remote.send_failed(now, send);
            self.busy_remotes.insert(peer);
        }
    }

    pub(super) fn timeout(&self, _config: &Config) -> Option<Time> {
        self.timers.first().map(|(at, _)| *at)
    }

    pub(super) fn expire(&mut self, common: &mut Outlet, now: Time) {
        while let Some((at, timer)) = self.timers.first().copied()
            && at <= now
        {
            self.timers.pop_first();
            match timer {
                Timer::Session(id) => {
                    let Some(session) = self.sessions.get_mut(&id) else { continue };
                    session.timer = None;
                    match session.retry_at.is_some_and(|due| due <= now) {
                        true => self.retry(common, now, id),
                        false => drop(self.busy_sessions.insert(id)),
                    }
                }
                Timer::Remote(peer) => {
                    if let Some(remote) = self.remotes.get_mut(&peer) {
                        remote.timer = None;
                    }
                    self.busy_remotes.insert(peer);
                }
            }
        }
    }

    // spec: bitswap.no-wedge
    /// Asks what may be asked and sends what is due.
    pub(super) fn go_on(&mut self, common: &mut Outlet, now: Time) {
        for peer in self.busy_remotes.clone() {
            self.time_out(common, now, &peer);
        }
        let touched = std::mem::take(&mut self.busy_sessions);
        self.assign(common, now, &touched);
        for session in touched {
            self.park_and_broadcast(common, now, session);
            self.end_game(common, now, session);
            self.set_session_timer(session);
        }
        for peer in std::mem::take(&mut self.busy_remotes) {
            self.flush(common, now, &peer);
        }
    }

    fn flush(&mut self, common: &mut Outlet, now: Time, peer: &PeerId) {
        let Some(remote) = self.remotes.get_mut(peer) else { return };
        if let Some(message) = remote.flush(&common.config.client, now) {
            let send = common.next_send();
            remote.sending(send);
            self.sends.insert(send, *peer);
            common.put(Output::Send { peer: *peer, send, message });
        }
        let due = remote.due(&common.config.client);
        if due != remote.timer {
            if let Some(old) = std::mem::replace(&mut remote.timer, due) {
                self.timers.remove(&(old, Timer::Remote(*peer)));
            }
            self.timers.extend(due.map(|due| (due, Timer::Remote(*peer))));
        }
    }

    fn set_session_timer(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let due = session.due();
        if due != session.timer {
            if let Some(old) = std::mem::replace(&mut session.timer, due) {
                self.timers.remove(&(old, Timer::Session(id)));
            }
            self.timers.extend(due.map(|due| (due, Timer::Session(id))));
        }
    }

    pub(super) fn wantlist(&self) -> Vec<Cid> {
        self.interest.keys().copied().collect()
    }

    pub(super) fn session_stat(&self, session: SessionId) -> Option<SessionStat> {
        self.sessions.get(&session).map(Session::stat)
    }

    pub(super) fn check(&self, config: &Config) -> Result<(), Violation> {
        let client = &config.client;
        Violation::unless(self.sessions.len() <= client.sessions_max, || {
            "too many sessions".into()
        })?;
        Violation::unless(self.remotes.len() <= config.peers.peers_max, || {
            "too many peers".into()
        })?;
        Violation::unless(self.timers.len() <= self.sessions.len() + self.remotes.len(), || {
            "timers of what is gone".into()
        })?;
        Violation::unless(self.sends.len() <= self.remotes.len(), || {
            "messages to peers that are gone".into()
        })?;
        for session in self.sessions.values() {
            session.check(config)?;
            Violation::unless(session.timer == session.due(), || {
                format!("the timer of session {} is not set", session.id.0)
            })?;
        }
        for (peer, remote) in &self.remotes {
            Violation::unless(remote.asked.len() <= client.wants_per_peer_max, || {
                format!("{peer:?} is asked for too much")
            })?;
        }
        Ok(())
    }

    /// What [`Client::check`] leaves out because it takes long.
    pub(super) fn check_all(&self) -> Result<(), Violation> {
        for session in self.sessions.values() {
            session.check_all()?;
            for cid in session.wants.keys() {
                let known =
                    self.interest.get(cid).is_some_and(|it| it.sessions.contains(&session.id));
                Violation::unless(known, || format!("nobody knows that {cid} is wanted"))?;
            }
        }
        for (cid, interest) in &self.interest {
            Violation::unless(!interest.sessions.is_empty(), || format!("nobody wants {cid}"))?;
        }
        for (peer, remote) in &self.remotes {
            remote.check_all()?;
            for cid in remote.asked.keys() {
                let known = self.interest.get(cid).is_some_and(|it| it.peers.contains(peer));
                Violation::unless(known, || format!("{peer:?} is asked for {cid} in vain"))?;
            }
        }
        Ok(())
    }
}
