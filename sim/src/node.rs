//! Spec: spec/sim/run.md
//!
//! A node: the machine, and around it what a shell keeps - store, disk, messages on their way out,
//! blocks on their way in, fetches.

use crate::bits::Bits;
use crate::content::{BlockNumber, Catalogue};
use crate::fetch::Fetch;
use crate::measure::NodeCounts;
use crate::packet::{Packet, Piece};
use crate::rng::Rng;
use crate::scenario::Conduct;
use crate::time::{Time, transfer_nanos};
use ipfs_data::cid::Cid;
use ipfs_protocol::bitswap::{LookupId, Outgoing, SendId, SessionId};
use std::collections::{BTreeMap, VecDeque};

/// How fast a node's disk and processor are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Speed {
    /// Nanoseconds until the first byte of a read.
    pub(crate) read_latency: u64,
    /// Nanoseconds until a write is done, besides its bytes.
    pub(crate) write_latency: u64,
    /// Bytes per second.
    pub(crate) disk: u64,
    /// Bytes per second.
    pub(crate) hash: u64,
}

/// Work that waits for the disk.
#[derive(Debug)]
pub(crate) enum Job {
    /// Which blocks are there.
    Lookup(LookupId, Vec<Cid>),
    /// The blocks of a message that is to be sent.
    ReadToSend { peer: u32, send: SendId },
    /// A block for a fetch.
    Read { fetch: u32, block: BlockNumber },
    /// Blocks that came.
    Write(Vec<Arrived>),
}

/// A block that came and was wanted.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) block: BlockNumber,
    pub(crate) sessions: Vec<SessionId>,
}

/// A message whose blocks are read, or that waits behind such a one.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) send: SendId,
    pub(crate) message: Outgoing,
    /// Read, or without blocks.
    pub(crate) ready: bool,
}

/// A message that the uplink has not wholly taken yet.
#[derive(Debug)]
pub(crate) struct Sending {
    pub(crate) send: SendId,
    pub(crate) block_bytes: u64,
    pub(crate) missing: Vec<Cid>,
}

/// Blocks of a message whose hashes are made.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) peer: u32,
    pub(crate) pieces: Vec<Piece>,
    /// With hashes: their CIDs and sizes.
    pub(crate) named: Vec<(Cid, u32)>,
}

/// A question to routing.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) session: SessionId,
    pub(crate) cid: Cid,
    pub(crate) results_max: usize,
}

/// A node.
#[derive(Debug)]
pub(crate) struct Node<M> {
    pub(crate) group: u32,
    pub(crate) conduct: Conduct,
    pub(crate) speed: Speed,
    /// Counts starts: what was due in an earlier life is void.
    pub(crate) life: u32,
    /// None while offline, and of adversaries.
    pub(crate) machine: Option<M>,
    pub(crate) timer: Option<Time>,
    pub(crate) held: Bits,
    pub(crate) pinned: Bits,
    pub(crate) disk_free: Time,
    pub(crate) hash_free: Time,
    pub(crate) jobs: BTreeMap<u32, Job>,
    pub(crate) batches: BTreeMap<u64, Batch>,
    pub(crate) questions: BTreeMap<u32, Question>,
    pub(crate) last_id: u32,
    pub(crate) outbox: BTreeMap<u32, VecDeque<Pending>>,
    pub(crate) sending: BTreeMap<u32, VecDeque<Sending>>,
    /// When the machine was last told that part of a message came from a peer.
    pub(crate) receiving: BTreeMap<u32, Time>,
    pub(crate) fetches: BTreeMap<u32, Fetch>,
    /// Peers that it should be connected with.
    pub(crate) neighbours: Vec<u32>,
    pub(crate) redial_scheduled: bool,
    pub(crate) redial_wait: u32,
    /// Steps since the last check of invariants.
    pub(crate) unchecked: u32,
    pub(crate) counts: NodeCounts,
    pub(crate) conduct_rng: Rng,
    pub(crate) churn_rng: Rng,
}

impl<M> Node<M> {
    /// A number that was not used before.
    pub(crate) fn next_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }

    /// When the disk is done with this many bytes, from now on.
    // spec: run.disk
    pub(crate) fn disk_time(&mut self, now: Time, bytes: u64, latency: u64) -> Time {
        self.disk_free = self.disk_free.max(now) + transfer_nanos(bytes, self.speed.disk);
        self.disk_free + latency
    }

    /// When the hashes of this many bytes are made, from now on.
    pub(crate) fn hash_time(&mut self, now: Time, bytes: u64) -> Time {
        self.hash_free = self.hash_free.max(now) + transfer_nanos(bytes, self.speed.hash);
        self.hash_free
    }

    /// Forgets everything but what lies on the disk.
    pub(crate) fn forget(&mut self) {
        self.life += 1;
        self.machine = None;
        self.timer = None;
        self.jobs.clear();
        self.batches.clear();
        self.questions.clear();
        self.outbox.clear();
        self.sending.clear();
        self.receiving.clear();
        self.redial_scheduled = false;
        self.redial_wait = 0;
        self.unchecked = 0;
    }

    /// The blocks of a message that are there, and those that are not.
    pub(crate) fn pieces(&self, blocks: &[Cid], catalogue: &Catalogue) -> (Vec<Piece>, Vec<Cid>) {
        let (mut pieces, mut missing) = (Vec::with_capacity(blocks.len()), Vec::new());
        for cid in blocks {
            match catalogue.number(cid).filter(|number| self.held.contains(*number)) {
                Some(number) => pieces.push(Piece::True(number)),
                None => missing.push(*cid),
            }
        }
        (pieces, missing)
    }
}

/// What travels between nodes.
pub(crate) type Network = crate::net::Network<Packet>;
