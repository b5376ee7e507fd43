//! Spec: spec/data/ipld.md
//!
//! The IPLD data model as all codecs produce and consume it.

mod interop;
mod lookup;
mod text;

pub use lookup::{LookupError, WrongKind};
pub use text::Text;

use crate::cid::Cid;
use bytes::Bytes;

/// Deepest nesting of maps and lists that decoders accept.
pub const DEPTH_MAX: usize = 1024;

/// A value of the IPLD data model. Maps keep the order in which they were decoded or built, because
/// the plain `json` and `cbor` codecs preserve it; strict codecs sort while encoding.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// The null value.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer. Codecs decide what range they carry: -2^63 ..= 2^64-1.
    Int(i128),
    /// A finite double. NaN and the infinities are refused by the codecs.
    Float(f64),
    /// Text.
    String(Text),
    /// Bytes.
    Bytes(Bytes),
    /// A list.
    List(Vec<Node>),
    /// A map with text keys, in order, without duplicates.
    Map(Vec<(Text, Node)>),
    /// A link to another block.
    Link(Box<Cid>),
}

impl Node {
    /// The kind's name in the data model.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Link(_) => "link",
        }
    }

    /// Calls `found` with every link in the value, in order.
    pub fn for_each_link(&self, found: &mut dyn FnMut(Cid)) {
        match self {
            Self::Link(cid) => found(**cid),
            Self::List(list) => list.iter().for_each(|node| node.for_each_link(found)),
            Self::Map(map) => map.iter().for_each(|(_, node)| node.for_each_link(found)),
            _ => {}
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
