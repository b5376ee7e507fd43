//! Spec: spec/data/cbor.md
//!
//! The plain `cbor` codec, and the reader and writer that it shares with `dag-cbor`.

mod read;
mod write;

use crate::cid;
use crate::ipld::Node;
use bytes::Bytes;

/// Longest text or byte string, in bytes (32 MiB).
pub const STRING_BYTES_MAX: u64 = 32 << 20;

/// What one block may cost to decode: bytes of text and byte strings, and small amounts for every
/// entry and for every entry that a header declares (10 Mi).
pub const COST_MAX: u64 = 10 << 20;

/// Whether links exist in the codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// Links are tag 42 (`dag-cbor`).
    Tagged,
    /// No links (`cbor`).
    Refused,
}

pub(crate) use read::{decode_with, links_in};
pub(crate) use write::{MapOrder, encode_with};

/// Why bytes could not be decoded, or a value not encoded. The texts are those that clients of the
/// reference see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing is left where a value or key must begin.
    #[error("EOF")]
    End,
    /// The block ends inside a value.
    #[error("unexpected EOF")]
    UnexpectedEnd,
    /// Bytes follow the value.
    #[error("unexpected content after end of cbor object")]
    Trailing,
    /// More than [`COST_MAX`].
    #[error("message structure demanded too many resources to process")]
    Cost,
    /// Deeper than [`crate::ipld::DEPTH_MAX`].
    #[error("message structure exceeded maximum nesting depth")]
    Depth,
    /// A length that is open-ended.
    #[error("cbor: indefinite-length encoding rejected")]
    Indefinite,
    /// A number in more bytes than needed.
    #[error("cbor: integer not minimally encoded")]
    NotMinimal,
    /// A number with a reserved length.
    #[error("decodeUint: Invalid descriptor: {0}")]
    Descriptor(u8),
    /// Below -2^63.
    #[error("cbor: negative integer out of rage of int64 type")]
    NegativeRange,
    /// A length above 2^63-1.
    #[error("cbor: positive integer is out of length")]
    LengthRange,
    /// Above [`STRING_BYTES_MAX`].
    #[error("cbor: decoding rejected oversized {0} field: {1} is too large")]
    Oversized(&'static str, u64),
    /// NaN has no place in the data model.
    #[error("cbor: NaN float value rejected")]
    Nan,
    /// Nor have the infinities.
    #[error("cbor: infinite float value rejected")]
    Infinity,
    /// A simple value that does not exist.
    #[error("invalid majorByte: 0x{0:x}")]
    Major(u8),
    /// A tag on a tag.
    #[error("unsupported multiple tags on a single data item")]
    TagOnTag,
    /// A tag other than 42 on a byte string.
    #[error("unhandled cbor tag {0}")]
    Tag(u64),
    /// A link does not begin with the identity multibase prefix.
    #[error("invalid multibase on IPLD link")]
    LinkPrefix,
    /// A link is not a CID.
    #[error(transparent)]
    Cid(#[from] cid::Error),
    /// A key that is not text.
    #[error("unexpected {0} token while expecting map key")]
    Key(&'static str),
    /// A key occurs twice; quoted.
    #[error("duplicate map key {0}")]
    DuplicateKey(String),
    /// The value holds a link, which the codec can't express.
    #[error("cannot Marshal ipld links to CBOR")]
    LinkRefused,
    /// An integer outside -2^63 ..= 2^64-1.
    #[error("integer {0} does not fit in 64 bits")]
    IntRange(i128),
    /// NaN or an infinity in a value to encode.
    #[error("cbor: only finite numbers can be encoded")]
    NotFinite,
}

/// Decodes a block.
// spec: cbor.no-links
pub fn decode(block: &Bytes) -> Result<Node, Error> {
    decode_with(block, Links::Refused)
}

/// Encodes a value; maps keep their order. Links are an error.
// spec: cbor.map-order
pub fn encode(node: &Node) -> Result<Vec<u8>, Error> {
    encode_with(node, Links::Refused, MapOrder::Kept)
}

#[cfg(test)]
mod tests;
