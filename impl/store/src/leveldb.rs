//! Spec: spec/repo/leveldb.md
//!
//! LevelDB: an ordered key-value store in a directory, in the format of goleveldb, which Kubo uses.
//! Both may use a database in turn. Every change is on the disk before it is acknowledged.

mod batch;
mod block;
mod builder;
mod cache;
mod coding;
mod compaction;
mod current;
mod cursor;
mod files;
mod flush;
mod log;
mod manifest;
mod memtable;
mod rebuild;
mod recover;
mod scan;
mod state;
mod table;
mod version;
mod worker;
mod write;

#[cfg(test)]
mod tests;

use crate::datastore::{Change, Datastore, Error, Key, Pairs, Query, Result};
use crate::disk::{DiskRef, Held, Kind};
use batch::Batch;
use cache::Tables;
use recover::{Place, is_corrupt};
use scan::Scan;
use state::{Inner, lock};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How blocks of new tables are stored. Either kind is always read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// As they are: what Kubo's default datastore says.
    #[default]
    None,
    /// Raw Snappy: what Kubo takes when the datastore's specification says nothing.
    Snappy,
}

/// What opening a database may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Nothing before the first write. Exceptions: an absent directory or lock file is made, a
    /// damaged database is rebuilt.
    #[default]
    Lazy,
    /// Nothing ever; writes are refused, and so is a damaged database.
    ReadOnly,
}

/// Settings. The defaults are right for Kubo's repos; the sizes are there for tests.
#[derive(Debug, Clone)]
pub struct Options {
    /// How new tables are stored.
    pub compression: Compression,
    /// What opening may change.
    pub mode: Mode,
    /// Changes are kept in memory up to this size, at most twice.
    pub write_buffer_bytes: usize,
    /// Bound on blocks kept in memory.
    pub block_cache_bytes: usize,
    /// Bound on table files kept open by the cache.
    pub open_tables_max: usize,
    /// Compaction starts a new table at this size.
    pub table_bytes: u64,
    /// Bound on level 1 before it is compacted; each further level has ten times as much.
    pub level1_bytes: u64,
    /// Number of level-0 tables that starts a compaction.
    pub level0_trigger: usize,
    /// Number of level-0 tables from which each write waits a little.
    pub level0_slowdown: usize,
    /// Number of level-0 tables from which writes wait for the compaction.
    pub level0_pause: usize,
}

impl Default for Options {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            compression: Compression::None,
            mode: Mode::Lazy,
            write_buffer_bytes: 4 * MIB,
            block_cache_bytes: 4 * MIB,
            open_tables_max: 64,
            table_bytes: 2 * MIB as u64,
            level1_bytes: 10 * MIB as u64,
            level0_trigger: 4,
            level0_slowdown: 8,
            level0_pause: 12,
        }
    }
}

/// An open LevelDB. Closing is dropping: nothing acknowledged is left to be written then.
#[derive(Debug)]
pub struct LevelDb {
    inner: Arc<Inner>,
    _lock: Box<dyn Held>,
}

impl LevelDb {
    /// Opens the database in `directory`, or begins a new one if there is none. [`Error::Locked`]
    /// while another process has it open. With contradicting files it is rebuilt from its tables
    /// and logs.
    pub fn open(disk: DiskRef, directory: impl Into<PathBuf>, options: Options) -> Result<Self> {
        let directory = directory.into();
        let lock = take_lock(&disk, &directory)?;
        let tables = Arc::new(Tables::new(
            disk.clone(),
            directory.clone(),
            options.open_tables_max,
            options.block_cache_bytes,
        ));
        let place =
            Place { disk: &disk, directory: &directory, tables: &tables, options: &options };
        // spec: leveldb.read-changes-nothing
        let (recovered, rebuilt) = match place.recover() {
            Err(error) if is_corrupt(&error) && options.mode != Mode::ReadOnly => {
                (place.rebuild()?, true)
            }
            recovered => (recovered?, false),
        };
        let inner = Arc::new(Inner::new(disk, directory, options, tables, recovered));
        if rebuilt {
            inner.write_down()?;
        }
        Ok(Self { inner, _lock: lock })
    }

