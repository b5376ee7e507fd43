//! Spec: spec/protocol/bitswap.md
//!
//! The prefix that stands for a block's CID: all of it but the digest.

use super::message::Prefix;
use ipfs_data::cid::{self, Cid, DIGEST_BYTES_MAX};
use ipfs_data::{multihash, protobuf};

/// Bytes of a SHA-256 digest.
const SHA2_256_BYTES: usize = 32;

impl Prefix {
    /// That of CIDs of version 0, which messages of the first protocol imply.
    pub const V0: Self = Self {
        version: 0,
        codec: cid::codec::DAG_PB,
        hash: cid::hash::SHA2_256,
        digest_bytes: SHA2_256_BYTES,
    };

    /// That of a CID.
    pub fn of(cid: &Cid) -> Self {
        Self {
            version: u8::from(u64::from(cid.version()) == 1),
            codec: cid.codec(),
            hash: cid.hash().code(),
            digest_bytes: usize::from(cid.hash().size()),
        }
    }

    /// Reads one: four varints.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = protobuf::split_varint(bytes)?;
        let (codec, rest) = protobuf::split_varint(rest)?;
        let (hash, rest) = protobuf::split_varint(rest)?;
        let (digest_bytes, rest) = protobuf::split_varint(rest)?;
        if version > 1 || digest_bytes > DIGEST_BYTES_MAX as u64 || !rest.is_empty() {
            return None;
        }
        let digest_bytes = digest_bytes as usize;
        Some(Self { version: version as u8, codec, hash, digest_bytes })
    }

    fn values(&self) -> [u64; 4] {
        [u64::from(self.version), self.codec, self.hash, self.digest_bytes as u64]
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        for value in self.values() {
            protobuf::varint(out, value);
        }
    }

    /// Bytes that [`Prefix::encode`] writes.
    pub(super) fn encoded_bytes(&self) -> usize {
        // Seven bits a byte; zero takes one, too.
        let bytes = |value: u64| (u64::BITS - (value | 1).leading_zeros()).div_ceil(7) as usize;
        self.values().into_iter().map(bytes).sum()
    }

    // spec: bitswap.blocks-verified
    // spec: bitswap.unknown-hash
    /// The CID of `data` under this prefix: how a received block gets its name. None when the hash
    /// function is unknown or not allowed, the digest is cut too short, or the prefix stands for
    /// no CID. Takes as long as hashing takes.
    pub fn cid_of(&self, data: &[u8]) -> Option<Cid> {
        if self.hash == cid::hash::IDENTITY {
            return None;
        }
        let hash = multihash::sum(self.hash, data, Some(self.digest_bytes)).ok()?;
        let cid = match self.version {
            0 if self.codec == cid::codec::DAG_PB => Cid::new_v0(hash).ok()?,
            0 => return None,
            _ => Cid::new_v1(self.codec, hash),
        };
        cid::validate(&cid).ok()?;
        Some(cid)
    }
}
