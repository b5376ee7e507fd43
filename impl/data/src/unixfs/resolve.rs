//! Spec: spec/data/unixfs.md
//!
//! Walking paths through directories, plain and sharded.

use super::{Error, Kind, Loaded, hamt::Hamt, load};
use crate::block::Source;
use crate::cid::Cid;
use crate::dag_pb;
use bytes::Bytes;
use std::ops::ControlFlow;

/// The entry `name` of the directory `cid`, or of a node with named links that is no file system
/// at all. [`Error::NotDirectory`] for anything else, [`Error::NoEntry`] when there is none of that
/// name. A sharded directory costs one block a level.
// spec: unixfs.path-plain-node
pub fn entry(source: &dyn Source, cid: &Cid, name: &[u8]) -> Result<dag_pb::Link, Error> {
    let (node, data) = match load(source, cid) {
        Ok(Loaded::Proto(node, data)) => (node, data),
        Err(Error::Message(_)) => {
            let node = dag_pb::decode(&source.get(cid)?)?;
            return node.link(name).cloned().ok_or(Error::NoEntry);
        }
        Ok(_) => return Err(Error::NotDirectory),
        Err(error) => return Err(error),
    };
    match data.kind {
        Kind::Directory | Kind::Metadata | Kind::Symlink => {
            node.link(name).cloned().ok_or(Error::NoEntry)
        }
        Kind::HamtShard => {
            Hamt::from_node(cid, node, &data)?.find(source, name)?.ok_or(Error::NoEntry)
        }
        _ => Err(Error::NotDirectory),
    }
}

/// All entries of a directory, in the order of its blocks, one call each; an error of `visit` ends
/// the walk. Memory is one path of shards, whatever the size of the directory.
pub fn entries<E: From<Error>>(
    source: &dyn Source,
    cid: &Cid,
    visit: &mut dyn FnMut(dag_pb::Link) -> Result<(), E>,
) -> Result<(), E> {
    let Loaded::Proto(node, data) = load(source, cid)? else {
        return Err(Error::NotDirectory.into());
    };
    match data.kind {
        Kind::Directory => node.links.into_iter().try_for_each(visit),
        Kind::HamtShard => {
            let mut outcome = Ok(());
            Hamt::from_node(cid, node, &data)?.for_each(source, &mut |link| {
                outcome = visit(link.clone());
                if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            outcome
        }
        _ => Err(Error::NotDirectory.into()),
    }
}

/// Where a symbolic link points. [`Error::UnknownKind`] for anything else.
pub fn link_target(source: &dyn Source, cid: &Cid) -> Result<Bytes, Error> {
    match load(source, cid)? {
        Loaded::Proto(_, node) if node.kind == Kind::Symlink => Ok(node.data.unwrap_or_default()),
        _ => Err(Error::UnknownKind),
    }
}

/// What a node is, with what `ls` and `stat` show of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// `None` for a raw leaf.
    pub kind: Option<Kind>,
    /// Bytes of the file; 0 for directories.
    pub file_bytes: u64,
    /// Bytes of the graph, as its links say.
    pub tsize: u64,
    /// Number of links.
    pub links: usize,
    /// Permission bits; 0 when there are none.
    pub mode: u32,
    /// Modification time.
    pub mtime: Option<super::Mtime>,
}

/// Reads one block and says what it is. [`Error::UnknownKind`] for other codecs.
pub fn summary(source: &dyn Source, cid: &Cid) -> Result<Summary, Error> {
    let block = source.get(cid)?;
    let block_bytes = block.len();
    Ok(match super::decode(cid, block)? {
        Loaded::Raw(content) => Summary {
            kind: None,
            file_bytes: content.len() as u64,
            tsize: content.len() as u64,
            links: 0,
            mode: 0,
            mtime: None,
        },
        Loaded::Proto(node, data) => Summary {
            kind: Some(data.kind),
            file_bytes: data.size(),
            tsize: super::tsize(&node, block_bytes),
            links: node.links.len(),
            mode: data.permissions(),
            mtime: data.mtime,
        },
    })
}
