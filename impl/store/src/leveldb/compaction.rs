//! Spec: spec/repo/leveldb-compaction.md
//!
//! Merging tables into the next level, so that reads touch few files and old entries go away.

use super::Options;
use super::builder::TableBuilder;
use super::coding::{DELETION, tag, user_key};
use super::cursor::{Cursor, Merge};
use super::files;
use super::manifest::Edit;
use super::state::{Inner, lock};
use super::version::{LEVELS_MAX, LevelCursor, TableMeta, Version};
use crate::datastore::Result;
use std::sync::Arc;

/// Each level may be this many times as big as the one above.
const LEVEL_FACTOR: u64 = 10;
/// An output table touches at most this many table sizes of the level below it.
const GRANDPARENT_TABLES_MAX: u64 = 10;
/// A compaction of more than this is given up when the database closes.
const CLOSING_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// How many entries are written between looks at whether the database closes.
const CHECK_ENTRIES: usize = 1024;

/// What to merge.
#[derive(Debug)]
pub(super) struct Compaction {
    version: Arc<Version>,
    level: usize,
    upper: Vec<Arc<TableMeta>>,
    lower: Vec<Arc<TableMeta>>,
}

/// How a compaction ended.
pub(super) enum Outcome {
    /// The change to install.
    Done(Edit),
    /// The database closes; nothing is left behind.
    Stopped,
}

fn level_bytes_max(level: usize, options: &Options) -> u64 {
    let factor = LEVEL_FACTOR.saturating_pow(level.saturating_sub(1) as u32);
    options.level1_bytes.saturating_mul(factor)
}

fn total_bytes(tables: &[Arc<TableMeta>]) -> u64 {
    tables.iter().map(|table| table.bytes).sum()
}

/// The level that most needs it, if any does, and what to merge there.
pub(super) fn pick(
    version: &Arc<Version>,
    pointers: &[(usize, Vec<u8>)],
    options: &Options,
) -> Option<Compaction> {
    // spec: leveldb-compaction.triggers
    let mut best: Option<(f64, usize)> = None;
    for level in 0..version.levels.len().min(LEVELS_MAX - 1) {
        let score = if level == 0 {
            version.level(0).len() as f64 / options.level0_trigger as f64
        } else {
            total_bytes(version.level(level)) as f64 / level_bytes_max(level, options) as f64
        };
        if score >= 1.0 && best.is_none_or(|(highest, _)| score > highest) {
            best = Some((score, level));
        }
    }
    let (_, level) = best?;
    let tables = version.level(level);
    let pointer = pointers.iter().find(|(other, _)| *other == level).map(|(_, key)| key);
    let first = match pointer {
        Some(key) if level > 0 => tables
            .iter()
            .find(|table| super::coding::compare(&table.largest, key).is_gt())
            .or(tables.first())?,
        // The oldest: its entries are the ones that have waited longest.
        _ => tables.last()?,
    };
    Some(Compaction::new(version.clone(), level, first.clone()))
}

impl Compaction {
    /// Takes in all tables that have to move together with `first`.
    pub(super) fn new(version: Arc<Version>, level: usize, first: Arc<TableMeta>) -> Self {
        // spec: leveldb-compaction.closed-inputs
        let mut upper = vec![first];
        loop {
            let (low, high) = user_range(&upper);
            let wider = version.overlapping(level, &low, &high);
            if wider.len() == upper.len() {
                break;
            }
            upper = wider;
        }
        let (low, high) = user_range(&upper);
        let lower = version.overlapping(level + 1, &low, &high);
        Self { version, level, upper, lower }
    }

    /// Everything in a level and all that it touches below. For tests and maintenance.
    pub(super) fn of_level(version: Arc<Version>, level: usize) -> Option<Self> {
        let upper = version.level(level).to_vec();
        if upper.is_empty() {
            return None;
        }
        let (low, high) = user_range(&upper);
        let lower = version.overlapping(level + 1, &low, &high);
        Some(Self { version, level, upper, lower })
    }

    fn grandparents(&self) -> Vec<Arc<TableMeta>> {
        let both: Vec<_> = self.upper.iter().chain(&self.lower).cloned().collect();
        let (low, high) = user_range(&both);
        self.version.overlapping(self.level + 2, &low, &high)
    }

    fn cursor(&self, inner: &Inner) -> Merge {
        let level = |metas| Box::new(LevelCursor::new(&inner.tables, metas, false));
        let mut children: Vec<Box<dyn Cursor>> = Vec::new();
        if self.level == 0 {
            for table in &self.upper {
                children.push(level(vec![table.clone()]));
            }
        } else {
            children.push(level(self.upper.clone()));
        }
        children.push(level(self.lower.clone()));
        Merge::new(children)
    }
}

/// Smallest and largest user key of tables, of which there is at least one.
fn user_range(tables: &[Arc<TableMeta>]) -> (Vec<u8>, Vec<u8>) {
    let low = tables.iter().map(|table| user_key(&table.smallest)).min().unwrap_or(&[]);
    let high = tables.iter().map(|table| user_key(&table.largest)).max().unwrap_or(&[]);
    (low.to_vec(), high.to_vec())
}

