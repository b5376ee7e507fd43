//! Spec: spec/protocol/bitswap.md
//!
//! The side that serves: what each peer wants, what the store says to it, and whose turn it is.

mod partner;
mod wants;

use super::Outlet;
use super::codec::{block_bytes_max, presence_bytes};
use super::config::{Config, MESSAGE_BYTES_MAX};
use super::event::{Held, Limit, LookupId, Output, SendId};
use super::message::{Entry, Outgoing, Presence, WantKind};
use super::task_queue::Answer;
use super::violation::Violation;
use crate::PeerId;
use ipfs_data::cid::Cid;
use partner::{Partner, State};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Beside a block above this there is no room for anything else.
const SHARING_BYTES_MAX: usize = MESSAGE_BYTES_MAX - 1_024;

/// A message is full at this size while peers wait for each other's room.
const CROWDED_BYTES_TARGET: usize = 64 << 10;

/// A message on its way.
#[derive(Debug)]
struct Sending {
    peer: PeerId,
    bytes: u64,
    blocks: Vec<Cid>,
    presences: Vec<Presence>,
}

/// The serving side of all peers.
#[derive(Debug, Default)]
pub(super) struct Server {
    partners: BTreeMap<PeerId, Partner>,
    /// Who wants a block.
    wanted: BTreeMap<Cid, BTreeSet<PeerId>>,
    sends: BTreeMap<SendId, Sending>,
    lookups: BTreeMap<LookupId, (PeerId, Vec<Cid>)>,
    /// Peers with something to look up.
    to_look_up: BTreeSet<PeerId>,
    /// Peers with something to send that may get more, each once.
    turn: VecDeque<PeerId>,
    outstanding: u64,
}

impl Server {
    pub(super) fn connected(&mut self, peer: PeerId) {
        self.partners.entry(peer).or_default();
    }

    // spec: bitswap.disconnect
    pub(super) fn disconnected(&mut self, _common: &mut Outlet, peer: &PeerId) {
        let Some(partner) = self.partners.remove(peer) else { return };
        for cid in partner.wants.keys() {
            forget(&mut self.wanted, cid, peer);
        }
        self.outstanding -= partner.outstanding;
        self.sends.retain(|_, sending| sending.peer != *peer);
        self.lookups.retain(|_, (asker, _)| asker != peer);
        self.to_look_up.remove(peer);
        self.turn.retain(|waiting| waiting != peer);
    }

    /// The store's answer.
    pub(super) fn looked_up(&mut self, common: &mut Outlet, lookup: LookupId, held: &[Held]) {
        let Some((peer, cids)) = self.lookups.remove(&lookup) else { return };
        let Some(partner) = self.partners.get_mut(&peer) else { return };
        partner.looking -= cids.len();
        let replace = common.config.server.want_have_replace_bytes;
        let answers = held.iter().copied().chain(std::iter::repeat(Held::Absent));
        for (cid, held) in cids.into_iter().zip(answers) {
            let Some(want) = partner.wants.get_mut(&cid) else { continue };
            if want.state != State::LookingUp(lookup) {
                continue;
            }
            want.state = State::Idle;
            // spec: bitswap.denied
            want.denied = held == Held::Denied;
            let (priority, kind, tell) = (want.priority, want.kind, want.send_dont_have);
            match held {
                Held::Present(size) if size as usize <= block_bytes_max(&cid) => {
                    partner.tasks.push(cid, priority, answer_to(kind, size, replace));
                }
                // spec: bitswap.dont-have
                // spec: bitswap.dont-have-delay
                // spec: bitswap.presence-cid
                _ if tell => partner.tasks.push(cid, priority, Answer::DontHave),
                _ => {}
            }
        }
        self.to_look_up.insert(peer);
        self.queue_turn(&peer);
    }

    // spec: bitswap.serves-later
    /// Blocks came into the store: who waits for them gets them.
    pub(super) fn stored(&mut self, common: &mut Outlet, blocks: &[(Cid, u32)]) {
        let replace = common.config.server.want_have_replace_bytes;
        for (cid, size) in blocks {
            if *size as usize > block_bytes_max(cid) {
                continue;
            }
            let peers: Vec<PeerId> = match self.wanted.get(cid) {
                Some(peers) => peers.iter().copied().collect(),
                None => continue,
            };
            for peer in peers {
                let Some(partner) = self.partners.get_mut(&peer) else { continue };
                let Some(want) = partner.wants.get_mut(cid) else { continue };
                if want.denied || matches!(want.state, State::Sending(_)) {
                    continue;
                }
                want.state = State::Idle;
                let answer = answer_to(want.kind, *size, replace);
                partner.tasks.push(*cid, want.priority, answer);
                self.queue_turn(&peer);
            }
        }
    }

