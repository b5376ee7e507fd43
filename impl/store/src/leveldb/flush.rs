//! Spec: spec/repo/leveldb.md
//!
//! From memory to a table.

use super::builder::TableBuilder;
use super::coding::user_key;
use super::cursor::Cursor;
use super::memtable::{MemCursor, MemTable};
use super::version::TableMeta;
use super::{Compression, files};
use crate::datastore::Result;
use crate::disk::Disk;
use std::path::Path;
use std::sync::Arc;

/// Writes the newest change of every key to a table and puts it on the disk, directory included.
/// `None` if there was nothing to write.
pub(super) fn write_table(
    disk: &dyn Disk,
    directory: &Path,
    number: u64,
    mem: &Arc<MemTable>,
    compression: Compression,
) -> Result<Option<TableMeta>> {
    let mut cursor = MemCursor::new(mem.clone());
    cursor.seek_first()?;
    if cursor.entry().is_none() {
        return Ok(None);
    }
    let path = files::table(directory, number);
    let result = (|| {
        let mut builder = TableBuilder::create(disk, &path, number, compression)?;
        let mut last: Option<Vec<u8>> = None;
        while let Some((key, value)) = cursor.entry() {
            // spec: leveldb-table.one-entry-per-key
            if last.as_deref() != Some(user_key(key)) {
                builder.add(key, value)?;
                last = Some(user_key(key).to_vec());
            }
            cursor.next()?;
        }
        // spec: leveldb-table.synced
        let table = builder.finish()?;
        disk.sync_dir(directory).map_err(files::io_error("sync", directory))?;
        Ok(table)
    })();
    if result.is_err() {
        let _ = disk.remove_file(&path);
    }
    result.map(Some)
}
