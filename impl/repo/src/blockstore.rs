//! Spec: spec/repo/blockstore.md
//!
//! Blocks in a datastore, named by their multihash.

mod cache;

use crate::datastore::{self, Datastore, Key, Query};
use bytes::Bytes;
use cache::HasCache;
use ipfs_data::block::{Block, Error, Sink, Source};
use ipfs_data::cid::{self, Cid, Multihash, hash};
use ipfs_data::multihash;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Where blocks lie in the datastore.
pub const PREFIX: &str = "/blocks";

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// How a block store behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Hash each block that is read and refuse those that don't match.
    pub hash_on_read: bool,
    /// Put without asking first whether the block is there.
    pub write_through: bool,
    /// Entries of the cache that remembers which blocks are here; 0 for none.
    pub has_cache_entries: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { hash_on_read: false, write_through: true, has_cache_entries: 64 << 10 }
    }
}

/// Learns of every block that is put: its CID and its size in bytes.
pub type Observer = Box<dyn Fn(&Cid, usize) + Send + Sync>;

/// The block store of a repo.
#[derive(Clone)]
pub struct Blockstore {
    store: Arc<dyn Datastore>,
    options: Options,
    cache: Arc<HasCache>,
    observer: Arc<OnceLock<Observer>>,
    puts: Arc<AtomicU64>,
}

impl std::fmt::Debug for Blockstore {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Blockstore").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Blockstore {
    /// Blocks below [`PREFIX`] in `store`.
    pub fn new(store: Arc<dyn Datastore>, options: Options) -> Self {
        let cache = Arc::new(HasCache::new(options.has_cache_entries));
        Self { store, options, cache, observer: Arc::default(), puts: Arc::default() }
    }

    /// From now on somebody learns of the blocks that are put, after they can be read. Only the
    /// first call counts. It is called by whoever puts, so it must not take long.
    pub fn observe(&self, observer: Observer) {
        let _ = self.observer.set(observer);
    }

    /// Blocks that were put so far. They may wait for a flush.
    pub fn puts(&self) -> u64 {
        self.puts.load(Ordering::Relaxed)
    }

    // spec: blockstore.delete
    /// Removes a block. Whether it was there is not told; absent ones are fine.
    pub fn delete(&self, multihash: &Multihash) -> Result<(), datastore::Error> {
        let deleted = self.store.delete(&block_key(multihash));
        self.cache.forget(multihash);
        deleted
    }

    // spec: blockstore.list
    /// The multihashes of all blocks, in no order. Keys that are no multihash are passed over.
    pub fn multihashes(
        &self,
    ) -> Result<
        impl Iterator<Item = Result<Multihash, datastore::Error>> + Send + '_,
        datastore::Error,
    > {
        let query = Query { prefix: Key::new(PREFIX), keys_only: true };
        Ok(self.store.query(&query)?.filter_map(|pair| match pair {
            Ok((key, _)) => key_multihash(&key).map(Ok),
            Err(error) => Some(Err(error)),
        }))
    }

    /// The bytes of a stored block, without checking them.
    pub fn read(&self, multihash: &Multihash) -> Result<Option<Bytes>, datastore::Error> {
        Ok(self.store.get(&block_key(multihash))?.map(Bytes::from))
    }
}

// spec: blockstore.key
/// The datastore key of a block: `/blocks/` and its multihash in upper-case base32, no padding.
pub fn block_key(multihash: &Multihash) -> Key {
    let bytes = multihash.to_bytes();
    let mut text = String::with_capacity(PREFIX.len() + 1 + bytes.len() * 8 / 5 + 1);
    text.push_str(PREFIX);
    text.push('/');
    let (mut bits, mut count) = (0u32, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(char::from(ALPHABET[(bits >> count & 31) as usize]));
        }
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        text.push(char::from(ALPHABET[(bits << (5 - count) & 31) as usize]));
    }
    Key::new(&text)
}

