//! Spec: spec/data/car.md
//!
//! Content archives (CAR): a header with root CIDs, then blocks. Versions 1 and 2 are read from any
//! stream, front to back; version 1 is written.

mod header;
mod reader;
mod writer;

pub use reader::Reader;
pub use writer::{Writer, header_bytes, section_bytes, section_head};

use crate::block::Block;
use crate::cid::{self, Cid};
use crate::multihash;

/// Longest header (length prefix not counted), in bytes.
pub const HEADER_BYTES_MAX: u64 = 32 << 20;
/// Longest section, CID and data together, in bytes.
pub const SECTION_BYTES_MAX: u64 = 8 << 20;

/// Why a stream is not a whole, valid CAR. The texts of the first group are the reference's.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing there at all.
    #[error("EOF")]
    Empty,
    /// The stream ends inside the header, a section or a version 2 payload.
    #[error("unexpected EOF")]
    UnexpectedEof,
    /// A length prefix or version number is no valid varint.
    #[error(transparent)]
    Varint(#[from] cid::VarintError),
    /// The header declares more than [`HEADER_BYTES_MAX`].
    #[error("invalid header data, length of read beyond allowable maximum")]
    HeaderTooLarge,
    /// A section declares more than [`SECTION_BYTES_MAX`].
    #[error("invalid section data, length of read beyond allowable maximum")]
    SectionTooLarge,
    /// The header is not the expected CBOR.
    #[error("invalid header: {0}")]
    Header(&'static str),
    /// Neither version 1 nor 2.
    #[error("invalid car version: {0}")]
    Version(u64),
    /// The payload inside a version 2 file is not of version 1.
    #[error("invalid data payload header version; expected 1, got {0}")]
    PayloadVersion(u64),
    /// The payload would begin inside the version 2 header, or beyond 2^63.
    #[error("invalid data payload offset: {0}")]
    DataOffset(u64),
    /// The payload is empty or longer than 2^63.
    #[error("invalid data payload size: {0}")]
    DataSize(u64),
    /// The index would begin beyond 2^63.
    #[error("invalid index offset: {0}")]
    IndexOffset(u64),
    /// A section does not begin with a CID.
    #[error(transparent)]
    Cid(#[from] cid::Error),
    /// The data of a section does not hash to its CID.
    #[error("mismatch in content integrity, expected: {expected}, got: {got}")]
    Mismatch {
        /// The CID of the section.
        expected: Box<Cid>,
        /// The CID that the data has.
        got: Box<Cid>,
    },
    /// A CID names a hash function that we cannot compute.
    #[error(transparent)]
    Hash(#[from] multihash::Error),
    /// The stream could not be read.
    #[error(transparent)]
    Io(std::io::Error),
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::UnexpectedEof,
            _ => Self::Io(error),
        }
    }
}

/// Whether a block's data hashes to its CID. Functions and lengths that cannot be checked fail.
// spec: block.verify-on-import
// spec: car.verify
pub fn verify(block: &Block) -> Result<(), Error> {
    let expected = block.cid.hash();
    let length = Some(expected.digest().len());
    let got = multihash::sum(expected.code(), &block.data, length)?;
    if got == *expected {
        return Ok(());
    }
    let got = match block.cid.version() {
        ::cid::Version::V0 => Cid::new_v0(got).unwrap_or(Cid::new_v1(cid::codec::DAG_PB, got)),
        ::cid::Version::V1 => Cid::new_v1(block.cid.codec(), got),
    };
    Err(Error::Mismatch { expected: Box::new(block.cid), got: Box::new(got) })
}

#[cfg(test)]
mod tests;
