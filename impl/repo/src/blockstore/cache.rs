//! Spec: spec/repo/blockstore.md
//!
//! Remembers which blocks are here and which are not, so that repeated questions cost no system
//! call. Two generations: when the young one is full it becomes the old one, and what was old is
//! forgotten, so both the size and the age of answers are bounded.

use ipfs_data::cid::Multihash;
use std::collections::HashMap;
use std::sync::Mutex;

/// Bytes of a multihash that serve as its name in the cache, taken from its end. Digests are
/// spread evenly, so that two blocks never share them by chance.
const NAME_BYTES: usize = 20;

type Name = [u8; NAME_BYTES];

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Name, bool>,
    old: HashMap<Name, bool>,
    /// Puts and deletions so far.
    changes: u64,
}

/// A moment before the store was asked: an answer is kept only if nothing was put or deleted
/// since, because it may be older than that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked(u64);

#[derive(Debug)]
pub(super) struct HasCache {
    entries_max: usize,
    generations: Mutex<Generations>,
}

impl HasCache {
    pub(super) fn new(entries_max: usize) -> Self {
        Self { entries_max, generations: Mutex::default() }
    }

    /// Whether a block is known to be here (`true`), known to be absent (`false`) or neither.
    pub(super) fn known(&self, multihash: &Multihash) -> Option<bool> {
        let name = self.name(multihash)?;
        let generations = self.lock();
        generations.young.get(&name).or_else(|| generations.old.get(&name)).copied()
    }

    pub(super) fn is_absent(&self, multihash: &Multihash) -> bool {
        self.known(multihash) == Some(false)
    }

    /// To be called before the store is asked.
    pub(super) fn ask(&self) -> Asked {
        Asked(self.lock().changes)
    }

    /// Remembers what the store answered.
    // spec: blockstore.cache-is-never-behind
    pub(super) fn learn(&self, multihash: &Multihash, here: bool, asked: Asked) {
        self.set(multihash, |changes| (*changes == asked.0).then_some(here));
    }

    /// Remembers a block that was put just now.
    pub(super) fn put(&self, multihash: &Multihash) {
        self.set(multihash, |changes| {
            *changes += 1;
            Some(true)
        });
    }

    /// Forgets a block that was deleted just now.
    pub(super) fn forget(&self, multihash: &Multihash) {
        let mut generations = self.lock();
        generations.changes += 1;
        let Some(name) = self.name(multihash) else { return };
        generations.young.remove(&name);
        generations.old.remove(&name);
    }

    fn set(&self, multihash: &Multihash, here: impl FnOnce(&mut u64) -> Option<bool>) {
        let Some(name) = self.name(multihash) else { return };
        let mut generations = self.lock();
        let Some(here) = here(&mut generations.changes) else { return };
        if generations.young.len() >= self.entries_max.div_ceil(2) {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(name, here);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Short digests are not cached: their bytes are no safe name.
    fn name(&self, multihash: &Multihash) -> Option<Name> {
        if self.entries_max == 0 {
            return None;
        }
        let digest = multihash.digest();
        let mut name: Name =
            digest.get(digest.len().checked_sub(NAME_BYTES)?..)?.try_into().ok()?;
        // Different functions give different names.
        for (byte, code) in name.iter_mut().zip(multihash.code().to_le_bytes()) {
            *byte ^= code;
        }
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn multihash(number: u32) -> Multihash {
        let mut digest = [7u8; 32];
        digest[28..].copy_from_slice(&number.to_be_bytes());
        Multihash::wrap(0x12, &digest).unwrap()
    }

    #[test]
    fn remembers_forgets_and_stays_small() {
        let cache = HasCache::new(10);
        cache.put(&multihash(1));
        cache.learn(&multihash(2), false, cache.ask());
        assert_eq!(cache.known(&multihash(1)), Some(true));
        assert!(cache.is_absent(&multihash(2)));
        cache.forget(&multihash(1));
        assert_eq!(cache.known(&multihash(1)), None);
        (10..1000).for_each(|number| cache.put(&multihash(number)));
        let generations = cache.lock();
        assert!(generations.young.len() + generations.old.len() <= 10);
    }

    #[test]
    fn no_entries_no_answers() {
        let cache = HasCache::new(0);
        cache.put(&multihash(1));
        assert_eq!(cache.known(&multihash(1)), None);
    }

    #[test]
    fn answers_older_than_a_change_are_not_kept() {
        let cache = HasCache::new(10);
        let asked = cache.ask();
        cache.put(&multihash(1));
        cache.learn(&multihash(1), false, asked);
        assert_eq!(cache.known(&multihash(1)), Some(true));
        let asked = cache.ask();
        cache.forget(&multihash(1));
        cache.learn(&multihash(1), true, asked);
        assert_eq!(cache.known(&multihash(1)), None);
        cache.learn(&multihash(1), false, cache.ask());
        assert!(cache.is_absent(&multihash(1)));
    }
}
