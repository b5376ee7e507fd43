//! Spec: spec/gateway/routing-v1.md
//!
//! What a node knows without asking anyone: the records of names that it holds.

use super::{Peers, Router, RouterError};
use bytes::Bytes;
use ipfs_data::cid::{Cid, Multihash};
use ipfs_data::key::PeerId;
use ipfs_node::names::{Error, Resolver};

/// Answers from the records of this node.
pub struct Local<'a>(pub &'a Resolver);

impl Router for Local<'_> {
    fn providers(&self, _: &Cid) -> Result<Peers, RouterError> {
        Err(RouterError::NotFound)
    }

    fn peers(&self, _: &PeerId) -> Result<Peers, RouterError> {
        Err(RouterError::NotFound)
    }

    fn closest_peers(&self, _: &Multihash) -> Result<Peers, RouterError> {
        Err(RouterError::Unsupported("GetClosestPeers not supported: DHT is not available"))
    }

    fn record(&self, name: &PeerId) -> Result<Bytes, RouterError> {
        self.0.record(name).map_err(|error| match error {
            Error::NotFound => RouterError::NotFound,
            other => RouterError::Failed(other.into()),
        })
    }

    fn put_record(&self, name: &PeerId, record: &[u8]) -> Result<(), RouterError> {
        self.0.put_record(name, record).map_err(|error| RouterError::Failed(error.into()))
    }
}
