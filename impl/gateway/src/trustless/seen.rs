//! Spec: spec/gateway/trustless.md
//!
//! Which blocks an archive has already. CIDs are remembered as 128 bits of a hash whose key is
//! drawn anew for each archive, so that nobody can prepare two that look alike.

use ipfs_data::cid::Cid;
use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// Most blocks that are remembered: as many as fit a table of 2^22 places (about 70 MiB).
pub const REMEMBERED_MAX: usize = (1 << 22) / 8 * 7;

/// More than [`REMEMBERED_MAX`] different blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "more than {REMEMBERED_MAX} different blocks: ask with car-dups=y, or for parts of the graph"
)]
pub struct Full;

/// What is remembered of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Mark {
    /// It was sent.
    Sent,
    /// It was sent, and all of the file below it.
    Walked,
}

/// The memory of one archive.
#[derive(Debug)]
pub(super) struct Seen {
    keys: [RandomState; 2],
    marks: HashSet<Fingerprint, BuildHasherDefault<Truncating>>,
    max: usize,
}

type Fingerprint = (u64, u64);

impl Seen {
    pub(super) fn new(max: usize) -> Self {
        Self { keys: Default::default(), marks: HashSet::default(), max }
    }

    fn fingerprint(&self, cid: &Cid, mark: Mark) -> Fingerprint {
        let [first, second] = &self.keys;
        (first.hash_one((cid, mark)), second.hash_one((cid, mark)))
    }

    /// Remembers it; false when it was remembered before.
    pub(super) fn insert(&mut self, cid: &Cid, mark: Mark) -> Result<bool, Full> {
        let fingerprint = self.fingerprint(cid, mark);
        if self.marks.contains(&fingerprint) {
            return Ok(false);
        }
        if self.marks.len() >= self.max {
            return Err(Full);
        }
        Ok(self.marks.insert(fingerprint))
    }
}

/// Takes the first half of a fingerprint, which is a good hash already.
#[derive(Debug, Default)]
struct Truncating(u64);

impl Hasher for Truncating {
    fn write_u64(&mut self, half: u64) {
        self.0 ^= half;
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_up_to_its_bound() {
        let cid = |text| ipfs_data::cid::parse(text).expect("a CID");
        let raw = cid("bafkreidwslb22nkaxoadyaqlhlxgntmiq4jdenhkbrxhcq6avxlt75br5u");
        let other = cid("bafkreidumeob2zcvwu2deorb7ajtu32d3q5idchhxfdps3omfdo6smx4wi");
        let mut seen = Seen::new(2);
        assert_eq!(seen.insert(&raw, Mark::Sent), Ok(true));
        assert_eq!(seen.insert(&raw, Mark::Sent), Ok(false));
        assert_eq!(seen.insert(&raw, Mark::Walked), Ok(true));
        assert_eq!(seen.insert(&other, Mark::Sent), Err(Full));
        assert_eq!(seen.insert(&raw, Mark::Walked), Ok(false));
    }
}
