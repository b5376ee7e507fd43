//! Spec: spec/data/json.md
//!
//! The plain `json` codec, and the reader and writer that it shares with `dag-json`.

mod read;
mod write;

use crate::cid;
use crate::ipld::Node;
use crate::multibase;

/// Whether the forms with the key `/` mean links and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slash {
    /// They do (`dag-json`).
    Special,
    /// They are maps (`json`).
    Plain,
}

pub(crate) use read::decode_with;
pub(crate) use write::{Layout, encode_with};

/// Why text could not be decoded, or a value not encoded. The texts are those that clients of the
/// reference see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text ends where more must follow.
    #[error("EOF")]
    End,
    /// There is no value, or the text ends inside a literal.
    #[error("unexpected EOF")]
    UnexpectedEnd,
    /// Text follows the value.
    #[error("unexpected content after end of json object")]
    Trailing,
    /// Deeper than [`crate::ipld::DEPTH_MAX`].
    #[error("message structure exceeded maximum nesting depth")]
    Depth,
    /// A byte that begins no value or key.
    #[error("invalid char while expecting start of {0}: {1}")]
    Start(&'static str, String),
    /// Neither comma nor end after an element.
    #[error("expected comma or array close after array value; got {0}")]
    AfterElement(String),
    /// Neither comma nor end after an entry.
    #[error("expected comma or map close after map value; got {0}")]
    AfterEntry(String),
    /// No colon after a key.
    #[error("expected colon after map key; got {0}")]
    Colon(String),
    /// A key that is not a string.
    #[error("unexpected {0} token while expecting map key")]
    Key(&'static str),
    /// A key occurs twice; quoted.
    #[error("cannot repeat map key {0}")]
    DuplicateKey(String),
    /// Something like `nul` or `trux`; both quoted.
    #[error("invalid literal suffix: expected {0}, got {1}")]
    Literal(String, String),
    /// A control character in a string.
    #[error("invalid unprintable byte in string literal: 0x{0:x}")]
    Control(u8),
    /// An unknown escape in a string.
    #[error("invalid byte in string escape sequence: 0x{0:x}")]
    Escape(u8),
    /// A bad digit after `\u`.
    #[error("invalid byte in \\u hexadecimal character escape: 0x{0:x}")]
    Hex(u8),
    /// An integer outside 64 bits, quoted.
    #[error("strconv.ParseInt: parsing {0}: value out of range")]
    IntRange(String),
    /// A number above the largest double, quoted.
    #[error("strconv.ParseFloat: parsing {0}: value out of range")]
    FloatRange(String),
    /// Not a number, quoted.
    #[error("strconv.ParseFloat: parsing {0}: invalid syntax")]
    Number(String),
    /// A link is not a CID.
    #[error(transparent)]
    Cid(#[from] cid::Error),
    /// Bytes are not base64.
    #[error(transparent)]
    Base64(#[from] multibase::Error),
    /// The value holds a link, which the codec can't express.
    #[error("cannot marshal IPLD links to this codec")]
    LinkRefused,
    /// The value holds bytes, which the codec can't express.
    #[error("cannot marshal IPLD bytes to this codec")]
    BytesRefused,
    /// An integer above 2^63-1.
    #[error("unsigned integer out of range of int64 type")]
    UnsignedRange,
    /// NaN or an infinity.
    #[error("unsupported value: {0}")]
    NotFinite(&'static str),
}

/// Decodes a block.
// spec: json.slash-is-plain
pub fn decode(block: &[u8]) -> Result<Node, Error> {
    decode_with(block, Slash::Plain)
}

/// Encodes a value with line breaks and tabs; maps keep their order. Links and bytes are errors.
// spec: json.layout
// spec: json.refuses-links-and-bytes
pub fn encode(node: &Node) -> Result<Vec<u8>, Error> {
    encode_with(node, Slash::Plain, Layout::Tabs)
}

#[cfg(test)]
mod tests;
