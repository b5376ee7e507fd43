//! Spec: spec/repo/leveldb.md
//!
//! Which tables make up the database, level by level. A version never changes; an edit gives the
//! next one. Readers keep a version, and with it its tables' files, as long as they need it.

use super::cache::Tables;
use super::coding::{self, compare, user_key};
use super::cursor::Cursor;
use super::manifest::Edit;
use super::table::{self, TableCursor};
use crate::datastore::Result;
use std::cmp::Ordering;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering as Memory};

/// No database has more levels than this; a MANIFEST that says so is damaged.
pub(super) const LEVELS_MAX: usize = 64;

/// One table file. Removed from the disk with its last user once it is no longer needed.
#[derive(Debug)]
pub(super) struct TableMeta {
    /// The number in its name.
    pub(super) number: u64,
    /// Its size.
    pub(super) bytes: u64,
    /// Its first internal key.
    pub(super) smallest: Vec<u8>,
    /// Its last internal key.
    pub(super) largest: Vec<u8>,
    obsolete: AtomicBool,
    tables: std::sync::OnceLock<Arc<Tables>>,
}

impl TableMeta {
    /// A table that is in use.
    pub(super) fn new(number: u64, bytes: u64, smallest: Vec<u8>, largest: Vec<u8>) -> Self {
        let (obsolete, tables) = Default::default();
        Self { number, bytes, smallest, largest, obsolete, tables }
    }

    /// The file goes away when the last reader does.
    pub(super) fn discard(&self, tables: &Arc<Tables>) {
        let _ = self.tables.set(tables.clone());
        self.obsolete.store(true, Memory::Release);
    }

    fn is_in(&self, low: &[u8], high: &[u8]) -> bool {
        user_key(&self.smallest) <= high && low <= user_key(&self.largest)
    }
}

impl Drop for TableMeta {
    fn drop(&mut self) {
        // spec: leveldb.readers-keep-tables
        if self.obsolete.load(Memory::Acquire)
            && let Some(tables) = self.tables.get()
        {
            tables.discard(self.number);
        }
    }
}

/// A set of tables by level.
#[derive(Debug, Clone, Default)]
pub(super) struct Version {
    /// Level 0: newest number first, keys may overlap. Others: by key, without overlaps.
    pub(super) levels: Vec<Vec<Arc<TableMeta>>>,
}

impl Version {
    /// The version after an edit.
    pub(super) fn apply(&self, edit: &Edit) -> Self {
        let mut levels = self.levels.clone();
        for &(level, number) in &edit.deleted {
            if let Some(tables) = levels.get_mut(level) {
                tables.retain(|table| table.number != number);
            }
        }
        for (level, table) in &edit.added {
            if levels.len() <= *level {
                levels.resize_with(level + 1, Vec::new);
            }
            levels[*level].retain(|other| other.number != table.number);
            levels[*level].push(table.clone());
        }
        for (level, tables) in levels.iter_mut().enumerate() {
            if level == 0 {
                tables.sort_by_key(|table| std::cmp::Reverse(table.number));
            } else {
                tables.sort_by(|a, b| compare(&a.smallest, &b.smallest));
            }
        }
        while levels.last().is_some_and(Vec::is_empty) {
            levels.pop();
        }
        Self { levels }
    }

    /// All tables with their levels.
    pub(super) fn tables(&self) -> impl Iterator<Item = (usize, &Arc<TableMeta>)> {
        self.levels
            .iter()
            .enumerate()
            .flat_map(|(level, tables)| tables.iter().map(move |table| (level, table)))
    }

    /// The tables of a level.
    pub(super) fn level(&self, level: usize) -> &[Arc<TableMeta>] {
        self.levels.get(level).map_or(&[], Vec::as_slice)
    }

    /// The tables of a level that touch a range of user keys, ends included.
    pub(super) fn overlapping(&self, level: usize, low: &[u8], high: &[u8]) -> Vec<Arc<TableMeta>> {
        self.level(level).iter().filter(|table| table.is_in(low, high)).cloned().collect()
    }

