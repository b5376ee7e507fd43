//! Spec: spec/migrations/pinset.md
//!
//! Nodes of the Merkle DAG in the form that all versions share: links, then data.

use crate::protobuf::{Fields, Malformed, Value, put_bytes, put_number};

/// A named reference to another node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The binary CID; a bare multihash for CIDv0.
    pub hash: Vec<u8>,
    /// The name, which is text in all known nodes.
    pub name: Vec<u8>,
    /// Size of everything below, in bytes.
    pub size: u64,
}

/// A node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// The links, in the order of the encoding.
    pub links: Vec<Link>,
    /// The data; none and empty are the same here.
    pub data: Vec<u8>,
}

impl Node {
    /// Reads a node.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut node = Self::default();
        for field in Fields::new(bytes) {
            match field? {
                (1, Value::Bytes(data)) => node.data = data.to_vec(),
                (2, Value::Bytes(link)) => node.links.push(decode_link(link)?),
                _ => {}
            }
        }
        Ok(node)
    }

    /// The canonical bytes: every link with all its fields, data only if there is any.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut inner = Vec::new();
        for link in &self.links {
            inner.clear();
            put_bytes(&mut inner, 1, &link.hash);
            put_bytes(&mut inner, 2, &link.name);
            put_number(&mut inner, 3, link.size);
            put_bytes(&mut out, 2, &inner);
        }
        if !self.data.is_empty() {
            put_bytes(&mut out, 1, &self.data);
        }
        out
    }
}

fn decode_link(bytes: &[u8]) -> Result<Link, Malformed> {
    let mut link = Link::default();
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Bytes(hash)) => link.hash = hash.to_vec(),
            (2, Value::Bytes(name)) => link.name = name.to_vec(),
            (3, Value::Number(size)) => link.size = size,
            _ => {}
        }
    }
    if link.hash.is_empty() { Err(Malformed) } else { Ok(link) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_round_trip() {
        let link = |name: &str, size| Link { hash: vec![0x12, 0x20, 7], name: name.into(), size };
        let node = Node { links: vec![link("direct", 0), link("", 300)], data: b"x".to_vec() };
        assert_eq!(Node::decode(&node.encode()), Ok(node));
        assert_eq!(Node::default().encode(), b"");
    }

    #[test]
    fn a_link_without_hash_is_refused() {
        assert_eq!(Node::decode(&[0x12, 0]), Err(Malformed));
    }
}
