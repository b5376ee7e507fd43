//! Spec: spec/repo/leveldb-table.md
//!
//! Writing tables.

use super::block::BlockBuilder;
use super::coding::{masked_crc, put_varint, separator, successor};
use super::table::{BLOCK_RAW, BLOCK_SNAPPY, FOOTER_BYTES, Handle, MAGIC};
use super::version::TableMeta;
use super::{Compression, files};
use crate::datastore::{Error, Result};
use crate::disk::{Disk, File, Open};
use std::path::{Path, PathBuf};

/// A data block is closed when it reaches this size.
const BLOCK_BYTES: usize = 4096;
/// Entries between restart points of data blocks.
const RESTART_INTERVAL: usize = 16;
/// Bytes that are collected before they are written.
const BUFFER_BYTES: usize = 128 * 1024;

/// A table that is being written.
#[derive(Debug)]
pub(super) struct TableBuilder {
    file: Box<dyn File>,
    path: PathBuf,
    number: u64,
    compression: Compression,
    buffer: Vec<u8>,
    written: u64,
    data: BlockBuilder,
    index: BlockBuilder,
    /// The block before the current one, whose index entry waits for the next key.
    pending: Option<(Vec<u8>, Handle)>,
    smallest: Option<Vec<u8>>,
}

impl TableBuilder {
    /// Makes the file. What a crashed process left under this name is replaced.
    pub(super) fn create(
        disk: &dyn Disk,
        path: &Path,
        number: u64,
        compression: Compression,
    ) -> Result<Self> {
        let file = disk
            .open(path, Open::Truncate(files::MODE))
            .map_err(files::io_error("create", path))?;
        Ok(Self {
            file,
            path: path.to_path_buf(),
            number,
            compression,
            buffer: Vec::new(),
            written: 0,
            data: BlockBuilder::new(RESTART_INTERVAL),
            index: BlockBuilder::new(1),
            pending: None,
            smallest: None,
        })
    }

    /// Adds an entry; keys must come in order.
    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        if let Some((last, handle)) = self.pending.take() {
            self.index.add(&separator(&last, key), &handle.encode());
        }
        if self.smallest.is_none() {
            self.smallest = Some(key.to_vec());
        }
        self.data.add(key, value);
        if self.data.bytes() >= BLOCK_BYTES {
            self.finish_data()?;
        }
        Ok(())
    }

    /// The table's size so far.
    pub(super) fn bytes(&self) -> u64 {
        self.written + self.buffer.len() as u64 + self.data.bytes() as u64
    }

    fn finish_data(&mut self) -> Result<()> {
        let last = self.data.last_key().to_vec();
        let block = self.data.finish();
        let handle = self.put_block(&block)?;
        self.pending = Some((last, handle));
        Ok(())
    }

    fn put_block(&mut self, block: &[u8]) -> Result<Handle> {
        let compressed = match self.compression {
            Compression::None => None,
            Compression::Snappy => snap::raw::Encoder::new().compress_vec(block).ok(),
        };
        let (kind, bytes) = match &compressed {
            Some(compressed) => (BLOCK_SNAPPY, &compressed[..]),
            None => (BLOCK_RAW, block),
        };
        let offset = self.written + self.buffer.len() as u64;
        self.buffer.extend_from_slice(bytes);
        self.buffer.push(kind);
        self.buffer.extend_from_slice(&masked_crc(bytes, &[kind]).to_le_bytes());
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush()?;
        }
        Ok(Handle { offset, length: bytes.len() as u64 })
    }

    fn flush(&mut self) -> Result<()> {
        self.file
            .write_at(&self.buffer, self.written)
            .map_err(files::io_error("write", &self.path))?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Writes index and footer and puts the file on the disk. The directory is the caller's.
    pub(super) fn finish(mut self) -> Result<TableMeta> {
        let Some(smallest) = self.smallest.take() else {
            return Err(Error::Unsupported("a table without entries".into()));
        };
        let largest = if self.data.is_empty() {
            self.pending.as_ref().map(|(last, _)| last.clone()).unwrap_or_default()
        } else {
            let last = self.data.last_key().to_vec();
            self.finish_data()?;
            last
        };
        if let Some((last, handle)) = self.pending.take() {
            self.index.add(&successor(&last), &handle.encode());
        }
        let meta_index = self.put_block(&BlockBuilder::new(1).finish())?;
        let index = self.index.finish();
        let index = self.put_block(&index)?;
        let mut footer = meta_index.encode();
        footer.extend_from_slice(&index.encode());
        footer.resize(FOOTER_BYTES - MAGIC.len(), 0);
        footer.extend_from_slice(&MAGIC);
        self.buffer.extend_from_slice(&footer);
        self.flush()?;
        self.file.sync().map_err(files::io_error("sync", &self.path))?;
        Ok(TableMeta::new(self.number, self.written, smallest, largest))
    }
}

impl Handle {
    fn encode(self) -> Vec<u8> {
        let mut out = Vec::new();
        put_varint(&mut out, self.offset);
        put_varint(&mut out, self.length);
        out
    }
}
