//! Spec: spec/data/block.md
//!
//! A block - bytes and the CID that names them - and the two seams through which all algorithms of
//! this crate read and write blocks. The implementations live in `ipfs-repo` (disk), in the node
//! (disk, then network) and in tests (memory).

use crate::cid::Cid;
use bytes::Bytes;

/// Largest block that peers exchange, in bytes (2 MiB). Larger ones need an explicit flag.
pub const BLOCK_BYTES_MAX: usize = 2 << 20;

/// Bytes and the CID that names them. Making one does not check that they match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The name.
    pub cid: Cid,
    /// The bytes.
    pub data: Bytes,
}

/// Why a block could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source does not hold the block.
    // spec: block.not-found
    #[error("ipld: could not find {0}")]
    NotFound(Cid),
    /// The bytes do not hash to the CID.
    #[error("block in storage has different hash than requested: {0}")]
    Mismatch(Cid),
    /// The caller asked to stop.
    #[error("context canceled")]
    Cancelled,
    /// The store behind the seam failed; the inner error names operation and path.
    #[error(transparent)]
    Store(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Wraps the failure of a store.
    pub fn store(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Store(Box::new(error))
    }
}

/// Where blocks come from. Identity CIDs are answered by the implementation, never stored.
pub trait Source: Send + Sync {
    /// The block's bytes. [`Error::NotFound`] when absent.
    fn get(&self, cid: &Cid) -> Result<Bytes, Error>;

    /// Whether the block is present.
    fn has(&self, cid: &Cid) -> Result<bool, Error>;

    /// The block's size in bytes. [`Error::NotFound`] when absent.
    fn size(&self, cid: &Cid) -> Result<u64, Error> {
        Ok(self.get(cid)?.len() as u64)
    }

    /// A hint that these blocks are wanted soon, in this order. Never fails, never blocks long.
    fn prefetch(&self, _cids: &[Cid]) {}

    /// A hint that everything below `root` will be read: depth first, parents before children,
    /// links in order. Never fails, never blocks long.
    fn prefetch_graph(&self, _root: &Cid) {}
}

/// Where blocks go. `put` may buffer; what was put is readable through the same object at once and
/// durable (as far as the store promises it) after [`Sink::flush`].
pub trait Sink: Send + Sync {
    /// Stores one block. Storing a block twice is not an error.
    fn put(&self, block: Block) -> Result<(), Error>;

    /// Stores several blocks.
    fn put_many(&self, blocks: Vec<Block>) -> Result<(), Error> {
        blocks.into_iter().try_for_each(|block| self.put(block))
    }

    /// Makes all earlier puts visible to other readers of the store and as durable as it promises.
    fn flush(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// A store that both reads and writes.
pub trait Store: Source + Sink {}

impl<T: Source + Sink + ?Sized> Store for T {}

/// Blocks in memory, for tests and for hash-only imports that must read back what they built.
#[derive(Debug, Default)]
pub struct MemoryStore {
    blocks: std::sync::RwLock<std::collections::HashMap<Vec<u8>, Bytes>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of blocks held.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// Whether no block is held.
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, std::collections::HashMap<Vec<u8>, Bytes>> {
        self.blocks.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Source for MemoryStore {
    fn get(&self, cid: &Cid) -> Result<Bytes, Error> {
        if cid.hash().code() == crate::cid::hash::IDENTITY {
            return Ok(Bytes::copy_from_slice(cid.hash().digest()));
        }
        self.read().get(&cid.hash().to_bytes()).cloned().ok_or(Error::NotFound(*cid))
    }

    fn has(&self, cid: &Cid) -> Result<bool, Error> {
        Ok(cid.hash().code() == crate::cid::hash::IDENTITY
            || self.read().contains_key(&cid.hash().to_bytes()))
    }
}

impl Sink for MemoryStore {
    fn put(&self, block: Block) -> Result<(), Error> {
        if block.cid.hash().code() != crate::cid::hash::IDENTITY {
            self.blocks
                .write()
                .unwrap_or_else(|poisoned| poisoned.into_inner())
                .insert(block.cid.hash().to_bytes(), block.data);
        }
        Ok(())
    }
}
