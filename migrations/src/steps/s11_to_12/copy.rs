//! Spec: spec/migrations/11-to-12.md
//!
//! From multihash to CIDv1: each block gets a second copy under its CIDv1.

use super::cid_list::{self, Pair};
use super::go_time;
use super::spaces::{BLOCKS, Space, Spaces, record_key};
use crate::blocks::key::{base32, from_base32, multihash_of_cid1};
use crate::blocks::layout::NEXT_TO_LAST;
use crate::blocks::relocate::make_directory_of;
use crate::context::Context;
use crate::error::Error;
use ipfs_store::disk::Open;
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

/// Files that are written before they are synced and read back together.
const BATCH_FILES_MAX: usize = 4096;
/// Their bytes.
const BATCH_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Mode of block files, minus umask.
const FILE_MODE: u32 = 0o600;
/// What flatfs counts its disk usage in.
const USAGE_FILE: &str = "diskUsage.cache";

/// A file that was copied and is still to be synced and read back.
#[derive(Debug)]
struct Copied {
    from: PathBuf,
    to: PathBuf,
}

/// Makes copies.
#[derive(Debug)]
pub(super) struct Copier<'a> {
    spaces: &'a Spaces,
    copied: u64,
    bytes: u64,
    batch: Vec<Copied>,
    batch_bytes: usize,
}

/// Bytes of the copies that a list asks for, as far as block files go.
pub(super) fn bytes_listed(context: &Context<'_>, list: &Path) -> Result<u64, Error> {
    let root = context.file("blocks");
    let mut bytes = 0;
    cid_list::each(context.disk(), list, &mut |_, line| {
        let cid = line.strip_prefix(BLOCKS).and_then(|key| key.strip_prefix('/'));
        let key = cid.and_then(from_base32);
        if let Some(multihash) = key.as_deref().and_then(multihash_of_cid1) {
            let file = NEXT_TO_LAST.file(&root, &base32(multihash));
            bytes += context.meta(&file)?.map_or(0, |meta| meta.bytes);
        }
        Ok(())
    })?;
    Ok(bytes)
}

impl<'a> Copier<'a> {
    /// No copies yet.
    pub(super) fn new(spaces: &'a Spaces) -> Self {
        Self { spaces, copied: 0, bytes: 0, batch: Vec::new(), batch_bytes: 0 }
    }

    /// All that the list names.
    pub(super) fn listed(&mut self, context: &mut Context<'_>, list: &Path) -> Result<(), Error> {
        if context.meta(list)?.is_none() {
            let list = list.display();
            context
                .report
                .note(&format!("{list} is missing: only what pins and MFS need is copied"));
        }
        cid_list::each(&*context.disk_ref(), list, &mut |number, line| {
            let pair = cid_list::pair(self.spaces, line);
            // spec: 11-to-12.damaged-list
            let pair = pair.ok_or_else(|| {
                let list = list.display();
                Error::Step(format!("{list}: line {number} is no CIDv1 key. Correct or remove it"))
            })?;
            if !self.copy(context, &pair)? {
                let Pair { namespace, cid, multihash, .. } = &pair;
                context.report.log(&format!(
                    "ERROR: could not swap {namespace}/{multihash}->{namespace}/{cid}. Could not \
                     find {namespace}/{multihash} even though it was in the backup file. Skipping."
                ));
            }
            Ok(())
        })
    }

    /// A block of the pins or of MFS. `false`: there is no such block.
    pub(super) fn block(&mut self, context: &mut Context<'_>, cid: &[u8]) -> Result<bool, Error> {
        let Some(multihash) = multihash_of_cid1(cid) else { return Ok(true) };
        let pair = Pair {
            space: &self.spaces.blocks,
            namespace: BLOCKS,
            cid: &base32(cid),
            multihash: base32(multihash),
        };
        self.copy(context, &pair)
    }

    /// `false`: there is neither source nor target.
    fn copy(&mut self, context: &mut Context<'_>, pair: &Pair<'_>) -> Result<bool, Error> {
        let source = pair.space.get(context, &pair.multihash)?;
        let target = pair.space.get(context, pair.cid)?;
        let Some(source) = source else { return Ok(target.is_some()) };
        // spec: 11-to-12.torn-copies
        // A killed run may have left a part of the copy.
        if target.as_ref() == Some(&source) {
            return Ok(true);
        }
        match pair.space {
            Space::Files { root, shard } => {
                let to = shard.file(root, pair.cid);
                write(context, &to, &source)?;
                self.bytes += source.len() as u64;
                self.batch_bytes += source.len();
                self.batch.push(Copied { from: shard.file(root, &pair.multihash), to });
                if self.batch.len() >= BATCH_FILES_MAX || self.batch_bytes >= BATCH_BYTES_MAX {
                    self.complete(context)?;
                }
            }
            Space::Records { db, prefix } => {
                let key = record_key(prefix, pair.cid);
                db.write_bytes([(&key[..], Some(&source[..]))]).map_err(Error::other)?;
            }
        }
        self.copied += 1;
        context.report.progress("blocks", self.copied, None);
        Ok(true)
    }

    fn complete(&mut self, context: &Context<'_>) -> Result<(), Error> {
        self.batch_bytes = 0;
        let Some(root) = self.spaces.blocks.root() else { return Ok(()) };
        context.disk().sync_all(root).map_err(Error::io("sync", root))?;
        for Copied { from, to } in self.batch.drain(..) {
            if context.read(&from)? != context.read(&to)? {
                let to = to.display();
                return Err(Error::Step(format!(
                    "{to}: other bytes were read back than were written"
                )));
            }
        }
        Ok(())
    }

    /// Completes everything; gives the number of copies made now.
    pub(super) fn finish(mut self, context: &mut Context<'_>) -> Result<u64, Error> {
        self.complete(context)?;
        if let Some(root) = self.spaces.blocks.root().filter(|_| self.bytes > 0) {
            add_usage(context, &root.join(USAGE_FILE), self.bytes)?;
        }
        for _ in 0..2 {
            let (now, copied) = (go_time::now(), self.copied);
            context.report.log(&format!(
                "{now}: Generic migration worker syncing after {copied} objects migrated"
            ));
        }
        Ok(self.copied)
    }
}

fn write(context: &Context<'_>, path: &Path, data: &[u8]) -> Result<(), Error> {
    let opened = match context.disk().open(path, Open::Truncate(FILE_MODE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_directory_of(context, path)?;
            context.disk().open(path, Open::Truncate(FILE_MODE))
        }
        opened => opened,
    };
    let file = opened.map_err(Error::io("open", path))?;
    file.write_at(data, 0).map_err(Error::io("write", path))
}

// spec: 11-to-12.usage
/// Adds to the count of used bytes, if there is one.
fn add_usage(context: &Context<'_>, path: &Path, bytes: u64) -> Result<(), Error> {
    let Some(text) = context.read_optional(path)? else { return Ok(()) };
    let Ok(mut usage) = serde_json::from_slice::<Value>(&text) else { return Ok(()) };
    let Some(used) = usage["diskUsage"].as_u64() else { return Ok(()) };
    usage["diskUsage"] = used.saturating_add(bytes).into();
    let mode = context.meta(path)?.map_or(FILE_MODE, |meta| meta.mode);
    context.replace(path, format!("{usage}\n").as_bytes(), mode)
}
