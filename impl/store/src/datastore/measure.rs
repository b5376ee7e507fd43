//! Spec: spec/repo/datastore.md
//!
//! A wrapper that counts what is done with a store.

use super::{Change, Datastore, Key, Pairs, Query, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often each operation was called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// `get`
    pub get: u64,
    /// `has`
    pub has: u64,
    /// `size`
    pub size: u64,
    /// `put`, and puts in batches
    pub put: u64,
    /// `delete`, and deletes in batches
    pub delete: u64,
    /// `query`
    pub query: u64,
    /// Operations that failed.
    pub errors: u64,
}

/// A counted store (`"type": "measure"`).
#[derive(Debug)]
pub struct Measure {
    inner: Arc<dyn Datastore>,
    name: String,
    counters: [AtomicU64; 7],
}

#[derive(Clone, Copy)]
enum Operation {
    Get,
    Has,
    Size,
    Put,
    Delete,
    Query,
    Error,
}

impl Measure {
    /// Counts the operations on `inner` under a name.
    pub fn new(name: &str, inner: Arc<dyn Datastore>) -> Self {
        Self { inner, name: name.to_owned(), counters: Default::default() }
    }

    /// The name given in the configuration as `prefix`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        let count = |operation| self.counters[operation as usize].load(Ordering::Relaxed);
        Counts {
            get: count(Operation::Get),
            has: count(Operation::Has),
            size: count(Operation::Size),
            put: count(Operation::Put),
            delete: count(Operation::Delete),
            query: count(Operation::Query),
            errors: count(Operation::Error),
        }
    }

    fn count<T>(&self, operation: Operation, result: Result<T>) -> Result<T> {
        self.counters[operation as usize].fetch_add(1, Ordering::Relaxed);
        if result.is_err() {
            self.counters[Operation::Error as usize].fetch_add(1, Ordering::Relaxed);
        }
        result
    }
}

impl Datastore for Measure {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>> {
        self.count(Operation::Get, self.inner.get(key))
    }

    fn has(&self, key: &Key) -> Result<bool> {
        self.count(Operation::Has, self.inner.has(key))
    }

    fn size(&self, key: &Key) -> Result<Option<u64>> {
        self.count(Operation::Size, self.inner.size(key))
    }

    fn put(&self, key: &Key, value: &[u8]) -> Result<()> {
        self.count(Operation::Put, self.inner.put(key, value))
    }

    fn delete(&self, key: &Key) -> Result<()> {
        self.count(Operation::Delete, self.inner.delete(key))
    }

    fn apply(&self, changes: &[Change]) -> Result<()> {
        for change in changes {
            let operation = match change {
                Change::Put(..) => Operation::Put,
                Change::Delete(_) => Operation::Delete,
            };
            self.counters[operation as usize].fetch_add(1, Ordering::Relaxed);
        }
        let result = self.inner.apply(changes);
        if result.is_err() {
            self.counters[Operation::Error as usize].fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    fn query(&self, query: &Query) -> Result<Pairs<'_>> {
        self.count(Operation::Query, self.inner.query(query))
    }

    fn sync(&self, prefix: &Key) -> Result<()> {
        self.inner.sync(prefix)
    }

    fn disk_usage(&self) -> Result<u64> {
        self.inner.disk_usage()
    }

    fn put_deferred(&self, key: &Key, value: &[u8]) -> Result<()> {
        self.count(Operation::Put, self.inner.put_deferred(key, value))
    }

    fn flush(&self) -> Result<()> {
        self.inner.flush()
    }

    fn prefetch(&self, keys: &[Key]) {
        self.inner.prefetch(keys);
    }

    fn close(&self) -> Result<()> {
        self.inner.close()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Memory;
    use super::*;

    #[test]
    fn counts_what_passes_through() {
        let store = Measure::new("m", Arc::new(Memory::new()));
        let key = Key::new("/k");
        store.put(&key, b"v").unwrap();
        store.apply(&[Change::Put(key.clone(), vec![]), Change::Delete(key.clone())]).unwrap();
        assert!(store.get(&key).unwrap().is_none());
        assert_eq!(store.counts(), Counts { put: 2, delete: 1, get: 1, ..Counts::default() });
    }
}
