//! Spec: spec/gateway/denylist.md
//!
//! What is looked up in the lists: a block or a path, with the hashes of its names calculated when
//! the first list asks for them.

use super::list::{Key, hashed_key, ipfs_key, ipns_key, name_key};
use super::rule;
use ipfs_data::cid::{Cid, hash};
use ipfs_data::multihash;
use ipfs_data::path::{Namespace, Path};
use std::cell::RefCell;

/// One look-up.
pub(super) struct Query {
    below: String,
    roots: Vec<Key>,
    /// Texts that rules may hold the hash of.
    names: Vec<String>,
    /// The same of the older kind, which is always SHA2-256.
    legacy: Vec<String>,
    hashed: RefCell<Vec<Hashed>>,
}

/// A hash function and its digest length, and the keys made with it.
type Hashed = ((u64, usize), Vec<Key>);

impl Query {
    /// Whether this block may be read.
    // spec: denylist.block
    pub(super) fn block(cid: &Cid) -> Self {
        Self::ipfs(cid, String::new())
    }

    /// Whether this path may be resolved.
    // spec: denylist.before-resolving
    pub(super) fn path(path: &Path) -> Self {
        let below = path.segments().collect::<Vec<_>>().join("/");
        match (path.namespace(), path.cid()) {
            (Namespace::Ipns, _) | (_, None) => Self::ipns(path.root(), below),
            (_, Some(cid)) => Self::ipfs(cid, below),
        }
    }

    // spec: denylist.hashed-ipfs
    // spec: denylist.hashed-legacy
    fn ipfs(cid: &Cid, below: String) -> Self {
        let modern = rule::base58_text(cid.hash());
        Self {
            roots: vec![ipfs_key(cid.hash())],
            names: vec![joined(&modern, &below)],
            legacy: vec![format!("{}/{below}", rule::legacy_root(cid))],
            below,
            hashed: RefCell::default(),
        }
    }

    // spec: denylist.hashed-ipns
    fn ipns(name: &str, below: String) -> Self {
        if let Some(hash) = rule::key_hash(name) {
            return Self {
                roots: vec![ipns_key(&hash)],
                names: vec![joined(&rule::base58_text(&hash), &below)],
                legacy: vec![format!("{}/{below}", rule::legacy_key(hash))],
                below,
                hashed: RefCell::default(),
            };
        }
        let mut domains = vec![rule::domain(name)];
        // spec: denylist.inlined-name
        if !name.contains('.') && name.contains('-') {
            domains.push(rule::domain(&crate::dnslink_label::decode(name)));
        }
        Self {
            roots: domains.iter().map(|name| name_key(name)).collect(),
            names: domains.iter().map(|name| joined(&format!("/ipns/{name}"), &below)).collect(),
            legacy: domains.iter().map(|name| format!("{name}/{below}")).collect(),
            below,
            hashed: RefCell::default(),
        }
    }

    pub(super) fn below(&self) -> &str {
        &self.below
    }

    pub(super) fn root_keys(&self) -> impl Iterator<Item = &Key> {
        self.roots.iter()
    }

    /// Keys of the hashes that `function` (code, digest length) gives.
    pub(super) fn hashed_keys(&self, function: (u64, usize)) -> Vec<Key> {
        let mut known = self.hashed.borrow_mut();
        if let Some((_, keys)) = known.iter().find(|(known, _)| *known == function) {
            return keys.clone();
        }
        let (code, length) = function;
        let legacy = if function == (hash::SHA2_256, 32) { &self.legacy[..] } else { &[] };
        let sum = |name: &String| multihash::sum(code, name.as_bytes(), Some(length)).ok();
        let keys: Vec<Key> =
            self.names.iter().chain(legacy).filter_map(sum).map(|hash| hashed_key(&hash)).collect();
        known.push((function, keys.clone()));
        keys
    }
}

fn joined(root: &str, below: &str) -> String {
    match below.is_empty() {
        true => root.to_owned(),
        false => format!("{root}/{below}"),
    }
}
