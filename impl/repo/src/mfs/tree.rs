//! Spec: spec/repo/mfs.md
//!
//! The folders that are open: each with its edited directory and the open folders below it.

use super::{Error, path};
use ipfs_data::block::{Source, Store};
use ipfs_data::cid::{Cid, codec};
use ipfs_data::dag_pb::{self, Link};
use ipfs_data::unixfs::directory::{Directory, Options};
use ipfs_data::unixfs::hamt::Saved;
use ipfs_data::unixfs::node;
use std::collections::{BTreeMap, BTreeSet};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file (or a symbolic link).
    File,
    /// A folder.
    Directory,
}

/// A file or folder as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its root node.
    pub cid: Cid,
    /// Bytes of all its blocks, as counted by links.
    pub tsize: u64,
    /// What it is.
    pub kind: Kind,
}

/// An open folder.
pub(super) struct Dir {
    pub(super) directory: Directory,
    /// Open folders below. Their entries in `directory` may be outdated until [`Dir::sync`].
    open: BTreeMap<String, Dir>,
    /// What it is in storage, unless it was changed.
    saved: Option<Saved>,
    /// Entries that were looked up since the last flush.
    touched: BTreeSet<String>,
}

impl Dir {
    pub(super) fn new(directory: Directory) -> Self {
        Self::stored_as(directory, None)
    }

    /// A folder that is in storage like this already, if so.
    pub(super) fn stored_as(directory: Directory, saved: Option<Saved>) -> Self {
        Self { directory, open: BTreeMap::new(), saved, touched: BTreeSet::new() }
    }

    /// The open folder below of that name, opened if need be. [`Error::NotFound`] when there is no
    /// entry, `None` when it is a file.
    pub(super) fn child(
        &mut self,
        source: &dyn Source,
        name: &str,
    ) -> Result<Option<&mut Dir>, Error> {
        if !self.open.contains_key(name) {
            let link = self.directory.find(source, name.as_bytes())?.ok_or(Error::NotFound)?;
            self.touched.insert(name.into());
            let Some(directory) = load(source, &link.cid, self.directory.options)? else {
                return Ok(None);
            };
            let saved = Some(Saved { cid: link.cid, tsize: link.tsize() });
            self.open.insert(name.into(), Self::stored_as(directory, saved));
        }
        Ok(self.open.get_mut(name))
    }

    /// Whether there is an entry of that name.
    pub(super) fn has(&mut self, source: &dyn Source, name: &str) -> Result<bool, Error> {
        Ok(self.directory.find(source, name.as_bytes())?.is_some())
    }

    /// The entry of that name, with all changes below it stored.
    pub(super) fn entry(&mut self, store: &dyn Store, name: &str) -> Result<Entry, Error> {
        if self.child(store, name)?.is_some() {
            let Saved { cid, tsize } = self.sync_child(store, name)?;
            return Ok(Entry { cid, tsize, kind: Kind::Directory });
        }
        let link = self.directory.find(store, name.as_bytes())?.ok_or(Error::NotFound)?;
        Ok(Entry { cid: link.cid, tsize: link.tsize(), kind: Kind::File })
    }

    /// Stores an open folder below and everything in it, and brings its entry here up to date: a
    /// folder that is stored without that would look unchanged ever after.
    fn sync_child(&mut self, store: &dyn Store, name: &str) -> Result<Saved, Error> {
        let child = self.open.get_mut(name).ok_or(Error::NotFound)?;
        let before = child.saved;
        let after = child.sync(store)?;
        if before != Some(after) {
            let link = Link::new(after.cid, name.as_bytes().to_vec(), after.tsize);
            self.directory.insert(store, link)?;
            self.saved = None;
        }
        Ok(after)
    }

    /// This folder as an entry, with all changes below it stored.
    pub(super) fn stored(&mut self, store: &dyn Store) -> Result<Entry, Error> {
        let Saved { cid, tsize } = self.sync(store)?;
        Ok(Entry { cid, tsize, kind: Kind::Directory })
    }

    /// Adds or replaces an entry.
    pub(super) fn put(
        &mut self,
        source: &dyn Source,
        name: &str,
        cid: Cid,
        tsize: u64,
    ) -> Result<(), Error> {
        self.open.remove(name);
        self.saved = None;
        Ok(self.directory.insert(source, Link::new(cid, name.as_bytes().to_vec(), tsize))?)
    }

    /// Adds an open folder.
    pub(super) fn put_dir(
        &mut self,
        store: &dyn Store,
        name: &str,
        mut dir: Dir,
    ) -> Result<&mut Dir, Error> {
        let Saved { cid, tsize } = dir.sync(store)?;
        self.put(store, name, cid, tsize)?;
        Ok(self.open.entry(name.into()).or_insert(dir))
    }

    /// Removes an entry.
    pub(super) fn unlink(&mut self, source: &dyn Source, name: &str) -> Result<(), Error> {
        self.open.remove(name);
        if !self.directory.remove(source, name.as_bytes())? {
            return Err(Error::NotFound);
        }
        self.saved = None;
        Ok(())
    }

