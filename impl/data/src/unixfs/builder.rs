//! Spec: spec/data/unixfs.md
//!
//! How new nodes get their CIDs.

use crate::cid::{Cid, DIGEST_BYTES_MAX, codec, hash};
use crate::{dag_pb, multihash};
use bytes::Bytes;

/// CID version and hash function of new nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CidBuilder {
    /// Version 1. Version 0 means sha2-256, and dag-pb nodes only: anything else becomes version 1.
    pub v1: bool,
    /// Multicodec code of the hash function.
    pub hash: u64,
    /// Digest length in bytes when it is not the usual one.
    pub length: Option<usize>,
    /// Blocks of at most this many bytes are put into the CID itself.
    pub inline_max: Option<usize>,
}

/// A node can't be named.
pub type Error = multihash::Error;

impl CidBuilder {
    /// Version 0.
    pub const V0: Self = Self { v1: false, hash: hash::SHA2_256, length: None, inline_max: None };
    /// Version 1 with sha2-256.
    pub const V1: Self = Self { v1: true, ..Self::V0 };

    /// The builder that an existing CID was made with. An identity CID keeps its hash function,
    /// with whatever length the data has.
    pub fn of(cid: &Cid) -> Self {
        let hash = cid.hash().code();
        let length = cid.hash().digest().len();
        Self {
            v1: cid.version() == ::cid::Version::V1,
            hash,
            length: (hash != hash::IDENTITY).then_some(length),
            inline_max: None,
        }
    }

    /// Names a block.
    pub fn cid(&self, codec: u64, data: &[u8]) -> Result<Cid, Error> {
        // spec: unixfs.inline
        if self.inline_max.is_some_and(|limit| data.len() <= limit) {
            return Ok(Cid::new_v1(codec, multihash::sum(hash::IDENTITY, data, None)?));
        }
        let hash = multihash::sum(self.hash, data, self.length)?;
        // spec: unixfs.raw-leaf-v1
        Ok(match Cid::new_v0(hash) {
            Ok(cid) if !self.v1 && codec == codec::DAG_PB => cid,
            _ => Cid::new_v1(codec, hash),
        })
    }

    /// As [`CidBuilder::cid`], but data too long for an identity digest is hashed with sha2-256:
    /// what an edit does when a file outgrows its inlined form.
    pub fn cid_or_hash(&self, codec: u64, data: &[u8]) -> Result<Cid, Error> {
        if self.hash == hash::IDENTITY && data.len() > DIGEST_BYTES_MAX {
            return Self { hash: hash::SHA2_256, length: None, ..*self }.cid(codec, data);
        }
        self.cid(codec, data)
    }

    /// Encodes and names a node.
    pub fn node(&self, node: &dag_pb::Node) -> Result<(Cid, Bytes), Error> {
        let data = Bytes::from(dag_pb::encode(node));
        Ok((self.cid(codec::DAG_PB, &data)?, data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_version_codec_and_inlining() {
        let v0 = CidBuilder::V0;
        assert_eq!(
            v0.cid(codec::DAG_PB, &[0x0a, 2, 8, 1]).map(|cid| cid.to_string()),
            Ok("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn".into())
        );
        assert_eq!(v0.cid(codec::RAW, b"x").map(|cid| cid.version()), Ok(::cid::Version::V1));
        let inline = CidBuilder { inline_max: Some(2), ..v0 };
        assert_eq!(inline.cid(codec::RAW, b"xy").map(|cid| cid.hash().code()), Ok(hash::IDENTITY));
        assert_eq!(inline.cid(codec::RAW, b"xyz").map(|cid| cid.hash().code()), Ok(hash::SHA2_256));
    }

    #[test]
    fn long_data_leaves_identity() {
        let identity = CidBuilder { hash: hash::IDENTITY, ..CidBuilder::V1 };
        assert!(identity.cid(codec::RAW, &[0; 129]).is_err());
        let cid = identity.cid_or_hash(codec::RAW, &[0; 129]);
        assert_eq!(cid.map(|cid| cid.hash().code()), Ok(hash::SHA2_256));
    }
}
