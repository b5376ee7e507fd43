//! Spec: spec/migrations/11-to-12.md
//!
//! From CIDv1 to multihash, for every line of the list.

use super::cid_list::{self, Pair};
use super::go_time;
use super::spaces::{Space, Spaces, record_key};
use crate::blocks::relocate::move_file;
use crate::context::Context;
use crate::error::Error;
use ipfs_store::leveldb::LevelDb;
use std::path::Path;
use std::sync::Arc;

/// Upstream tells of every so many files.
const TELL_STEP: u64 = 10_000;
/// Records in one write of LevelDB.
const BATCH_RECORDS_MAX: usize = 256;
/// Their bytes.
const BATCH_BYTES_MAX: usize = 2 * 1024 * 1024;

#[derive(Debug)]
struct Record {
    db: Arc<LevelDb>,
    old: Vec<u8>,
    new: Vec<u8>,
    value: Vec<u8>,
}

#[derive(Debug, Default)]
struct Swapper {
    files: u64,
    records: u64,
    batch: Vec<Record>,
    batch_bytes: usize,
}

/// Changes all listed keys; gives how many were changed now.
pub(super) fn run(context: &mut Context<'_>, spaces: &Spaces, list: &Path) -> Result<u64, Error> {
    let mut swapper = Swapper::default();
    cid_list::each(&*context.disk_ref(), list, &mut |number, line| {
        match cid_list::pair(spaces, line) {
            Some(pair) => swapper.swap(context, &pair),
            None => {
                // Of an earlier run of another program: this run's lines were read back.
                let list = list.display();
                context.report.note(&format!("{list}: line {number} is no CIDv1 key: skipped"));
                Ok(())
            }
        }
    })?;
    swapper.complete(context)?;
    if let Some(root) = spaces.blocks.root() {
        context.disk().sync_all(root).map_err(Error::io("sync", root))?;
    }
    let rest = swapper.files % TELL_STEP;
    if rest > 0 {
        swapper.tell_files(context, rest);
    }
    for _ in 0..2 {
        let (now, records) = (go_time::now(), swapper.records);
        context.report.log(&format!(
            "{now}: Generic migration worker syncing after {records} objects migrated"
        ));
    }
    Ok(swapper.files + swapper.records)
}

impl Swapper {
    fn swap(&mut self, context: &mut Context<'_>, pair: &Pair<'_>) -> Result<(), Error> {
        match pair.space {
            Space::Files { root, shard } => {
                let from = shard.file(root, pair.cid);
                let to = shard.file(root, &pair.multihash);
                match move_file(context, &from, &to) {
                    Ok(true) => {
                        self.files += 1;
                        context.report.progress("keys", self.files, None);
                        if self.files.is_multiple_of(TELL_STEP) {
                            self.tell_files(context, TELL_STEP);
                        }
                        Ok(())
                    }
                    Ok(false) => Ok(()),
                    Err(Error::Rename { source, .. })
                        if source.kind() == std::io::ErrorKind::NotFound =>
                    {
                        if context.meta(&to)?.is_none() {
                            tell_missing(context, pair);
                        }
                        Ok(())
                    }
                    Err(error) => Err(error),
                }
            }
            Space::Records { db, prefix } => {
                let old = record_key(prefix, pair.cid);
                let new = record_key(prefix, &pair.multihash);
                let Some(value) = db.get_bytes(&old).map_err(Error::other)? else {
                    if db.get_bytes(&new).map_err(Error::other)?.is_none() {
                        tell_missing(context, pair);
                    }
                    return Ok(());
                };
                self.batch_bytes += value.len();
                self.batch.push(Record { db: db.clone(), old, new, value });
                let full = self.batch.len() >= BATCH_RECORDS_MAX;
                if full || self.batch_bytes >= BATCH_BYTES_MAX {
                    self.complete(context)?;
                }
                Ok(())
            }
        }
    }

    // spec: 11-to-12.records-order
    /// Puts a batch under the new keys, reads it back, and deletes the old keys.
    fn complete(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        self.batch_bytes = 0;
        for record in self.batch.drain(..) {
            let Record { db, old, new, value } = record;
            // A CIDv1 of another codec may have left it already; blocks are equal, references may
            // differ and the first is as good.
            if db.get_bytes(&new).map_err(Error::other)?.is_none() {
                db.write_bytes([(&new[..], Some(&value[..]))]).map_err(Error::other)?;
                if db.get_bytes(&new).map_err(Error::other)?.as_ref() != Some(&value) {
                    let new = String::from_utf8_lossy(&new);
                    return Err(Error::Step(format!("{new}: LevelDB gives other bytes back")));
                }
            }
            db.write_bytes([(&old[..], None)]).map_err(Error::other)?;
            self.records += 1;
            context.report.progress("records", self.records, None);
        }
        Ok(())
    }

    fn tell_files(&self, context: &mut Context<'_>, count: u64) {
        let (now, files) = (go_time::now(), self.files);
        context.report.log(&format!(
            "{now}: Migration worker has moved {count} flatfs files and {files} in total"
        ));
    }
}

// spec: 11-to-12.missing
fn tell_missing(context: &mut Context<'_>, pair: &Pair<'_>) {
    let Pair { namespace, cid, multihash, .. } = pair;
    context.report.log(&format!(
        "ERROR: could not swap {namespace}/{cid}->{namespace}/{multihash}. Could not find \
         {namespace}/{cid} even though it was in the backup file. Skipping."
    ));
}
