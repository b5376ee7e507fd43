//! Spec: spec/repo/leveldb.md
//!
//! Open tables and recently read blocks, both bounded.

use super::block::Block;
use super::files;
use super::table::{Handle, Table};
use crate::datastore::Result;
use crate::disk::DiskRef;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Forgets what was used longest ago once the weights exceed a bound.
#[derive(Debug)]
struct Lru<K, V> {
    entries: HashMap<K, (V, usize, u64)>,
    by_age: BTreeMap<u64, K>,
    clock: u64,
    weight: usize,
    weight_max: usize,
}

impl<K: Copy + Eq + Hash, V: Clone> Lru<K, V> {
    fn new(weight_max: usize) -> Self {
        let (entries, by_age) = Default::default();
        Self { entries, by_age, clock: 0, weight: 0, weight_max }
    }

    fn get(&mut self, key: K) -> Option<V> {
        let (value, _, age) = self.entries.get_mut(&key)?;
        self.by_age.remove(age);
        self.clock += 1;
        *age = self.clock;
        self.by_age.insert(self.clock, key);
        Some(value.clone())
    }

    fn put(&mut self, key: K, value: V, weight: usize) {
        self.remove(key);
        self.clock += 1;
        self.entries.insert(key, (value, weight, self.clock));
        self.by_age.insert(self.clock, key);
        self.weight += weight;
        while self.weight > self.weight_max
            && let Some((_, oldest)) = self.by_age.first_key_value()
        {
            let oldest = *oldest;
            self.remove(oldest);
        }
    }

    fn remove(&mut self, key: K) {
        if let Some((_, weight, age)) = self.entries.remove(&key) {
            self.by_age.remove(&age);
            self.weight -= weight;
        }
    }
}

/// The tables of one database.
#[derive(Debug)]
pub(super) struct Tables {
    disk: DiskRef,
    directory: PathBuf,
    open: Mutex<Lru<u64, Arc<Table>>>,
    blocks: Mutex<Lru<(u64, u64), Arc<Block>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Tables {
    /// Keeps at most `tables_max` files open and `blocks_bytes_max` of blocks.
    pub(super) fn new(
        disk: DiskRef,
        directory: PathBuf,
        tables_max: usize,
        blocks_bytes_max: usize,
    ) -> Self {
        Self {
            disk,
            directory,
            open: Mutex::new(Lru::new(tables_max)),
            blocks: Mutex::new(Lru::new(blocks_bytes_max)),
        }
    }

    /// An open table.
    pub(super) fn table(&self, number: u64) -> Result<Arc<Table>> {
        if let Some(table) = locked(&self.open).get(number) {
            return Ok(table);
        }
        let path = files::existing_table(&*self.disk, &self.directory, number);
        let table = Arc::new(Table::open(&*self.disk, &path, number)?);
        locked(&self.open).put(number, table.clone(), 1);
        Ok(table)
    }

    /// A block of a table, from the cache if possible.
    pub(super) fn block(
        &self,
        table: &Table,
        number: u64,
        handle: Handle,
        keep: bool,
    ) -> Result<Arc<Block>> {
        let key = (number, handle.offset);
        if let Some(block) = locked(&self.blocks).get(key) {
            return Ok(block);
        }
        let block = Arc::new(table.read_block(handle)?);
        if keep {
            locked(&self.blocks).put(key, block.clone(), block.bytes());
        }
        Ok(block)
    }

    /// Closes a table and removes its file; failures leave an orphan for the next clean-up.
    pub(super) fn discard(&self, number: u64) {
        locked(&self.open).remove(number);
        let path = files::existing_table(&*self.disk, &self.directory, number);
        let _ = self.disk.remove_file(&path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entries_go_first() {
        let mut lru = Lru::new(3);
        for number in 0..3 {
            lru.put(number, number * 10, 1);
        }
        assert_eq!(lru.get(0), Some(0));
        lru.put(3, 30, 1);
        assert_eq!(lru.get(1), None);
        assert_eq!(lru.get(0), Some(0));
        lru.put(9, 90, 4);
        assert_eq!(lru.weight, 0);
    }
}
