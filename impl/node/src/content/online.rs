//! Spec: spec/node/content.md
//!
//! The blocks of this machine and, in a request that may fetch, those of others.

use super::fetch::{Fetch, current};
use bytes::Bytes;
use ipfs_data::block::{Block, Error, Sink, Source};
use ipfs_data::cid::Cid;
use std::sync::Arc;

/// Reads from `local`, then through the [`Fetch`] in force on this thread; writes to `local`.
/// Without one it is `local` and nothing more.
#[derive(Debug)]
pub struct Online<S: ?Sized> {
    local: Arc<S>,
}

impl<S: ?Sized> Clone for Online<S> {
    fn clone(&self) -> Self {
        Self { local: self.local.clone() }
    }
}

impl<S: ?Sized> Online<S> {
    /// Blocks of `local` first.
    pub fn new(local: Arc<S>) -> Self {
        Self { local }
    }

    /// What is here.
    pub fn local(&self) -> &Arc<S> {
        &self.local
    }
}

/// What was fetched already and is still in memory.
fn at_hand(fetch: Option<&Fetch>, cid: &Cid) -> Option<Bytes> {
    fetch.filter(|fetch| fetch.is_fetching()).and_then(|fetch| fetch.take(cid))
}

impl<S: Source + ?Sized> Source for Online<S> {
    // spec: content.local-first
    fn get(&self, cid: &Cid) -> Result<Bytes, Error> {
        let fetch = current();
        if let Some(data) = at_hand(fetch.as_ref(), cid) {
            return Ok(data);
        }
        match (self.local.get(cid), fetch) {
            (Err(Error::NotFound(_)), Some(fetch)) => fetch.get(cid),
            (result, _) => result,
        }
    }

    fn has(&self, cid: &Cid) -> Result<bool, Error> {
        self.local.has(cid)
    }

    fn size(&self, cid: &Cid) -> Result<u64, Error> {
        let fetch = current();
        if let Some(data) = at_hand(fetch.as_ref(), cid) {
            return Ok(data.len() as u64);
        }
        match (self.local.size(cid), fetch) {
            (Err(Error::NotFound(_)), Some(fetch)) => Ok(fetch.get(cid)?.len() as u64),
            (result, _) => result,
        }
    }

    fn prefetch(&self, cids: &[Cid]) {
        match current() {
            Some(fetch) => fetch.expect(cids),
            None => self.local.prefetch(cids),
        }
    }

    fn prefetch_graph(&self, root: &Cid) {
        if let Some(fetch) = current() {
            fetch.expect_graph(root);
        }
    }
}

impl<S: Sink + ?Sized> Sink for Online<S> {
    fn put(&self, block: Block) -> Result<(), Error> {
        self.local.put(block)
    }

    fn put_many(&self, blocks: Vec<Block>) -> Result<(), Error> {
        self.local.put_many(blocks)
    }

    fn flush(&self) -> Result<(), Error> {
        if let Some(fetch) = current() {
            fetch.stored()?;
        }
        self.local.flush()
    }
}
