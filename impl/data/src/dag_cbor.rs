//! Spec: spec/data/dag-cbor.md
//!
//! The `dag-cbor` codec: CBOR with links, in one canonical form.

use crate::cbor::{self, Links, MapOrder};
use crate::cid::Cid;
use crate::ipld::Node;
use bytes::Bytes;

pub use crate::cbor::Error;

/// Decodes a block. Key order and float width are free, everything else is strict.
pub fn decode(block: &Bytes) -> Result<Node, Error> {
    cbor::decode_with(block, Links::Tagged)
}

// spec: dag-cbor.round-trip
/// The canonical encoding.
pub fn encode(node: &Node) -> Result<Vec<u8>, Error> {
    cbor::encode_with(node, Links::Tagged, MapOrder::LengthFirst)
}

/// Calls `link` with every link, in order, without building values. Fails where [`decode`] fails;
/// `link` may have been called before that.
pub fn for_each_link(block: &[u8], mut link: impl FnMut(Cid)) -> Result<(), Error> {
    cbor::links_in(block, Links::Tagged, &mut link)
}
