//! Spec: spec/gateway/routing-v1.md
//!
//! Delegated routing over HTTP: who has content, where peers are, records of names.

mod answer;
mod filters;
mod local;
mod peer;
mod records;
mod request;
#[cfg(test)]
mod tests;

pub use filters::Filters;
pub use local::Local;
pub use peer::Peer;
pub(crate) use records::{not_a_name, seconds_until};
pub use request::answer;

use bytes::Bytes;
use ipfs_data::cid::{Cid, Multihash};
use ipfs_data::key::PeerId;

/// Peers in a JSON answer. Streams have no such bound.
pub const PEERS_MAX: usize = 20;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum RouterError {
    /// Nothing is known.
    #[error("routing: not found")]
    NotFound,
    /// This node can't ask anyone.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The record must not replace the one that is there, or something failed.
    #[error(transparent)]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

/// Peers as they are found.
pub type Peers = Box<dyn Iterator<Item = Result<Peer, RouterError>> + Send>;

/// Who knows the answers. Calls block, and iterators while they are asked for more.
pub trait Router: Send + Sync {
    /// Peers that have the content.
    ///
    /// # Errors
    /// When nobody can be asked.
    fn providers(&self, cid: &Cid) -> Result<Peers, RouterError>;

    /// Where a peer is.
    ///
    /// # Errors
    /// When nobody can be asked.
    fn peers(&self, peer: &PeerId) -> Result<Peers, RouterError>;

    /// The peers whose IDs are closest to a key, closest first.
    ///
    /// # Errors
    /// [`RouterError::Unsupported`] without a distributed hash table.
    fn closest_peers(&self, key: &Multihash) -> Result<Peers, RouterError>;

    /// The valid record of a name, as encoded.
    ///
    /// # Errors
    /// [`RouterError::NotFound`] without one.
    fn record(&self, name: &PeerId) -> Result<Bytes, RouterError>;

    /// Stores a record that was judged to be valid.
    ///
    /// # Errors
    /// When a better one is there or the store fails.
    fn put_record(&self, name: &PeerId, record: &[u8]) -> Result<(), RouterError>;
}
