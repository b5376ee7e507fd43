//! Spec: spec/sim/link.md
//!
//! A node's access to the network: two queues, one in each direction, that all its connections
//! share.

use crate::rng::Rng;
use crate::time::{Time, nanos, transfer_nanos};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// What a full downlink queue does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// What does not fit is lost; the sender learns of it, narrows its window and sends again.
    Drop,
    /// Nothing is lost: only the senders' windows bound what waits.
    Wait,
}

/// The properties of an access link.
#[derive(Debug, Clone, PartialEq)]
pub struct Access {
    /// One-way latency of a path between two nodes that both have this value; a path between two
    /// different ones takes the mean.
    pub latency: Duration,
    /// Most that a segment is delayed on top, evenly distributed.
    pub jitter: Duration,
    /// Bytes per second that leave; 0 is no limit.
    pub up: u64,
    /// Bytes per second that come in; 0 is no limit.
    pub down: u64,
    /// Chance that a packet of [`super::PACKET_BYTES`] is lost on its way out.
    pub loss: f64,
    /// Bytes that the downlink queue holds.
    pub queue_bytes: u64,
    /// What happens to more.
    pub full: Full,
}

/// One direction of one connection, as its sender's uplink sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FlowId {
    pub(super) connection: u32,
    pub(super) generation: u32,
    /// 0: from the dialler.
    pub(super) side: u8,
}

/// A node's two queues and its connections.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) access: Access,
    pub(super) rng: Rng,
    pub(super) online: bool,
    /// Which part of a divided network it is in.
    pub(super) island: u32,
    /// Peers with whom there is a connection, or the beginning of one.
    pub(super) peers: BTreeMap<u32, u32>,
    /// Flows that have something to send, served in turn.
    pub(super) ring: VecDeque<FlowId>,
    pub(super) up_free: Time,
    pub(super) up_scheduled: bool,
    pub(super) down_free: Time,
    /// Bytes that the downlink dropped.
    pub(super) dropped: u64,
    /// Bytes that left and that came in, for the link's use.
    pub(super) sent: u64,
    pub(super) received: u64,
}

impl Host {
    pub(super) fn new(access: Access, rng: Rng) -> Self {
        Self {
            access,
            rng,
            online: true,
            island: 0,
            peers: BTreeMap::new(),
            ring: VecDeque::new(),
            up_free: Time::ZERO,
            up_scheduled: false,
            down_free: Time::ZERO,
            dropped: 0,
            sent: 0,
            received: 0,
        }
    }

    /// Takes bytes onto the uplink: when the last one has left.
    pub(super) fn transmit(&mut self, now: Time, bytes: u64) -> Time {
        self.up_free = self.up_free.max(now) + transfer_nanos(bytes, self.access.up);
        self.sent += bytes;
        self.up_free
    }

    /// Takes bytes into the downlink queue: when the last one is through, or `None` when the queue
    /// has no room.
    // spec: link.tail-drop
    pub(super) fn receive(&mut self, now: Time, bytes: u64) -> Option<Time> {
        let start = self.down_free.max(now);
        let waiting = u128::from(start.0 - now.0) * u128::from(self.access.down) / 1_000_000_000;
        if self.access.full == Full::Drop
            && waiting > 0
            && waiting + u128::from(bytes) > u128::from(self.access.queue_bytes)
        {
            self.dropped += bytes;
            return None;
        }
        self.down_free = start + transfer_nanos(bytes, self.access.down);
        self.received += bytes;
        Some(self.down_free)
    }

    /// A random delay up to the jitter, in nanoseconds.
    pub(super) fn jitter(&mut self) -> u64 {
        match nanos(self.access.jitter) {
            0 => 0,
            most => self.rng.below(most + 1),
        }
    }
}
