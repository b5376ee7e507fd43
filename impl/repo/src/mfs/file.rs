//! Spec: spec/repo/mfs.md
//!
//! Content of files: where to read it, and writing it.

use super::tree::{Entry, Kind};
use super::{Error, Mfs, ops, path};
use ipfs_data::block;
use ipfs_data::cid::codec;
use ipfs_data::unixfs::edit::{EditOptions, Editor};
use ipfs_data::unixfs::node::{self, Node};
use ipfs_data::unixfs::{CidBuilder, Mtime};
use std::collections::HashSet;
use std::io::{self, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes read at a time, and handed to the editor at a time. Appended data is cut at places that
/// depend on it.
const PIECE_BYTES: usize = 32 << 10;

/// How content is written.
#[derive(Debug, Clone, Copy)]
pub struct Write {
    /// Make the file if there is none; its folder must exist.
    pub create: bool,
    /// Empty the file first.
    pub truncate: bool,
    /// First byte to write. A hole before it is filled with zeros.
    pub offset: u64,
    /// Bytes to write at most.
    pub count: Option<u64>,
    /// Whether new leaves are raw; by default they are when the file has a CID of version 1.
    pub raw_leaves: Option<bool>,
    /// CID of a new file; that of its folder when none.
    pub builder: Option<CidBuilder>,
    /// Store the change up to the root.
    pub flush: bool,
    /// Replaces the time of files that have one.
    pub now: Mtime,
}

/// Why writing failed.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The tree.
    #[error(transparent)]
    Mfs(#[from] Error),
    /// What was to be written can't be read.
    #[error(transparent)]
    Input(io::Error),
}

/// How often somebody who waits for a file looks whether to give up.
const LOOK_UP: Duration = Duration::from_millis(100);

/// The files that are being written, by path.
#[derive(Debug, Default)]
pub(super) struct InUse {
    paths: Mutex<HashSet<String>>,
    freed: Condvar,
}

/// Keeps other writers away from a file.
struct Alone<'a> {
    in_use: &'a InUse,
    path: String,
}

impl InUse {
    /// Waits until nobody else writes the file.
    fn wait(&self, path: &str, cancelled: &dyn Fn() -> bool) -> Result<Alone<'_>, Error> {
        let path = path::names(path).join("/");
        let mut paths = self.paths();
        while paths.contains(&path) {
            if cancelled() {
                return Err(Error::Block(block::Error::Cancelled));
            }
            let waited = self.freed.wait_timeout(paths, LOOK_UP);
            paths = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        paths.insert(path.clone());
        drop(paths);
        Ok(Alone { in_use: self, path })
    }

    fn paths(&self) -> MutexGuard<'_, HashSet<String>> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.in_use.paths().remove(&self.path);
        self.in_use.freed.notify_all();
    }
}

impl Mfs {
    /// The file at a path, for reading.
    pub fn file(&self, path: &str) -> Result<Entry, Error> {
        let entry = self.lookup(path)?;
        if entry.kind == Kind::Directory {
            return Err(Error::NotFile(path.into()));
        }
        if entry.cid.codec() == codec::DAG_PB {
            let node = ops::message(self.store(), &entry.cid)?;
            if node.kind == node::Kind::Symlink {
                return Err(Error::Symlink);
            }
        }
        Ok(entry)
    }

    /// Writes what `input` gives into the file at a path. When reading or writing fails, the file
    /// stays as it was.
    // spec: mfs.write-all-or-nothing
    pub fn write(
        &self,
        path: &str,
        how: &Write,
        input: &mut dyn Read,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(), WriteError> {
        let _writing = self.lock.writer();
        // One at a time, so that two writers of one file don't forget each other's change.
        let _alone = self.in_use.wait(path, cancelled)?;
        let cid = match self.file(path) {
            Ok(entry) => entry.cid,
            Err(Error::NotFound) if how.create => self.create(path, how.builder)?.cid,
            Err(error) => return Err(error.into()),
        };
        let options = EditOptions {
            chunker: self.settings().chunker,
            raw_leaves: how.raw_leaves,
            ..EditOptions::new(how.now)
        };
        let mut editor = Editor::open(self.store(), &cid, options).map_err(Error::from)?;
        if how.truncate {
            editor.truncate(0).map_err(Error::from)?;
        }
        editor.seek(how.offset).map_err(Error::from)?;
        copy(input, how.count.unwrap_or(u64::MAX), &mut editor, cancelled)?;
        let written = editor.finish().map_err(Error::from)?;

        let (folder, name) = path::split(path);
        Ok(self.change_locked(how.flush, |root, store| {
            let dir = match root.walk(store, folder) {
                Err(Error::NotFound) => return Ok(()),
                dir => dir?,
            };
            // Removed meanwhile: what was written goes where the file went.
            if !how.create && !dir.has(store, name)? {
                return Ok(());
            }
            dir.put(store, name, written.cid, written.tsize)
        })?)
    }

    /// An empty file, stored but not yet in its folder, which must exist.
    fn create(&self, path: &str, builder: Option<CidBuilder>) -> Result<Entry, Error> {
        let (folder, name) = path::split(path);
        if name.is_empty() {
            return Err(Error::EmptyName);
        }
        let mut state = self.state()?;
        let dir = match state.root.walk(self.store(), folder) {
            Err(Error::NotDirectory(_)) => return Err(Error::ParentNotDirectory),
            dir => dir?,
        };
        let builder = builder.unwrap_or(dir.directory.builder());
        let node = ipfs_data::dag_pb::Node::with_data(Node::empty_file().encode());
        let (cid, tsize) = ops::store_node(self.store(), builder, &node)?;
        Ok(Entry { cid, tsize, kind: Kind::File })
    }
}

fn copy(
    input: &mut dyn Read,
    mut left: u64,
    editor: &mut Editor<'_>,
    cancelled: &dyn Fn() -> bool,
) -> Result<(), WriteError> {
    let mut buffer = vec![0; PIECE_BYTES];
    while left > 0 {
        if cancelled() {
            return Err(Error::Block(block::Error::Cancelled).into());
        }
        let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match input.read(&mut buffer[..room]) {
            Ok(0) => break,
            Ok(count) => {
                editor.write(&buffer[..count]).map_err(Error::from)?;
                left -= count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(WriteError::Input(error)),
        }
    }
    Ok(())
}
