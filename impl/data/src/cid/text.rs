//! Spec: spec/data/cid.md
//!
//! The text form of CIDs.

use super::{Cid, Error, cast, codec, write};
use crate::multibase::{self, Base};

/// Longest text of a CID, in bytes. The longest CID has less than 160 bytes, which base 2 writes in
/// less than 1,300 characters; decoding bases that are no power of two takes quadratic time.
pub const TEXT_BYTES_MAX: usize = 2048;

/// Reads the text form: base58btc without prefix for version 0, multibase otherwise.
// spec: cid.text-v0
// spec: cid.text-multibase
pub fn parse(text: &str) -> Result<Cid, Error> {
    parse_bytes(text.as_bytes())
}

/// Like [`parse`], for text that may not be UTF-8 (base identity).
pub fn parse_bytes(text: &[u8]) -> Result<Cid, Error> {
    if text.len() < 2 {
        return Err(Error::TooShort);
    }
    // spec: cid.text-max-2048
    if text.len() > TEXT_BYTES_MAX {
        return Err(Error::TooLong(text.len()));
    }
    if is_v0(text) {
        let prefixed: Vec<u8> = b"z".iter().chain(text).copied().collect();
        let (_, bytes) = multibase::decode(&prefixed).map_err(|_| Error::Base58)?;
        let (hash, length) = super::read_multihash(&bytes)?;
        if length != bytes.len() {
            let expected = hash.digest().len();
            return Err(super::MultihashError::Inconsistent { expected, got: length }.into());
        }
        return Cid::new_v0(hash).map_err(|_| Error::HashV0(hash.code(), hash.digest().len()));
    }
    let (_, bytes) = multibase::decode(text)?;
    cast(&bytes)
}

/// The base in which a valid CID text is written.
pub fn base_of(text: &[u8]) -> Option<Base> {
    if is_v0(text) {
        return Some(Base::Base58Btc);
    }
    multibase::base_of(text)
}

fn is_v0(text: &[u8]) -> bool {
    text.len() == 46 && text.starts_with(b"Qm")
}

/// The text form in `base`. Version 0 has only one form and ignores it.
pub fn encode(cid: &Cid, base: Base) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(cid.encoded_len());
    write(cid, &mut bytes);
    match cid.version() {
        ::cid::Version::V0 => multibase::encode(Base::Base58Btc, &bytes).split_off(1),
        ::cid::Version::V1 => multibase::encode(base, &bytes),
    }
}

/// The text form in `base` as a string, with U+FFFD for what is not UTF-8 (base identity only).
pub fn to_string(cid: &Cid, base: Base) -> String {
    match String::from_utf8(encode(cid, base)) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

/// The same block's CID in version 1. Never fails, as version 0 allows only `dag-pb`.
pub fn to_v1(cid: &Cid) -> Cid {
    Cid::new_v1(cid.codec(), *cid.hash())
}

/// The same block's CID in version 0, which exists for `dag-pb` with sha2-256 only.
pub fn to_v0(cid: &Cid) -> Option<Cid> {
    if cid.codec() != codec::DAG_PB {
        return None;
    }
    Cid::new_v0(*cid.hash()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_text_is_refused_at_once() {
        let text = format!("k{}", "1".repeat(TEXT_BYTES_MAX));
        assert_eq!(parse(&text), Err(Error::TooLong(TEXT_BYTES_MAX + 1)));
    }
}
