//! Spec: spec/repo/README.md
//!
//! Stand-ins that unit tests of several modules share.

use crate::datastore::{Change, Datastore, Key, Pair, Pairs, Query, Result};
use crate::graph::Dag;
use ipfs_data::block;
use ipfs_data::cid::{Cid, Multihash, codec, hash};
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

/// A datastore that counts its batches.
#[derive(Debug, Default)]
pub(crate) struct MemoryDatastore {
    state: Mutex<(BTreeMap<Key, Vec<u8>>, usize)>,
}

impl MemoryDatastore {
    pub(crate) fn keys(&self) -> Vec<String> {
        self.state.lock().unwrap().0.keys().map(|key| key.as_str().to_owned()).collect()
    }

    pub(crate) fn batches(&self) -> usize {
        self.state.lock().unwrap().1
    }
}

impl Datastore for MemoryDatastore {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>> {
        Ok(self.state.lock().unwrap().0.get(key).cloned())
    }

    fn put(&self, key: &Key, value: &[u8]) -> Result<()> {
        self.state.lock().unwrap().0.insert(key.clone(), value.to_vec());
        Ok(())
    }

    fn delete(&self, key: &Key) -> Result<()> {
        self.state.lock().unwrap().0.remove(key);
        Ok(())
    }

    fn apply(&self, changes: &[Change]) -> Result<()> {
        let mut state = self.state.lock().unwrap();
        state.1 += 1;
        for change in changes {
            match change {
                Change::Put(key, value) => state.0.insert(key.clone(), value.clone()),
                Change::Delete(key) => state.0.remove(key),
            };
        }
        Ok(())
    }

    fn query(&self, query: &Query) -> Result<Pairs<'_>> {
        let pairs: Vec<Result<Pair>> = self
            .state
            .lock()
            .unwrap()
            .0
            .iter()
            .filter(|(key, _)| key.is_under(&query.prefix) && **key != query.prefix)
            .map(|(key, value)| {
                let value = if query.keys_only { Vec::new() } else { value.clone() };
                Ok((key.clone(), value))
            })
            .collect();
        Ok(Box::new(pairs.into_iter()))
    }

    fn sync(&self, _prefix: &Key) -> Result<()> {
        Ok(())
    }

    fn disk_usage(&self) -> Result<u64> {
        Ok(0)
    }
}

/// A CIDv1 made from a short name, dag-cbor as codec.
pub(crate) fn cid(name: &str) -> Cid {
    let mut digest = [0; 32];
    digest[..name.len()].copy_from_slice(name.as_bytes());
    Cid::new_v1(codec::DAG_CBOR, Multihash::wrap(hash::SHA2_256, &digest).unwrap())
}

/// A graph given as a table of names.
#[derive(Debug, Default)]
pub(crate) struct Table(HashMap<Cid, Vec<Cid>>);

impl Table {
    pub(crate) fn new(rows: &[(&str, &str)]) -> Self {
        let row =
            |(name, links): &(&str, &str)| (cid(name), links.split_whitespace().map(cid).collect());
        Self(rows.iter().map(row).collect())
    }

    pub(crate) fn insert(&mut self, name: &str, links: &str) {
        self.0.insert(cid(name), links.split_whitespace().map(cid).collect());
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(&cid(name));
    }

    pub(crate) fn remove_hash(&mut self, hash: &Multihash) {
        self.0.retain(|cid, _| cid.hash() != hash);
    }

    pub(crate) fn cids(&self) -> Vec<Cid> {
        self.0.keys().copied().collect()
    }

    pub(crate) fn names<T: FromIterator<String>>(&self) -> T {
        let name = |cid: &Cid| String::from_utf8_lossy(cid.hash().digest()).into_owned();
        self.0.keys().map(|cid| name(cid).trim_end_matches('\0').to_owned()).collect()
    }
}

impl Dag for Table {
    fn links(&self, cid: &Cid) -> std::result::Result<Vec<Cid>, block::Error> {
        self.0.get(cid).cloned().ok_or(block::Error::NotFound(*cid))
    }

    fn ensure(&self, cid: &Cid) -> std::result::Result<u64, block::Error> {
        self.links(cid).map(|links| 36 * links.len() as u64)
    }
}
