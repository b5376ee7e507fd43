//! Spec: spec/repo/leveldb-table.md
//!
//! Reading tables.

use super::block::{Block, BlockCursor};
use super::cache::Tables;
use super::coding::{masked_crc, take_varint, user_key, word32};
use super::cursor::Cursor;
use super::files;
use crate::datastore::{Error, Result};
use crate::disk::{Disk, File, Open};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of the footer at the end of a table.
pub(super) const FOOTER_BYTES: usize = 48;
/// The last bytes of a table.
pub(super) const MAGIC: [u8; 8] = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/// Kind of a block that is stored as it is.
pub(super) const BLOCK_RAW: u8 = 0;
/// Kind of a block in raw Snappy.
pub(super) const BLOCK_SNAPPY: u8 = 1;
/// Bytes behind a block: kind and checksum.
const TRAILER_BYTES: usize = 5;
/// No Snappy stream says more than this many bytes per byte of input.
const SNAPPY_RATIO_MAX: usize = 32;

/// Where a block lies in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Handle {
    /// First byte.
    pub(super) offset: u64,
    /// Bytes without the trailer.
    pub(super) length: u64,
}

impl Handle {
    fn decode(input: &mut &[u8]) -> Option<Self> {
        Some(Self { offset: take_varint(input)?, length: take_varint(input)? })
    }
}

/// An open table.
#[derive(Debug)]
pub(super) struct Table {
    file: Box<dyn File>,
    path: PathBuf,
    number: u64,
    bytes: u64,
    index: Arc<Block>,
}

impl Table {
    /// Opens a table and reads its index.
    pub(super) fn open(disk: &dyn Disk, path: &Path, number: u64) -> Result<Self> {
        let file = disk.open(path, Open::Read).map_err(files::io_error("open", path))?;
        let bytes = file.len().map_err(files::io_error("read", path))?;
        let empty = Arc::new(
            Block::new(vec![0, 0, 0, 0, 1, 0, 0, 0])
                .map_err(|reason| files::corrupt(path, reason))?,
        );
        let mut table = Self { file, path: path.to_path_buf(), number, bytes, index: empty };
        let footer_at = bytes
            .checked_sub(FOOTER_BYTES as u64)
            .ok_or_else(|| files::corrupt(path, "too short for a table"))?;
        let footer = table.read_at(footer_at, FOOTER_BYTES)?;
        if footer[FOOTER_BYTES - MAGIC.len()..] != MAGIC {
            return Err(files::corrupt(path, "not a table: wrong last bytes"));
        }
        let mut input = &footer[..];
        let handles = Handle::decode(&mut input).zip(Handle::decode(&mut input));
        // spec: leveldb-table.filters-passed-over
        let (_, index) = handles.ok_or_else(|| files::corrupt(path, "malformed footer"))?;
        table.index = Arc::new(table.read_block(index)?);
        Ok(table)
    }

    fn read_at(&self, offset: u64, length: usize) -> Result<Vec<u8>> {
        let mut buffer = vec![0; length];
        let mut filled = 0;
        while filled < length {
            let read = self.file.read_at(&mut buffer[filled..], offset + filled as u64);
            match read.map_err(files::io_error("read", &self.path))? {
                0 => return Err(files::corrupt(&self.path, "shorter than its index says")),
                count => filled += count,
            }
        }
        Ok(buffer)
    }

    /// Reads and checks a block.
    pub(super) fn read_block(&self, handle: Handle) -> Result<Block> {
        let corrupt = |reason: &str| {
            files::corrupt(&self.path, &format!("block at {}: {reason}", handle.offset))
        };
        let end = handle
            .offset
            .checked_add(handle.length)
            .and_then(|end| end.checked_add(TRAILER_BYTES as u64));
        if end.is_none_or(|end| end > self.bytes) {
            return Err(corrupt("outside of the file"));
        }
        let length = handle.length as usize;
        let mut data = self.read_at(handle.offset, length + TRAILER_BYTES)?;
        let kind = data[length];
        // spec: leveldb-table.checked
        if word32(&data, length + 1) != Some(masked_crc(&data[..length], &[kind])) {
            return Err(corrupt("wrong checksum"));
        }
        data.truncate(length);
        // spec: leveldb-table.read-both
        let data = match kind {
            BLOCK_RAW => data,
            BLOCK_SNAPPY => {
                let claimed = snap::raw::decompress_len(&data)
                    .map_err(|_| corrupt("malformed compressed data"))?;
                if claimed > length.saturating_mul(SNAPPY_RATIO_MAX) {
                    return Err(corrupt("compressed data claims an impossible size"));
                }
                snap::raw::Decoder::new()
                    .decompress_vec(&data)
                    .map_err(|_| corrupt("malformed compressed data"))?
            }
            _ => return Err(corrupt("unknown compression")),
        };
        Block::new(data).map_err(corrupt)
    }

