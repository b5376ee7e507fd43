//! Spec: spec/repo/mfs.md
//!
//! The mutable file system: a tree of files over immutable blocks. Its root CID lives in the
//! datastore; changes build new blocks up to a new root.

mod file;
mod ops;
pub mod path;
mod tree;

#[cfg(test)]
mod model;

#[cfg(test)]
mod tests;

pub use file::{Write, WriteError};
pub use ops::{Listed, Made};
pub use tree::{Entry, Kind};

use crate::datastore::{self, Datastore, Key};
use crate::gc;
use ipfs_data::block::{self, MemoryStore, Store};
use ipfs_data::chunker::Chunker;
use ipfs_data::cid::{self, Cid};
use ipfs_data::dag_pb;
use ipfs_data::unixfs::directory::{Directory, Options};
use ipfs_data::unixfs::hamt::Saved;
use ipfs_data::unixfs::{self, CidBuilder};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tree::Dir;

/// Where the root CID is kept, in binary form.
pub const ROOT_KEY: &str = "/local/filesroot";

/// Why an operation on the tree failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A path without a character.
    #[error("paths must not be empty")]
    EmptyPath,
    /// A path that does not start at the root.
    #[error("paths must start with a leading slash")]
    RelativePath,
    /// Nothing has this path.
    #[error("file does not exist")]
    NotFound,
    /// Something has this path already.
    #[error("file already exists")]
    Exists,
    /// A folder has an entry of this name already.
    #[error("directory already has entry by that name")]
    EntryExists,
    /// Something on the way is a file.
    #[error("cannot access {0}: Not a directory")]
    NotOnTheWay(String),
    /// A folder was needed.
    #[error("{0} is not a directory")]
    NotDirectory(String),
    /// A folder was needed to make one in it.
    #[error("{0} was not a directory")]
    WasNotDirectory(String),
    /// A file was needed.
    #[error("{0} was not a file")]
    NotFile(String),
    /// Replacing needs a folder to replace in.
    #[error("not a directory: {0}")]
    ReplaceInFile(String),
    /// Only files are replaced.
    #[error("not a file: {0}")]
    ReplaceFolder(String),
    /// A folder is removed only when asked for twice.
    #[error("path is a directory, use -r to remove directories")]
    NeedsRecursive,
    /// A new file needs a folder.
    #[error("expected *mfs.Directory, didn't get it. This is likely a race condition")]
    ParentNotDirectory,
    /// Only folders can get other CIDs.
    #[error("can only update directories")]
    OnlyDirectories,
    /// The root is always there.
    #[error("cannot create directory '/': Already exists")]
    RootExists,
    /// A file needs a name.
    #[error("cannot create file with empty name")]
    EmptyName,
    /// A folder can't become its own content.
    #[error("cannot move '{from}' to a subdirectory of itself, '{to}'")]
    IntoItself {
        /// The folder.
        from: String,
        /// Where to.
        to: String,
    },
    /// A node that is neither file nor folder.
    #[error("invalid child node")]
    InvalidChild,
    /// Metadata nodes.
    #[error("not yet implemented")]
    Metadata,
    /// A node whose codec is neither dag-pb nor raw.
    #[error("unrecognized node type in cache node")]
    UnknownNode,
    /// Links can't be read or written as files.
    #[error("symlinks not yet supported")]
    Symlink,
    /// The stored root is no CID, or nothing that can be a root.
    #[error(
        "failed to initialize MFS root from {root} stored at {ROOT_KEY}: {reason}. \
         If corrupted, use 'ipfs files chroot' to reset (see --help)"
    )]
    BadRoot {
        /// What is stored.
        root: String,
        /// What is wrong.
        reason: String,
    },
    /// The stored root's block is missing.
    #[error("error loading filesroot from dagservice: {0}")]
    MissingRoot(block::Error),
    /// A node can't be read, changed or written.
    #[error(transparent)]
    Unixfs(#[from] unixfs::Error),
    /// A block can't be read or written.
    #[error(transparent)]
    Block(#[from] block::Error),
    /// The root can't be read or written.
    #[error(transparent)]
    Store(#[from] datastore::Error),
}

/// What new nodes look like: the `Import` section of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// CIDs of the root folder, and of new nodes unless a call says otherwise.
    pub builder: CidBuilder,
    /// When and how folders become tries.
    pub directory: Options,
    /// How written content is cut.
    pub chunker: Chunker,
}

/// The tree. Many threads may use it at once: readers see the root as it is when they come, and
/// wait for no flush and no write.
pub struct Mfs {
    store: Arc<dyn Store>,
    datastore: Arc<dyn Datastore>,
    lock: Arc<gc::Lock>,
    settings: Settings,
    state: Mutex<State>,
    /// The root in the datastore; none before the first change. Held while the root is stored.
    published: Mutex<Option<Cid>>,
    in_use: file::InUse,
}

struct State {
    root: Dir,
    /// Changes so far.
    changes: u64,
}

/// The root CID in a datastore; none when there was never a change.
pub fn stored_root(datastore: &dyn Datastore) -> Result<Option<Cid>, Error> {
    let Some(bytes) = datastore.get(&Key::new(ROOT_KEY))? else { return Ok(None) };
    let root = cid::cast(&bytes).map_err(|error| Error::BadRoot {
        root: format!("{} bytes", bytes.len()),
        reason: error.to_string(),
    })?;
    Ok(Some(root))
}

/// Writes the root CID and waits until it is durable. The blocks must be durable before.
pub fn store_root(datastore: &dyn Datastore, root: &Cid) -> Result<(), Error> {
    let key = Key::new(ROOT_KEY);
    datastore.put(&key, &root.to_bytes())?;
    Ok(datastore.sync(&key)?)
}

impl Mfs {
    /// Opens the tree. A repo without one gets an empty folder in memory; it is stored with the
    /// first change.
    pub fn open(
        store: Arc<dyn Store>,
        datastore: Arc<dyn Datastore>,
        lock: Arc<gc::Lock>,
        settings: Settings,
    ) -> Result<Self, Error> {
        let published = stored_root(datastore.as_ref())?;
        let root = open_root(store.as_ref(), published.as_ref(), &settings)?;
        let state = Mutex::new(State { root, changes: 0 });
        let published = Mutex::new(published);
        let in_use = file::InUse::default();
        Ok(Self { store, datastore, lock, settings, state, published, in_use })
    }

    /// The settings it was opened with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The root as it is now, unflushed changes included. Its blocks are stored, the root key is
    /// not touched: for the garbage collection, and for looking.
    pub fn current_root(&self) -> Result<Cid, Error> {
        Ok(self.state()?.root.sync(self.store())?.cid)
    }

    /// The root as it is now, to be read without any lock.
    // spec: mfs.readers-wait-for-nobody
    fn snapshot(&self) -> Result<Saved, Error> {
        if let Some(saved) = self.state()?.root.unchanged() {
            return Ok(saved);
        }
        let _writing = self.lock.writer();
        self.state()?.root.sync(self.store())
    }

    /// Stores everything: blocks first, then the root.
    // spec: mfs.blocks-before-root
    pub fn flush(&self) -> Result<Cid, Error> {
        let _writing = self.lock.writer();
        self.publish()
    }

    fn publish(&self) -> Result<Cid, Error> {
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        let (root, changes) = {
            let mut state = self.state()?;
            (state.root.sync(self.store())?.cid, state.changes)
        };
        // Writing takes time: the tree is free meanwhile, and changes then are the next one's.
        if *published != Some(root) {
            self.store.flush()?;
            store_root(self.datastore.as_ref(), &root)?;
            *published = Some(root);
        }
        let mut state = self.state()?;
        if state.changes == changes {
            state.root.forget();
        }
        Ok(root)
    }

    fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// The tree in memory. After a panic in the middle of a change it is what was stored last.
    // spec: mfs.survives-panic
    fn state(&self) -> Result<MutexGuard<'_, State>, Error> {
        let poisoned = match self.state.lock() {
            Ok(state) => return Ok(state),
            Err(poisoned) => poisoned,
        };
        let mut state = poisoned.into_inner();
        let stored = stored_root(self.datastore.as_ref())?;
        state.root = open_root(self.store(), stored.as_ref(), &self.settings)?;
        state.changes += 1;
        self.state.clear_poison();
        Ok(state)
    }

    /// Runs a change under the locks, and stores the result if told so.
    fn change<T>(
        &self,
        flush: bool,
        change: impl FnOnce(&mut Dir, &dyn Store) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // spec: mfs.excludes-collector
        let _writing = self.lock.writer();
        self.change_locked(flush, change)
    }

    /// [`Mfs::change`] for those who keep the collector out already.
    fn change_locked<T>(
        &self,
        flush: bool,
        change: impl FnOnce(&mut Dir, &dyn Store) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let done = {
            let mut state = self.state()?;
            state.changes += 1;
            change(&mut state.root, self.store())?
        };
        if flush {
            self.publish()?;
        }
        Ok(done)
    }
}

