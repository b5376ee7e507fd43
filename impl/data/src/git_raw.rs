//! Spec: spec/data/git-raw.md
//!
//! The `git-raw` codec: git's objects - blob, tree, commit and tag - as their store holds them
//! after decompression.

mod read;
mod write;

use crate::cid::{self, Cid, codec, hash};
use crate::ipld::{Node, Text, WrongKind};

pub use read::decode;
pub use write::encode;

/// Code of the input form in which git's store holds objects: compressed with zlib.
pub const COMPRESSED: u64 = 0x30_0000 + codec::GIT_RAW;

/// Why bytes are not a git object, or a value does not describe one. The texts are those that
/// clients of the reference see, where it has any.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The object ends before its header does.
    #[error("EOF")]
    End,
    /// The object ends inside a field.
    #[error("unexpected EOF")]
    UnexpectedEnd,
    /// The object is of no known type; quoted.
    #[error("unrecognized object type: {0}")]
    Type(String),
    /// The value is of no kind that describes an object.
    #[error("unrecognized object type: {0}")]
    Kind(&'static str),
    /// The size in the header is no number; quoted.
    #[error("strconv.Atoi: parsing {0}: invalid syntax")]
    Size(String),
    /// A blob longer than its header says.
    #[error("blob size was not accurate")]
    BlobSize,
    /// A hash is not hexadecimal.
    #[error(transparent)]
    Hex(#[from] crate::multibase::Error),
    /// A hash is not 20 bytes long.
    #[error("git hash has {0} bytes, 20 expected")]
    HashLength(usize),
    /// A line with less than name, address and date; quoted.
    #[error("incorrectly formatted person info line: {0}")]
    PersonLine(String),
    /// A person without an address; quoted.
    #[error("invalid personInfo: {0}")]
    Person(String),
    /// A signature of unknown form.
    #[error("expected first line of sig to be a single space or version")]
    Signature,
    /// Two entries of a tree have one name; quoted.
    #[error("cannot repeat map key {0}")]
    DuplicateName(String),
    /// A field that must be there is not.
    #[error("git {0} has no {1}")]
    NoField(&'static str, &'static str),
    /// A value of the wrong kind.
    #[error(transparent)]
    Wrong(#[from] WrongKind),
    /// A value lacks an entry; quoted.
    #[error("key not found: {0}")]
    NoKey(String),
    /// A value does not describe a commit.
    #[error("not a Commit: *basicnode.plainMap {0}")]
    NotCommit(Box<Error>),
    /// A field that does not exist; its name is quoted.
    #[error("invalid key for map ipldgit.{0}.Repr: {1}: no such field")]
    Field(&'static str, String),
    /// Fields that must be there are not.
    #[error("missing required fields: {0}")]
    Missing(String),
    /// An empty map describes nothing.
    #[error("iterator overread")]
    Empty,
    /// A link that is not to a git object.
    #[error("git can not link to {0}: its hash is not sha1")]
    Link(Cid),
}

/// The CID of the object with this hash.
fn link(sha1: &[u8]) -> Result<Node, Error> {
    if sha1.len() != 20 {
        return Err(Error::HashLength(sha1.len()));
    }
    let hash = cid::Multihash::wrap(hash::SHA1, sha1).map_err(|_| Error::HashLength(sha1.len()))?;
    Ok(Node::Link(Cid::new_v1(codec::GIT_RAW, hash).into()))
}

fn text(bytes: &[u8]) -> Node {
    Node::String(Text::from_bytes(bytes.to_vec()))
}

#[cfg(test)]
mod tests;
