//! Spec: spec/data/cid.md
//!
//! The binary form of CIDs.

use super::{Cid, DIGEST_BYTES_MAX, Multihash, hash};
use crate::multibase;

/// Why bytes or text are not a CID. The texts are those that clients of the reference see; nested
/// causes repeat the prefix, as they do there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Less than two characters.
    #[error("invalid cid: cid too short")]
    TooShort,
    /// More characters than any CID has.
    #[error("invalid cid: {0} characters are too many, no CID has more than 2048")]
    TooLong(usize),
    /// The text is not multibase.
    #[error("invalid cid: {0}")]
    Base(#[from] multibase::Error),
    /// The text begins like a version 0 CID, but is not base58btc.
    #[error("invalid cid: input isn't valid multihash")]
    Base58,
    /// The binary form does not begin with version 1 or with a sha2-256 multihash.
    #[error("invalid cid: expected 1 as the cid version number, got: {0}")]
    Version(u64),
    /// A version 0 CID that ends early.
    #[error("invalid cid: not enough bytes for cid v0")]
    ShortV0,
    /// Neither version 1 nor a hash that version 0 allows.
    #[error("invalid cid: invalid hash for cidv0 {0}-{1}")]
    HashV0(u64, usize),
    /// A number that is not a valid varint.
    #[error("invalid cid: {0}")]
    Varint(#[from] VarintError),
    /// The multihash is not one.
    #[error("invalid cid: {0}")]
    Multihash(#[from] MultihashError),
    /// There are bytes after the CID.
    #[error("invalid cid: trailing bytes in data buffer passed to cid Cast")]
    Trailing,
    /// The error of the binary form inside text.
    #[error("invalid cid: {0}")]
    Binary(Box<Error>),
}

/// Why bytes are not an unsigned varint of at most 63 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VarintError {
    /// More than nine bytes.
    #[error("varints larger than uint63 not supported")]
    Overflow,
    /// The bytes end inside the number.
    #[error("varints malformed, could not reach the end")]
    Underflow,
    /// A shorter form exists.
    #[error("varint not minimally encoded")]
    NotMinimal,
}

/// Why bytes are not a multihash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MultihashError {
    /// Less than two bytes.
    #[error("multihash too short. must be >= 2 bytes")]
    TooShort,
    /// Code or length is not a varint.
    #[error(transparent)]
    Varint(#[from] VarintError),
    /// The length is above 2^31-1.
    #[error("digest too long, supporting only <= 2^31-1")]
    TooLong,
    /// The digest ends early.
    #[error("length greater than remaining number of bytes in buffer")]
    Truncated,
    /// The digest is longer than this implementation holds.
    #[error("digest too large: must be at most {DIGEST_BYTES_MAX} bytes, got {0}")]
    TooLarge(u64),
    /// Bytes follow the digest.
    #[error("multihash length inconsistent: expected {expected}; got {got}")]
    Inconsistent {
        /// Bytes that the digest has.
        expected: usize,
        /// Bytes of the whole multihash.
        got: usize,
    },
}

/// Reads the CID at the start of `bytes`; gives it and its length in bytes.
pub fn read(bytes: &[u8]) -> Result<(Cid, usize), Error> {
    if let [0x12, 0x20, _, ..] = bytes {
        let digest = bytes.get(2..34).ok_or(Error::ShortV0)?;
        let hash = wrap(hash::SHA2_256, digest)?;
        let cid = Cid::new_v0(hash).map_err(|_| Error::HashV0(hash.code(), digest.len()))?;
        return Ok((cid, 34));
    }
    let (version, at) = read_varint(bytes)?;
    if version != 1 {
        return Err(Error::Version(version));
    }
    let (codec, n) = read_varint(&bytes[at..])?;
    let at = at + n;
    let (hash, n) = read_multihash(&bytes[at..])?;
    Ok((Cid::new_v1(codec, hash), at + n))
}

/// Reads a CID that fills `bytes`.
pub fn cast(bytes: &[u8]) -> Result<Cid, Error> {
    match read(bytes) {
        Ok((cid, length)) if length == bytes.len() => Ok(cid),
        Ok(_) => Err(Error::Trailing),
        Err(error) => Err(Error::Binary(Box::new(error))),
    }
}

/// Appends the binary form.
pub fn write(cid: &Cid, out: &mut Vec<u8>) {
    if cid.version() == ::cid::Version::V1 {
        out.push(1);
        write_varint(cid.codec(), out);
    }
    write_varint(cid.hash().code(), out);
    write_varint(u64::from(cid.hash().size()), out);
    out.extend_from_slice(cid.hash().digest());
}

/// Reads the multihash at the start of `bytes`; gives it and its length in bytes.
pub fn read_multihash(bytes: &[u8]) -> Result<(Multihash, usize), MultihashError> {
    if bytes.len() < 2 {
        return Err(MultihashError::TooShort);
    }
    let (code, at) = read_varint(bytes)?;
    let (length, n) = read_varint(&bytes[at..])?;
    let at = at + n;
    if length > i32::MAX as u64 {
        return Err(MultihashError::TooLong);
    }
    let end = at + length as usize;
    let digest = bytes.get(at..end).ok_or(MultihashError::Truncated)?;
    Ok((wrap(code, digest)?, end))
}

// spec: cid.digest-max-128
fn wrap(code: u64, digest: &[u8]) -> Result<Multihash, MultihashError> {
    Multihash::wrap(code, digest).map_err(|_| MultihashError::TooLarge(digest.len() as u64))
}

/// An unsigned varint: little-endian groups of seven bits, minimal, at most nine bytes.
pub(crate) fn read_varint(bytes: &[u8]) -> Result<(u64, usize), VarintError> {
    let mut value = 0u64;
    for (at, &byte) in bytes.iter().enumerate() {
        if (at == 8 && byte >= 0x80) || at >= 9 {
            return Err(VarintError::Overflow);
        }
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            return match byte == 0 && at > 0 {
                true => Err(VarintError::NotMinimal),
                false => Ok((value, at + 1)),
            };
        }
    }
    Err(VarintError::Underflow)
}

pub(crate) fn write_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
