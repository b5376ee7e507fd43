//! Spec: spec/data/libp2p-key.md
//!
//! The `libp2p-key` codec: the public key of a peer. It names keys in IPNS paths; there is no form
//! of it in the data model of the reference, and no command reads or writes it.

use crate::ipld::{Node, WrongKind};
use crate::protobuf::{Fields, Value};
use bytes::Bytes;

/// Why a block is not a public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not the two fields `type` and `data`, each once.
    #[error("libp2p-key: not a public key message")]
    Message,
    /// A value that describes no key.
    #[error(transparent)]
    Kind(#[from] WrongKind),
    /// A value without type or data.
    #[error("libp2p-key: missing {0}")]
    Missing(&'static str),
}

/// The key as a map of `Type`, a number, and `Data`, bytes.
// spec: libp2p-key.fields
pub fn decode(block: &Bytes) -> Result<Node, Error> {
    let (mut kind, mut data) = (None, None);
    for field in Fields::of(block) {
        match field.map_err(|_| Error::Message)? {
            (1, Value::Varint(value)) if kind.is_none() => kind = Some(value),
            (2, Value::Bytes(bytes)) if data.is_none() => data = Some(block.slice_ref(bytes)),
            _ => return Err(Error::Message),
        }
    }
    let (Some(kind), Some(data)) = (kind, data) else { return Err(Error::Message) };
    Ok(Node::Map(vec![("Type".into(), Node::Int(kind.into())), ("Data".into(), Node::Bytes(data))]))
}

/// The message of such a map.
pub fn encode(node: &Node) -> Result<Vec<u8>, Error> {
    let field = |name: &'static str| node.get(name).ok_or(Error::Missing(name));
    let kind = u64::try_from(field("Type")?.as_int()?).map_err(|_| Error::Message)?;
    let mut out = Vec::new();
    crate::protobuf::put_varint(&mut out, 1, kind);
    crate::protobuf::put_bytes(&mut out, 2, field("Data")?.as_bytes()?);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        let key = Bytes::from_static(b"\x08\x01\x12\x03key");
        assert_eq!(encode(&decode(&key).unwrap()).unwrap(), key);
        assert_eq!(decode(&Bytes::from_static(b"\x08\x01")), Err(Error::Message));
        assert_eq!(decode(&Bytes::from_static(b"\x08\x01\x12\xff\x0fkey")), Err(Error::Message));
    }
}
