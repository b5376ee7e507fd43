//! Spec: spec/data/unixfs.md
//!
//! Files and directories as graphs of blocks.

pub mod build;
pub mod builder;
pub mod directory;
pub mod edit;
pub mod hamt;
pub mod node;
pub mod read;
pub mod resolve;
mod trickle;

pub use builder::CidBuilder;
pub use directory::Directory;
pub use node::{Kind, Mtime, Node};

use crate::block::{self, Block, Sink, Source};
use crate::cid::{Cid, codec};
use crate::{dag_pb, multihash};
use bytes::Bytes;

/// Why a file or directory can't be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A block is missing or can't be stored.
    #[error(transparent)]
    Block(#[from] block::Error),
    /// A block is no dag-pb node.
    #[error(transparent)]
    DagPb(#[from] dag_pb::Error),
    /// A node has no UnixFS message.
    #[error(transparent)]
    Message(#[from] node::Error),
    /// A node can't be named.
    #[error(transparent)]
    Name(#[from] multihash::Error),
    /// The node is something else.
    #[error("merkledag node was not a directory or shard")]
    NotDirectory,
    /// A shard links to something else.
    #[error("node was not a dir shard")]
    NotShard,
    /// Shards nest deeper than hashes have bits.
    #[error("sharded directory too deep")]
    TooDeep,
    /// Shards can't have so many slots.
    #[error("HAMT fanout must be a positive power of 2 and multiple of 8, at most 1024: {0}")]
    Fanout(u64),
    /// A shard uses a hash function that is not known.
    #[error("only murmur3 supported as hash function")]
    HashFunction,
    /// Bit field, width and links of a shard don't fit each other.
    #[error("corrupt directory shard {0}")]
    CorruptShard(Cid),
    /// A file was wanted.
    #[error("this dag node is a directory")]
    IsDirectory,
    /// A file was wanted.
    #[error("cannot currently read symlinks")]
    IsSymlink,
    /// The block's codec or kind has no place in a file.
    #[error("unknown node type")]
    UnknownKind,
    /// No entry of that name. The text is the operating system's, as the reference has it.
    #[error("file does not exist")]
    NoEntry,
    /// A file's inner node contradicts itself.
    #[error("corrupt file node {0}: {1}")]
    CorruptFile(Cid, &'static str),
    /// Nodes of a balanced file need at least two links.
    #[error("a balanced file needs nodes of at least 2 links")]
    LinksMax,
    /// File graphs are not as deep as this one.
    #[error("file graph too deep")]
    FileTooDeep,
    /// Only nodes of files can be read or edited as files.
    #[error("dagmodifier only supports unixfs nodes (proto or raw)")]
    NotFile,
}

/// A block of a UnixFS graph, decoded as far as its codec says.
#[derive(Debug, Clone)]
pub(crate) enum Loaded {
    /// A raw leaf.
    Raw(Bytes),
    /// A dag-pb node with its UnixFS message.
    Proto(dag_pb::Node, Node),
}

/// Reads and decodes one block.
pub(crate) fn load(source: &dyn Source, cid: &Cid) -> Result<Loaded, Error> {
    decode(cid, source.get(cid)?)
}

/// Decodes one block.
pub(crate) fn decode(cid: &Cid, block: Bytes) -> Result<Loaded, Error> {
    match cid.codec() {
        codec::RAW => Ok(Loaded::Raw(block)),
        codec::DAG_PB => {
            let node = dag_pb::decode(&block)?;
            let message = Node::decode(&node.data.clone().unwrap_or_default())?;
            Ok(Loaded::Proto(node, message))
        }
        _ => Err(Error::UnknownKind),
    }
}

/// Size of the graph below a node as links to it say: its own bytes and all its links' sizes.
pub(crate) fn tsize(node: &dag_pb::Node, block_bytes: usize) -> u64 {
    node.links.iter().fold(block_bytes as u64, |sum, link| sum.saturating_add(link.tsize()))
}

/// The node of a symbolic link. A mode of 0 is not recorded.
pub fn symlink(
    sink: &dyn Sink,
    builder: &CidBuilder,
    target: &[u8],
    mode: u32,
    mtime: Option<Mtime>,
) -> Result<build::Part, Error> {
    let mut message =
        Node { data: Some(Bytes::copy_from_slice(target)), mtime, ..Node::new(Kind::Symlink) };
    message.set_permissions(mode);
    let node = dag_pb::Node::with_data(message.encode());
    let (cid, data) = builder.node(&node)?;
    let tsize = data.len() as u64;
    sink.put(Block { cid, data })?;
    Ok(build::Part { cid, file_bytes: target.len() as u64, tsize })
}
