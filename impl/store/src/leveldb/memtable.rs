//! Spec: spec/repo/leveldb.md
//!
//! Recent changes in memory, ordered like a table. Readers and one writer at a time.

use super::coding::{self, VALUE};
use super::cursor::Cursor;
use crate::datastore::Result;
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicUsize, Ordering as Memory};
use std::sync::{Arc, RwLock};

/// Bytes that an entry costs besides its key and value, roughly.
const ENTRY_OVERHEAD_BYTES: usize = 64;
/// Entries that a cursor copies under one lock.
const CHUNK_ENTRIES: usize = 64;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct MemKey {
    user: Box<[u8]>,
    sequence: Reverse<u64>,
}

/// A value, or `None` for a deletion.
type Slot = Option<Arc<[u8]>>;

/// An ordered table in memory.
#[derive(Debug, Default)]
pub(super) struct MemTable {
    map: RwLock<BTreeMap<MemKey, Slot>>,
    bytes: AtomicUsize,
}

impl MemTable {
    /// Adds changes with rising sequence numbers.
    pub(super) fn insert(&self, first: u64, changes: &[super::batch::Change<'_>]) {
        let mut map = self.map.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut bytes = 0;
        for (sequence, change) in (first..).zip(changes) {
            let value_bytes = change.value.map_or(0, <[u8]>::len);
            bytes += change.key.len() + value_bytes + ENTRY_OVERHEAD_BYTES;
            let key = MemKey { user: change.key.into(), sequence: Reverse(sequence) };
            map.insert(key, change.value.map(Arc::from));
        }
        self.bytes.fetch_add(bytes, Memory::Relaxed);
    }

    /// Roughly the memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Memory::Relaxed)
    }

    /// Whether there are no entries.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes() == 0
    }

    /// The newest change of a key up to a sequence number: `None` if this table knows nothing,
    /// `Some(None)` if it was deleted.
    pub(super) fn get(&self, user: &[u8], sequence: u64) -> Option<Slot> {
        let from = MemKey { user: user.into(), sequence: Reverse(sequence) };
        let map = self.map.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (key, slot) = map.range(from..).next()?;
        (*key.user == *user).then(|| slot.clone())
    }

    fn chunk(&self, from: Bound<&MemKey>) -> Vec<(Vec<u8>, Slot)> {
        let map = self.map.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        map.range((from, Bound::Unbounded))
            .take(CHUNK_ENTRIES)
            .map(|(key, slot)| {
                let kind = if slot.is_some() { VALUE } else { coding::DELETION };
                (coding::internal_key(&key.user, key.sequence.0, kind), slot.clone())
            })
            .collect()
    }
}

/// Walks over a table in memory. Entries added meanwhile may or may not be seen; their sequence
/// numbers tell.
#[derive(Debug)]
pub(super) struct MemCursor {
    table: Arc<MemTable>,
    chunk: Vec<(Vec<u8>, Slot)>,
    at: usize,
}

impl MemCursor {
    /// A cursor that is not at any entry yet.
    pub(super) fn new(table: Arc<MemTable>) -> Self {
        Self { table, chunk: Vec::new(), at: 0 }
    }

    fn load(&mut self, from: Bound<&MemKey>) {
        self.chunk = self.table.chunk(from);
        self.at = 0;
    }
}

fn mem_key(internal: &[u8]) -> MemKey {
    MemKey {
        user: coding::user_key(internal).into(),
        sequence: Reverse(coding::tag(internal) >> 8),
    }
}

impl Cursor for MemCursor {
    fn seek_first(&mut self) -> Result<()> {
        self.load(Bound::Unbounded);
        Ok(())
    }

    fn seek(&mut self, target: &[u8]) -> Result<()> {
        self.load(Bound::Included(&mem_key(target)));
        if self.entry().is_some_and(|(key, _)| coding::compare(key, target) == Ordering::Less) {
            self.next()?;
        }
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        self.at += 1;
        if self.at >= self.chunk.len()
            && let Some((last, _)) = self.chunk.last()
        {
            let last = mem_key(last);
            self.load(Bound::Excluded(&last));
        }
        Ok(())
    }

    fn entry(&self) -> Option<(&[u8], &[u8])> {
        let (key, slot) = self.chunk.get(self.at)?;
        Some((key, slot.as_deref().unwrap_or(&[])))
    }
}
