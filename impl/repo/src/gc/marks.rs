//! Spec: spec/repo/gc.md
//!
//! The compact set of blocks to keep.

use ipfs_data::cid::{Cid, Multihash, codec};
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

/// Tables that the set is spread over, so that growing one never doubles the whole.
const SHARDS: usize = 64;

/// Blocks to keep, as 16-byte keyed hashes: at most 40 bytes of memory per block. The keys are
/// random for each run, so nobody can choose two blocks that are mistaken for each other; by chance
/// it happens among 2^40 blocks with a probability below 2^-48.
// spec: gc.memory-bound
pub(super) struct Marks {
    keys: [RandomState; 2],
    shards: Vec<HashSet<u128, BuildHasherDefault<Identity>>>,
    /// Codecs met so far; the sweep asks for each, because it knows multihashes only.
    codecs: Vec<u64>,
}

/// The values are hashes already.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only 128-bit integers are hashed")
    }

    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Marks {
    pub(super) fn new() -> Self {
        Self {
            keys: [RandomState::new(), RandomState::new()],
            shards: (0..SHARDS).map(|_| HashSet::default()).collect(),
            codecs: Vec::new(),
        }
    }

    /// Marks the block of a CID. Whether the CID is new: the same block under another codec has
    /// other links, so it counts as new.
    pub(super) fn insert(&mut self, cid: &Cid) -> bool {
        if !self.codecs.contains(&cid.codec()) {
            self.codecs.push(cid.codec());
        }
        let key = self.key(cid.codec(), cid.hash());
        self.shards[shard(key)].insert(key)
    }

    /// Marks a block whose links don't matter.
    pub(super) fn insert_alone(&mut self, cid: &Cid) {
        self.insert(&Cid::new_v1(codec::RAW, *cid.hash()));
    }

    /// Whether the block is marked under any codec.
    // spec: gc.by-multihash
    pub(super) fn contains(&self, hash: &Multihash) -> bool {
        self.codecs.iter().any(|&codec| {
            let key = self.key(codec, hash);
            self.shards[shard(key)].contains(&key)
        })
    }

    fn key(&self, codec: u64, hash: &Multihash) -> u128 {
        let [high, low] = self.keys.each_ref().map(|state| {
            let mut hasher = state.build_hasher();
            hasher.write_u64(codec);
            hasher.write_u64(hash.code());
            hasher.write(hash.digest());
            hasher.finish()
        });
        u128::from(high) << 64 | u128::from(low)
    }
}

fn shard(key: u128) -> usize {
    (key >> 64) as usize % SHARDS
}
