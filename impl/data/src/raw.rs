//! Spec: spec/data/raw.md
//!
//! The `raw` codec: the value is the block.

use crate::ipld::{Node, WrongKind};
use bytes::Bytes;

/// The bytes as a value. Never fails.
pub fn decode(block: &Bytes) -> Node {
    Node::Bytes(block.clone())
}

/// The bytes of a value; other kinds are errors.
// spec: raw.bytes-only
pub fn encode(node: &Node) -> Result<Bytes, WrongKind> {
    node.as_bytes().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bytes_fit() {
        let block = Bytes::from_static(b"\xff\x00");
        assert_eq!(encode(&decode(&block)), Ok(block));
        assert_eq!(encode(&Node::Null).unwrap_err().kind, "null");
    }
}
