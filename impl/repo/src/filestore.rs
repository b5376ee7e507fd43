//! Spec: spec/repo/filestore.md
//!
//! Blocks whose bytes stay in the user's files (or on a web server): the repo keeps a reference and
//! checks the bytes at every read.

mod listing;
mod record;
#[cfg(test)]
mod tests;

pub use listing::{Listed, Status};
pub use record::{Reference, is_url};

use crate::datastore::{self, Change, Datastore, Key, Query};
use crate::disk::{DiskRef, Open};
use crate::gc;
use bytes::Bytes;
use ipfs_data::block::{self, Block, Sink, Source};
use ipfs_data::cid::{Cid, Multihash, codec};
use ipfs_data::multihash;
use multibase::Base;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Above all references.
const ROOT: &str = "/filestore";

/// Why a reference can't be made or followed. The texts are those of the reference implementation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Switched off in the configuration.
    #[error("filestore is not enabled, see https://git.io/vNItf")]
    FilesDisabled,
    /// Switched off in the configuration.
    #[error("urlstore is not enabled")]
    UrlsDisabled,
    /// The file lies outside the directory that contains the repo.
    #[error("cannot add filestore references outside ipfs root ({})", .0.display())]
    OutsideRoot(PathBuf),
    /// There is no reference for the block.
    #[error("ipld: could not find {0}")]
    NotFound(Cid),
    /// The file is gone.
    #[error("open {}: no such file or directory", .0.display())]
    NoFile(PathBuf),
    /// The file can't be read.
    #[error("{operation} {}: {reason}", path.display())]
    Unreadable {
        /// `open` or `read`.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        reason: String,
    },
    /// The file is shorter now.
    #[error("EOF")]
    Shorter,
    /// The file has other bytes now.
    #[error("data in file did not match. {path} offset {offset}")]
    Changed {
        /// As stored in the reference.
        path: String,
        /// First byte of the block.
        offset: u64,
    },
    /// A URL can't be read without the network.
    #[error("{0}: reading a URL needs the network, start the daemon")]
    Url(String),
    /// A reference can't be decoded.
    #[error("proto: cannot parse invalid wire-format data")]
    Corrupt,
    /// A key below `/filestore` is not a multihash.
    #[error("decoding multihash from filestore: {0}")]
    Key(String),
    /// The block uses a hash function that can't be computed here.
    #[error("unknown multihash code {0:#x}")]
    UnknownHash(u64),
    /// The datastore failed.
    #[error(transparent)]
    Store(#[from] datastore::Error),
}

impl From<Error> for block::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(cid) => Self::NotFound(cid),
            error => Self::store(error),
        }
    }
}

/// What may be referenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enabled {
    /// `Experimental.FilestoreEnabled`
    pub files: bool,
    /// `Experimental.UrlstoreEnabled`
    pub urls: bool,
}

/// The references of a repo.
#[derive(Debug)]
pub struct References {
    store: Arc<dyn Datastore>,
    disk: DiskRef,
    root: PathBuf,
    enabled: Enabled,
}

// spec: filestore.key
fn key(hash: &Multihash) -> Key {
    Key::new(ROOT).child(&Base::Base32Upper.encode(hash.to_bytes()))
}

fn hash_of(key: &Key) -> Result<Multihash, Error> {
    let name = key.as_str().rsplit('/').next().unwrap_or_default();
    let bytes = Base::Base32Upper.decode(name).map_err(|error| Error::Key(error.to_string()))?;
    Multihash::from_bytes(&bytes).map_err(|error| Error::Key(error.to_string()))
}

fn raw(hash: &Multihash) -> Cid {
    Cid::new_v1(codec::RAW, *hash)
}

impl References {
    /// The references of the repo at `repo`. Files are named relative to the directory above it.
    pub fn new(store: Arc<dyn Datastore>, disk: DiskRef, repo: &Path, enabled: Enabled) -> Self {
        let root = repo.parent().unwrap_or(Path::new("/")).to_owned();
        Self { store, disk, root, enabled }
    }

    /// The reference for a block; none when there is none.
    pub fn get(&self, hash: &Multihash) -> Result<Option<Reference>, Error> {
        match self.store.get(&key(hash))? {
            None => Ok(None),
            Some(data) => Reference::decode(&data).map(Some).ok_or(Error::Corrupt),
        }
    }

