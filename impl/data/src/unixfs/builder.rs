//! Spec: spec/data/unixfs.md
//!
//! How new nodes get their CIDs.

use crate::cid::{Cid, codec, hash};
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
}

/// A node can't be named.
pub type Error = multihash::Error;

impl CidBuilder {
    /// Version 0.
    pub const V0: Self = Self { v1: false, hash: hash::SHA2_256, length: None };
    /// Version 1 with sha2-256.
    pub const V1: Self = Self { v1: true, hash: hash::SHA2_256, length: None };

    /// The builder that an existing CID was made with. An identity CID keeps its hash function, with
    /// whatever length the data has.
    pub fn of(cid: &Cid) -> Self {
        let hash = cid.hash().code();
        let length = cid.hash().digest().len();
        Self {
            v1: cid.version() == ::cid::Version::V1,
            hash,
            length: (hash != hash::IDENTITY).then_some(length),
        }
    }

    /// Names a block.
    pub fn cid(&self, codec: u64, data: &[u8]) -> Result<Cid, Error> {
        let hash = multihash::sum(self.hash, data, self.length)?;
        Ok(match Cid::new_v0(hash) {
            Ok(cid) if !self.v1 && codec == codec::DAG_PB => cid,
            _ => Cid::new_v1(codec, hash),
        })
    }

    /// Encodes and names a node.
    pub fn node(&self, node: &dag_pb::Node) -> Result<(Cid, Bytes), Error> {
        let data = Bytes::from(dag_pb::encode(node));
        Ok((self.cid(codec::DAG_PB, &data)?, data))
    }
}
