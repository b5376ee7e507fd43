//! Spec: spec/migrations/1-to-2.md
//!
//! From LevelDB to files, in batches: write, sync, read back, only then delete.

use super::{BLOCK_PREFIX, Block, DIRECTORY_MODE, tell_moved};
use crate::blocks::key::{cleaned, hex, is_old_key_of};
use crate::blocks::layout::HEX;
use crate::blocks::relocate::{Kept, root};
use crate::context::Context;
use crate::error::Error;
use ipfs_store::disk::Open;
use ipfs_store::leveldb::LevelDb;
use std::io;
use std::path::Path;

/// Blocks that are written before they are synced together.
const BATCH_BLOCKS_MAX: usize = 8192;
/// Their bytes; a single bigger block goes alone.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longest key of a block, in bytes: a longer one does not fit a file name.
const KEY_BYTES_MAX: usize = 125;
/// Mode of block files, minus umask.
const FILE_MODE: u32 = 0o600;

/// How many blocks LevelDB has.
pub(super) fn count(db: &LevelDb) -> Result<u64, Error> {
    let mut count = 0;
    for pair in db.scan_bytes(BLOCK_PREFIX, true).map_err(Error::other)? {
        count += u64::from(file_key(&pair.map_err(Error::other)?.0).is_some());
    }
    Ok(count)
}

/// The key in the name of the file for a LevelDB key; `None` if that is no block.
fn file_key(stored: &[u8]) -> Option<Vec<u8>> {
    let key = stored.strip_prefix(BLOCK_PREFIX)?;
    let key = cleaned(key).unwrap_or_else(|| key.to_vec());
    (1..=KEY_BYTES_MAX).contains(&key.len()).then_some(key)
}

/// Moves every block.
pub(super) fn run(context: &mut Context<'_>, db: &LevelDb) -> Result<(), Error> {
    let root = root(context);
    context.create_dir(&root, DIRECTORY_MODE)?;
    context.sync_dir(context.repo())?;
    let (mut batch, mut bytes, mut done) = (Vec::new(), 0, 0);
    let mut kept = Kept::default();
    for pair in db.scan_bytes(BLOCK_PREFIX, false).map_err(Error::other)? {
        let (stored, value) = pair.map_err(Error::other)?;
        let Some(key) = file_key(&stored) else {
            kept.add(&String::from_utf8_lossy(&stored));
            continue;
        };
        let file = HEX.file(&root, &hex(&key));
        if write(context, &key, &file, &value)? {
            bytes += value.len();
            batch.push(Block { stored, value, file });
        }
        done += 1;
        tell_moved(context.report, done, false);
        if batch.len() >= BATCH_BLOCKS_MAX || bytes >= BATCH_BYTES_MAX {
            complete(context, db, &mut batch)?;
            bytes = 0;
        }
    }
    complete(context, db, &mut batch)?;
    tell_moved(context.report, done, true);
    kept.tell(context.report, &context.file("datastore"));
    Ok(())
}

// spec: 1-to-2.batch
/// Makes a batch durable, reads it back and deletes it from LevelDB.
fn complete(context: &Context<'_>, db: &LevelDb, batch: &mut Vec<Block>) -> Result<(), Error> {
    if batch.is_empty() {
        return Ok(());
    }
    let root = root(context);
    context.disk().sync_all(&root).map_err(Error::io("sync", root))?;
    for block in &*batch {
        if context.read(&block.file)? != block.value {
            let file = block.file.display();
            return Err(Error::Step(format!(
                "{file}: other bytes were read back than were written"
            )));
        }
    }
    let deletes = batch.iter().map(|block| (&block.stored[..], None));
    db.write_bytes(deletes).map_err(Error::other)?;
    batch.clear();
    Ok(())
}

/// Writes a block file. `false`: there is a better one, so the block stays in LevelDB too.
fn write(context: &mut Context<'_>, key: &[u8], file: &Path, value: &[u8]) -> Result<bool, Error> {
    let io = |source| Error::io("open", file)(source);
    let opened = match context.disk().open(file, Open::CreateNew(FILE_MODE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Synced with the whole batch.
            let directory = file.parent().unwrap_or(Path::new("."));
            context.create_dir(directory, DIRECTORY_MODE)?;
            context.disk().open(file, Open::CreateNew(FILE_MODE)).map_err(io)?
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let there = context.read(file)?;
            if there == value {
                return Ok(true);
            }
            // spec: 1-to-2.torn-files
            // A killed run left a part of it, or LevelDB's copy is the damaged one.
            if is_old_key_of(key, &there) && !is_old_key_of(key, value) {
                let file = file.display();
                context
                    .report
                    .note(&format!("{file} is whole, its copy in LevelDB is not: kept both"));
                return Ok(false);
            }
            context.disk().open(file, Open::Truncate(FILE_MODE)).map_err(io)?
        }
        opened => opened.map_err(io)?,
    };
    opened.write_at(value, 0).map_err(Error::io("write", file))?;
    Ok(true)
}