    /// The value of a key of any bytes.
    pub fn get_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.inner.get(key)
    }

    /// Sets keys (`Some`) and removes keys (`None`), all or nothing, later ones over earlier ones.
    pub fn write_bytes<'a>(
        &self,
        changes: impl IntoIterator<Item = (&'a [u8], Option<&'a [u8]>)>,
    ) -> Result<()> {
        let mut batch = Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.put(key, value),
                None => batch.delete(key),
            }
        }
        self.inner.commit(batch)
    }

    /// Keys that begin with `prefix` and their values, in byte order, as they are now.
    pub fn scan_bytes(
        &self,
        prefix: &[u8],
        keys_only: bool,
    ) -> Result<impl Iterator<Item = Result<(Vec<u8>, Vec<u8>)>> + Send + use<>> {
        Scan::new(&self.inner, prefix, keys_only)
    }

    /// Waits until flushing and compaction have nothing left to do; gives the error that stopped
    /// them.
    pub fn wait_until_idle(&self) -> Result<()> {
        self.inner.wait_until_idle()
    }

    /// Moves everything to tables and merges it into one level.
    pub fn compact(&self) -> Result<()> {
        self.inner.compact_all()
    }

    /// How many tables each level has.
    pub fn level_tables(&self) -> Vec<usize> {
        lock(&self.inner.state).view.version.levels.iter().map(Vec::len).collect()
    }
}

impl Drop for LevelDb {
    fn drop(&mut self) {
        self.inner.close();
    }
}

/// Takes the lock that excludes goleveldb too; makes directory and lock file where absent.
fn take_lock(disk: &DiskRef, directory: &Path) -> Result<Box<dyn Held>> {
    // spec: leveldb.lock
    let path = directory.join("LOCK");
    let taken = match disk.lock(&path, files::MODE) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            disk.create_dir(directory, files::DIRECTORY_MODE)
                .map_err(files::io_error("create", directory))?;
            let parent = match directory.parent() {
                Some(parent) if parent != Path::new("") => parent,
                _ => Path::new("."),
            };
            disk.sync_dir(parent).map_err(files::io_error("sync", parent))?;
            disk.lock(&path, files::MODE)
        }
        taken => taken,
    };
    match taken {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(Error::Locked(path)),
        Err(error) => Err(files::io_error("lock", &path)(error)),
        Ok(held) => Ok(held),
    }
}

impl Datastore for LevelDb {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>> {
        self.inner.get(key.as_str().as_bytes())
    }

    fn put(&self, key: &Key, value: &[u8]) -> Result<()> {
        self.write_bytes([(key.as_str().as_bytes(), Some(value))])
    }

    fn delete(&self, key: &Key) -> Result<()> {
        self.write_bytes([(key.as_str().as_bytes(), None)])
    }

    fn apply(&self, changes: &[Change]) -> Result<()> {
        self.write_bytes(changes.iter().map(|change| match change {
            Change::Put(key, value) => (key.as_str().as_bytes(), Some(&value[..])),
            Change::Delete(key) => (key.as_str().as_bytes(), None),
        }))
    }

    fn query(&self, query: &Query) -> Result<Pairs<'_>> {
        let prefix = match query.prefix.as_str() {
            "/" => String::new(),
            prefix => format!("{prefix}/"),
        };
        let scan = Scan::new(&self.inner, prefix.as_bytes(), query.keys_only)?;
        let directory = self.inner.directory.clone();
        Ok(Box::new(scan.map(move |pair| {
            let (key, value) = pair?;
            let key = String::from_utf8(key)
                .map_err(|_| files::corrupt(&directory, "a key that is not text"))?;
            Ok((Key::from_stored(key), value))
        })))
    }

    fn sync(&self, _prefix: &Key) -> Result<()> {
        Ok(())
    }

    fn disk_usage(&self) -> Result<u64> {
        // spec: leveldb.disk-usage
        directory_bytes(&self.inner.disk, &self.inner.directory)
    }
}

/// Sizes of a directory and of everything below it, as Kubo counts them.
fn directory_bytes(disk: &DiskRef, directory: &Path) -> Result<u64> {
    let bytes_of = |path: &Path| match disk.meta(path) {
        Ok(meta) => Ok(meta.bytes),
        // Compaction removes files at any time.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(files::io_error("stat", path)(error)),
    };
    let mut total = bytes_of(directory)?;
    for entry in disk.read_dir(directory).map_err(files::io_error("list", directory))? {
        let path = directory.join(&entry.name);
        total += match entry.kind {
            Kind::Directory => directory_bytes(disk, &path)?,
            _ => bytes_of(&path)?,
        };
    }
    Ok(total)
}
