//! Spec: spec/migrations/pinset.md
//!
//! Many keys (binary CIDs), compactly in memory or streamed from where they are stored.

use crate::error::Error;
use sha2::{Digest, Sha256};

/// Keys that can be gone through as often as needed, each once and in the same order.
pub trait Keys {
    /// Calls `visit` with each key.
    fn each(&self, visit: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error>;
}

/// Keys in memory: their bytes and 8 bytes each.
#[derive(Debug, Clone, Default)]
pub struct KeyList {
    bytes: Vec<u8>,
    /// Where a key begins and how long it is.
    places: Vec<(u32, u32)>,
}

impl KeyList {
    /// How many.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Appends a key. Together they may have 4 GiB.
    pub fn push(&mut self, key: &[u8]) -> Result<(), Error> {
        let too_many = |_| Error::Step("more pins than this program can hold".into());
        let start = u32::try_from(self.bytes.len()).map_err(too_many)?;
        let length = u32::try_from(key.len()).map_err(too_many)?;
        self.bytes.extend_from_slice(key);
        self.places.push((start, length));
        Ok(())
    }

    /// The keys in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.places.iter().map(|place| slice(&self.bytes, *place))
    }

    /// Orders by bytes and drops repeated keys.
    pub fn sort(&mut self) {
        let Self { bytes, places } = self;
        places.sort_unstable_by(|a, b| slice(bytes, *a).cmp(slice(bytes, *b)));
        places.dedup_by(|a, b| slice(bytes, *a) == slice(bytes, *b));
    }

    /// Whether a key is in the list, which must be sorted.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.places.binary_search_by(|place| slice(&self.bytes, *place).cmp(key)).is_ok()
    }
}

fn slice(bytes: &[u8], (start, length): (u32, u32)) -> &[u8] {
    &bytes[start as usize..][..length as usize]
}

impl Keys for KeyList {
    fn each(&self, visit: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        self.iter().try_for_each(visit)
    }
}

/// Number and digest of a set of keys, whatever their order: equal for equal sets only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many.
    pub count: u64,
    digest: [u64; 4],
}

impl Tally {
    /// Counts a key, which must not have been counted before.
    pub fn add(&mut self, key: &[u8]) {
        self.count += 1;
        let hash = Sha256::digest(key);
        for (sum, part) in self.digest.iter_mut().zip(hash.chunks_exact(8)) {
            let part = part.try_into().map_or(0, u64::from_le_bytes);
            *sum = sum.wrapping_add(part);
        }
    }

    /// Counts all.
    pub fn of(keys: &dyn Keys) -> Result<Self, Error> {
        let mut tally = Self::default();
        keys.each(&mut |key| {
            tally.add(key);
            Ok(())
        })?;
        Ok(tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sorted_list_has_each_key_once() {
        let mut list = KeyList::default();
        for key in ["b", "", "abc", "b"] {
            list.push(key.as_bytes()).unwrap();
        }
        list.sort();
        assert_eq!(list.iter().collect::<Vec<_>>(), [&b""[..], b"abc", b"b"]);
        assert!(list.contains(b"abc") && !list.contains(b"ab"));
    }

    #[test]
    fn the_tally_ignores_order_and_notices_a_change() {
        let tally = |keys: &[&str]| {
            let mut tally = Tally::default();
            keys.iter().for_each(|key| tally.add(key.as_bytes()));
            tally
        };
        assert_eq!(tally(&["a", "b"]), tally(&["b", "a"]));
        assert_ne!(tally(&["a", "b"]), tally(&["a", "c"]));
        assert_ne!(tally(&["a"]), tally(&["a", "b"]));
    }
}
