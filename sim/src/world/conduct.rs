//! Spec: spec/sim/run.md
//!
//! Adversaries: nodes without a machine that answer as their conduct says.

use super::World;
use super::setup::CONDUCT_NANOS;
use crate::event::Event;
use crate::machine::Machine;
use crate::packet::Piece;
use crate::scenario::Conduct;
use ipfs_protocol::bitswap::{Control, Entry, Outgoing, Presence, WantKind};

/// Lines of one message of a greedy node.
const GREEDY_LINES: u64 = 512;
/// Blocks in one message of a liar.
const FALSE_BLOCKS: usize = 4;

impl<M: Machine> World<M> {
    /// An adversary got a message.
    // spec: run.adversaries
    pub(super) fn react(&mut self, node: u32, peer: u32, control: &Control) {
        let conduct = self.nodes[node as usize].conduct;
        if conduct == Conduct::Greedy {
            return;
        }
        let mut message = Outgoing::default();
        let mut pieces = Vec::new();
        for entry in control.entries.iter().filter(|entry| !entry.cancel) {
            match entry.kind {
                WantKind::Have => message.presences.push(Presence { cid: entry.cid, have: true }),
                WantKind::Block if conduct == Conduct::Lying => {
                    let mark = self.nodes[node as usize].conduct_rng.bits();
                    let block = self.catalogue.number(&entry.cid);
                    pieces.extend(block.map(|block| Piece::False(block, mark)));
                }
                WantKind::Block => {}
            }
        }
        if !message.presences.is_empty() {
            self.post(node, peer, message, Vec::new());
        }
        while !pieces.is_empty() {
            let rest = pieces.split_off(pieces.len().min(FALSE_BLOCKS));
            self.post(node, peer, Outgoing::default(), pieces);
            pieces = rest;
        }
    }

    /// What an adversary does by itself, again and again.
    pub(super) fn act(&mut self, node: u32) {
        let life = self.nodes[node as usize].life;
        self.queue.push(self.now + CONDUCT_NANOS, node, Event::Conduct { life });
        if self.nodes[node as usize].conduct != Conduct::Greedy {
            return;
        }
        let peers: Vec<u32> = self.net.peers(node).collect();
        let blocks = self.catalogue.len() as u64;
        for peer in peers {
            let rng = &mut self.nodes[node as usize].conduct_rng;
            let picks = (0..GREEDY_LINES.min(blocks)).map(|_| rng.below(blocks) as u32);
            let entry = |block| Entry {
                cid: self.catalogue.entry(block).cid,
                priority: i32::MAX,
                cancel: false,
                kind: WantKind::Block,
                send_dont_have: true,
            };
            let entries = picks.map(entry).collect();
            self.post(node, peer, Outgoing { entries, ..Outgoing::default() }, Vec::new());
        }
    }
}
