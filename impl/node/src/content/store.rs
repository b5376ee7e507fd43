//! Spec: spec/node/content.md
//!
//! What stores what came, on a thread of its own: the disk may take its time, and further blocks
//! are asked for meanwhile.

use super::fetch::Shared;
use ipfs_data::block::Block;
use ipfs_data::cid::Multihash;
use std::sync::Arc;

/// Bytes that are stored in one go.
const BATCH_BYTES: usize = 4 << 20;

/// Runs until the fetch is closed and everything that came is stored.
// spec: content.stored
pub(super) fn run(shared: &Arc<Shared>) {
    while let Some(blocks) = wait(shared) {
        let stored: Vec<(Multihash, usize)> =
            blocks.iter().map(|block| (*block.cid.hash(), block.data.len())).collect();
        let result = shared.request.store.put_many(blocks);
        shared.mark_stored(&stored, result);
    }
}

/// Waits until something came; nothing at the end.
fn wait(shared: &Shared) -> Option<Vec<Block>> {
    let mut state = shared.lock();
    loop {
        let mut bytes = 0;
        let mut blocks = Vec::new();
        while bytes < BATCH_BYTES
            && let Some(block) = state.to_store.pop_front()
        {
            bytes += block.data.len();
            blocks.push(block);
        }
        if !blocks.is_empty() {
            return Some(blocks);
        }
        if state.closed {
            return None;
        }
        state = shared.stock.wait(state);
    }
}