    /// To be called after changing `directory` directly.
    pub(super) fn changed(&mut self) {
        self.saved = None;
    }

    /// Stores this folder and all open ones below.
    pub(super) fn sync(&mut self, store: &dyn Store) -> Result<Saved, Error> {
        let open: Vec<String> = self.open.keys().cloned().collect();
        for name in open {
            self.sync_child(store, &name)?;
        }
        self.rewrite_touched(store)?;
        let saved = match self.saved {
            Some(saved) => saved,
            None => self.directory.save(store)?,
        };
        self.saved = Some(saved);
        Ok(saved)
    }

    /// What this folder is in storage, unless something in it or below is not stored yet.
    pub(super) fn unchanged(&self) -> Option<Saved> {
        let clean =
            self.touched.is_empty() && self.open.values().all(|dir| dir.unchanged().is_some());
        self.saved.filter(|_| clean)
    }

    /// Writes the entries again that were looked at, as the reference does: a directory that would
    /// have another shape by its settings gets it then.
    // spec: mfs.write-exact
    fn rewrite_touched(&mut self, store: &dyn Store) -> Result<(), Error> {
        let before = self.directory.is_sharded();
        for name in std::mem::take(&mut self.touched) {
            if let Some(link) = self.directory.find(store, name.as_bytes())? {
                self.directory.insert(store, link)?;
            }
        }
        if self.directory.is_sharded() != before {
            self.saved = None;
        }
        Ok(())
    }

    /// Closes the folders below. All must be stored.
    pub(super) fn forget(&mut self) {
        self.open.clear();
    }

    /// The open folder at a path, all on the way opened.
    pub(super) fn walk(&mut self, source: &dyn Source, path: &str) -> Result<&mut Dir, Error> {
        let names = path::names(path);
        let mut dir = self;
        for (depth, name) in names.iter().enumerate() {
            dir = match dir.child(source, name)? {
                Some(child) => child,
                None if depth + 1 == names.len() => {
                    return Err(Error::NotDirectory(path.to_owned()));
                }
                None => return Err(Error::NotOnTheWay(names[..depth + 2].join("/"))),
            };
        }
        Ok(dir)
    }

    /// The entry at a path.
    pub(super) fn lookup(&mut self, store: &dyn Store, path: &str) -> Result<Entry, Error> {
        let names = path::names(path);
        let Some((last, before)) = names.split_last() else { return self.stored(store) };
        let mut dir = self;
        for (depth, name) in before.iter().enumerate() {
            dir = dir
                .child(store, name)?
                .ok_or_else(|| Error::NotOnTheWay(names[..depth + 2].join("/")))?;
        }
        dir.entry(store, last)
    }
}

/// The entry at a path of a stored tree.
pub(super) fn lookup(
    source: &dyn Source,
    root: Saved,
    path: &str,
    options: Options,
) -> Result<Entry, Error> {
    let names = path::names(path);
    let mut entry = Entry { cid: root.cid, tsize: root.tsize, kind: Kind::Directory };
    let mut directory = load(source, &root.cid, options)?;
    for (depth, name) in names.iter().enumerate() {
        let Some(mut folder) = directory else {
            return Err(Error::NotOnTheWay(names[..=depth].join("/")));
        };
        let link = folder.find(source, name.as_bytes())?.ok_or(Error::NotFound)?;
        directory = load(source, &link.cid, options)?;
        let kind = if directory.is_some() { Kind::Directory } else { Kind::File };
        entry = Entry { cid: link.cid, tsize: link.tsize(), kind };
    }
    Ok(entry)
}

/// The folder at a path of a stored tree.
pub(super) fn folder(
    source: &dyn Source,
    root: Saved,
    path: &str,
    options: Options,
) -> Result<Directory, Error> {
    let entry = lookup(source, root, path, options)?;
    match load(source, &entry.cid, options)? {
        Some(directory) => Ok(directory),
        None => Err(Error::NotDirectory(path.to_owned())),
    }
}

/// The directory with this CID; none when it is a file.
pub(super) fn load(
    source: &dyn Source,
    cid: &Cid,
    options: Options,
) -> Result<Option<Directory>, Error> {
    match cid.codec() {
        codec::RAW => {
            source.size(cid)?;
            Ok(None)
        }
        codec::DAG_PB => {
            let node = dag_pb::decode(&source.get(cid)?).map_err(ipfs_data::unixfs::Error::from)?;
            let data = node.data.clone().unwrap_or_default();
            match node::Node::decode(&data).map_err(ipfs_data::unixfs::Error::from)?.kind {
                node::Kind::Directory | node::Kind::HamtShard => {
                    Ok(Some(Directory::from_node(cid, node, options)?))
                }
                node::Kind::File | node::Kind::Raw | node::Kind::Symlink => Ok(None),
                node::Kind::Metadata => Err(Error::Metadata),
            }
        }
        _ => Err(Error::UnknownNode),
    }
}
