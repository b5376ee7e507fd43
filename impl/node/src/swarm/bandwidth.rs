//! Spec: spec/node/swarm.md
//!
//! Bytes that streams moved: all together, per protocol and per peer.

use super::{PeerId, lock};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Protocols and peers that are counted apart; beyond that only the total grows.
const METERS_MAX: usize = 4096;

/// Weight of the last second in a rate.
const RATE_WEIGHT: f64 = 0.25;

/// Bytes moved so far, and how fast they move.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// Bytes received.
    pub bytes_in: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Received bytes a second, smoothed over some seconds.
    pub rate_in: f64,
    /// Sent bytes a second, smoothed over some seconds.
    pub rate_out: f64,
}

/// One counter in both directions.
#[derive(Debug, Default)]
pub(super) struct Meter {
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    rate: Mutex<Rate>,
}

#[derive(Debug, Default)]
struct Rate {
    bytes_in: u64,
    bytes_out: u64,
    rate_in: f64,
    rate_out: f64,
    at: Option<Instant>,
}

impl Meter {
    pub(super) fn received(&self, bytes: usize) {
        self.bytes_in.fetch_add(bytes as u64, Relaxed);
    }

    pub(super) fn sent(&self, bytes: usize) {
        self.bytes_out.fetch_add(bytes as u64, Relaxed);
    }

    /// Takes a sample if the last one is a second old. Rates are made when asked for: counting
    /// costs no timer.
    fn totals(&self, now: Instant) -> Totals {
        let bytes_in = self.bytes_in.load(Relaxed);
        let bytes_out = self.bytes_out.load(Relaxed);
        let mut rate = lock(&self.rate);
        let seconds = rate.at.map(|at| now.saturating_duration_since(at).as_secs_f64());
        match seconds {
            None => {
                (rate.bytes_in, rate.bytes_out, rate.at) = (bytes_in, bytes_out, Some(now));
            }
            Some(seconds) if seconds >= 1.0 => {
                let keep = (1.0 - RATE_WEIGHT).powf(seconds);
                let smooth =
                    |old: f64, bytes: u64| keep * old + (1.0 - keep) * (bytes as f64 / seconds);
                rate.rate_in = smooth(rate.rate_in, bytes_in.saturating_sub(rate.bytes_in));
                rate.rate_out = smooth(rate.rate_out, bytes_out.saturating_sub(rate.bytes_out));
                (rate.bytes_in, rate.bytes_out, rate.at) = (bytes_in, bytes_out, Some(now));
            }
            Some(_) => {}
        }
        Totals { bytes_in, bytes_out, rate_in: rate.rate_in, rate_out: rate.rate_out }
    }
}

// spec: swarm.bandwidth
/// All counters.
#[derive(Debug, Default)]
pub(super) struct Bandwidth {
    total: Arc<Meter>,
    protocols: Mutex<HashMap<String, Arc<Meter>>>,
    peers: Mutex<HashMap<PeerId, Arc<Meter>>>,
}

/// The counters that one stream feeds.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    total: Arc<Meter>,
    protocol: Arc<Meter>,
    peer: Arc<Meter>,
}

impl Meters {
    pub(super) fn received(&self, bytes: usize) {
        [&self.total, &self.protocol, &self.peer].into_iter().for_each(|one| one.received(bytes));
    }

    pub(super) fn sent(&self, bytes: usize) {
        [&self.total, &self.protocol, &self.peer].into_iter().for_each(|one| one.sent(bytes));
    }
}

impl Bandwidth {
    pub(super) fn meters(&self, protocol: &str, peer: PeerId) -> Meters {
        Meters {
            total: self.total.clone(),
            protocol: meter(&self.protocols, protocol.to_owned()),
            peer: meter(&self.peers, peer),
        }
    }

    pub(super) fn total(&self) -> Totals {
        self.total.totals(Instant::now())
    }

    pub(super) fn protocol(&self, protocol: &str) -> Totals {
        let meter = lock(&self.protocols).get(protocol).cloned();
        meter.map(|meter| meter.totals(Instant::now())).unwrap_or_default()
    }

    pub(super) fn peer(&self, peer: &PeerId) -> Totals {
        let meter = lock(&self.peers).get(peer).cloned();
        meter.map(|meter| meter.totals(Instant::now())).unwrap_or_default()
    }

    /// Every protocol with its counters.
    pub(super) fn protocols(&self) -> Vec<(String, Totals)> {
        let now = Instant::now();
        let all = lock(&self.protocols);
        all.iter().map(|(name, meter)| (name.clone(), meter.totals(now))).collect()
    }
}

/// The counter of a key. When there are too many, those that no stream feeds go first.
fn meter<K: std::hash::Hash + Eq>(all: &Mutex<HashMap<K, Arc<Meter>>>, key: K) -> Arc<Meter> {
    let mut all = lock(all);
    if let Some(meter) = all.get(&key) {
        return meter.clone();
    }
    if all.len() >= METERS_MAX {
        all.retain(|_, meter| Arc::strong_count(meter) > 1);
    }
    let meter = Arc::new(Meter::default());
    if all.len() < METERS_MAX {
        all.insert(key, meter.clone());
    }
    meter
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// spec: swarm.bandwidth
    #[test]
    fn a_stream_feeds_three_counters() {
        let (bandwidth, peer) = (Bandwidth::default(), PeerId::random());
        let meters = bandwidth.meters("/a", peer);
        meters.received(10);
        meters.sent(3);
        for totals in [bandwidth.total(), bandwidth.protocol("/a"), bandwidth.peer(&peer)] {
            assert_eq!((totals.bytes_in, totals.bytes_out), (10, 3));
        }
        assert_eq!(bandwidth.protocol("/b"), Totals::default());
    }

    /// spec: swarm.bandwidth
    #[test]
    fn the_rate_follows() {
        let (meter, start) = (Meter::default(), Instant::now());
        meter.totals(start);
        for second in 1..40 {
            meter.received(1000);
            meter.totals(start + Duration::from_secs(second));
        }
        let rate = meter.totals(start + Duration::from_secs(39)).rate_in;
        assert!((990.0..=1000.0).contains(&rate), "{rate}");
        let later = meter.totals(start + Duration::from_secs(100)).rate_in;
        assert!(later < 1.0, "{later}");
    }

    #[test]
    fn counters_are_bounded() {
        let bandwidth = Bandwidth::default();
        for _ in 0..METERS_MAX + 100 {
            bandwidth.meters("/a", PeerId::random()).received(1);
        }
        assert!(lock(&bandwidth.peers).len() <= METERS_MAX);
        assert_eq!(bandwidth.total().bytes_in, METERS_MAX as u64 + 100);
    }
}
