//! Spec: spec/migrations/1-to-2.md
//!
//! From files to LevelDB, in batches: write, read back, only then delete. Files that are no blocks
//! of version 2 stay where they are.

use super::{BLOCK_PREFIX, Block, tell_moved};
use crate::blocks::key::{cleaned, from_hex, hex, is_old_key_of};
use crate::blocks::layout::{block_name, is_unfinished};
use crate::blocks::relocate::{Kept, directories, list, remove_if_empty, root};
use crate::context::Context;
use crate::error::Error;
use ipfs_store::disk::{Entry, Kind};
use ipfs_store::leveldb::LevelDb;
use std::path::Path;

/// Blocks in one write of LevelDB.
const BATCH_BLOCKS_MAX: usize = 1024;
/// Their bytes; a single bigger block goes alone.
const BATCH_BYTES_MAX: usize = 2 * 1024 * 1024;
/// What later versions count their disk usage in. It is wrong once the blocks are gone.
const USAGE_FILE: &str = "diskUsage.cache";

/// The key in a file's name; `None` if it is no block file of version 2.
fn key_of(entry: &Entry) -> Option<Vec<u8>> {
    let name = entry.name.to_str().and_then(block_name).filter(|_| entry.kind == Kind::File)?;
    from_hex(name).filter(|key| hex(key) == name)
}

/// How many blocks there are in files.
pub(super) fn count(context: &Context<'_>) -> Result<u64, Error> {
    let root = root(context);
    let mut count = 0;
    if context.meta(&root)?.is_some() {
        for directory in directories(context, &root)? {
            let entries = list(context, &root.join(directory))?;
            count += entries.iter().filter(|entry| key_of(entry).is_some()).count() as u64;
        }
    }
    Ok(count)
}

/// Moves every block.
pub(super) fn run(context: &mut Context<'_>, db: &LevelDb) -> Result<(), Error> {
    let root = root(context);
    if context.meta(&root)?.is_none() {
        tell_moved(context.report, 0, true);
        return Ok(());
    }
    let (mut batch, mut bytes, mut done) = (Vec::new(), 0, 0);
    let mut kept = Kept::default();
    for directory in directories(context, &root)? {
        for entry in list(context, &root.join(&directory))? {
            let file = root.join(&directory).join(&entry.name);
            let Some(key) = key_of(&entry) else {
                if !(directory.is_empty() && entry.kind == Kind::Directory) {
                    other_file(context, &mut kept, &root, &file, &entry)?;
                }
                continue;
            };
            let stored_key = cleaned(&key).unwrap_or_else(|| key.clone());
            // Only such a file can meet another one of the same LevelDB key: it goes alone.
            let alone = stored_key != key;
            let key = stored_key;
            if alone {
                complete(context, db, &mut batch)?;
            }
            let block =
                Block { stored: [BLOCK_PREFIX, &key].concat(), value: context.read(&file)?, file };
            done += 1;
            tell_moved(context.report, done, false);
            if !is_free(context, db, &key, &block)? {
                continue;
            }
            bytes += block.value.len();
            batch.push(block);
            if alone || batch.len() >= BATCH_BLOCKS_MAX || bytes >= BATCH_BYTES_MAX {
                complete(context, db, &mut batch)?;
                bytes = 0;
            }
        }
    }
    complete(context, db, &mut batch)?;
    tell_moved(context.report, done, true);
    for directory in directories(context, &root)?.iter().filter(|name| !name.is_empty()) {
        remove_if_empty(context, &root.join(directory))?;
    }
    if !remove_if_empty(context, &root)? {
        context.sync_dir(&root)?;
    }
    context.sync_dir(context.repo())?;
    kept.tell(context.report, &root);
    Ok(())
}

// spec: 1-to-2.revert-keeps
/// Removes what is known to be of no use, and keeps everything else.
fn other_file(
    context: &Context<'_>,
    kept: &mut Kept,
    root: &Path,
    file: &Path,
    entry: &Entry,
) -> Result<(), Error> {
    let name = entry.name.to_str().unwrap_or_default();
    let in_root = file.parent() == Some(root);
    if entry.kind == Kind::File && (is_unfinished(name) || (in_root && name == USAGE_FILE)) {
        return context.remove_file(file);
    }
    kept.add(&file.strip_prefix(root).unwrap_or(file).to_string_lossy());
    Ok(())
}

/// Whether LevelDB has no such block or a damaged one. If it has the block, the file is removed if
/// LevelDB's copy is the same or the only good one, else both are kept.
fn is_free(
    context: &mut Context<'_>,
    db: &LevelDb,
    key: &[u8],
    block: &Block,
) -> Result<bool, Error> {
    let Some(there) = db.get_bytes(&block.stored).map_err(Error::other)? else { return Ok(true) };
    if there == block.value {
        context.remove_file(&block.file)?;
        return Ok(false);
    }
    match (is_old_key_of(key, &block.value), is_old_key_of(key, &there)) {
        (true, false) => Ok(true),
        (false, true) => context.remove_file(&block.file).map(|()| false),
        _ => {
            let file = block.file.display();
            context.report.note(&format!("kept {file}: LevelDB has it with other content"));
            Ok(false)
        }
    }
}

// spec: 1-to-2.batch
/// Writes a batch to LevelDB, reads it back and removes the files.
fn complete(context: &Context<'_>, db: &LevelDb, batch: &mut Vec<Block>) -> Result<(), Error> {
    let puts = batch.iter().map(|block| (&block.stored[..], Some(&block.value[..])));
    db.write_bytes(puts).map_err(Error::other)?;
    for block in &*batch {
        let stored = db.get_bytes(&block.stored).map_err(Error::other)?;
        if stored.as_ref() != Some(&block.value) {
            let file = block.file.display();
            return Err(Error::Step(format!("{file}: LevelDB gives other bytes back")));
        }
    }
    for block in batch.drain(..) {
        context.remove_file(&block.file)?;
    }
    Ok(())
}
