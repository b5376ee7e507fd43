//! Spec: spec/data/ipld.md
//!
//! Reading a value: by key, by path segment, and as the kind that is expected.

use super::{Node, Text};
use crate::cid::Cid;
use crate::quote::quoted;
use bytes::Bytes;

/// A value of another kind than expected. The text is the one that clients of the reference see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "func called on wrong kind: \"{method}\" called on a {on} node (kind: {kind}), but only makes \
     sense on {wanted}"
)]
pub struct WrongKind {
    /// The reference's operation.
    pub method: &'static str,
    /// The type of the value, as the reference names it.
    pub on: &'static str,
    /// The kind of the value.
    pub kind: &'static str,
    /// The kind that was expected.
    pub wanted: &'static str,
}

/// Why a segment of a path leads nowhere inside a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// The map has no such key; quoted.
    #[error("key not found: {0}")]
    NoKey(String),
    /// The segment of a list is not a number.
    #[error("the segment cannot be parsed as a number and the node is a list")]
    NotIndex,
    /// The value has nothing below it.
    #[error("cannot traverse terminals")]
    Terminal,
}

impl Node {
    /// The value of a key; `None` when this is no map or has no such key.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Option<&Node> {
        match self {
            Self::Map(map) => {
                map.iter().find(|(name, _)| name.as_bytes() == key.as_ref()).map(|(_, node)| node)
            }
            _ => None,
        }
    }

    /// The value below a path segment: the entry of a map or, by decimal index, of a list. Links
    /// are not followed.
    // spec: ipld.segment-lookup
    pub fn segment(&self, segment: &[u8]) -> Result<&Node, LookupError> {
        let missing = || LookupError::NoKey(quoted(segment));
        match self {
            Self::Map(_) => self.get(segment).ok_or_else(missing),
            Self::List(list) => {
                let text = std::str::from_utf8(segment).map_err(|_| LookupError::NotIndex)?;
                let index: i64 = text.parse().map_err(|_| LookupError::NotIndex)?;
                usize::try_from(index).ok().and_then(|at| list.get(at)).ok_or_else(missing)
            }
            _ => Err(LookupError::Terminal),
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> Result<&Bytes, WrongKind> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            other => Err(other.wrong("AsBytes", "bytes")),
        }
    }

    /// The text.
    pub fn as_text(&self) -> Result<&Text, WrongKind> {
        match self {
            Self::String(text) => Ok(text),
            other => Err(other.wrong("AsString", "string")),
        }
    }

    /// The integer.
    pub fn as_int(&self) -> Result<i128, WrongKind> {
        match self {
            Self::Int(value) => Ok(*value),
            other => Err(other.wrong("AsInt", "int")),
        }
    }

    /// The link.
    pub fn as_link(&self) -> Result<&Cid, WrongKind> {
        match self {
            Self::Link(cid) => Ok(cid),
            other => Err(other.wrong("AsLink", "link")),
        }
    }

    pub(crate) fn wrong(&self, method: &'static str, wanted: &'static str) -> WrongKind {
        WrongKind { method, on: self.kind(), kind: self.kind(), wanted }
    }
}
