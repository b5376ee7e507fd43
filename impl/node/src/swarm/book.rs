//! Spec: spec/node/swarm.md
//!
//! What is known about peers, connected or not: addresses, what identify told, round-trip times,
//! and which addresses failed lately.

use super::identify::Info;
use super::{Multiaddr, PeerId, lock};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

// spec: swarm.book-bounds
/// Peers remembered; those not heard of for longest go first, connected ones never.
const PEERS_MAX: usize = 4096;

/// Addresses remembered of one peer.
const ADDRESSES_MAX: usize = 128;

/// How long addresses of peers are kept that are not connected.
const ADDRESS_TTL: Duration = Duration::from_secs(30 * 60);

// spec: swarm.dial-back-off
/// First pause before a failed address is tried again without being asked to.
const BACK_OFF_FIRST: Duration = Duration::from_secs(5);

/// Longest pause.
const BACK_OFF_MAX: Duration = Duration::from_secs(5 * 60);

/// Weight of a new round-trip time in the average.
const LATENCY_WEIGHT: f64 = 0.1;

struct Address {
    until: Instant,
    /// By the peer itself.
    told: bool,
    failures: u32,
    retry_at: Option<Instant>,
}

struct Entry {
    addresses: HashMap<Multiaddr, Address>,
    info: Option<Arc<Info>>,
    latency: Option<Duration>,
    seen: Instant,
    connected: bool,
}

/// All peers.
#[derive(Default)]
pub(super) struct Book(Mutex<HashMap<PeerId, Entry>>);

impl Book {
    fn with<T>(&self, peer: PeerId, change: impl FnOnce(&mut Entry) -> T) -> T {
        let now = Instant::now();
        let mut all = lock(&self.0);
        if !all.contains_key(&peer) && all.len() >= PEERS_MAX {
            forget_some(&mut all);
        }
        let entry = all.entry(peer).or_insert_with(|| Entry {
            addresses: HashMap::new(),
            info: None,
            latency: None,
            seen: now,
            connected: false,
        });
        entry.seen = now;
        change(entry)
    }

    pub(super) fn add(&self, peer: PeerId, addresses: impl IntoIterator<Item = Multiaddr>) {
        let until = Instant::now() + ADDRESS_TTL;
        self.with(peer, |entry| {
            for address in addresses {
                if let Some(known) = entry.addresses.get_mut(&address) {
                    known.until = until;
                } else if entry.addresses.len() < ADDRESSES_MAX {
                    entry.addresses.insert(
                        address,
                        Address { until, told: false, failures: 0, retry_at: None },
                    );
                }
            }
        });
    }

    /// Every address that has not run out, sorted by text.
    pub(super) fn addresses(&self, peer: &PeerId) -> Vec<Multiaddr> {
        let now = Instant::now();
        let all = lock(&self.0);
        let mut addresses = all.get(peer).map(|entry| entry.living(now)).unwrap_or_default();
        addresses.sort_by_cached_key(ToString::to_string);
        addresses
    }

    /// All peers with addresses.
    pub(super) fn all(&self) -> Vec<(PeerId, Vec<Multiaddr>)> {
        let now = Instant::now();
        let all = lock(&self.0);
        let mut all: Vec<_> = all
            .iter()
            .filter(|(_, entry)| entry.connected || !entry.living(now).is_empty())
            .map(|(peer, entry)| (*peer, entry.living(now)))
            .collect();
        all.sort_by_cached_key(|(peer, _)| peer.to_string());
        all.iter_mut().for_each(|(_, list)| list.sort_by_cached_key(ToString::to_string));
        all
    }

    pub(super) fn set_connected(&self, peer: PeerId, connected: bool) {
        let until = Instant::now() + ADDRESS_TTL;
        self.with(peer, |entry| {
            entry.connected = connected;
            // What was valid while connected stays so for a while.
            entry.addresses.values_mut().for_each(|known| known.until = until);
        });
    }

    // spec: swarm.book-newer
    /// Takes over what a peer told; addresses that it told earlier and no more are forgotten.
    pub(super) fn identified(&self, peer: PeerId, info: Arc<Info>) {
        let told = &info.listen_addresses;
        self.with(peer, |entry| {
            entry.addresses.retain(|address, known| !known.told || told.contains(address));
        });
        self.add(peer, told.iter().cloned());
        self.with(peer, |entry| {
            for address in told {
                if let Some(known) = entry.addresses.get_mut(address) {
                    known.told = true;
                }
            }
            entry.info = Some(info.clone());
        });
    }

    pub(super) fn info(&self, peer: &PeerId) -> Option<Arc<Info>> {
        lock(&self.0).get(peer)?.info.clone()
    }

