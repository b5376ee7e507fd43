//! Spec: spec/command/daemon.md
//!
//! Blocks that commands left waiting are stored when it gets quiet.

use crate::env::Env;
use ipfs_data::block::Sink;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked whether something waits.
const LOOK: Duration = Duration::from_secs(1);
/// Looks at which more had come each time, before it is stored all the same.
const BUSY_LOOKS_MAX: u32 = 10;

/// Looks until the runtime ends.
// spec: daemon.keeps-blocks
pub(super) async fn run(env: Arc<Env>) {
    let (mut stored, mut seen, mut busy) = (0, 0, 0);
    loop {
        tokio::time::sleep(LOOK).await;
        let Ok(blocks) = env.blocks() else { return };
        let puts = blocks.blocks.puts();
        if puts == stored {
            continue;
        }
        if puts != seen && busy < BUSY_LOOKS_MAX {
            (seen, busy) = (puts, busy + 1);
            continue;
        }
        let blocks = blocks.clone();
        match tokio::task::spawn_blocking(move || blocks.flush()).await {
            Ok(Ok(())) => (stored, busy) = (puts, 0),
            Ok(Err(error)) => tracing::error!("storing blocks: {error}"),
            Err(error) => tracing::error!("storing blocks: {error}"),
        }
    }
}
