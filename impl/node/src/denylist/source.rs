//! Spec: spec/gateway/denylist.md
//!
//! A source of blocks that withholds those on a list.

use super::{Blocked, Denylists};
use bytes::Bytes;
use ipfs_data::block::{Block, Error, Sink, Source};
use ipfs_data::cid::Cid;
use std::sync::Arc;

/// Blocks of `inner`, except those on a list: reading or writing one is an error. Only for content
/// that is provided to somebody: garbage collection, verification and pins take the store itself.
#[derive(Debug)]
pub struct Guarded<S: ?Sized> {
    inner: Arc<S>,
    lists: Arc<Denylists>,
}

impl<S: ?Sized> Guarded<S> {
    /// Guards `inner` by `lists`.
    pub fn new(inner: Arc<S>, lists: Arc<Denylists>) -> Self {
        Self { inner, lists }
    }

    /// The lists.
    pub fn lists(&self) -> &Denylists {
        &self.lists
    }
}

impl From<Blocked> for Error {
    fn from(blocked: Blocked) -> Self {
        Self::store(blocked)
    }
}

// spec: denylist.block
impl<S: Source + ?Sized> Source for Guarded<S> {
    fn get(&self, cid: &Cid) -> Result<Bytes, Error> {
        self.lists.check_cid(cid)?;
        self.inner.get(cid)
    }

    fn has(&self, cid: &Cid) -> Result<bool, Error> {
        self.inner.has(cid)
    }

    fn size(&self, cid: &Cid) -> Result<u64, Error> {
        self.lists.check_cid(cid)?;
        self.inner.size(cid)
    }

    fn prefetch(&self, cids: &[Cid]) {
        self.inner.prefetch(cids);
    }

    fn prefetch_graph(&self, root: &Cid) {
        self.inner.prefetch_graph(root);
    }
}

impl<S: Sink + ?Sized> Sink for Guarded<S> {
    fn put(&self, block: Block) -> Result<(), Error> {
        self.lists.check_cid(&block.cid)?;
        self.inner.put(block)
    }

    /// Blocks on a list are left out without a word, as the reference does.
    fn put_many(&self, mut blocks: Vec<Block>) -> Result<(), Error> {
        blocks.retain(|block| self.lists.check_cid(&block.cid).is_ok());
        self.inner.put_many(blocks)
    }

    fn flush(&self) -> Result<(), Error> {
        self.inner.flush()
    }
}