    pub(super) fn latency(&self, peer: &PeerId) -> Option<Duration> {
        lock(&self.0).get(peer)?.latency
    }

    /// Takes a round-trip time into the average.
    pub(super) fn measured(&self, peer: PeerId, round_trip: Duration) {
        self.with(peer, |entry| {
            entry.latency = Some(match entry.latency {
                None => round_trip,
                Some(old) => old.mul_f64(1.0 - LATENCY_WEIGHT) + round_trip.mul_f64(LATENCY_WEIGHT),
            });
        });
    }

    pub(super) fn failed(&self, peer: PeerId, address: &Multiaddr) {
        self.with(peer, |entry| {
            let Some(known) = entry.addresses.get_mut(address) else { return };
            let pause = BACK_OFF_FIRST + Duration::from_secs(u64::from(known.failures).pow(2));
            known.failures = known.failures.saturating_add(1).min(1000);
            known.retry_at = Some(Instant::now() + pause.min(BACK_OFF_MAX));
        });
    }

    /// Whether the address failed so lately that it should rest.
    pub(super) fn rests(&self, peer: &PeerId, address: &Multiaddr) -> bool {
        let all = lock(&self.0);
        let known = all.get(peer).and_then(|entry| entry.addresses.get(address));
        known.and_then(|known| known.retry_at).is_some_and(|at| Instant::now() < at)
    }

    /// Somebody asks for it explicitly: nothing rests.
    pub(super) fn clear_back_off(&self, peer: PeerId) {
        self.with(peer, |entry| {
            entry.addresses.values_mut().for_each(|known| {
                (known.failures, known.retry_at) = (0, None);
            });
        });
    }
}

impl Entry {
    fn living(&self, now: Instant) -> Vec<Multiaddr> {
        let lives = |known: &Address| self.connected || now < known.until;
        let living = self.addresses.iter().filter(|(_, known)| lives(known));
        living.map(|(address, _)| address.clone()).collect()
    }
}

/// Makes room for a sixteenth more, oldest first.
fn forget_some(all: &mut HashMap<PeerId, Entry>) {
    let mut old: Vec<(Instant, PeerId)> = all
        .iter()
        .filter(|(_, entry)| !entry.connected)
        .map(|(peer, entry)| (entry.seen, *peer))
        .collect();
    old.sort_unstable();
    for (_, peer) in old.into_iter().take(PEERS_MAX / 16) {
        all.remove(&peer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: usize) -> Multiaddr {
        format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap()
    }

    /// spec: swarm.book-bounds
    #[test]
    fn strangers_do_not_fill_the_book() {
        let (book, friend) = (Book::default(), PeerId::random());
        book.set_connected(friend, true);
        for _ in 0..PEERS_MAX + 10 {
            book.add(PeerId::random(), [address(1)]);
        }
        assert!(lock(&book.0).len() <= PEERS_MAX);
        assert!(lock(&book.0).contains_key(&friend));
        book.add(friend, (1..1000).map(address));
        assert_eq!(book.addresses(&friend).len(), ADDRESSES_MAX);
    }

    /// spec: swarm.dial-back-off
    #[test]
    fn failed_addresses_rest_until_asked_for() {
        let (book, peer) = (Book::default(), PeerId::random());
        book.add(peer, [address(1)]);
        assert!(!book.rests(&peer, &address(1)));
        book.failed(peer, &address(1));
        assert!(book.rests(&peer, &address(1)) && !book.rests(&peer, &address(2)));
        book.clear_back_off(peer);
        assert!(!book.rests(&peer, &address(1)));
    }

    /// spec: swarm.book-newer
    #[test]
    fn what_a_peer_tells_replaces_what_it_told() {
        let (book, peer) = (Book::default(), PeerId::random());
        let told = |ports: std::ops::Range<usize>| {
            let listen_addresses = ports.map(address).collect();
            Arc::new(Info { listen_addresses, ..Info::default() })
        };
        book.add(peer, [address(1)]);
        book.identified(peer, told(2..4));
        assert_eq!(book.addresses(&peer), [address(1), address(2), address(3)]);
        book.identified(peer, told(3..5));
        assert_eq!(book.addresses(&peer), [address(1), address(3), address(4)]);
    }

    #[test]
    fn latency_is_smoothed() {
        let (book, peer) = (Book::default(), PeerId::random());
        book.measured(peer, Duration::from_millis(100));
        assert_eq!(book.latency(&peer), Some(Duration::from_millis(100)));
        book.measured(peer, Duration::from_millis(200));
        assert_eq!(book.latency(&peer), Some(Duration::from_millis(110)));
    }
}
