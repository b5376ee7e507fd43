//! Spec: spec/sim/run.md
//!
//! What a machine wants to be done, and messages on their way out.

use super::{World, name, number};
use crate::content::fingerprint;
use crate::event::Event;
use crate::machine::Machine;
use crate::node::{Job, Pending, Question, Sending};
use crate::packet::{Packet, Piece, Tally};
use crate::trace::{Kind, fold};
use ipfs_data::cid::Cid;
use ipfs_protocol::PeerId;
use ipfs_protocol::bitswap::{Held, Input, Outgoing, Output, SendId, SessionId};

impl<M: Machine> World<M> {
    /// Carries out one output.
    pub(super) fn carry_out(&mut self, node: u32, output: Output) {
        match output {
            Output::Send { peer, send, message } => self.send(node, &peer, send, message),
            Output::Lookup { lookup, cids, peer, .. } => {
                let subject = number(&peer).unwrap_or(u32::MAX).into();
                self.record(node, Kind::Lookup, subject, cids.len() as u64);
                self.disk_job(node, Job::Lookup(lookup, cids), 0);
            }
            Output::Verdicts { batch, verdicts } => self.verdicts(node, batch, verdicts),
            Output::Found { cid, sessions } => self.found(node, &cid, &sessions),
            Output::Refused { session, .. } => {
                self.nodes[node as usize].counts.refusals += 1;
                self.record(node, Kind::Refused, session.0, 0);
            }
            Output::FindProviders { session, cid, results_max } => {
                self.find_providers(node, session, cid, results_max);
            }
            Output::Connect { peer } => {
                if let Some(peer) = number(&peer) {
                    self.dial(node, peer);
                }
            }
            Output::Protect { peer } => {
                self.record(node, Kind::Protect, number(&peer).unwrap_or(u32::MAX).into(), 0);
            }
            Output::Unprotect { peer } => {
                self.record(node, Kind::Unprotect, number(&peer).unwrap_or(u32::MAX).into(), 0);
            }
            Output::Close { peer, .. } => {
                let Some(peer) = number(&peer) else { return };
                self.nodes[node as usize].counts.closes += 1;
                self.record(node, Kind::Close, peer.into(), 0);
                self.net.close(self.now, node, peer, &mut self.queue);
                self.disconnected(node, peer);
            }
            Output::LimitHit { peer, .. } => {
                self.nodes[node as usize].counts.limits += 1;
                self.record(node, Kind::Limit, number(&peer).unwrap_or(u32::MAX).into(), 0);
            }
        }
    }

    /// Takes a message: its blocks are read first, and those behind it wait.
    // spec: run.message-order
    fn send(&mut self, node: u32, peer: &PeerId, send: SendId, message: Outgoing) {
        let Some(peer) = number(peer) else { return };
        let ready = message.blocks.is_empty();
        let this = &mut self.nodes[node as usize];
        if ready && !this.outbox.contains_key(&peer) {
            self.hand_over(node, peer, send, message);
            return;
        }
        let bytes = message.blocks.iter().filter_map(|cid| self.catalogue.number(cid));
        let bytes = bytes.map(|number| u64::from(self.catalogue.size(number))).sum();
        this.outbox.entry(peer).or_default().push_back(Pending { send, message, ready });
        if !ready {
            self.disk_job(node, Job::ReadToSend { peer, send }, bytes);
        }
    }

    /// Gives the disk something to do. `bytes` are those that are read or written.
    pub(super) fn disk_job(&mut self, node: u32, job: Job, bytes: u64) {
        let this = &mut self.nodes[node as usize];
        let latency = match &job {
            Job::Write(_) => this.speed.write_latency,
            _ => this.speed.read_latency,
        };
        let due = this.disk_time(self.now, bytes, latency);
        let (id, life) = (this.next_id(), this.life);
        this.jobs.insert(id, job);
        self.queue.push(due, node, Event::Disk { life, job: id });
    }

    pub(super) fn disk_done(&mut self, node: u32, job: u32) {
        match self.nodes[node as usize].jobs.remove(&job) {
            Some(Job::Lookup(lookup, cids)) => {
                let held: Vec<Held> = cids.iter().map(|cid| self.look_up(node, cid)).collect();
                let present = held.iter().filter(|held| **held != Held::Absent).count();
                self.record(node, Kind::LookedUp, lookup.0, present as u64);
                self.feed(node, Input::LookedUp { lookup, held });
            }
            Some(Job::ReadToSend { peer, send }) => {
                if let Some(outbox) = self.nodes[node as usize].outbox.get_mut(&peer)
                    && let Some(pending) = outbox.iter_mut().find(|pending| pending.send == send)
                {
                    pending.ready = true;
                }
                self.send_ready(node, peer);
            }
            Some(Job::Read { fetch, block }) => self.read_for_fetch(node, fetch, block),
            Some(Job::Write(arrived)) => self.written(node, arrived),
            None => {}
        }
    }

