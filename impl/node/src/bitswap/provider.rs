//! Spec: spec/protocol/bitswap.md
//!
//! The exchange as one of the providers that content comes from.

use super::{Exchange, Session};
use crate::content::{self, Arrivals};
use ipfs_data::cid::Cid;
use ipfs_protocol::bitswap::Refusal;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::runtime::Handle;

/// After this a want that there was no room for is tried again.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

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
        let session = Arc::new(session);
        let again = Arc::downgrade(&session);
        // Ends with the session.
        self.runtime.spawn(async move {
            while let Some(arrived) = waiting.next().await {
                match &arrived.result {
                    Ok(block) => arrivals.put(block.clone()).await,
                    Err((Some(cid), Refusal::Wants(_))) => {
                        want_later(again.clone(), arrivals.clone(), *cid);
                    }
                    Err((None, refusal)) => arrivals.refuse(format!("bitswap: {refusal}")),
                    Err((Some(cid), refusal)) => {
                        tracing::debug!("bitswap: {cid}: {refusal}");
                        arrivals.give_up(cid);
                    }
                }
            }
        });
        session
    }
}

// spec: bitswap.refused-again
/// A want that there was no room for is wanted again until there is.
fn want_later(session: Weak<Session>, arrivals: Arrivals, cid: Cid) {
    tokio::spawn(async move {
        tokio::time::sleep(AGAIN_AFTER).await;
        if let Some(session) = session.upgrade().filter(|_| arrivals.is_wanted(&cid)) {
            session.want(&[cid]);
        }
    });
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