/// Merges. Outputs of a failed or stopped compaction are removed again.
pub(super) fn run(inner: &Inner, compaction: &Compaction) -> Result<Outcome> {
    let table_bytes = inner.options.table_bytes;
    let grandparents = compaction.grandparents();
    let level = compaction.level;
    let pointer = compaction.upper.iter().map(|table| &table.largest);
    let pointer = pointer.max_by(|a, b| super::coding::compare(a, b)).cloned();
    let mut edit = Edit {
        compact_pointers: pointer.map(|key| (level, key)).into_iter().collect(),
        ..Edit::default()
    };
    for (offset, tables) in [&compaction.upper, &compaction.lower].into_iter().enumerate() {
        edit.deleted.extend(tables.iter().map(|table| (level + offset, table.number)));
    }
    let light = total_bytes(&grandparents) <= GRANDPARENT_TABLES_MAX * table_bytes;
    if compaction.upper.len() == 1 && compaction.lower.is_empty() && light {
        // spec: leveldb-compaction.move
        edit.added.push((level + 1, compaction.upper[0].clone()));
        return Ok(Outcome::Done(edit));
    }
    let mut output = Output { inner, builder: None, done: Vec::new() };
    match merge(inner, compaction, &grandparents, &mut output) {
        Ok(true) => {
            edit.added = output.done.into_iter().map(|table| (level + 1, table)).collect();
            Ok(Outcome::Done(edit))
        }
        // spec: leveldb-compaction.no-half
        Ok(false) => {
            output.remove();
            Ok(Outcome::Stopped)
        }
        Err(error) => {
            output.remove();
            Err(error)
        }
    }
}

/// `false` if the database closes.
fn merge(
    inner: &Inner,
    compaction: &Compaction,
    grandparents: &[Arc<TableMeta>],
    output: &mut Output<'_>,
) -> Result<bool> {
    let input_bytes = total_bytes(&compaction.upper) + total_bytes(&compaction.lower);
    let stoppable = input_bytes > CLOSING_BYTES_MAX;
    let mut cursor = compaction.cursor(inner);
    cursor.seek_first()?;
    let mut deeper = Deeper::new(&compaction.version, compaction.level + 2);
    let mut boundary = Boundary { tables: grandparents, at: 0, bytes: 0 };
    let mut last: Option<Vec<u8>> = None;
    let mut entries = 0;
    while let Some((key, value)) = cursor.entry() {
        let user = user_key(key);
        // spec: leveldb-compaction.newest-only
        if last.as_deref() != Some(user) {
            let crowded = boundary.pass(user) > GRANDPARENT_TABLES_MAX * inner.options.table_bytes;
            if output.is_full() || crowded {
                output.finish()?;
                boundary.bytes = 0;
            }
            last = Some(user.to_vec());
            // spec: leveldb-compaction.tombstones
            if tag(key) as u8 != DELETION || deeper.may_have(user) {
                output.add(key, value)?;
            }
        }
        entries += 1;
        if stoppable && entries % CHECK_ENTRIES == 0 && lock(&inner.state).closing {
            return Ok(false);
        }
        cursor.next()?;
    }
    output.finish()?;
    if !output.done.is_empty() {
        inner.disk.sync_dir(&inner.directory).map_err(files::io_error("sync", &inner.directory))?;
    }
    Ok(true)
}

/// Tables being written.
struct Output<'a> {
    inner: &'a Inner,
    builder: Option<(u64, TableBuilder)>,
    done: Vec<Arc<TableMeta>>,
}

impl Output<'_> {
    fn add(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let (_, builder) = match &mut self.builder {
            Some(builder) => builder,
            empty => {
                let number = self.inner.new_number();
                let path = files::table(&self.inner.directory, number);
                let compression = self.inner.options.compression;
                let builder = TableBuilder::create(&*self.inner.disk, &path, number, compression)?;
                empty.insert((number, builder))
            }
        };
        builder.add(key, value)
    }

    fn is_full(&self) -> bool {
        self.builder
            .as_ref()
            .is_some_and(|(_, builder)| builder.bytes() >= self.inner.options.table_bytes)
    }

    fn finish(&mut self) -> Result<()> {
        if let Some((number, builder)) = self.builder.take() {
            match builder.finish() {
                Ok(table) => self.done.push(Arc::new(table)),
                Err(error) => {
                    self.inner.tables.discard(number);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn remove(&mut self) {
        let open = self.builder.take().map(|(number, _)| number);
        for number in self.done.drain(..).map(|table| table.number).chain(open) {
            self.inner.tables.discard(number);
        }
    }
}

/// Whether a key may still be in levels below the output. Keys must be asked for in order.
struct Deeper<'a> {
    version: &'a Version,
    from: usize,
    at: Vec<usize>,
}

impl<'a> Deeper<'a> {
    fn new(version: &'a Version, from: usize) -> Self {
        Self { version, from, at: vec![0; version.levels.len()] }
    }

    fn may_have(&mut self, user: &[u8]) -> bool {
        for level in self.from..self.version.levels.len() {
            let tables = self.version.level(level);
            while tables.get(self.at[level]).is_some_and(|t| user_key(&t.largest) < user) {
                self.at[level] += 1;
            }
            if tables.get(self.at[level]).is_some_and(|t| user_key(&t.smallest) <= user) {
                return true;
            }
        }
        false
    }
}

/// How much of the level below the output a table under construction touches.
struct Boundary<'a> {
    tables: &'a [Arc<TableMeta>],
    at: usize,
    bytes: u64,
}

impl Boundary<'_> {
    fn pass(&mut self, user: &[u8]) -> u64 {
        while let Some(table) = self.tables.get(self.at)
            && user_key(&table.largest) < user
        {
            self.bytes += table.bytes;
            self.at += 1;
        }
        self.bytes
    }
}
