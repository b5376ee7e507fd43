//! Spec: spec/protocol/bitswap.md
//!
//! Whom a broadcast goes to. Most peers of a node never have what it wants, so they are spared.

use super::Outlet;
use super::remote::Remote;
use crate::PeerId;
use std::collections::BTreeMap;

// spec: bitswap.broadcast-control
/// The peers of one broadcast: those that were useful before, those nearby, those of our choice,
/// and a few others.
pub(super) fn peers(common: &mut Outlet, remotes: &BTreeMap<PeerId, Remote>) -> Vec<PeerId> {
    let control = common.config.broadcast.clone();
    if !control.enabled {
        return remotes.keys().copied().collect();
    }
    let (mut chosen, mut others) = (Vec::new(), Vec::new());
    for (peer, remote) in remotes {
        let near = !control.local_peers && remote.traits.local;
        let own = !control.peered_peers && remote.traits.peered;
        let pending = control.to_pending_peers && remote.has_message();
        match remote.target || near || own || pending {
            true => chosen.push(*peer),
            false => others.push(*peer),
        }
    }
    for _ in 0..control.random_peers_max.min(others.len()) {
        chosen.push(others.swap_remove(common.random.below(others.len())));
    }
    let mut skipped = others.len();
    if let Some(most) = control.peers_max {
        // With more than may be asked, chance decides.
        while chosen.len() > most {
            chosen.swap_remove(common.random.below(chosen.len()));
            skipped += 1;
        }
    }
    common.stat.broadcasts_skipped += skipped as u64;
    chosen
}
