//! Spec: spec/repo/mfs.md
//!
//! What can be done with the tree, short of reading and writing content.

use super::tree::{self, Dir, Entry, Kind};
use super::{Error, Mfs, path};
use ipfs_data::block::{Block, Store};
use ipfs_data::cid::{Cid, codec};
use ipfs_data::dag_pb::{self, Link};
use ipfs_data::unixfs::{self, CidBuilder, Directory, Mtime, node};
use std::ops::ControlFlow;

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name. Names that are not UTF-8 are shown with replacement characters.
    pub name: String,
    /// File or folder.
    pub kind: Kind,
    /// Its root node.
    pub cid: Cid,
    /// Bytes of content of a file; 0 for a folder.
    pub size: u64,
}

/// Settings of a new folder.
#[derive(Debug, Clone, Copy, Default)]
pub struct Made {
    /// Make the folders above it, too, and accept it when it is there.
    pub parents: bool,
    /// How its CID is made; that of the root when none.
    pub builder: Option<CidBuilder>,
    /// Permission bits; 0 for none.
    pub mode: u32,
    /// Time.
    pub mtime: Option<Mtime>,
}

impl Mfs {
    /// The entry at a path, unflushed changes included.
    pub fn lookup(&self, path: &str) -> Result<Entry, Error> {
        tree::lookup(self.store(), self.snapshot()?, path, self.settings.directory)
    }