    fn look_up(&self, node: u32, cid: &Cid) -> Held {
        match self.catalogue.number(cid) {
            Some(block) if self.nodes[node as usize].held.contains(block) => {
                Held::Present(self.catalogue.size(block))
            }
            _ => Held::Absent,
        }
    }

    /// Hands over the messages to a peer that are ready, up to the first that is not.
    fn send_ready(&mut self, node: u32, peer: u32) {
        loop {
            let this = &mut self.nodes[node as usize];
            let Some(outbox) = this.outbox.get_mut(&peer) else { return };
            match outbox.front() {
                Some(pending) if pending.ready => {}
                Some(_) => return,
                None => {
                    this.outbox.remove(&peer);
                    return;
                }
            }
            if let Some(Pending { send, message, .. }) = outbox.pop_front() {
                self.hand_over(node, peer, send, message);
            }
        }
    }

    /// Gives a message to the network.
    fn hand_over(&mut self, node: u32, peer: u32, send: SendId, message: Outgoing) {
        let catalogue = self.catalogue.clone();
        let this = &mut self.nodes[node as usize];
        let (pieces, missing) = this.pieces(&message.blocks, &catalogue);
        let block_bytes: u64 = pieces.iter().map(|piece| piece.size(&catalogue)).sum();
        this.counts.gone_blocks += missing.len() as u64;
        let sending = Sending { send, block_bytes, missing };
        if !self.post(node, peer, message, pieces) {
            self.feed(node, Input::SendFailed { send });
            return;
        }
        // The uplink may have taken it already; the notice comes later.
        self.nodes[node as usize].sending.entry(peer).or_default().push_back(sending);
    }

    /// Counts and sends a message. False when there is no connection.
    pub(super) fn post(
        &mut self,
        node: u32,
        peer: u32,
        message: Outgoing,
        pieces: Vec<Piece>,
    ) -> bool {
        let tally = Tally::of(&message);
        let (blocks, fingerprints) = (pieces.len() as u64, tally.fingerprint);
        let block_bytes: u64 = pieces.iter().map(|piece| piece.size(&self.catalogue)).sum();
        let (packet, bytes) = Packet::new(message, pieces, self.scenario.wire, &self.catalogue);
        let ends = (node, peer);
        if !self.net.send(self.now, ends, (packet, bytes), &mut self.queue) {
            return false;
        }
        let unsent = self.net.unsent(node, peer);
        let counts = &mut self.nodes[node as usize].counts;
        counts.messages += 1;
        counts.message_bytes += bytes;
        counts.want_haves += tally.want_haves;
        counts.want_blocks += tally.want_blocks;
        counts.cancels += tally.cancels;
        counts.haves += tally.haves;
        counts.dont_haves += tally.dont_haves;
        counts.blocks_sent += blocks;
        counts.block_bytes_sent += block_bytes;
        counts.unsent_bytes_max = counts.unsent_bytes_max.max(unsent);
        self.record(node, Kind::Send, peer.into(), fold(fingerprints, [bytes, blocks]));
        true
    }

    /// The uplink took messages.
    pub(super) fn sent(&mut self, node: u32, peer: u32, messages: u32) {
        for _ in 0..messages {
            let sending = self.nodes[node as usize].sending.get_mut(&peer);
            let Some(Sending { send, block_bytes, missing }) =
                sending.and_then(std::collections::VecDeque::pop_front)
            else {
                return;
            };
            self.record(node, Kind::Sent, peer.into(), send.0);
            self.feed(node, Input::Sent { send, block_bytes, missing });
        }
    }

    // spec: run.routing
    fn find_providers(&mut self, node: u32, session: SessionId, cid: Cid, results_max: usize) {
        self.record(node, Kind::FindProviders, session.0, fingerprint(&cid));
        let routing = &self.scenario.routing;
        self.nodes[node as usize].counts.routing_questions += 1;
        if !routing.enabled {
            return;
        }
        let (least, most) = routing.delay.bounds();
        let wait = least + self.routing_rng.below(most - least + 1);
        let this = &mut self.nodes[node as usize];
        let question = this.next_id();
        this.questions.insert(question, Question { session, cid, results_max });
        self.queue.push(self.now + wait, node, Event::Routed { life: this.life, question });
    }

    /// Routing answers: whoever said that it has the file, whether it is there or not.
    pub(super) fn routed(&mut self, node: u32, question: u32) {
        let question = self.nodes[node as usize].questions.remove(&question);
        let Some(Question { session, cid, results_max }) = question else { return };
        if self.routing_rng.chance(self.scenario.routing.failure) {
            return;
        }
        let Some(block) = self.catalogue.number(&cid) else { return };
        let providers = &self.providers[self.catalogue.entry(block).file as usize];
        let mut peers: Vec<u32> = providers.iter().copied().filter(|peer| *peer != node).collect();
        self.routing_rng.shuffle(&mut peers);
        peers.truncate(results_max);
        let mark = fold(0, peers.iter().map(|peer| u64::from(*peer)));
        self.record(node, Kind::Providers, session.0, mark);
        let peers = peers.into_iter().map(name).collect();
        self.feed(node, Input::Providers { session, cid, peers });
    }
}
