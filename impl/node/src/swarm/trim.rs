//! Spec: spec/node/swarm.md
//!
//! Which connections go when there are too many: those of the peers worth least.

use super::connections::{Connection, Direction};
use super::{PeerId, lock};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::config::Trimming;

/// Peers with tags; those that are not connected lose theirs when there are more.
const TAGGED_MAX: usize = 8192;

#[derive(Debug, Default, Clone)]
struct Standing {
    tags: BTreeMap<String, i64>,
    protections: BTreeSet<String>,
}

/// What is known about the worth of peers.
#[derive(Default)]
pub(super) struct Standings(Mutex<HashMap<PeerId, Standing>>);

impl Standings {
    /// Sets a tag; its weight counts towards the worth of the peer. 0 removes it.
    pub(super) fn tag(&self, peer: PeerId, name: &str, weight: i64) {
        let mut all = lock(&self.0);
        if weight == 0 {
            if let Some(standing) = all.get_mut(&peer) {
                standing.tags.remove(name);
            }
        } else if all.contains_key(&peer) || all.len() < TAGGED_MAX {
            all.entry(peer).or_default().tags.insert(name.to_owned(), weight);
        }
        all.retain(|_, standing| !standing.tags.is_empty() || !standing.protections.is_empty());
    }

    // spec: swarm.protection
    /// Never trims the peer while `why` holds.
    pub(super) fn protect(&self, peer: PeerId, why: &str) {
        lock(&self.0).entry(peer).or_default().protections.insert(why.to_owned());
    }

    /// Ends a protection; whether another one holds.
    pub(super) fn unprotect(&self, peer: &PeerId, why: &str) -> bool {
        let mut all = lock(&self.0);
        let Some(standing) = all.get_mut(peer) else { return false };
        standing.protections.remove(why);
        let others = !standing.protections.is_empty();
        if !others && standing.tags.is_empty() {
            all.remove(peer);
        }
        others
    }

    /// The last connection is gone: so is what it earned.
    pub(super) fn gone(&self, peer: &PeerId) {
        let mut all = lock(&self.0);
        let Some(standing) = all.get_mut(peer) else { return };
        standing.tags.clear();
        if standing.protections.is_empty() {
            all.remove(peer);
        }
    }

    // spec: swarm.trim
    /// The connections to close now: none below the high water mark; otherwise, of the peers that
    /// are neither protected nor new, the least worthy until the low water mark remains.
    pub(super) fn superfluous(
        &self,
        trimming: &Trimming,
        connections: Vec<Arc<Connection>>,
        now: Instant,
    ) -> Vec<Arc<Connection>> {
        let Trimming { high_water, low_water, grace, .. } = *trimming;
        if high_water == 0 || low_water == 0 || connections.len() < high_water {
            return Vec::new();
        }
        let mut peers: HashMap<PeerId, Vec<Arc<Connection>>> = HashMap::new();
        for connection in connections {
            peers.entry(connection.peer).or_default().push(connection);
        }
        let standings = lock(&self.0);
        let mut candidates: Vec<(Worth, Vec<Arc<Connection>>)> = peers
            .into_iter()
            .filter(|(peer, all)| {
                let protected = standings.get(peer).is_some_and(|one| !one.protections.is_empty());
                let first = all.iter().map(|connection| connection.opened).min();
                let new = first.is_some_and(|opened| now.saturating_duration_since(opened) < grace);
                !protected && !new
            })
            .map(|(peer, all)| (Worth::of(standings.get(&peer), &all), all))
            .collect();
        drop(standings);
        let count: usize = candidates.iter().map(|(_, all)| all.len()).sum();
        candidates.sort_by_key(|(worth, _)| *worth);
        let (mut chosen, excess) = (Vec::new(), count.saturating_sub(low_water));
        for (_, all) in candidates {
            if chosen.len() >= excess {
                break;
            }
            chosen.extend(all);
        }
        chosen
    }
}

/// Least worthy first: tags, then whether it is used, then who began, then how much it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Worth {
    tags: i64,
    used: bool,
    outbound: bool,
    streams: usize,
}

impl Worth {
    fn of(standing: Option<&Standing>, connections: &[Arc<Connection>]) -> Self {
        let tags = standing.map(|standing| standing.tags.values());
        let streams = connections.iter().map(|connection| connection.streams_count()).sum();
        Self {
            tags: tags.into_iter().flatten().fold(0, |sum, weight| sum.saturating_add(*weight)),
            used: streams > 0,
            outbound: connections.iter().all(|one| one.direction == Direction::Outbound),
            streams,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits::{LimitSet, Limits};
    use super::*;
    use libp2p::swarm::ConnectionId;
    use std::time::Duration;
    use tokio::sync::mpsc;

    fn connection(id: usize, direction: Direction) -> Arc<Connection> {
        let limits = Limits::new(LimitSet::unlimited());
        let permit = limits.pending(direction, false, false).unwrap();
        let remote = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
        let (id, peer) = (ConnectionId::new_unchecked(id), PeerId::random());
        Arc::new(Connection::new(
            id,
            peer,
            direction,
            remote,
            mpsc::channel(1).0,
            [Some(permit), None],
        ))
    }

    fn trimming(high_water: usize, low_water: usize) -> Trimming {
        Trimming { high_water, low_water, ..Trimming::default() }
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    /// spec: swarm.trim, swarm.protection
    #[test]
    fn the_least_worthy_go() {
        let standings = Standings::default();
        let all: Vec<_> = (0..10)
            .map(|id| connection(id, if id < 5 { Direction::Inbound } else { Direction::Outbound }))
            .collect();
        let used = |index: usize| all[index].stream_opened("/x".into(), Direction::Inbound);
        used(0);
        used(9);
        standings.tag(all[1].peer, "a", 5);
        standings.tag(all[2].peer, "a", -5);
        standings.protect(all[3].peer, "p");
        let chosen = standings.superfluous(&trimming(9, 5), all.clone(), later());
        let ids: BTreeSet<_> = chosen.iter().map(|connection| connection.id).collect();
        // Nine candidates; the tagged down and three unused go, inbound ones first.
        assert_eq!(chosen.len(), 4);
        assert_eq!(chosen[0].id, all[2].id);
        assert_eq!(chosen[1].id, all[4].id);
        assert!([0, 1, 3, 9].iter().all(|&index| !ids.contains(&all[index].id)));
    }

    /// spec: swarm.trim
    #[test]
    fn few_and_new_connections_stay() {
        let standings = Standings::default();
        let all: Vec<_> = (0..10).map(|id| connection(id, Direction::Inbound)).collect();
        assert!(standings.superfluous(&trimming(11, 2), all.clone(), later()).is_empty());
        assert!(standings.superfluous(&trimming(5, 2), all.clone(), Instant::now()).is_empty());
        assert!(standings.superfluous(&trimming(0, 0), all.clone(), later()).is_empty());
        assert_eq!(standings.superfluous(&trimming(5, 2), all, later()).len(), 8);
    }

    /// spec: swarm.protection
    #[test]
    fn protections_are_counted_by_reason() {
        let (standings, peer) = (Standings::default(), PeerId::random());
        standings.protect(peer, "a");
        standings.protect(peer, "b");
        standings.tag(peer, "t", 1);
        standings.gone(&peer);
        assert!(standings.unprotect(&peer, "a"));
        assert!(!standings.unprotect(&peer, "b"));
        assert!(lock(&standings.0).is_empty());
    }
}
