//! Spec: spec/protocol/bitswap.md
//!
//! The exchange as one of the providers that content comes from.

use super::{Exchange, Session};
use crate::content::{self, Arrivals};
use ipfs_data::cid::Cid;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Fetches from peers.
pub struct Provider {
    exchange: Exchange,
    runtime: Handle,
}

impl Provider {
    /// Fetches with this exchange; its blocks are handed over in this runtime.
    pub fn new(exchange: Exchange, runtime: Handle) -> Self {
        Self { exchange, runtime }
    }
}

impl content::Provider for Provider {
    fn session(&self, arrivals: Arrivals) -> Arc<dyn content::Session> {
        let (session, mut waiting) = self.exchange.session();
        // Ends with the session.
        self.runtime.spawn(async move {
            while let Some(arrived) = waiting.next().await {
                match &arrived.result {
                    Ok(block) => arrivals.put(block.clone()).await,
                    Err((cid, refusal)) => tracing::debug!("bitswap: {cid:?}: {refusal}"),
                }
            }
        });
        Arc::new(session)
    }
}

impl content::Session for Session {
    fn want(&self, cids: &[Cid]) {
        Session::want(self, cids);
    }

    fn cancel(&self, cids: &[Cid]) {
        Session::cancel(self, cids);
    }

    fn peers_asked(&self) -> usize {
        self.stat().peers_asked
    }
}
