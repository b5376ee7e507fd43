//! Spec: spec/node/swarm.md
//!
//! Peers that this node stays connected to: `Peering.Peers`.

use super::shared::Shared;
use super::task::{self, Command};
use super::{Multiaddr, PeerId, lock};
use rand::Rng;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::WeakSender;
use tokio::task::AbortHandle;

/// Why the connection manager leaves them alone.
const PROTECTION: &str = "ipfs-peering";

// spec: swarm.peering-back-off
/// Pause before the first attempt, at least: both sides should not dial at once.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// Longest pause between attempts.
const PAUSE_MAX: Duration = Duration::from_secs(10 * 60);

struct Entry {
    addresses: Vec<Multiaddr>,
    keeper: Option<AbortHandle>,
}

/// The peers to stay connected to.
#[derive(Default)]
pub(super) struct Peering(Mutex<State>);

#[derive(Default)]
struct State {
    peers: BTreeMap<PeerId, Entry>,
    started: Option<WeakSender<Command>>,
}

impl Peering {
    /// Begins to connect.
    pub(super) fn start(&self, shared: &Arc<Shared>, commands: WeakSender<Command>) {
        let mut state = lock(&self.0);
        state.started = Some(commands.clone());
        for (peer, entry) in &mut state.peers {
            entry.keeper.get_or_insert_with(|| keep(shared, &commands, *peer));
        }
    }

    // spec: swarm.peering
    /// Adds a peer, or replaces its addresses.
    pub(super) fn add(&self, shared: &Arc<Shared>, peer: PeerId, addresses: Vec<Multiaddr>) {
        shared.standings.protect(peer, PROTECTION);
        let mut state = lock(&self.0);
        let started = state.started.clone();
        let entry =
            state.peers.entry(peer).or_insert(Entry { addresses: Vec::new(), keeper: None });
        entry.addresses = addresses;
        if let (Some(commands), None) = (started, &entry.keeper) {
            entry.keeper = Some(keep(shared, &commands, peer));
        }
    }

    /// Whether it was there. A connection that stands is not closed.
    pub(super) fn remove(&self, shared: &Shared, peer: &PeerId) -> bool {
        shared.standings.unprotect(peer, PROTECTION);
        let removed = lock(&self.0).peers.remove(peer);
        if let Some(keeper) = removed.as_ref().and_then(|entry| entry.keeper.as_ref()) {
            keeper.abort();
        }
        removed.is_some()
    }

    pub(super) fn list(&self) -> Vec<(PeerId, Vec<Multiaddr>)> {
        let state = lock(&self.0);
        state.peers.iter().map(|(peer, entry)| (*peer, entry.addresses.clone())).collect()
    }

    pub(super) fn end(&self) {
        let mut state = lock(&self.0);
        state.started = None;
        for entry in state.peers.values_mut() {
            if let Some(keeper) = entry.keeper.take() {
                keeper.abort();
            }
        }
    }

    fn addresses(&self, peer: &PeerId) -> Vec<Multiaddr> {
        lock(&self.0).peers.get(peer).map(|entry| entry.addresses.clone()).unwrap_or_default()
    }
}

fn keep(shared: &Arc<Shared>, commands: &WeakSender<Command>, peer: PeerId) -> AbortHandle {
    tokio::spawn(stay_connected(shared.clone(), commands.clone(), peer)).abort_handle()
}

async fn stay_connected(shared: Arc<Shared>, commands: WeakSender<Command>, peer: PeerId) {
    let mut pause = FIRST_PAUSE;
    loop {
        if shared.table.is_connected(&peer) {
            pause = FIRST_PAUSE;
            shared.table.disconnected(&peer).await;
        }
        pause = longer(pause);
        tokio::time::sleep(pause).await;
        let Some(commands) = commands.upgrade() else { return };
        if shared.table.is_connected(&peer) {
            continue;
        }
        let addresses = shared.peering.addresses(&peer);
        shared.book.add(peer, addresses);
        shared.book.clear_back_off(peer);
        if let Err(error) = task::dial(&shared, &commands, peer).await {
            tracing::debug!("peering with {peer}: {error}");
        }
    }
}

/// One and a half to two and a half times as long.
fn longer(pause: Duration) -> Duration {
    let mut chance = rand::thread_rng();
    let longer = pause.mul_f64(1.5 + chance.r#gen::<f64>());
    match longer > PAUSE_MAX {
        true => PAUSE_MAX.mul_f64(1.0 - chance.r#gen::<f64>() / 10.0),
        false => longer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// spec: swarm.peering-back-off
    #[test]
    fn pauses_grow_and_end_growing() {
        let mut pause = FIRST_PAUSE;
        for round in 0..30 {
            let next = longer(pause);
            assert!(
                next >= pause || pause >= PAUSE_MAX.mul_f64(0.9),
                "{round}: {pause:?} {next:?}"
            );
            assert!(next <= PAUSE_MAX);
            pause = next;
        }
        assert!(pause >= PAUSE_MAX.mul_f64(0.9));
    }
}
