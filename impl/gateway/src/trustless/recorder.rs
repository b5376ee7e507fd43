//! Spec: spec/gateway/trustless.md
//!
//! Which blocks were read to follow a path.

use bytes::Bytes;
use ipfs_data::block::{Error, Source};
use ipfs_data::cid::Cid;
use std::sync::{Mutex, PoisonError};

/// Reads blocks from a source and remembers which, in order. Only their names are kept.
pub(super) struct Recorder<'a> {
    source: &'a dyn Source,
    read: Mutex<Vec<Cid>>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(source: &'a dyn Source) -> Self {
        Self { source, read: Mutex::default() }
    }

    /// What was read.
    pub(super) fn finish(self) -> Vec<Cid> {
        self.read.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Recorder<'_> {
    fn get(&self, cid: &Cid) -> Result<Bytes, Error> {
        let block = self.source.get(cid)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.last() != Some(cid) {
            read.push(*cid);
        }
        Ok(block)
    }

    fn has(&self, cid: &Cid) -> Result<bool, Error> {
        self.source.has(cid)
    }
}
