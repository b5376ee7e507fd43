//! The blocks that a subject is given, the same at every run, and blocks that nobody has.

use crate::encode::{Cid, DAG_PB, RAW, file, sha512, write_car};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Blocks of some 30 bytes.
const SMALL: usize = 64;
/// Blocks of 4 KiB.
const MEDIUM: usize = 16;
/// Blocks of 256 KiB.
const LARGE: usize = 48;
/// The largest block that every implementation takes, in bytes.
const BLOCK_BYTES_MAX: usize = 2 << 20;

/// What a subject is given.
#[derive(Debug)]
pub struct Content {
    /// Small raw blocks.
    pub small: Vec<Cid>,
    /// Raw blocks of 4 KiB.
    pub medium: Vec<Cid>,
    /// Raw blocks of 256 KiB.
    pub large: Vec<Cid>,
    /// A raw block of 2 MiB.
    pub largest: Cid,
    /// A DAG-PB node, CID of version 0.
    pub node: Cid,
    /// A small raw block under SHA-512.
    pub sha512: Cid,
    blocks: BTreeMap<Cid, Vec<u8>>,
}

/// What a subject is given.
pub fn content() -> &'static Content {
    static CONTENT: OnceLock<Content> = OnceLock::new();
    CONTENT.get_or_init(Content::make)
}

impl Content {
    fn make() -> Self {
        let mut blocks = BTreeMap::new();
        let mut put = |cid: Cid, bytes: Vec<u8>| {
            blocks.insert(cid.clone(), bytes);
            cid
        };
        let mut raw = |bytes: Vec<u8>| put(Cid::of(RAW, &bytes), bytes);
        let small =
            (0..SMALL).map(|n| raw(format!("small block {n} of the wire").into())).collect();
        let medium = (0..MEDIUM).map(|n| raw(noise(n as u64 + 1, 4 << 10))).collect();
        let large = (0..LARGE).map(|n| raw(noise(n as u64 + 1000, 256 << 10))).collect();
        let largest = raw(noise(5000, BLOCK_BYTES_MAX));
        let node = file(b"a file of the wire\n", &[]);
        let node = put(Cid::v0(&node), node);
        let hashed = b"a block under SHA-512".to_vec();
        let sha512 = put(Cid::v1(RAW, &sha512(&hashed)), hashed);
        Self { small, medium, large, largest, node, sha512, blocks }
    }

    /// The bytes of a block.
    pub fn bytes(&self, cid: &Cid) -> &[u8] {
        let known = self.blocks.get(cid).or_else(|| {
            let same = |(own, _): &(&Cid, &Vec<u8>)| own.multihash() == cid.multihash();
            self.blocks.iter().find(same).map(|(_, bytes)| bytes)
        });
        known.map_or(&[], Vec::as_slice)
    }

    /// All of it as a CAR.
    pub fn car(&self) -> Vec<u8> {
        let blocks = self.blocks.iter().map(|(cid, bytes)| (cid, bytes.as_slice()));
        write_car(std::slice::from_ref(&self.node), blocks)
    }
}

/// Bytes without a pattern (xorshift64*).
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        bytes.extend(state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// A number that no run before has used, so that nobody has what is made of it.
fn fresh() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let start = since.as_nanos() as u64 ^ u64::from(std::process::id()).rotate_left(40);
    start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x1_0000_0001))
}

/// A raw block that nobody has, of this many bytes.
pub fn unheard(length: usize) -> (Cid, Vec<u8>) {
    let bytes = noise(fresh(), length);
    (Cid::of(RAW, &bytes), bytes)
}

/// CIDs that nobody has.
pub fn nowhere(count: usize) -> Vec<Cid> {
    (0..count).map(|_| unheard(32).0).collect()
}

/// A UnixFS file that nobody has, as its blocks; the root comes first.
pub fn unheard_file(parts: usize, length: usize) -> Vec<(Cid, Vec<u8>)> {
    let leaves: Vec<(Cid, Vec<u8>)> = (0..parts).map(|_| unheard(length)).collect();
    let links: Vec<_> = leaves
        .iter()
        .map(|(cid, bytes)| {
            let tsize = bytes.len() as u64;
            (crate::encode::Link { name: String::new(), cid: cid.clone(), tsize }, tsize)
        })
        .collect();
    let root = file(b"", &links);
    let mut all = vec![(Cid::of(DAG_PB, &root), root)];
    all.extend(leaves);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_at_every_run_and_the_rest_is_not() {
        assert_eq!(Content::make().car(), content().car());
        assert_eq!(content().small.len(), SMALL);
        assert_ne!(unheard(32).0, unheard(32).0);
        for (cid, bytes) in &content().blocks {
            assert_eq!(cid.verifies(bytes), Some(true));
        }
    }
}
