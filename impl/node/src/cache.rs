//! Spec: spec/node/names.md
//!
//! Answers kept for a while: bounded in number, the one that was used longest ago goes first.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Entries with an end each.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    entries_max: usize,
    entries: HashMap<K, Entry<V>>,
    /// Keys by the time of their last use.
    by_use: BTreeMap<u64, K>,
    uses: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    until: Instant,
    used: u64,
}

impl<K: Hash + Eq + Clone, V> Cache<K, V> {
    /// An empty cache of at most so many entries; with zero it keeps nothing.
    pub(crate) fn new(entries_max: usize) -> Self {
        Self { entries_max, entries: HashMap::new(), by_use: BTreeMap::new(), uses: 0 }
    }

    /// The entry and how long it still holds.
    pub(crate) fn get(&mut self, key: &K, now: Instant) -> Option<(&V, Duration)> {
        let left = self.entries.get(key)?.until.saturating_duration_since(now);
        if left.is_zero() {
            self.remove(key);
            return None;
        }
        let entry = self.entries.get_mut(key)?;
        self.by_use.remove(&entry.used);
        self.uses += 1;
        entry.used = self.uses;
        self.by_use.insert(entry.used, key.clone());
        Some((&entry.value, left))
    }

    // spec: names.cache-bound
    /// Keeps an entry for so long.
    pub(crate) fn put(&mut self, key: K, value: V, ttl: Duration, now: Instant) {
        self.remove(&key);
        let Some(until) = now.checked_add(ttl).filter(|until| *until > now) else { return };
        if self.entries_max == 0 {
            return;
        }
        while self.entries.len() >= self.entries_max {
            let Some((_, oldest)) = self.by_use.pop_first() else { break };
            self.entries.remove(&oldest);
        }
        self.uses += 1;
        self.by_use.insert(self.uses, key.clone());
        self.entries.insert(key, Entry { value, until, used: self.uses });
    }

    /// Forgets an entry.
    pub(crate) fn remove(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.by_use.remove(&entry.used);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn entries_end() {
        let now = Instant::now();
        let mut cache = Cache::new(2);
        cache.put("a", 1, MINUTE, now);
        assert_eq!(cache.get(&"a", now + MINUTE / 2), Some((&1, MINUTE / 2)));
        assert_eq!(cache.get(&"a", now + MINUTE), None);
        assert!(cache.entries.is_empty() && cache.by_use.is_empty());
        cache.put("a", 1, Duration::ZERO, now);
        assert_eq!(cache.get(&"a", now), None);
    }

    #[test]
    fn the_least_used_goes_first() {
        let now = Instant::now();
        let mut cache = Cache::new(2);
        cache.put("a", 1, MINUTE, now);
        cache.put("b", 2, MINUTE, now);
        assert!(cache.get(&"a", now).is_some());
        cache.put("c", 3, MINUTE, now);
        assert!(cache.get(&"b", now).is_none() && cache.get(&"a", now).is_some());
        assert_eq!((cache.entries.len(), cache.by_use.len()), (2, 2));
        cache.remove(&"a");
        assert!(cache.get(&"a", now).is_none());
        assert_eq!((cache.entries.len(), cache.by_use.len()), (1, 1));
    }

    #[test]
    fn without_room_nothing_is_kept() {
        let now = Instant::now();
        let mut cache = Cache::new(0);
        cache.put("a", 1, MINUTE, now);
        assert!(cache.get(&"a", now).is_none());
    }
}
