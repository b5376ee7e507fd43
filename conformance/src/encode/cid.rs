//! CIDs and the multihashes in them.

use super::varint;
use crate::decode;
use sha2::{Digest, Sha512};
use std::fmt;

/// Codec: bytes.
pub const RAW: u64 = 0x55;
/// Codec: DAG-PB.
pub const DAG_PB: u64 = 0x70;
/// Codec: DAG-CBOR.
pub const DAG_CBOR: u64 = 0x71;
/// Codec: DAG-JSON.
pub const DAG_JSON: u64 = 0x0129;
/// Codec: CBOR.
pub const CBOR: u64 = 0x51;
/// Codec: JSON.
pub const JSON: u64 = 0x0200;
/// Codec: a public key's ID.
pub const LIBP2P_KEY: u64 = 0x72;

/// A content identifier in its binary form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cid(Vec<u8>);

impl Cid {
    /// Version 1 of a codec and a multihash.
    pub fn v1(codec: u64, multihash: &[u8]) -> Self {
        let mut bytes = vec![1];
        bytes.extend(varint(codec));
        bytes.extend(multihash);
        Self(bytes)
    }

    /// Version 1 over the SHA-256 of the bytes.
    pub fn of(codec: u64, bytes: &[u8]) -> Self {
        Self::v1(codec, &decode::sha256_multihash(bytes))
    }

    /// Version 0 over the SHA-256 of a DAG-PB node.
    pub fn v0(bytes: &[u8]) -> Self {
        Self(decode::sha256_multihash(bytes))
    }

    /// The binary form.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is of version 0, which is nothing but a multihash.
    pub fn is_v0(&self) -> bool {
        self.0.starts_with(&[0x12, 0x20]) && self.0.len() == 34
    }

    /// The codec.
    pub fn codec(&self) -> u64 {
        if self.is_v0() {
            return DAG_PB;
        }
        decode::varint(self.0.get(1..).unwrap_or_default()).map_or(0, |(codec, _)| codec)
    }

    /// The multihash.
    pub fn multihash(&self) -> &[u8] {
        if self.is_v0() {
            return &self.0;
        }
        decode::varint(self.0.get(1..).unwrap_or_default()).map_or(&[], |(_, rest)| rest)
    }

    /// The same multihash in version 1.
    pub fn to_v1(&self) -> Self {
        Self::v1(self.codec(), self.multihash())
    }

    /// The same multihash under another codec.
    pub fn with_codec(&self, codec: u64) -> Self {
        Self::v1(codec, self.multihash())
    }

    /// Whether its multihash holds the data itself.
    pub fn is_identity(&self) -> bool {
        self.multihash().first() == Some(&0)
    }

    /// Version 1 as base36 text.
    pub fn base36(&self) -> String {
        multibase::encode(multibase::Base::Base36Lower, self.to_v1().0)
    }

    /// The multihash as base58 text without a prefix, the form of version 0 and of peer IDs.
    pub fn base58(&self) -> String {
        let text = multibase::encode(multibase::Base::Base58Btc, self.multihash());
        text[1..].to_owned()
    }

    /// Reads a CID at the start of bytes; gives the rest too.
    pub fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        if bytes.starts_with(&[0x12, 0x20]) {
            return Some((Self(bytes.get(..34)?.to_vec()), &bytes[34..]));
        }
        let (version, rest) = decode::varint(bytes)?;
        let (_, rest) = decode::varint(rest)?;
        let (_, rest) = decode::varint(rest)?;
        let (length, rest) = decode::varint(rest)?;
        let rest = rest.get(usize::try_from(length).ok()?..)?;
        (version == 1).then(|| (Self(bytes[..bytes.len() - rest.len()].to_vec()), rest))
    }

    /// Whether these bytes are the block of this CID. `None` for a hash that is not known here.
    pub fn verifies(&self, bytes: &[u8]) -> Option<bool> {
        let (code, rest) = decode::varint(self.multihash())?;
        let (_, digest) = decode::varint(rest)?;
        match code {
            0 => Some(digest == bytes),
            0x12 => Some(decode::sha256_multihash(bytes) == self.multihash()),
            0x13 => Some(sha512(bytes) == self.multihash()),
            _ => None,
        }
    }
}

/// Text: base58 for version 0, base32 for version 1.
impl fmt::Display for Cid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_v0() {
            true => f.write_str(&self.base58()),
            false => f.write_str(&multibase::encode(multibase::Base::Base32Lower, &self.0)),
        }
    }
}

/// The multihash that holds the bytes themselves.
pub fn identity(bytes: &[u8]) -> Vec<u8> {
    let mut multihash = vec![0];
    multihash.extend(varint(bytes.len() as u64));
    multihash.extend(bytes);
    multihash
}

/// SHA-512 as a multihash.
pub fn sha512(bytes: &[u8]) -> Vec<u8> {
    let mut multihash = vec![0x13, 0x40];
    multihash.extend(Sha512::digest(bytes));
    multihash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_both_versions() {
        let empty_folder = [0x0a, 0x02, 0x08, 0x01];
        let v0 = Cid::v0(&empty_folder);
        assert_eq!(v0.to_string(), "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn");
        let v1 = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";
        assert_eq!(v0.to_v1().to_string(), v1);
        assert_eq!(Cid::v1(RAW, &identity(b"")).to_string(), "bafkqaaa");
    }

    #[test]
    fn reads_what_it_writes() {
        for cid in [Cid::of(DAG_JSON, b"x"), Cid::v0(b"x"), Cid::v1(RAW, &sha512(b"x"))] {
            let bytes = [cid.bytes(), b"rest"].concat();
            assert_eq!(Cid::read(&bytes), Some((cid.clone(), &b"rest"[..])));
            assert_eq!(cid.verifies(b"x"), Some(true));
            assert_eq!(cid.verifies(b"y"), Some(false));
        }
        assert_eq!(Cid::read(&[1, 0x55, 0x12, 0x20, 0]), None);
    }
}
