//! Spec: spec/protocol/bitswap.md
//!
//! Wants that belong together, and the peers that are asked for them. A want is *ready* (to be
//! asked of a member), *asked* (of one), or *parked*: no member is left that might have it, so
//! that everyone is asked whether they have it.

use super::config::Config;
use super::event::SessionId;
use super::stat::SessionStat;
use super::violation::Violation;
use crate::{PeerId, Time};
use ipfs_data::cid::Cid;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What a peer said about a want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Have,
    DontHave,
    /// Nothing, for too long.
    Silent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    Asked(PeerId),
    Parked,
}

#[derive(Debug)]
pub(super) struct Want {
    pub(super) order: u64,
    pub(super) state: State,
    pub(super) known: Vec<(PeerId, Known)>,
    /// Members without it that were asked for it in vain.
    pub(super) misses: u32,
    /// Another member that was asked for it because the first is slow.
    pub(super) also: Option<PeerId>,
}

impl Want {
    pub(super) fn known(&self, peer: &PeerId) -> Option<Known> {
        self.known.iter().find(|(who, _)| who == peer).map(|(_, known)| *known)
    }

    pub(super) fn learn(&mut self, peer: PeerId, known: Known) {
        if known != Known::Have {
            self.also.take_if(|also| *also == peer);
        }
        match self.known.iter_mut().find(|(who, _)| *who == peer) {
            Some((_, old)) => *old = known,
            None => self.known.push((peer, known)),
        }
    }
}

/// A peer that a session asks for blocks.
#[derive(Debug, Default)]
pub(super) struct Member {
    pub(super) dont_haves_in_row: u32,
    pub(super) blocks: u64,
    pub(super) protected: bool,
}

/// A session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) wants: BTreeMap<Cid, Want>,
    pub(super) ready: BTreeMap<u64, Cid>,
    pub(super) parked: BTreeMap<u64, Cid>,
    /// Parked wants that everyone was asked about.
    pub(super) broadcast: BTreeSet<Cid>,
    /// Where the broadcasts begin: with more wants than may be broadcast at once, they take turns.
    pub(super) broadcast_from: u64,
    pub(super) members: BTreeMap<PeerId, Member>,
    /// Peers that are not connected and should be, and what they are said to have.
    pub(super) missed: BTreeMap<PeerId, Option<Cid>>,
    next_order: u64,
    /// Retries since the last progress.
    pub(super) retries: u32,
    pub(super) retry_at: Option<Time>,
    /// When routing may be asked again.
    pub(super) search_at: Time,
    pub(super) rebroadcast_at: Time,
    /// When wants of slow members are looked for.
    pub(super) end_game_at: Option<Time>,
    /// Wants that two members were asked for.
    pub(super) doubled: u64,
    pub(super) stat: SessionStat,
    pub(super) timer: Option<Time>,
}

impl Session {
    pub(super) fn new(id: SessionId, now: Time, config: &Config) -> Self {
        Self {
            id,
            wants: BTreeMap::new(),
            ready: BTreeMap::new(),
            parked: BTreeMap::new(),
            broadcast: BTreeSet::new(),
            broadcast_from: 0,
            members: BTreeMap::new(),
            missed: BTreeMap::new(),
            next_order: 0,
            retries: 0,
            retry_at: None,
            search_at: now + config.client.provider_search_delay,
            rebroadcast_at: now + config.client.rebroadcast_interval,
            end_game_at: None,
            doubled: 0,
            stat: SessionStat::default(),
            timer: None,
        }
    }

    /// Adds a want. False if it is there already.
    pub(super) fn add(&mut self, cid: Cid) -> bool {
        if self.wants.contains_key(&cid) {
            return false;
        }
        let order = self.next_order;
        self.next_order += 1;
        let state = if self.members.is_empty() { State::Parked } else { State::Ready };
        self.wants.insert(cid, Want { order, state, known: Vec::new(), misses: 0, also: None });
        self.line(state).map(|line| line.insert(order, cid));
        true
    }

    fn line(&mut self, state: State) -> Option<&mut BTreeMap<u64, Cid>> {
        match state {
            State::Ready => Some(&mut self.ready),
            State::Parked => Some(&mut self.parked),
            State::Asked(_) => None,
        }
    }

    /// Removes a want.
    pub(super) fn remove(&mut self, cid: &Cid) -> Option<Want> {
        let want = self.wants.remove(cid)?;
        self.line(want.state).and_then(|line| line.remove(&want.order));
        self.broadcast.remove(cid);
        Some(want)
    }

    /// Moves a want to another state.
    pub(super) fn set(&mut self, cid: &Cid, state: State) {
        let Some(want) = self.wants.get_mut(cid) else { return };
        let (old, order) = (std::mem::replace(&mut want.state, state), want.order);
        if old == state {
            return;
        }
        self.line(old).and_then(|line| line.remove(&order));
        self.line(state).and_then(|line| line.insert(order, *cid));
        if state != State::Parked {
            self.broadcast.remove(cid);
        }
    }

