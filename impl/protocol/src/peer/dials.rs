//! Spec: spec/protocol/peer.md
//!
//! Whom to dial, and when again after a failure.

use super::{Config, PeerId};
use crate::Time;
use crate::bitswap::Violation;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug, Clone, Copy)]
struct Dial {
    /// When to dial; none while a dial is under way.
    due: Option<Time>,
    failures: u32,
}

/// Dials under way and those that wait.
#[derive(Debug)]
pub(super) struct Dials {
    running_max: usize,
    waiting_max: usize,
    attempts_max: u32,
    backoff_min: Duration,
    backoff_max: Duration,
    peers: BTreeMap<PeerId, Dial>,
    running: usize,
}

impl Dials {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            running_max: config.dials_max,
            waiting_max: config.dials_waiting_max,
            attempts_max: config.dial_attempts_max,
            backoff_min: config.dial_backoff_min,
            backoff_max: config.dial_backoff_max,
            peers: BTreeMap::new(),
            running: 0,
        }
    }

    // spec: peer.dials-max
    /// Someone needs this peer.
    pub(super) fn want(&mut self, now: Time, peer: PeerId) {
        if !self.peers.contains_key(&peer) && self.peers.len() < self.waiting_max {
            self.peers.insert(peer, Dial { due: Some(now), failures: 0 });
        }
    }

    pub(super) fn connected(&mut self, peer: &PeerId) {
        if let Some(dial) = self.peers.remove(peer)
            && dial.due.is_none()
        {
            self.running -= 1;
        }
    }

    // spec: peer.dial-backoff
    pub(super) fn failed(&mut self, now: Time, peer: PeerId) {
        let Some(dial) = self.peers.get_mut(&peer) else { return };
        if dial.due.is_some() {
            return;
        }
        self.running -= 1;
        dial.failures += 1;
        if dial.failures >= self.attempts_max {
            self.peers.remove(&peer);
            return;
        }
        let doubled = self.backoff_min.saturating_mul(1 << (dial.failures - 1).min(16));
        dial.due = Some(now + doubled.min(self.backoff_max));
    }

    /// A peer to dial now.
    pub(super) fn next(&mut self, now: Time) -> Option<PeerId> {
        if self.running >= self.running_max {
            return None;
        }
        let (peer, dial) =
            self.peers.iter_mut().find(|(_, dial)| dial.due.is_some_and(|due| due <= now))?;
        dial.due = None;
        self.running += 1;
        Some(*peer)
    }

    /// When the next dial is due. None while no more may run: one of them ends first.
    pub(super) fn timeout(&self) -> Option<Time> {
        if self.running >= self.running_max {
            return None;
        }
        self.peers.values().filter_map(|dial| dial.due).min()
    }

    pub(super) fn check(&self) -> Result<(), Violation> {
        let running = self.peers.values().filter(|dial| dial.due.is_none()).count();
        Violation::unless(running == self.running, || {
            format!("{running} dials are under way, {} are counted", self.running)
        })?;
        Violation::unless(self.running <= self.running_max, || "too many dials".into())?;
        Violation::unless(self.peers.len() <= self.waiting_max, || "too many dials wait".into())
    }
}
