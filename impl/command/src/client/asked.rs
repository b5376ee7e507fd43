//! Spec: spec/command/delegation.md
//!
//! While a call runs that fetches blocks, the daemon is asked now and then how many peers it has
//! asked for them.

use super::call::{Call, Caller, collect};
use crate::emit::Emitter;
use crate::rpc::asked::{Counts, TARGET, name};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::AbortHandle;

/// Time between two questions, and before the first: short calls are never asked about.
const PAUSE: Duration = Duration::from_millis(400);

/// The questions about one call; they end with this.
pub(super) struct Asked {
    peers: Arc<AtomicU64>,
    task: AbortHandle,
}

impl Asked {
    /// Begins to ask about a call, on a connection of its own.
    // spec: delegation.peers-asked
    pub(super) fn start(mut caller: Caller, call: u128) -> Self {
        let peers = Arc::new(AtomicU64::new(0));
        let shared = peers.clone();
        let target = format!("{TARGET}?call={}", name(call));
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                // Daemons that know no such question are not asked again.
                let Ok(response) = caller.send(Call::post(&target)).await else { return };
                let Ok(answer) = collect(response).await else { return };
                let Ok(counts) = serde_json::from_slice::<Counts>(&answer) else { return };
                shared.store(counts.peers, Ordering::Relaxed);
            }
        });
        Self { peers, task: task.abort_handle() }
    }

    /// Shows what is known.
    pub(super) fn show(&self, emitter: &mut Emitter<'_>) {
        emitter.show_peers(self.peers.load(Ordering::Relaxed));
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.task.abort();
    }
}