    /// Whether there is a reference for a block. Does not look at the file.
    pub fn has(&self, hash: &Multihash) -> Result<bool, Error> {
        Ok(self.store.has(&key(hash))?)
    }

    /// A reference to the bytes at `offset` in the file at the absolute `path`, or in a URL.
    pub fn reference(&self, path: &str, offset: u64, size: u64) -> Result<Reference, Error> {
        if is_url(path) {
            if !self.enabled.urls {
                return Err(Error::UrlsDisabled);
            }
            return Ok(Reference { path: path.into(), offset, size });
        }
        if !self.enabled.files {
            return Err(Error::FilesDisabled);
        }
        // spec: filestore.inside-root
        let relative = Path::new(path)
            .strip_prefix(&self.root)
            .map_err(|_| Error::OutsideRoot(self.root.clone()))?;
        Ok(Reference { path: relative.to_string_lossy().into_owned(), offset, size })
    }

    /// Stores references as one batch.
    pub fn put_many(&self, references: &[(Multihash, Reference)]) -> Result<(), Error> {
        let put =
            |(hash, reference): &(Multihash, Reference)| Change::Put(key(hash), reference.encode());
        Ok(self.store.apply(&references.iter().map(put).collect::<Vec<_>>())?)
    }

    /// Makes all references durable.
    pub fn sync(&self) -> Result<(), Error> {
        Ok(self.store.sync(&Key::new(ROOT))?)
    }

    /// Removes references; absent ones are fine.
    pub fn remove_many(&self, hashes: &[Multihash]) -> Result<(), Error> {
        let changes: Vec<_> = hashes.iter().map(|hash| Change::Delete(key(hash))).collect();
        Ok(self.store.apply(&changes)?)
    }

    /// The blocks that have a reference; keys that are no multihash are skipped.
    pub fn hashes(&self) -> Result<impl Iterator<Item = Result<Multihash, Error>> + '_, Error> {
        let query = Query { prefix: Key::new(ROOT), keys_only: true };
        Ok(self.store.query(&query)?.filter_map(|pair| match pair {
            Err(error) => Some(Err(error.into())),
            Ok((key, _)) => hash_of(&key).ok().map(Ok),
        }))
    }

    /// The bytes behind a reference, checked against the hash.
    // spec: filestore.verified
    pub fn read(&self, hash: &Multihash, reference: &Reference) -> Result<Bytes, Error> {
        // spec: filestore.url-kept
        if reference.is_url() {
            return Err(match self.enabled.urls {
                true => Error::Url(reference.path.clone()),
                false => Error::UrlsDisabled,
            });
        }
        if !self.enabled.files {
            return Err(Error::FilesDisabled);
        }
        let data = self.read_file(&self.root.join(&reference.path), reference)?;
        if !multihash::verify(hash, &data).map_err(|_| Error::UnknownHash(hash.code()))? {
            let Reference { path, offset, .. } = reference.clone();
            return Err(Error::Changed { path, offset });
        }
        Ok(data)
    }

    fn read_file(&self, path: &Path, reference: &Reference) -> Result<Bytes, Error> {
        let fail = |operation, error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => Error::NoFile(path.into()),
            _ => Error::Unreadable { operation, path: path.into(), reason: system_text(&error) },
        };
        let file = self.disk.open(path, Open::Read).map_err(|error| fail("open", error))?;
        // The size is what the record says; the file decides how much is really allocated.
        let length = file.len().map_err(|error| fail("read", error))?;
        let end = reference.offset.checked_add(reference.size).ok_or(Error::Shorter)?;
        if end > length {
            return Err(Error::Shorter);
        }
        let mut data = vec![0; usize::try_from(reference.size).map_err(|_| Error::Shorter)?];
        let mut filled = 0;
        while filled < data.len() {
            let offset = reference.offset + filled as u64;
            match file.read_at(&mut data[filled..], offset) {
                Ok(0) => return Err(Error::Shorter),
                Ok(count) => filled += count,
                Err(error) => return Err(fail("read", error)),
            }
        }
        Ok(data.into())
    }
}

