//! Spec: spec/data/dag-json.md
//!
//! The `dag-json` codec: JSON with links and bytes.

use crate::ipld::Node;
use crate::json::{self, Layout, Slash};

pub use crate::json::Error;

/// Decodes a block.
pub fn decode(block: &[u8]) -> Result<Node, Error> {
    json::decode_with(block, Slash::Special)
}

// spec: dag-json.round-trip
/// Encodes a value: no white space, keys sorted by their bytes.
pub fn encode(node: &Node) -> Result<Vec<u8>, Error> {
    json::encode_with(node, Slash::Special, Layout::Sorted)
}