    /// A message was written. Gives whom and how many bytes of blocks, if it was one of this side.
    pub(super) fn sent(
        &mut self,
        common: &mut Outlet,
        send: SendId,
        block_bytes: u64,
        missing: &[Cid],
    ) -> Option<(PeerId, u64)> {
        common.stat.messages_sent += 1;
        let sending = self.sends.remove(&send)?;
        let peer = sending.peer;
        let partner = self.partners.get_mut(&peer)?;
        partner.outstanding -= sending.bytes;
        self.outstanding -= sending.bytes;
        let missing: BTreeSet<&Cid> = missing.iter().collect();
        let mut blocks = 0;
        for cid in &sending.blocks {
            let Some(want) = partner.wants.get_mut(cid) else { continue };
            if want.state != State::Sending(send) {
                continue;
            }
            if missing.contains(cid) {
                // spec: bitswap.block-vanished
                want.state = State::Idle;
                if want.send_dont_have {
                    partner.tasks.push(*cid, want.priority, Answer::DontHave);
                }
                continue;
            }
            blocks += 1;
            partner.wants.remove(cid);
            forget(&mut self.wanted, cid, &peer);
        }
        for presence in &sending.presences {
            let Some(want) = partner.wants.get_mut(&presence.cid) else { continue };
            if want.state != State::Sending(send) {
                continue;
            }
            want.state = State::Idle;
            if want.denied || (presence.have && want.kind == WantKind::Have) {
                partner.wants.remove(&presence.cid);
                forget(&mut self.wanted, &presence.cid, &peer);
            }
        }
        common.stat.blocks_sent += blocks;
        common.stat.data_sent += block_bytes;
        self.queue_turn(&peer);
        Some((peer, block_bytes))
    }

    // spec: bitswap.send-failed
    /// A message was not written: its answers are looked up anew, a bounded number of times.
    pub(super) fn send_failed(&mut self, send: SendId) {
        let Some(sending) = self.sends.remove(&send) else { return };
        let Some(partner) = self.partners.get_mut(&sending.peer) else { return };
        partner.outstanding -= sending.bytes;
        self.outstanding -= sending.bytes;
        let presences = sending.presences.iter().map(|presence| &presence.cid);
        for cid in sending.blocks.iter().chain(presences) {
            let Some(want) = partner.wants.get_mut(cid) else { continue };
            if want.state == State::Sending(send) {
                want.state = State::Idle;
                want.failures += 1;
                if want.failures < partner::SEND_ATTEMPTS_MAX {
                    partner.look_up(*cid);
                }
            }
        }
        self.to_look_up.insert(sending.peer);
        self.queue_turn(&sending.peer);
    }

    /// Asks the store and sends what may be sent.
    pub(super) fn go_on(&mut self, common: &mut Outlet) {
        while let Some(peer) = self.to_look_up.pop_first() {
            self.look_up(common, peer);
        }
        // spec: bitswap.fair-turns
        let mut passed_over = Vec::new();
        let bytes_max = common.config.server.outstanding_bytes_max;
        let crowd = crowd_bytes(&common.config);
        while self.outstanding < bytes_max {
            let Some(peer) = self.turn.pop_front() else { break };
            let Some(partner) = self.partners.get_mut(&peer) else { continue };
            // spec: bitswap.outstanding-reserve
            if partner.outstanding > 0 && self.outstanding >= crowd {
                passed_over.push(peer);
                continue;
            }
            partner.in_turn = false;
            // spec: bitswap.outstanding-bytes
            if partner.outstanding < common.config.server.outstanding_bytes_per_peer_max {
                let target = match self.outstanding >= crowd {
                    true => CROWDED_BYTES_TARGET,
                    false => common.config.server.message_bytes_target,
                };
                self.send(common, peer, target);
                self.queue_turn(&peer);
            }
        }
        // They keep their turn.
        passed_over.into_iter().rev().for_each(|peer| self.turn.push_front(peer));
    }

