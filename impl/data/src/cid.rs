//! Spec: spec/data/cid.md
//!
//! Content identifiers: the type, its limits, its binary and its text form.

mod format;
mod read;
mod text;
mod validate;

pub use format::{FormatError, format};
#[cfg(test)]
use read::write_varint;

pub use read::{Error, MultihashError, VarintError, cast, read, read_multihash, write};
pub use text::{TEXT_BYTES_MAX, base_of, encode, parse, parse_bytes, to_string, to_v0, to_v1};
pub use validate::{Insecure, validate};

/// Largest digest a multihash may carry, in bytes: the cap on identity CIDs.
pub const DIGEST_BYTES_MAX: usize = 128;

/// A content identifier, version 0 or 1. Room for identity digests up to [`DIGEST_BYTES_MAX`].
pub type Cid = cid::CidGeneric<DIGEST_BYTES_MAX>;

/// A multihash: hash function code and digest.
pub type Multihash = multihash::Multihash<DIGEST_BYTES_MAX>;

/// Multicodec codes of the codecs that this crate decodes.
pub mod codec {
    /// `cbor`
    pub const CBOR: u64 = 0x51;
    /// `raw`: bytes without structure.
    pub const RAW: u64 = 0x55;
    /// `dag-pb`
    pub const DAG_PB: u64 = 0x70;
    /// `dag-cbor`
    pub const DAG_CBOR: u64 = 0x71;
    /// `libp2p-key`
    pub const LIBP2P_KEY: u64 = 0x72;
    /// `git-raw`
    pub const GIT_RAW: u64 = 0x78;
    /// `dag-jose`
    pub const DAG_JOSE: u64 = 0x85;
    /// `dag-json`
    pub const DAG_JSON: u64 = 0x0129;
    /// `json`
    pub const JSON: u64 = 0x0200;
}

/// Multicodec codes of the hash functions named in code.
pub mod hash {
    /// `identity`: the digest is the data.
    pub const IDENTITY: u64 = 0x00;
    /// `sha1`
    pub const SHA1: u64 = 0x11;
    /// `sha2-256`
    pub const SHA2_256: u64 = 0x12;
    /// `sha2-512`
    pub const SHA2_512: u64 = 0x13;
    /// `blake3`
    pub const BLAKE3: u64 = 0x1e;
}

#[cfg(test)]
mod tests;
