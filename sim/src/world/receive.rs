//! Spec: spec/sim/run.md
//!
//! Messages and blocks on their way in: read, hashed, judged, stored.

use super::{World, name};
use crate::event::Event;
use crate::machine::Machine;
use crate::node::{Arrived, Batch, Job};
use crate::packet::Packet;
use crate::scenario::Conduct;
use crate::trace::Kind;
use ipfs_data::cid::Cid;
use ipfs_protocol::bitswap::{BatchId, Input, Verdict};

/// The machine is told of parts of messages at most this often, in nanoseconds.
const RECEIVING_NANOS: u64 = 100_000_000;

impl<M: Machine> World<M> {
    /// Part of a message arrived.
    pub(super) fn receiving(&mut self, node: u32, peer: u32) {
        let told = self.nodes[node as usize].receiving.entry(peer).or_default();
        if self.now.0 >= told.0 + RECEIVING_NANOS {
            *told = self.now;
            self.feed(node, Input::Receiving { peer: name(peer) });
        }
    }

    /// A message arrived.
    pub(super) fn delivered(&mut self, node: u32, peer: u32, packet: Packet) {
        let (mut control, pieces) = match packet.open() {
            Ok(parts) => parts,
            Err(error) => {
                self.record(node, Kind::Malformed, peer.into(), 0);
                self.violation(node, &format!("the codec can't read what it wrote: {error}"));
                return;
            }
        };
        let bytes: u64 = pieces.iter().map(|piece| piece.size(&self.catalogue)).sum();
        control.block_bytes = bytes;
        self.record(node, Kind::Receive, peer.into(), bytes);
        if self.nodes[node as usize].conduct != Conduct::Honest {
            self.react(node, peer, &control);
            return;
        }
        self.feed(node, Input::Message { peer: name(peer), message: control });
        if pieces.is_empty() {
            return;
        }
        self.last_batch += 1;
        let batch = self.last_batch;
        let this = &mut self.nodes[node as usize];
        let due = this.hash_time(self.now, bytes);
        this.batches.insert(batch, Batch { peer, pieces, named: Vec::new() });
        self.queue.push(due, node, Event::Hashed { life: this.life, batch });
    }

    /// The hashes of a message's blocks are made.
    // spec: run.hashed
    pub(super) fn hashed(&mut self, node: u32, batch: u64) {
        let catalogue = self.catalogue.clone();
        let Some(found) = self.nodes[node as usize].batches.get_mut(&batch) else { return };
        let count = found.pieces.len();
        let named = found
            .pieces
            .drain(..)
            .filter_map(|piece| Some((piece.cid(&catalogue)?, piece.size(&catalogue) as u32)));
        let blocks: Vec<(Cid, u32)> = named.collect();
        found.named.clone_from(&blocks);
        let peer = found.peer;
        self.record(node, Kind::Blocks, peer.into(), blocks.len() as u64);
        let batch = BatchId(batch);
        self.feed(node, Input::Blocks { peer: name(peer), batch, blocks, count });
    }

    /// The machine says which blocks were wanted.
    // spec: run.only-wanted-stored
    pub(super) fn verdicts(&mut self, node: u32, batch: BatchId, verdicts: Vec<Verdict>) {
        let Some(found) = self.nodes[node as usize].batches.remove(&batch.0) else { return };
        if verdicts.len() != found.named.len() {
            self.violation(node, "not as many verdicts as blocks");
        }
        let (mut arrived, mut bytes) = (Vec::new(), 0);
        for ((cid, size), verdict) in found.named.iter().zip(verdicts) {
            let block = self.catalogue.number(cid);
            let counts = &mut self.nodes[node as usize].counts;
            match (block, verdict) {
                (Some(block), Verdict::Wanted(sessions)) => {
                    counts.useful_blocks += 1;
                    counts.useful_bytes += u64::from(*size);
                    bytes += u64::from(*size);
                    self.record(node, Kind::Wanted, found.peer.into(), block.into());
                    arrived.push(Arrived { block, sessions });
                }
                (Some(block), Verdict::Unwanted) => {
                    counts.duplicate_blocks += 1;
                    counts.duplicate_bytes += u64::from(*size);
                    self.record(node, Kind::Unwanted, found.peer.into(), block.into());
                }
                (None, Verdict::Unwanted) => counts.false_blocks += 1,
                (None, Verdict::Wanted(_)) => {
                    counts.false_blocks += 1;
                    self.violation(node, &format!("{cid} is wanted, and no block of this run"));
                }
            }
        }
        if !arrived.is_empty() {
            self.disk_job(node, Job::Write(arrived), bytes);
        }
    }

    /// Blocks are on the disk: the fetches go on, then the machine may serve them.
    pub(super) fn written(&mut self, node: u32, arrived: Vec<Arrived>) {
        let mut blocks = Vec::with_capacity(arrived.len());
        for Arrived { block, sessions } in arrived {
            self.nodes[node as usize].held.insert(block);
            let entry = self.catalogue.entry(block);
            blocks.push((entry.cid, entry.data.len() as u32));
            self.record(node, Kind::Stored, block.into(), 0);
            for session in sessions {
                self.session_got(node, session, block);
            }
        }
        self.feed(node, Input::Stored { blocks });
        self.go_on(node);
    }
}