    /// The names in a folder in stored order.
    pub fn names(&self, path: &str) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        self.for_each(path, |link| {
            names.push(String::from_utf8_lossy(link.name()).into_owned());
            Ok(())
        })?;
        Ok(names)
    }

    /// The entries of a folder in stored order.
    pub fn list(&self, path: &str) -> Result<Vec<Listed>, Error> {
        let mut listed = Vec::new();
        self.for_each(path, |link| {
            let name = String::from_utf8_lossy(link.name()).into_owned();
            let folder = tree::load(self.store(), &link.cid, self.settings.directory)?;
            let (kind, size) = match folder {
                Some(_) => (Kind::Directory, 0),
                None => (Kind::File, file_size(self.store(), &link.cid)?),
            };
            listed.push(Listed { name, kind, cid: link.cid, size });
            Ok(())
        })?;
        Ok(listed)
    }

    fn for_each(
        &self,
        path: &str,
        mut each: impl FnMut(&Link) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (store, root) = (self.store(), self.snapshot()?);
        let folder = tree::folder(store, root, path, self.settings.directory)?;
        let mut result = Ok(());
        folder.for_each(store, &mut |link| {
            result = each(link);
            match result {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        })?;
        result
    }

    /// Makes a folder.
    // spec: mfs.mkdir
    pub fn mkdir(&self, path: &str, made: Made, flush: bool) -> Result<(), Error> {
        let names = path::names(path);
        let Some((last, before)) = names.split_last() else {
            return if made.parents { Ok(()) } else { Err(Error::RootExists) };
        };
        let options = self.settings.directory;
        self.change(flush, |root, store| {
            let builder = made.builder.unwrap_or(root.directory.builder());
            let mut dir = root;
            for (depth, name) in before.iter().enumerate() {
                if made.parents && !dir.has(store, name)? {
                    let new = Dir::new(Directory::new(builder, 0, None, options));
                    dir.put_dir(store, name, new)?;
                }
                dir = dir
                    .child(store, name)?
                    .ok_or_else(|| Error::WasNotDirectory(names[..depth].join("/")))?;
            }
            if dir.has(store, last)? {
                let is_folder = dir.child(store, last)?.is_some();
                return if made.parents && is_folder { Ok(()) } else { Err(Error::Exists) };
            }
            let new = Dir::new(Directory::new(builder, made.mode, made.mtime, options));
            dir.put_dir(store, last, new).map(drop)
        })
    }

    /// Adds a stored node at a path whose folder exists and whose name is free.
    pub fn put(&self, path: &str, cid: Cid, tsize: u64, flush: bool) -> Result<(), Error> {
        let (folder, name) = path::split(path);
        if name.is_empty() {
            return Err(Error::EmptyName);
        }
        self.change(flush, |root, store| {
            let dir = root.walk(store, folder)?;
            if dir.has(store, name)? {
                return Err(Error::EntryExists);
            }
            dir.put(store, name, cid, tsize)
        })
    }

    /// Removes the file at a path if there is one; nothing there is fine.
    pub fn unlink_file(&self, path: &str) -> Result<(), Error> {
        let (folder, name) = path::split(path);
        self.change(false, |root, store| {
            let dir = match root.walk(store, folder) {
                Err(Error::NotFound) => return Ok(()),
                Err(Error::NotDirectory(_)) => {
                    return Err(Error::ReplaceInFile(folder.into()));
                }
                dir => dir?,
            };
            match dir.child(store, name) {
                Ok(Some(_)) => Err(Error::ReplaceFolder(path.into())),
                Ok(None) => dir.unlink(store, name),
                Err(_) => Ok(()),
            }
        })
    }

    /// Removes a file, or with `recursive` a folder. With `force` anything, readable or not, and
    /// nothing there is fine. Always stored at once.
    // spec: mfs.rm-flushes
    pub fn remove(&self, path: &str, recursive: bool, force: bool) -> Result<(), Error> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let (folder, name) = path::split(path);
        self.change(true, |root, store| {
            let dir = match root.walk(store, folder) {
                Err(Error::NotFound) if force => return Ok(()),
                dir => dir?,
            };
            if force {
                return match dir.unlink(store, name) {
                    Err(Error::NotFound) => Ok(()),
                    result => result,
                };
            }
            if dir.child(store, name)?.is_some() && !recursive {
                return Err(Error::NeedsRecursive);
            }
            dir.unlink(store, name)
        })
    }

    /// Moves. A file at the target is replaced; into a folder at the target the source is moved.
    // spec: mfs.mv
    pub fn rename(&self, from: &str, to: &str, flush: bool) -> Result<(), Error> {
        let (from_folder, from_name) = path::split(from);
        let (mut to_folder, mut to_name) = path::split(to);
        if to_name.is_empty() {
            (to_folder, to_name) = (to, from_name);
        }
        self.change(flush, |root, store| {
            root.walk(store, to_folder)?;
            let source = root.walk(store, from_folder)?.entry(store, from_name)?;
            let mut folder = path::names(to_folder).join("/");
            let target = root.walk(store, to_folder)?;
            match target.child(store, to_name) {
                Ok(Some(_)) => {
                    folder = format!("{folder}/{to_name}");
                    to_name = from_name;
                }
                Ok(None) | Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
            let source_path = path::names(from);
            let target_path = [path::names(&folder), vec![to_name]].concat();
            // spec: mfs.mv-not-into-itself
            if source.kind == Kind::Directory && target_path.starts_with(&source_path) {
                return Err(Error::IntoItself { from: from.into(), to: to.into() });
            }
            if source_path == target_path {
                return Ok(());
            }
            let target = root.walk(store, &folder)?;
            match target.child(store, to_name) {
                Ok(Some(_)) => return Err(Error::EntryExists),
                Ok(None) | Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
            target.put(store, to_name, source.cid, source.tsize)?;
            root.walk(store, from_folder)?.unlink(store, from_name)
        })
    }

    /// Stores everything up to the root; gives the entry at a path.
    pub fn flush_path(&self, path: &str) -> Result<Entry, Error> {
        self.change(true, |root, store| root.lookup(store, path))
    }

    /// Gives a folder another kind of CID. What is below stays.
    pub fn set_builder(
        &self,
        path: &str,
        builder: Option<CidBuilder>,
        flush: bool,
    ) -> Result<(), Error> {
        self.change(flush, |root, store| {
            let Some(builder) = builder else { return Ok(()) };
            let dir = match root.walk(store, path) {
                Err(Error::NotDirectory(_)) => return Err(Error::OnlyDirectories),
                dir => dir?,
            };
            dir.directory.set_builder(builder);
            dir.changed();
            Ok(())
        })
    }

    /// Sets the permission bits; 0 removes them. Always stored at once.
    pub fn set_mode(&self, path: &str, mode: u32) -> Result<(), Error> {
        self.set_stat(path, |stat| stat.0 = mode)
    }

    /// Sets the time. Always stored at once.
    pub fn set_mtime(&self, path: &str, mtime: Mtime) -> Result<(), Error> {
        self.set_stat(path, |stat| stat.1 = Some(mtime))
    }

    // spec: mfs.stat-keeps-content
    fn set_stat(
        &self,
        path: &str,
        edit: impl FnOnce(&mut (u32, Option<Mtime>)),
    ) -> Result<(), Error> {
        self.change(true, |root, store| {
            let entry = root.lookup(store, path)?;
            if entry.kind == Kind::Directory {
                let dir = root.walk(store, path)?;
                let mut stat = dir.directory.stat();
                edit(&mut stat);
                dir.directory.set_stat(stat.0, stat.1)?;
                dir.changed();
                return Ok(());
            }
            let (cid, tsize) = file_with_stat(store, &entry, edit)?;
            let (folder, name) = path::split(path.trim_end_matches('/'));
            root.walk(store, folder)?.put(store, name, cid, tsize)
        })
    }
}

/// Bytes of content of a file.
pub(super) fn file_size(store: &dyn Store, cid: &Cid) -> Result<u64, Error> {
    if cid.codec() == codec::RAW {
        return Ok(store.size(cid)?);
    }
    Ok(message(store, cid)?.size())
}

/// The UnixFS message of a dag-pb node.
pub(super) fn message(store: &dyn Store, cid: &Cid) -> Result<node::Node, Error> {
    let node = dag_pb::decode(&store.get(cid)?).map_err(unixfs::Error::from)?;
    let data = node.data.unwrap_or_default();
    Ok(node::Node::decode(&data).map_err(unixfs::Error::from)?)
}

/// Stores a node; gives its CID and total size.
pub(super) fn store_node(
    store: &dyn Store,
    builder: CidBuilder,
    node: &dag_pb::Node,
) -> Result<(Cid, u64), Error> {
    let (cid, data) = builder.node(node).map_err(unixfs::Error::from)?;
    let claimed = node.links.iter().map(dag_pb::Link::tsize).fold(0, u64::saturating_add);
    let tsize = claimed.saturating_add(data.len() as u64);
    store.put(Block { cid, data })?;
    Ok((cid, tsize))
}

/// A file's root node with other metadata: a raw block is wrapped first.
fn file_with_stat(
    store: &dyn Store,
    entry: &Entry,
    edit: impl FnOnce(&mut (u32, Option<Mtime>)),
) -> Result<(Cid, u64), Error> {
    let block = store.get(&entry.cid)?;
    let (mut node, mut message, builder) = match entry.cid.codec() {
        codec::RAW => {
            let size = block.len() as u64;
            let message = node::Node {
                data: Some(block),
                filesize: Some(size),
                ..node::Node::new(node::Kind::File)
            };
            // As in the reference: the wrapper has the oldest kind of CID.
            (dag_pb::Node::default(), message, CidBuilder::V0)
        }
        _ => {
            let node = dag_pb::decode(&block).map_err(unixfs::Error::from)?;
            let data = node.data.clone().unwrap_or_default();
            let message = node::Node::decode(&data).map_err(unixfs::Error::from)?;
            (node, message, CidBuilder::of(&entry.cid))
        }
    };
    let mut stat = (message.permissions(), message.mtime);
    edit(&mut stat);
    message.set_permissions(stat.0);
    message.mtime = stat.1;
    node.data = Some(message.encode());
    store_node(store, builder, &node)
}
