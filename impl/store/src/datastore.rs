//! Spec: spec/repo/datastore.md
//!
//! One trait in front of every key-value store of a repo: flatfs, LevelDB, memory, mount, measure.

use std::fmt::Debug;
use std::io;
use std::path::PathBuf;

/// A key: an absolute, clean, slash-separated path such as `/pins/index/cidRindex/...`.
/// Keys compare as bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// A key from text: made absolute and cleaned (`a//b/../c` is `/a/c`).
    pub fn new(text: &str) -> Self {
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        Self(format!("/{}", parts.join("/")))
    }

    /// A key exactly as a store has it.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The key below this one.
    pub fn child(&self, name: &str) -> Self {
        if self.0 == "/" { Self::new(name) } else { Self::new(&format!("{}/{name}", self.0)) }
    }

    /// The key as text, with its leading slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this key is `prefix` or lies below it.
    pub fn is_under(&self, prefix: &Key) -> bool {
        prefix.0 == "/"
            || self.0 == prefix.0
            || (self.0.starts_with(&prefix.0)
                && self.0.as_bytes().get(prefix.0.len()) == Some(&b'/'))
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a datastore operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("{operation} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb: `open`, `write`, `rename`.
        operation: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The stored bytes are not what the format says.
    #[error("{}: corrupt: {reason}", path.display())]
    Corrupt {
        /// The damaged file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process uses the store.
    #[error("{}: someone else has the lock", .0.display())]
    Locked(PathBuf),
    /// The operation makes no sense for this store; the text says why.
    #[error("{0}")]
    Unsupported(String),
}

/// The result of datastore operations.
pub type Result<T> = std::result::Result<T, Error>;

/// One change of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Set a value.
    Put(Key, Vec<u8>),
    /// Remove a key; absent keys are fine.
    Delete(Key),
}

/// Which entries a query gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Only keys strictly below this one (`/` gives all).
    pub prefix: Key,
    /// Leave the values empty.
    pub keys_only: bool,
}

/// One answer of a query. `value` is empty when only keys were asked for.
pub type Pair = (Key, Vec<u8>);

/// A lazily produced sequence of answers. An error ends it.
pub type Pairs<'a> = Box<dyn Iterator<Item = Result<Pair>> + Send + 'a>;

/// A key-value store. Everything is safe to call from several threads.
pub trait Datastore: Send + Sync + Debug {
    /// The value of a key.
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>>;

    /// Whether a key is set.
    fn has(&self, key: &Key) -> Result<bool> {
        Ok(self.get(key)?.is_some())
    }

    /// The length of a value in bytes.
    fn size(&self, key: &Key) -> Result<Option<u64>> {
        Ok(self.get(key)?.map(|value| value.len() as u64))
    }

    /// Sets a key.
    fn put(&self, key: &Key, value: &[u8]) -> Result<()>;

    /// Removes a key; absent keys are fine.
    fn delete(&self, key: &Key) -> Result<()>;

    /// Applies changes in order. Atomic where the store can; a mount splits it by child.
    fn apply(&self, changes: &[Change]) -> Result<()>;

    /// Entries below a prefix: a consistent snapshot where the store has those.
    /// Sorted by key in LevelDB and memory; unordered in flatfs.
    fn query(&self, query: &Query) -> Result<Pairs<'_>>;

    /// Makes everything below `prefix` durable.
    fn sync(&self, prefix: &Key) -> Result<()>;

    /// Bytes used on disk, from counters where the store keeps them.
    fn disk_usage(&self) -> Result<u64>;

    /// Sets a key, where the store may delay the work until [`Datastore::flush`] to do many at
    /// once. The value is readable through this store at once. The default is a plain put.
    fn put_deferred(&self, key: &Key, value: &[u8]) -> Result<()> {
        self.put(key, value)
    }

    /// Finishes all delayed puts.
    fn flush(&self) -> Result<()> {
        Ok(())
    }

    /// A hint that these keys are read soon, in this order. Never fails.
    fn prefetch(&self, _keys: &[Key]) {}

    /// Finishes everything and writes counters down. The store may still be read afterwards.
    fn close(&self) -> Result<()> {
        self.flush()
    }
}

mod measure;
mod memory;
mod mount;

pub use measure::{Counts, Measure};
pub use memory::Memory;
pub use mount::{Mount, Mounts};
