//! Spec: spec/data/ipld.md
//!
//! To and from the data model of the `ipld-core` crate.

use super::{Node, Text};
use crate::cid::{self, Cid};
use ipld_core::ipld::Ipld;

/// What the other side's model has no place for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InteropError {
    /// A string that is not UTF-8.
    #[error("text is not utf-8: {0}")]
    NotUtf8(String),
    /// A CID whose digest has more than 64 bytes.
    #[error("cid digest of {0} is too long: at most 64 bytes fit")]
    Cid(Cid),
}

impl TryFrom<&Node> for Ipld {
    type Error = InteropError;

    fn try_from(node: &Node) -> Result<Self, InteropError> {
        let string = |text: &Text| match text.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(InteropError::NotUtf8(crate::quote::quoted(text.as_bytes()))),
        };
        Ok(match node {
            Node::Null => Self::Null,
            Node::Bool(value) => Self::Bool(*value),
            Node::Int(value) => Self::Integer(*value),
            Node::Float(value) => Self::Float(*value),
            Node::String(text) => Self::String(string(text)?),
            Node::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
            Node::List(list) => {
                Self::List(list.iter().map(Self::try_from).collect::<Result<_, _>>()?)
            }
            Node::Map(map) => {
                let entry = |(key, node): &(Text, Node)| Ok((string(key)?, Self::try_from(node)?));
                Self::Map(map.iter().map(entry).collect::<Result<_, InteropError>>()?)
            }
            Node::Link(cid) => {
                let small = ::cid::Cid::try_from(cid.to_bytes().as_slice());
                Self::Link(small.map_err(|_| InteropError::Cid(**cid))?)
            }
        })
    }
}

impl From<&Ipld> for Node {
    fn from(ipld: &Ipld) -> Self {
        match ipld {
            Ipld::Null => Self::Null,
            Ipld::Bool(value) => Self::Bool(*value),
            Ipld::Integer(value) => Self::Int(*value),
            Ipld::Float(value) => Self::Float(*value),
            Ipld::String(text) => Self::String(text.as_str().into()),
            Ipld::Bytes(bytes) => Self::Bytes(bytes.clone().into()),
            Ipld::List(list) => Self::List(list.iter().map(Self::from).collect()),
            Ipld::Map(map) => Self::Map(
                map.iter().map(|(key, node)| (key.as_str().into(), node.into())).collect(),
            ),
            Ipld::Link(link) => match cid::cast(&link.to_bytes()) {
                Ok(cid) => Self::Link(cid.into()),
                // A CID of 64-byte digests always fits; there is nothing else to say.
                Err(_) => Self::Null,
            },
        }
    }
}