/// The multihash of a datastore key; only its last part is looked at.
pub fn key_multihash(key: &Key) -> Option<Multihash> {
    let name = key.as_str().rsplit('/').next()?;
    let mut bytes = Vec::with_capacity(name.len() * 5 / 8);
    let (mut bits, mut count) = (0u32, 0);
    for symbol in name.bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'2'..=b'7' => symbol - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Multihash::from_bytes(&bytes).ok()
}

// spec: block.identity-inline
// spec: blockstore.identity
fn inlined(cid: &Cid) -> Option<Bytes> {
    (cid.hash().code() == hash::IDENTITY).then(|| Bytes::copy_from_slice(cid.hash().digest()))
}

impl Source for Blockstore {
    fn get(&self, cid: &Cid) -> Result<Bytes, Error> {
        // spec: blockstore.secure-hashes
        cid::validate(cid).map_err(Error::store)?;
        if let Some(data) = inlined(cid) {
            return Ok(data);
        }
        if self.cache.is_absent(cid.hash()) {
            return Err(Error::NotFound(*cid));
        }
        let asked = self.cache.ask();
        let data = self.store.get(&block_key(cid.hash())).map_err(Error::store)?;
        let Some(data) = data else {
            self.cache.learn(cid.hash(), false, asked);
            return Err(Error::NotFound(*cid));
        };
        // spec: blockstore.hash-on-read
        if self.options.hash_on_read && !multihash::verify(cid.hash(), &data).unwrap_or(false) {
            return Err(Error::Mismatch(*cid));
        }
        self.cache.learn(cid.hash(), true, asked);
        Ok(Bytes::from(data))
    }

    fn has(&self, cid: &Cid) -> Result<bool, Error> {
        if cid.hash().code() == hash::IDENTITY {
            return Ok(true);
        }
        if let Some(known) = self.cache.known(cid.hash()) {
            return Ok(known);
        }
        let asked = self.cache.ask();
        let present = self.store.has(&block_key(cid.hash())).map_err(Error::store)?;
        self.cache.learn(cid.hash(), present, asked);
        Ok(present)
    }

    fn size(&self, cid: &Cid) -> Result<u64, Error> {
        cid::validate(cid).map_err(Error::store)?;
        if let Some(data) = inlined(cid) {
            return Ok(data.len() as u64);
        }
        let asked = self.cache.ask();
        let size = self.store.size(&block_key(cid.hash())).map_err(Error::store)?;
        self.cache.learn(cid.hash(), size.is_some(), asked);
        size.ok_or(Error::NotFound(*cid))
    }

    fn prefetch(&self, cids: &[Cid]) {
        let keys: Vec<Key> = cids
            .iter()
            .filter(|cid| cid.hash().code() != hash::IDENTITY)
            .take(crate::flatfs::PREFETCH_FILES_MAX)
            .map(|cid| block_key(cid.hash()))
            .collect();
        self.store.prefetch(&keys);
    }
}

impl Sink for Blockstore {
    // spec: blockstore.put
    fn put(&self, block: Block) -> Result<(), Error> {
        cid::validate(&block.cid).map_err(Error::store)?;
        if block.cid.hash().code() == hash::IDENTITY {
            return Ok(());
        }
        if !self.options.write_through && self.has(&block.cid)? {
            return Ok(());
        }
        let key = block_key(block.cid.hash());
        self.store.put_deferred(&key, &block.data).map_err(Error::store)?;
        self.cache.put(block.cid.hash());
        self.puts.fetch_add(1, Ordering::Relaxed);
        if let Some(observer) = self.observer.get() {
            observer(&block.cid, block.data.len());
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), Error> {
        self.store.flush().map_err(Error::store)
    }
}

impl crate::gc::Blocks for Blockstore {
    fn for_each(&self, each: &mut dyn FnMut(Multihash) -> ControlFlow<()>) -> Result<(), Error> {
        for multihash in self.multihashes().map_err(Error::store)? {
            if each(multihash.map_err(Error::store)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn remove_many(&self, hashes: &[Multihash]) -> Vec<Result<(), Error>> {
        hashes.iter().map(|hash| self.delete(hash).map_err(Error::store)).collect()
    }
}
