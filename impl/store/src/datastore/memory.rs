//! Spec: spec/repo/datastore.md
//!
//! A store that forgets everything at the end of the process.

use super::{Change, Datastore, Key, Pairs, Query, Result};
use std::collections::BTreeMap;
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Keys and values in memory (`"type": "mem"`).
#[derive(Debug, Default)]
pub struct Memory {
    values: RwLock<BTreeMap<Key, Vec<u8>>>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<Key, Vec<u8>>> {
        self.values.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<Key, Vec<u8>>> {
        self.values.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Datastore for Memory {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>> {
        Ok(self.read().get(key).cloned())
    }

    fn has(&self, key: &Key) -> Result<bool> {
        Ok(self.read().contains_key(key))
    }

    fn size(&self, key: &Key) -> Result<Option<u64>> {
        Ok(self.read().get(key).map(|value| value.len() as u64))
    }

    fn put(&self, key: &Key, value: &[u8]) -> Result<()> {
        self.write().insert(key.clone(), value.to_vec());
        Ok(())
    }

    fn delete(&self, key: &Key) -> Result<()> {
        self.write().remove(key);
        Ok(())
    }

    fn apply(&self, changes: &[Change]) -> Result<()> {
        let mut values = self.write();
        for change in changes {
            match change {
                Change::Put(key, value) => values.insert(key.clone(), value.clone()),
                Change::Delete(key) => values.remove(key),
            };
        }
        Ok(())
    }

    fn query(&self, query: &Query) -> Result<Pairs<'_>> {
        let pairs: Vec<_> = self
            .read()
            .iter()
            .filter(|(key, _)| **key != query.prefix && key.is_under(&query.prefix))
            .map(|(key, value)| {
                Ok((key.clone(), if query.keys_only { Vec::new() } else { value.clone() }))
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