    fn look_up(&mut self, common: &mut Outlet, peer: PeerId) {
        let config = &common.config.server;
        let Some(partner) = self.partners.get_mut(&peer) else { return };
        let (mut all, mut haves) = (Vec::new(), Vec::new());
        while partner.looking + all.len() + haves.len() < config.lookup_cids_max {
            let Some(cid) = partner.to_look_up.pop_front() else { break };
            let Some(want) = partner.wants.get(&cid) else { continue };
            if want.state != State::ToLookUp {
                continue;
            }
            match config.want_have_replace_bytes == 0 && want.kind == WantKind::Have {
                true => haves.push(cid),
                false => all.push(cid),
            }
        }
        for (cids, presence_only) in [(all, false), (haves, true)] {
            if cids.is_empty() {
                continue;
            }
            common.last_lookup += 1;
            let lookup = LookupId(common.last_lookup);
            for cid in &cids {
                if let Some(want) = partner.wants.get_mut(cid) {
                    want.state = State::LookingUp(lookup);
                }
            }
            partner.looking += cids.len();
            common.out.push_back(Output::Lookup {
                lookup,
                peer,
                cids: cids.clone(),
                presence_only,
            });
            self.lookups.insert(lookup, (peer, cids));
        }
    }

    // spec: bitswap.message-target
    fn send(&mut self, common: &mut Outlet, peer: PeerId, target: usize) {
        let Some(partner) = self.partners.get_mut(&peer) else { return };
        let send = common.next_send();
        let mut message = Outgoing::default();
        let mut bytes = 0;
        loop {
            let room = if bytes == 0 { usize::MAX } else { target.saturating_sub(bytes) };
            let Some((cid, answer)) = partner.tasks.pop(room) else { break };
            bytes += answer.bytes(&cid).max(presence_bytes(&cid));
            match answer {
                Answer::Block(_) => message.blocks.push(cid),
                _ => message.presences.push(Presence { cid, have: answer == Answer::Have }),
            }
            // One that is looked up anew, because more is asked for now, gets a second answer.
            if let Some(want) = partner.wants.get_mut(&cid)
                && want.state == State::Idle
            {
                want.state = State::Sending(send);
            }
        }
        if message.is_empty() {
            return;
        }
        // spec: bitswap.pending-bytes
        if bytes <= SHARING_BYTES_MAX {
            message.pending_bytes = i32::try_from(partner.tasks.block_bytes()).unwrap_or(i32::MAX);
        }
        partner.outstanding += bytes as u64;
        self.outstanding += bytes as u64;
        let sending = Sending {
            peer,
            bytes: bytes as u64,
            blocks: message.blocks.clone(),
            presences: message.presences.clone(),
        };
        self.sends.insert(send, sending);
        common.out.push_back(Output::Send { peer, send, message });
    }

    fn queue_turn(&mut self, peer: &PeerId) {
        let Some(partner) = self.partners.get_mut(peer) else { return };
        if !partner.in_turn && !partner.tasks.is_empty() {
            partner.in_turn = true;
            self.turn.push_back(*peer);
        }
    }

    pub(super) fn is_crowded(&self, config: &Config) -> bool {
        self.outstanding >= crowd_bytes(config)
    }

    pub(super) fn wantlist_of(&self, peer: &PeerId) -> Vec<Cid> {
        let partner = self.partners.get(peer);
        partner.map(|partner| partner.wants.keys().copied().collect()).unwrap_or_default()
    }

    pub(super) fn partners(&self) -> Vec<PeerId> {
        let wanting = self.partners.iter().filter(|(_, partner)| !partner.wants.is_empty());
        wanting.map(|(peer, _)| *peer).collect()
    }

    pub(super) fn check(&self, config: &Config) -> Result<(), Violation> {
        let mut outstanding = 0;
        for (peer, partner) in &self.partners {
            outstanding += partner.outstanding;
            partner.check(peer, &config.server)?;
        }
        Violation::unless(outstanding == self.outstanding, || {
            format!("{outstanding} bytes are outstanding, {} are counted", self.outstanding)
        })?;
        let slack = config.server.outstanding_bytes_per_peer_max + MESSAGE_BYTES_MAX as u64;
        let most = config.server.outstanding_bytes_max + slack;
        Violation::unless(outstanding <= most, || "too many bytes are outstanding".into())?;
        Violation::unless(self.turn.len() <= self.partners.len(), || "turns twice".into())
    }
}

/// Bytes on their way at which the rest is kept for peers to which nothing is.
fn crowd_bytes(config: &Config) -> u64 {
    config.server.outstanding_bytes_max / 4 * 3
}

// spec: bitswap.want-have-replaced
// spec: bitswap.want-block
// spec: bitswap.want-have
fn answer_to(kind: WantKind, size: u32, replace: u32) -> Answer {
    match kind == WantKind::Block || (replace > 0 && size <= replace) {
        true => Answer::Block(size),
        false => Answer::Have,
    }
}

fn forget(wanted: &mut BTreeMap<Cid, BTreeSet<PeerId>>, cid: &Cid, peer: &PeerId) {
    if let Some(peers) = wanted.get_mut(cid) {
        peers.remove(peer);
        if peers.is_empty() {
            wanted.remove(cid);
        }
    }
}
