//! Spec: spec/node/content.md
//!
//! Content: where blocks come from that are not here. [`Online`] is the one source that every
//! command and the gateway read: first the blocks of this machine, then, while a [`Fetch`] is in
//! force on the thread, those that [`Provider`]s bring.

mod ahead;
mod bell;
mod fetch;
mod frontier;
pub mod gateways;
mod online;
pub mod routing;
mod store;
#[cfg(test)]
mod tests;

pub use fetch::{Counts, Entered, Fetch, Request, current, without};
pub use online::Online;

pub use fetch::Arrivals;
use ipfs_data::cid::Cid;
use std::sync::Arc;

/// Somewhere that blocks come from: the peers of Bitswap, HTTP gateways.
pub trait Provider: Send + Sync + 'static {
    /// Begins to fetch for one request. What is found goes to `arrivals`, already checked against
    /// the hash. Only who can tell that nobody has a block gives up on it.
    fn session(&self, arrivals: Arrivals) -> Arc<dyn Session>;
}

/// The wants of one request at one provider. Dropping it ends them all. Nothing here waits.
pub trait Session: Send + Sync {
    /// These are wanted, the first one most.
    fn want(&self, cids: &[Cid]);

    /// These came from elsewhere.
    fn cancel(&self, cids: &[Cid]);

    /// Peers that were asked so far.
    fn peers_asked(&self) -> usize;
}

/// The providers of a node.
pub type Providers = Vec<Arc<dyn Provider>>;