    fn corrupt(&self, reason: &str) -> Error {
        files::corrupt(&self.path, reason)
    }
}

/// Walks over a table.
#[derive(Debug)]
pub(super) struct TableCursor {
    table: Arc<Table>,
    tables: Arc<Tables>,
    index: BlockCursor,
    data: Option<BlockCursor>,
    /// Whether blocks read are kept in the block cache.
    keep: bool,
    /// Skip blocks that can't be read, counting them, instead of failing.
    skip_damaged: bool,
    skipped: usize,
}

impl TableCursor {
    /// A cursor that is not at any entry yet.
    pub(super) fn new(tables: Arc<Tables>, table: Arc<Table>, keep: bool) -> Self {
        let index = BlockCursor::new(table.index.clone());
        Self { table, tables, index, data: None, keep, skip_damaged: false, skipped: 0 }
    }

    /// A cursor that passes over damaged blocks.
    pub(super) fn salvaging(tables: Arc<Tables>, table: Arc<Table>) -> Self {
        Self { skip_damaged: true, ..Self::new(tables, table, false) }
    }

    /// How many damaged blocks were passed over since the last seek.
    pub(super) fn skipped(&self) -> usize {
        self.skipped
    }

    /// Opens the block that the index is at.
    fn load(&mut self) -> Result<()> {
        self.data = None;
        let Some((_, mut value)) = self.index.entry() else { return Ok(()) };
        let handle = Handle::decode(&mut value)
            .ok_or_else(|| self.table.corrupt("malformed index entry"))?;
        let block = self.tables.block(&self.table, self.table.number, handle, self.keep)?;
        self.data = Some(BlockCursor::new(block));
        Ok(())
    }

    fn step_index(&mut self) -> Result<()> {
        self.index.next().map_err(|reason| self.table.corrupt(reason))
    }

    /// Runs `step`; in salvage mode an error counts and leaves the block.
    fn guarded(&mut self, step: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        match step(self) {
            Err(Error::Corrupt { .. }) if self.skip_damaged => {
                self.data = None;
                self.skipped += 1;
                Ok(())
            }
            result => result,
        }
    }

    /// While the block is used up: goes to the next one.
    fn settle(&mut self) -> Result<()> {
        while self.data.as_ref().is_none_or(|data| data.entry().is_none()) {
            if self.index.entry().is_none() {
                self.data = None;
                return Ok(());
            }
            self.step_index()?;
            self.guarded(|cursor| {
                cursor.load()?;
                cursor.in_block(BlockCursor::seek_first)
            })?;
        }
        Ok(())
    }

    fn in_block(
        &mut self,
        step: impl FnOnce(&mut BlockCursor) -> std::result::Result<(), &'static str>,
    ) -> Result<()> {
        match &mut self.data {
            Some(data) => step(data).map_err(|reason| self.table.corrupt(reason)),
            None => Ok(()),
        }
    }
}

impl Cursor for TableCursor {
    fn seek_first(&mut self) -> Result<()> {
        self.skipped = 0;
        self.index.seek_first().map_err(|reason| self.table.corrupt(reason))?;
        self.guarded(|cursor| {
            cursor.load()?;
            cursor.in_block(BlockCursor::seek_first)
        })?;
        self.settle()
    }

    fn seek(&mut self, target: &[u8]) -> Result<()> {
        self.index.seek(target).map_err(|reason| self.table.corrupt(reason))?;
        self.load()?;
        self.in_block(|data| data.seek(target))?;
        self.settle()
    }

    fn next(&mut self) -> Result<()> {
        self.guarded(|cursor| cursor.in_block(BlockCursor::next))?;
        self.settle()
    }

    fn entry(&self) -> Option<(&[u8], &[u8])> {
        self.data.as_ref()?.entry()
    }
}

/// The newest entry of a user key that a seek key allows, from one table.
pub(super) fn find(
    tables: &Arc<Tables>,
    table: Arc<Table>,
    target: &[u8],
) -> Result<Option<(u64, Vec<u8>)>> {
    let mut cursor = TableCursor::new(tables.clone(), table, true);
    cursor.seek(target)?;
    // spec: leveldb.get-same-key
    Ok(cursor
        .entry()
        .filter(|(key, _)| user_key(key) == user_key(target))
        .map(|(key, value)| (super::coding::tag(key), value.to_vec())))
}