    /// Whether a member may have the block.
    pub(super) fn may_be_had(&self, want: &Want) -> bool {
        let unlikely = |known| matches!(known, Some(Known::DontHave | Known::Silent));
        self.members.keys().any(|peer| !unlikely(want.known(peer)))
    }

    /// Wants that were asked of this peer.
    pub(super) fn asked_of(&self, peer: &PeerId) -> Vec<Cid> {
        let asked = self.wants.iter().filter(|(_, want)| want.state == State::Asked(*peer));
        asked.map(|(cid, _)| *cid).collect()
    }

    /// All parked wants that this member has not denied are ready again.
    pub(super) fn unpark_for(&mut self, peer: &PeerId) {
        let denied = |want: &Want| matches!(want.known(peer), Some(Known::DontHave));
        let parked: Vec<Cid> = self.parked.values().copied().collect();
        for cid in parked {
            if self.wants.get(&cid).is_some_and(|want| !denied(want)) {
                self.set(&cid, State::Ready);
            }
        }
    }

    // spec: bitswap.broadcast-turns
    /// Ends the broadcasts in favour of others that wait; gives those that end.
    pub(super) fn next_broadcasts(&mut self) -> BTreeSet<Cid> {
        if self.parked.len() <= self.broadcast.len() {
            return BTreeSet::new();
        }
        let ended = std::mem::take(&mut self.broadcast);
        let order = |cid: &Cid| self.wants.get(cid).map(|want| want.order);
        self.broadcast_from = ended.iter().filter_map(order).max().map_or(0, |last| last + 1);
        ended
    }

    // spec: bitswap.peers-tried-again
    /// Peers that were silent may be asked again.
    pub(super) fn forgive(&mut self) {
        let mut again = Vec::new();
        for (cid, want) in &mut self.wants {
            let before = want.known.len();
            want.known.retain(|(_, known)| *known != Known::Silent);
            if want.known.len() < before && want.state == State::Parked {
                again.push(*cid);
            }
        }
        for cid in again {
            if self.wants.get(&cid).is_some_and(|want| self.may_be_had(want)) {
                self.set(&cid, State::Ready);
            }
        }
    }

    /// When something is due.
    pub(super) fn due(&self) -> Option<Time> {
        self.retry_at.into_iter().chain(self.end_game_at).min()
    }

    /// A member is gone.
    pub(super) fn forget_answers(&mut self, peer: &PeerId) {
        for want in self.wants.values_mut() {
            want.known.retain(|(who, _)| who != peer);
            want.also.take_if(|also| also == peer);
        }
    }

    /// A block came: the patience begins anew.
    pub(super) fn progressed(&mut self, now: Time, config: &Config) {
        self.retries = 0;
        self.set_retry(now, config);
    }

    // spec: bitswap.retry
    /// Sets the next retry, later each time.
    pub(super) fn set_retry(&mut self, now: Time, config: &Config) {
        let client = &config.client;
        let delay = client.retry_delay_min.saturating_mul(1 << self.retries.min(16));
        self.retry_at = match self.wants.is_empty() {
            true => None,
            false => Some(now + delay.min(client.retry_delay_max).max(Duration::from_millis(1))),
        };
    }

    pub(super) fn stat(&self) -> SessionStat {
        SessionStat { wants: self.wants.len(), peers: self.members.len(), ..self.stat }
    }

    pub(super) fn check(&self, config: &Config) -> Result<(), Violation> {
        let client = &config.client;
        let id = self.id.0;
        let most = client.session_wants_max;
        Violation::unless(self.wants.len() <= most, || format!("session {id} wants too much"))?;
        Violation::unless(self.members.len() <= client.session_peers_max, || {
            format!("session {id} asks too many peers")
        })?;
        Violation::unless(self.missed.len() <= client.session_peers_max, || {
            format!("session {id} misses too many peers")
        })?;
        Violation::unless(self.broadcast.len() <= client.broadcast_wants_max, || {
            format!("session {id} broadcasts too much")
        })?;
        // A session with wants always has a timer: it can't be forgotten.
        Violation::unless(self.wants.is_empty() || self.retry_at.is_some(), || {
            format!("session {id} has wants and no timer")
        })
    }

    /// What [`Session::check`] leaves out because it takes long.
    pub(super) fn check_all(&self) -> Result<(), Violation> {
        let id = self.id.0;
        for (cid, want) in &self.wants {
            let listed = match want.state {
                State::Ready => self.ready.get(&want.order) == Some(cid),
                State::Parked => self.parked.get(&want.order) == Some(cid),
                State::Asked(peer) => self.members.contains_key(&peer),
            };
            Violation::unless(listed, || format!("session {id}: want {cid} is lost"))?;
        }
        let asked = self.wants.values().filter(|want| matches!(want.state, State::Asked(_)));
        Violation::unless(
            self.ready.len() + self.parked.len() + asked.count() == self.wants.len(),
            || format!("session {id} has names of wants that are gone"),
        )
    }
}
