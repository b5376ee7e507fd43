//! Spec: spec/gateway/formats.md
//!
//! The entries of a tree in the order of an archive: a directory, then what is in it.

use super::TarError;
use super::names::below;
use bytes::Bytes;
use ipfs_data::block::Source;
use ipfs_data::cid::{Cid, codec};
use ipfs_data::dag_pb::{self, Link};
use ipfs_data::unixfs::{Error, Kind, Mtime, Node, hamt};
use std::sync::Arc;

/// Deepest nesting of directories and of their shards.
pub const DEPTH_MAX: usize = 512;

/// Most memory for directories that are not done yet, in bytes (64 MiB).
pub const WAITING_BYTES_MAX: usize = 64 << 20;

/// What an entry is.
#[derive(Debug)]
pub(super) enum What {
    Directory,
    /// With the size that its root says.
    File(u64),
    /// With its target.
    Symlink(Bytes),
}

/// One entry.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) path: Vec<u8>,
    pub(super) what: What,
    /// 0: none recorded.
    pub(super) mode: u32,
    pub(super) mtime: Option<Mtime>,
    pub(super) cid: Cid,
    pub(super) block: Bytes,
}

/// A block of a directory, with the links in it that are left.
struct Level {
    path: Arc<[u8]>,
    links: std::vec::IntoIter<Link>,
    /// Width of the slots before the names, in a shard.
    prefix: Option<usize>,
    bytes: usize,
}

/// A walk over a tree.
pub(super) struct Tree {
    source: Arc<dyn Source>,
    root: Option<Cid>,
    levels: Vec<Level>,
    waiting_bytes: usize,
    blocks_read: usize,
    names_only: bool,
}

impl Tree {
    /// A walk over the tree below `root`. With `names_only` raw leaves are not read.
    pub(super) fn new(source: Arc<dyn Source>, root: Cid, names_only: bool) -> Self {
        let root = Some(root);
        Self { source, root, levels: Vec::new(), waiting_bytes: 0, blocks_read: 0, names_only }
    }

    /// How many blocks were read so far.
    pub(super) fn blocks_read(&self) -> usize {
        self.blocks_read
    }

    fn get(&mut self, cid: &Cid) -> Result<Bytes, TarError> {
        self.blocks_read += 1;
        Ok(self.source.get(cid)?)
    }

    fn step(&mut self) -> Result<Option<Entry>, TarError> {
        if let Some(root) = self.root.take() {
            return self.inspect(root, root.to_string().into_bytes()).map(Some);
        }
        while let Some(level) = self.levels.last_mut() {
            let Some(link) = level.links.next() else {
                self.waiting_bytes -= level.bytes;
                self.levels.pop();
                continue;
            };
            let (path, prefix) = (level.path.clone(), level.prefix);
            let name = link.name();
            match prefix {
                Some(prefix) if name.len() == prefix => {
                    let block = self.get(&link.cid)?;
                    let (node, message) = decode(&block)?;
                    if message.kind != Kind::HamtShard {
                        return Err(Error::NotShard.into());
                    }
                    self.open(path, node, &message, block.len())?;
                }
                _ => {
                    let name = name
                        .get(prefix.unwrap_or_default()..)
                        .ok_or(Error::CorruptShard(link.cid))?;
                    let path = below(&path, name)?;
                    return self.inspect(link.cid, path).map(Some);
                }
            }
        }
        Ok(None)
    }

    /// The entry for a node; a directory's own entries come next.
    fn inspect(&mut self, cid: Cid, path: Vec<u8>) -> Result<Entry, TarError> {
        let entry = |what, mode, mtime, block| Entry { path, what, mode, mtime, cid, block };
        match cid.codec() {
            codec::RAW => {
                let skip = self.names_only && !self.levels.is_empty();
                let block = if skip { Bytes::new() } else { self.get(&cid)? };
                Ok(entry(What::File(block.len() as u64), 0, None, block))
            }
            codec::DAG_PB => {
                let block = self.get(&cid)?;
                let (node, message) = decode(&block)?;
                let (mode, mtime) = (message.permissions(), message.mtime);
                let what = match message.kind {
                    Kind::File | Kind::Raw => What::File(message.size()),
                    Kind::Symlink => What::Symlink(message.data.clone().unwrap_or_default()),
                    Kind::Directory | Kind::HamtShard => What::Directory,
                    Kind::Metadata => return Err(Error::UnknownKind.into()),
                };
                let entry = entry(what, mode, mtime, block.clone());
                if let What::Directory = entry.what {
                    self.open(entry.path[..].into(), node, &message, block.len())?;
                }
                Ok(entry)
            }
            _ => Err(Error::UnknownKind.into()),
        }
    }

    fn open(
        &mut self,
        path: Arc<[u8]>,
        node: dag_pb::Node,
        message: &Node,
        block_bytes: usize,
    ) -> Result<(), TarError> {
        let prefix = match (message.kind, message.fanout.unwrap_or_default()) {
            (Kind::HamtShard, fanout) if !hamt::is_fanout(fanout) => {
                return Err(Error::Fanout(fanout).into());
            }
            (Kind::HamtShard, fanout) => Some(format!("{:X}", fanout - 1).len()),
            _ => None,
        };
        let ahead: Vec<Cid> = node.links.iter().take(16).map(|link| link.cid).collect();
        self.source.prefetch(&ahead);
        let bytes = block_bytes + path.len() + node.links.len() * size_of::<Link>();
        self.waiting_bytes += bytes;
        if self.waiting_bytes > WAITING_BYTES_MAX {
            return Err(TarError::Waiting);
        }
        if self.levels.len() >= DEPTH_MAX {
            return Err(TarError::Depth);
        }
        self.levels.push(Level { path, links: node.links.into_iter(), prefix, bytes });
        Ok(())
    }
}

fn decode(block: &Bytes) -> Result<(dag_pb::Node, Node), TarError> {
    let node = dag_pb::decode(block).map_err(Error::from)?;
    let message = Node::decode(&node.data.clone().unwrap_or_default()).map_err(Error::from)?;
    Ok((node, message))
}

impl Iterator for Tree {
    type Item = Result<Entry, TarError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