fn open_root(store: &dyn Store, stored: Option<&Cid>, settings: &Settings) -> Result<Dir, Error> {
    let mut directory = match stored {
        None => Directory::new(CidBuilder::V0, 0, None, settings.directory),
        Some(root) => load_root(store, root, settings)?,
    };
    // spec: mfs.root-builder
    directory.set_builder(settings.builder);
    let saved = match stored {
        Some(root) if CidBuilder::of(root) == settings.builder => Some(saved_as(store, root)?),
        Some(_) => None,
        // Usually the empty folder is there: then looking at the tree writes nothing.
        None => Some(directory.save(&MemoryStore::new())?)
            .filter(|saved| store.has(&saved.cid).unwrap_or(false)),
    };
    Ok(Dir::stored_as(directory, saved))
}

/// What a root is in storage.
fn saved_as(store: &dyn Store, root: &Cid) -> Result<Saved, Error> {
    let block = store.get(root)?;
    let node = dag_pb::decode(&block).map_err(unixfs::Error::from)?;
    let links = node.links.iter().map(dag_pb::Link::tsize).fold(0, u64::saturating_add);
    Ok(Saved { cid: *root, tsize: links.saturating_add(block.len() as u64) })
}

// spec: mfs.bad-root
fn load_root(store: &dyn Store, root: &Cid, settings: &Settings) -> Result<Directory, Error> {
    match Directory::load(store, root, settings.directory) {
        Err(unixfs::Error::Block(error)) => Err(Error::MissingRoot(error)),
        Err(error) => Err(Error::BadRoot { root: root.to_string(), reason: error.to_string() }),
        Ok(directory) => Ok(directory),
    }
}
