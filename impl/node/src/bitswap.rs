//! Spec: spec/protocol/bitswap.md
//!
//! The exchange of blocks over the swarm: what surrounds the machine of
//! [`ipfs_protocol::bitswap`]. Streams are read and written in tasks of their own; blocks are
//! looked up, read and hashed on threads for work that blocks.
//!
//! [`Exchange::start`] begins to serve; [`Exchange::session`] fetches. Whoever puts blocks into the
//! store says so with [`Exchange::stored`]: peers may wait for them.

mod drive;
mod inbound;
mod outbound;
mod provider;
mod reader;
mod session;
#[cfg(test)]
mod tests;

pub use provider::Provider;
pub use session::{Arrived, Session, Waiting};

use crate::swarm::{Multiaddr, PeerId, RegisterError, Swarm};
use drive::{Shared, own};
use ipfs_data::block::Source;
use ipfs_data::cid::Cid;
use ipfs_protocol::bitswap::{Ledger, Stat, Version};
pub use ipfs_protocol::peer::Config as MachineConfig;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// Streams of others that wait to be read. The reference opens one for each message.
const INBOUND_QUEUE_MAX: usize = 1_024;

/// A peer that has a block, and where it listens.
pub type Found = (PeerId, Vec<Multiaddr>);

/// Finds out who has a block.
pub trait FindProviders: Send + Sync + 'static {
    /// Puts those who have the block into `found`, until there are no more or nobody takes them.
    fn find(
        &self,
        cid: Cid,
        found: mpsc::Sender<Found>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Whether a peer may have a block: the denylist, for instance.
pub type Allowed = Arc<dyn Fn(&PeerId, &Cid) -> bool + Send + Sync>;

/// What an exchange is started with.
#[derive(Clone, Default)]
pub struct Config {
    /// Bounds and delays.
    pub machine: MachineConfig,
    /// Decides what chance decides.
    pub seed: u64,
    /// Whom a block may be given to; everybody without it.
    pub allowed: Option<Allowed>,
    /// Asked when a session gets nowhere.
    pub routing: Option<Arc<dyn FindProviders>>,
}

/// A handle to the exchange: cheap to clone. It ends with the last handle.
#[derive(Clone)]
pub struct Exchange(Arc<Owner>);

struct Owner {
    shared: Arc<Shared>,
    tasks: Vec<AbortHandle>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
        self.shared.end();
    }
}

impl Exchange {
    /// Begins to exchange, in the present runtime. Blocks are served from `store`.
    ///
    /// # Errors
    /// When somebody else takes the streams of the protocol.
    pub fn start(
        swarm: Swarm,
        store: Arc<dyn Source>,
        config: Config,
    ) -> Result<Self, RegisterError> {
        let inbound = swarm.register(&Version::IDS, INBOUND_QUEUE_MAX)?;
        let shared = Arc::new(Shared::new(swarm, store, config));
        let tasks = vec![
            tokio::spawn(drive::timers(shared.clone())).abort_handle(),
            tokio::spawn(drive::peers(shared.clone())).abort_handle(),
            tokio::spawn(inbound::run(shared.clone(), inbound)).abort_handle(),
        ];
        Ok(Self(Arc::new(Owner { shared, tasks })))
    }

    /// A session and what arrives for it. The session ends when it is dropped.
    pub fn session(&self) -> (Session, Waiting) {
        session::open(&self.0.shared)
    }

    /// These are in the store now: sessions and peers that wait for them get them.
    pub fn stored(&self, blocks: &[(Cid, u32)]) {
        self.0.shared.stored(blocks);
    }

    /// Counts since the start.
    pub fn stat(&self) -> Stat {
        self.0.shared.ask(|machine| *machine.stat())
    }

    /// What this node wants, in the order of the CIDs.
    pub fn wantlist(&self) -> Vec<Cid> {
        self.0.shared.ask(|machine| machine.wantlist())
    }

    /// What a peer wants, in the order of the CIDs.
    pub fn wantlist_of(&self, peer: &PeerId) -> Vec<Cid> {
        let own = own(peer);
        self.0.shared.ask(|machine| own.map(|own| machine.wantlist_of(&own)).unwrap_or_default())
    }

    /// What was exchanged with a peer.
    pub fn ledger(&self, peer: &PeerId) -> Ledger {
        let own = own(peer);
        self.0.shared.ask(|machine| own.map(|own| machine.ledger(&own)).unwrap_or_default())
    }

    /// Peers that want something.
    pub fn partners(&self) -> Vec<PeerId> {
        let partners = self.0.shared.ask(|machine| machine.partners());
        partners.iter().filter_map(drive::theirs).collect()
    }
}
