//! Spec: spec/data/unixfs.md
//!
//! Files and directories as graphs of blocks.

pub mod builder;
pub mod directory;
pub mod hamt;
pub mod node;

pub use builder::CidBuilder;
pub use directory::Directory;
pub use node::{Kind, Mtime, Node};

use crate::cid::Cid;
use crate::{block, dag_pb, multihash};

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
    /// Only nodes of files can be read or edited as files.
    #[error("dagmodifier only supports unixfs nodes (proto or raw)")]
    NotFile,
}