    /// The newest value up to a sequence number; `None` also for deleted keys.
    pub(super) fn get(
        &self,
        tables: &Arc<Tables>,
        user: &[u8],
        sequence: u64,
    ) -> Result<Option<Vec<u8>>> {
        // spec: leveldb.errors-are-not-absence
        let target = coding::seek_key(user, sequence);
        let mut best: Option<(u64, Vec<u8>)> = None;
        for level in 0..self.levels.len() {
            for table in self.candidates(level, &target) {
                if let Some(found) = table::find(tables, tables.table(table.number)?, &target)?
                    // spec: leveldb.level-0-newest
                    && best.as_ref().is_none_or(|best| found.0 > best.0)
                {
                    best = Some(found);
                }
            }
            // A key in one level is newer than in all levels below.
            if let Some((tag, value)) = best {
                return Ok((tag as u8 == coding::VALUE).then_some(value));
            }
        }
        Ok(None)
    }

    /// The tables of a level that may hold a key.
    fn candidates(&self, level: usize, target: &[u8]) -> impl Iterator<Item = &Arc<TableMeta>> {
        let user = user_key(target);
        let tables = self.level(level);
        let range = if level == 0 {
            0..tables.len()
        } else {
            let first = first_reaching(tables, target);
            first..tables.len().min(first + 1)
        };
        tables[range].iter().filter(move |table| table.is_in(user, user))
    }

    /// Cursors that together see every entry.
    pub(super) fn cursors(&self, tables: &Arc<Tables>) -> Result<Vec<Box<dyn Cursor>>> {
        let mut cursors: Vec<Box<dyn Cursor>> = Vec::new();
        for (level, metas) in self.levels.iter().enumerate() {
            if level == 0 {
                for meta in metas {
                    cursors.push(Box::new(LevelCursor::new(tables, vec![meta.clone()], true)));
                }
            } else if !metas.is_empty() {
                cursors.push(Box::new(LevelCursor::new(tables, metas.clone(), true)));
            }
        }
        Ok(cursors)
    }
}

/// Index of the first table whose last key is not before `target`.
fn first_reaching(tables: &[Arc<TableMeta>], target: &[u8]) -> usize {
    tables.partition_point(|table| compare(&table.largest, target) == Ordering::Less)
}

/// Walks over tables that follow one another, opening each only when it is reached.
pub(super) struct LevelCursor {
    metas: Vec<Arc<TableMeta>>,
    tables: Arc<Tables>,
    at: usize,
    cursor: Option<TableCursor>,
    keep: bool,
}

impl LevelCursor {
    /// A cursor that is not at any entry yet. `keep`: whether blocks read are worth caching.
    pub(super) fn new(tables: &Arc<Tables>, metas: Vec<Arc<TableMeta>>, keep: bool) -> Self {
        Self { metas, tables: tables.clone(), at: 0, cursor: None, keep }
    }

    fn open(&mut self) -> Result<()> {
        self.cursor = match self.metas.get(self.at) {
            Some(meta) => {
                let table = self.tables.table(meta.number)?;
                Some(TableCursor::new(self.tables.clone(), table, self.keep))
            }
            None => None,
        };
        Ok(())
    }

    fn settle(&mut self) -> Result<()> {
        while self.at < self.metas.len()
            && self.cursor.as_ref().is_none_or(|cursor| cursor.entry().is_none())
        {
            self.at += 1;
            self.open()?;
            if let Some(cursor) = &mut self.cursor {
                cursor.seek_first()?;
            }
        }
        Ok(())
    }
}

impl Cursor for LevelCursor {
    fn seek_first(&mut self) -> Result<()> {
        self.at = 0;
        self.open()?;
        if let Some(cursor) = &mut self.cursor {
            cursor.seek_first()?;
        }
        self.settle()
    }

    fn seek(&mut self, target: &[u8]) -> Result<()> {
        self.at = first_reaching(&self.metas, target);
        self.open()?;
        if let Some(cursor) = &mut self.cursor {
            cursor.seek(target)?;
        }
        self.settle()
    }

    fn next(&mut self) -> Result<()> {
        if let Some(cursor) = &mut self.cursor {
            cursor.next()?;
        }
        self.settle()
    }

    fn entry(&self) -> Option<(&[u8], &[u8])> {
        self.cursor.as_ref()?.entry()
    }
}