/// The system's text for an error, without Rust's additions.
fn system_text(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// A block store with references behind it: reads fall through to them, writes don't.
#[derive(Debug, Clone)]
pub struct Filestore<S> {
    /// Where ordinary blocks are.
    pub blocks: S,
    /// The references; none when neither filestore nor urlstore is enabled.
    pub references: Option<Arc<References>>,
}

impl<S: Source> Filestore<S> {
    fn find(&self, cid: &Cid) -> Result<Option<(&References, Reference)>, Error> {
        let Some(references) = &self.references else { return Ok(None) };
        Ok(references.get(cid.hash())?.map(|found| (references.as_ref(), found)))
    }

    /// Stores references for blocks that are neither stored nor referenced yet.
    pub fn put_references(&self, new: Vec<(Cid, Reference)>) -> Result<(), block::Error> {
        let references = self.references.as_ref().ok_or(Error::FilesDisabled)?;
        let mut missing = Vec::with_capacity(new.len());
        for (cid, reference) in new {
            if !self.has(&cid)? {
                missing.push((*cid.hash(), reference));
            }
        }
        Ok(references.put_many(&missing)?)
    }
}

impl<S> Filestore<S> {
    fn is_referenced(&self, cid: &Cid) -> Result<bool, Error> {
        self.references.as_ref().map_or(Ok(false), |references| references.has(cid.hash()))
    }
}

impl<S: Source + gc::Blocks> gc::Blocks for Filestore<S> {
    // spec: gc.filestore
    fn for_each(
        &self,
        each: &mut dyn FnMut(Multihash) -> ControlFlow<()>,
    ) -> Result<(), block::Error> {
        let mut broken = false;
        self.blocks.for_each(&mut |hash| {
            let flow = each(hash);
            broken = flow.is_break();
            flow
        })?;
        let Some(references) = self.references.as_ref().filter(|_| !broken) else { return Ok(()) };
        for hash in references.hashes()? {
            let hash = hash?;
            // A block that is both stored and referenced was shown already.
            if !self.blocks.has(&raw(&hash))? && each(hash).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn remove_many(&self, hashes: &[Multihash]) -> Vec<Result<(), block::Error>> {
        if let Some(references) = &self.references
            && let Err(error) = references.remove_many(hashes)
        {
            let text = error.to_string();
            let fail = |_| Err(block::Error::store(io::Error::other(text.clone())));
            return hashes.iter().map(fail).collect();
        }
        self.blocks.remove_many(hashes)
    }
}

impl<S: Source> Source for Filestore<S> {
    fn get(&self, cid: &Cid) -> Result<Bytes, block::Error> {
        match self.blocks.get(cid) {
            Err(block::Error::NotFound(_)) => match self.find(cid)? {
                None => Err(block::Error::NotFound(*cid)),
                Some((references, found)) => Ok(references.read(cid.hash(), &found)?),
            },
            result => result,
        }
    }

    fn has(&self, cid: &Cid) -> Result<bool, block::Error> {
        Ok(self.blocks.has(cid)? || self.is_referenced(cid)?)
    }

    fn size(&self, cid: &Cid) -> Result<u64, block::Error> {
        match self.blocks.size(cid) {
            Err(block::Error::NotFound(_)) => match self.find(cid)? {
                None => Err(block::Error::NotFound(*cid)),
                Some((_, found)) => Ok(found.size),
            },
            result => result,
        }
    }

    fn prefetch(&self, cids: &[Cid]) {
        self.blocks.prefetch(cids);
    }
}

impl<S: Sink> Sink for Filestore<S> {
    fn put(&self, block: Block) -> Result<(), block::Error> {
        // spec: filestore.no-copy-of-referenced
        if self.is_referenced(&block.cid)? { Ok(()) } else { self.blocks.put(block) }
    }

    fn put_many(&self, blocks: Vec<Block>) -> Result<(), block::Error> {
        if self.references.is_none() {
            return self.blocks.put_many(blocks);
        }
        let mut new = Vec::with_capacity(blocks.len());
        for block in blocks {
            if !self.is_referenced(&block.cid)? {
                new.push(block);
            }
        }
        self.blocks.put_many(new)
    }

    fn flush(&self) -> Result<(), block::Error> {
        self.blocks.flush()?;
        if let Some(references) = &self.references {
            references.sync()?;
        }
        Ok(())
    }
}
