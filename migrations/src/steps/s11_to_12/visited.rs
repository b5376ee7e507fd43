//! Spec: spec/migrations/11-to-12.md
//!
//! Which nodes of a walk were seen and which are still to be looked at, in bounded memory: what
//! doesn't fit goes to a database of its own, which is removed at the end.

use crate::context::Context;
use crate::error::Error;
use ipfs_store::disk::Kind;
use ipfs_store::leveldb::{LevelDb, Options};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The database's directory in the repository.
const DIRECTORY: &str = "11-to-12-walk";
/// Bytes that tell nodes apart.
const MARK_BYTES: usize = 16;
/// In front of the marks of seen nodes in the database.
const SEEN: u8 = b's';
/// In front of nodes still to be looked at.
const PENDING: u8 = b'p';

/// Bounds; smaller ones serve tests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Marks kept in memory.
    pub(super) seen_max: usize,
    /// Nodes kept in memory that are still to be looked at.
    pub(super) pending_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { seen_max: 400_000, pending_max: 50_000 }
    }
}

/// The state of a walk.
#[derive(Debug)]
pub(super) struct Visited {
    limits: Limits,
    directory: PathBuf,
    seen: HashSet<[u8; MARK_BYTES]>,
    pending: Vec<Vec<u8>>,
    /// Full pieces of `pending` in the database.
    pieces: u64,
    overflow: Option<LevelDb>,
}

/// The end of a hash tells as much as all of it; the codec tells apart two readings of a block.
fn mark(cid: &[u8]) -> [u8; MARK_BYTES] {
    let mut mark = [0; MARK_BYTES];
    let tail = &cid[cid.len().saturating_sub(MARK_BYTES - 1)..];
    mark[..tail.len()].copy_from_slice(tail);
    mark[MARK_BYTES - 1] =
        cid.iter().take(2).fold(cid.len() as u8, |sum, byte| sum.wrapping_mul(31) ^ byte);
    mark
}

impl Visited {
    /// Nothing seen. Removes what a killed run has left.
    pub(super) fn new(context: &Context<'_>, limits: Limits) -> Result<Self, Error> {
        let directory = context.file(DIRECTORY);
        remove(context, &directory)?;
        Ok(Self {
            limits,
            directory,
            seen: HashSet::new(),
            pending: Vec::new(),
            pieces: 0,
            overflow: None,
        })
    }

    fn overflow(&mut self, context: &Context<'_>) -> Result<&LevelDb, Error> {
        if self.overflow.is_none() {
            let open = LevelDb::open(context.disk_ref(), &self.directory, Options::default());
            self.overflow = Some(open.map_err(Error::other)?);
        }
        self.overflow.as_ref().ok_or_else(|| Error::Step("no database".into()))
    }

    /// Marks a node; `false` if it was marked already.
    pub(super) fn insert(&mut self, context: &Context<'_>, cid: &[u8]) -> Result<bool, Error> {
        let mark = mark(cid);
        if self.seen.contains(&mark) {
            return Ok(false);
        }
        if let Some(db) = &self.overflow {
            let key = [&[SEEN][..], &mark].concat();
            if db.get_bytes(&key).map_err(Error::other)?.is_some() {
                return Ok(false);
            }
        }
        self.seen.insert(mark);
        if self.seen.len() >= self.limits.seen_max {
            let mut marks: Vec<_> = self.seen.drain().map(|m| [&[SEEN][..], &m].concat()).collect();
            marks.sort_unstable();
            let db = self.overflow(context)?;
            for part in marks.chunks(10_000) {
                db.write_bytes(part.iter().map(|mark| (&mark[..], Some(&b""[..]))))
                    .map_err(Error::other)?;
            }
        }
        Ok(true)
    }

    /// Notes a node to be looked at.
    pub(super) fn push(&mut self, context: &Context<'_>, cid: Vec<u8>) -> Result<(), Error> {
        self.pending.push(cid);
        if self.pending.len() < self.limits.pending_max {
            return Ok(());
        }
        let mut piece = Vec::new();
        for cid in std::mem::take(&mut self.pending) {
            // A CID that doesn't fit two bytes of length is none.
            let length = u16::try_from(cid.len()).unwrap_or(0);
            piece.extend_from_slice(&length.to_le_bytes());
            piece.extend_from_slice(&cid[..usize::from(length)]);
        }
        let key = piece_key(self.pieces);
        self.overflow(context)?
            .write_bytes([(&key[..], Some(&piece[..]))])
            .map_err(Error::other)?;
        self.pieces += 1;
        Ok(())
    }

    /// The next node to be looked at.
    pub(super) fn pop(&mut self, context: &Context<'_>) -> Result<Option<Vec<u8>>, Error> {
        if self.pending.is_empty() && self.pieces > 0 {
            self.pieces -= 1;
            let key = piece_key(self.pieces);
            let db = self.overflow(context)?;
            let piece = db.get_bytes(&key).map_err(Error::other)?.unwrap_or_default();
            db.write_bytes([(&key[..], None)]).map_err(Error::other)?;
            let mut rest = &piece[..];
            while let Some((length, after)) = rest.split_at_checked(2) {
                let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
                let Some((cid, after)) = after.split_at_checked(length) else { break };
                self.pending.push(cid.to_vec());
                rest = after;
            }
        }
        Ok(self.pending.pop())
    }

    /// Removes the database.
    pub(super) fn finish(mut self, context: &Context<'_>) -> Result<(), Error> {
        self.overflow = None;
        remove(context, &self.directory)
    }
}

fn piece_key(number: u64) -> Vec<u8> {
    [&[PENDING][..], &number.to_be_bytes()].concat()
}

fn remove(context: &Context<'_>, directory: &Path) -> Result<(), Error> {
    if context.meta(directory)?.is_none() {
        return Ok(());
    }
    let entries = context.disk().read_dir(directory).map_err(Error::io("open", directory))?;
    for entry in entries.into_iter().filter(|entry| entry.kind == Kind::File) {
        context.remove_file(&directory.join(entry.name))?;
    }
    context.disk().remove_dir(directory).map_err(Error::io("remove", directory))
}
