//! Cases of `spec/migrations/pinset.md`: pins that move into a pin set, and out of it.

use crate::case::{Check, MigrationCase, Suite, failed};
use crate::migrations::{Programs, Sample, Way, hash};
use multibase::Base;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a SHA-256 multihash.
const HASH_BYTES: usize = 34;
/// Subtrees of a node.
const FANOUT: usize = 256;
/// Levels of a tree.
const DEPTH_MAX: u32 = 16;
/// Pins of the sample that are direct; the others are recursive.
const DIRECT_PINS: usize = 5;

/// The cases.
pub(in crate::suites) const SUITE: Suite =
    Suite { name: "migrations/pinset", migrations: CASES, ..Suite::EMPTY };

const CASES: &[MigrationCase] = &[
    MigrationCase {
        name: "a few pins become a pin set",
        reqs: &["pinset.leaf-order", "2-to-3.lists-or-set"],
        run: |programs| becomes_a_set(programs, 20),
    },
    MigrationCase {
        name: "9000 pins become a pin set",
        reqs: &["pinset.buckets", "2-to-3.read-back"],
        run: |programs| becomes_a_set(programs, 9000),
    },
];

/// Pins whose blocks are not there: a link to one of them ends a tree.
fn becomes_a_set(programs: &Programs, pins: u32) -> Check {
    let keys: Vec<Vec<u8>> = (0..pins).map(|number| hash(&number.to_le_bytes())).collect();
    let (direct, recursive) = keys.split_at(DIRECT_PINS);
    let list = |keys: &[Vec<u8>]| {
        let keys: Vec<String> = keys.iter().map(|key| Base::Base58Btc.encode(key)).collect();
        serde_json::json!(keys).to_string().into_bytes()
    };
    let entries = [
        (b"/local/pins/direct/keys".to_vec(), list(direct)),
        (b"/local/pins/indirect/keys".to_vec(), b"{}".to_vec()),
        (b"/local/pins/recursive/keys".to_vec(), list(recursive)),
    ];
    let mut sample = Sample::new(2, &entries)?;
    programs.step(2, Way::Up, &mut sample)?;
    let blocks = sample.blocks().into_iter().map(|block| (hash(&block), block)).collect();
    for (name, keys) in [("direct", direct), ("recursive", recursive)] {
        let root = root_of(&blocks, name)?;
        let mut found = BTreeSet::new();
        tree(&blocks, &root, 0, &mut found)?;
        let missing = keys.iter().filter(|key| !found.contains(*key)).count();
        if missing > 0 || found.len() != keys.len() {
            return failed(format!("{name}: {} found, {missing} missing", found.len()));
        }
    }
    Ok(())
}

/// Blocks by hash.
type Blocks = BTreeMap<Vec<u8>, Vec<u8>>;

/// The links of a dag-pb node, in their order.
fn links(block: &[u8]) -> Vec<Vec<u8>> {
    let start = [0x0a, HASH_BYTES as u8, 0x12, 0x20];
    let windows = block.windows(2 + HASH_BYTES).filter(|window| window.starts_with(&start));
    windows.map(|window| window[2..].to_vec()).collect()
}

/// Where the node that names both trees leads under one of the names, which follows its hash.
fn root_of(blocks: &Blocks, name: &str) -> Check<Vec<u8>> {
    let named = |name: &str| [&[0x12, name.len() as u8], name.as_bytes()].concat();
    let at = |block: &[u8], name: &str| {
        block.windows(name.len() + 2).position(|window| window == named(name))
    };
    let both = |block: &&Vec<u8>| ["direct", "recursive"].iter().all(|n| at(block, n).is_some());
    let Some(block) = blocks.values().find(both) else {
        return failed("no block leads to both sets");
    };
    let end = at(block, name).unwrap_or_default();
    match end.checked_sub(HASH_BYTES) {
        Some(start) => Ok(block[start..end].to_vec()),
        None => failed(format!("no link before the name {name}")),
    }
}

/// Collects the keys of a tree, each of which must lie where the page says.
fn tree(blocks: &Blocks, node: &[u8], depth: u32, found: &mut BTreeSet<Vec<u8>>) -> Check {
    let Some(block) = blocks.get(node) else {
        return failed(format!("node {} is not there", Base::Base58Btc.encode(node)));
    };
    let links = links(block);
    if depth > DEPTH_MAX || links.len() < FANOUT {
        return failed(format!("a node with {} links at depth {depth}", links.len()));
    }
    let (subtrees, keys) = links.split_at(FANOUT);
    if !keys.is_sorted() {
        return failed(format!("the {} keys of a node are not sorted", keys.len()));
    }
    found.extend(keys.iter().cloned());
    let empty = hash(b"");
    for (index, subtree) in subtrees.iter().enumerate().filter(|(_, link)| **link != empty) {
        let mut below = BTreeSet::new();
        tree(blocks, subtree, depth + 1, &mut below)?;
        if let Some(key) = below.iter().find(|key| bucket(depth, key) != index) {
            return failed(format!("{} is in bucket {index}", Base::Base58Btc.encode(key)));
        }
        found.extend(below);
    }
    Ok(())
}

/// FNV-1a of the depth and the key.
fn bucket(depth: u32, key: &[u8]) -> usize {
    let bytes = depth.to_le_bytes();
    let sum = bytes
        .iter()
        .chain(key)
        .fold(0x811c_9dc5u32, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    sum as usize % FANOUT
}
