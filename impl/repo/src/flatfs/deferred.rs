//! Spec: spec/repo/flatfs.md
//!
//! Puts whose last step - the rename to the final place - waits until the data of many of them is
//! on the disk: one flush of the file system instead of one per file, and still no file under its
//! final name that a power loss could leave empty.

use super::{FILE_MODE, FlatFs, io};
use crate::datastore::Result;
use crate::disk::{File, Open};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

// spec: flatfs.deferred-bounds
/// Files that wait at most before they are flushed.
pub(super) const WAITING_FILES_MAX: usize = 4096;
/// Bytes that wait at most before they are flushed.
pub(super) const WAITING_BYTES_MAX: u64 = 256 << 20;
/// Up to this many files are synced one by one; more by one flush of the whole file system.
pub(super) const SYNC_EACH_MAX: usize = 16;
/// Files kept open until their pages have been written back and can be dropped from the cache.
pub(super) const WRITE_BACK_FILES_MAX: usize = 128;

#[derive(Debug, Clone)]
struct Waiting {
    temporary: PathBuf,
    bytes: u64,
}

#[derive(Debug, Default)]
pub(super) struct Deferred {
    waiting: Mutex<HashMap<String, Waiting>>,
    /// Mirrors `waiting.len()`, so that readers need no lock while nothing waits.
    count: AtomicUsize,
    bytes: AtomicU64,
    written: AtomicU64,
    write_back: Mutex<VecDeque<Box<dyn File>>>,
    /// Held by the one thread that flushes or removes.
    flushing: Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Deferred {
    fn find(&self, name: &str) -> Option<Waiting> {
        if self.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        lock(&self.waiting).get(name).cloned()
    }

    /// The temporary file of a waiting put.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.find(name).map(|waiting| waiting.temporary)
    }

    /// The length of the value of a waiting put.
    pub(super) fn bytes(&self, name: &str) -> Option<u64> {
        self.find(name).map(|waiting| waiting.bytes)
    }

    /// Adds a put; gives the file back if there is one for that name already.
    fn add(&self, name: &str, put: Waiting) -> Option<PathBuf> {
        let mut waiting = lock(&self.waiting);
        if waiting.contains_key(name) {
            return Some(put.temporary);
        }
        self.bytes.fetch_add(put.bytes, Ordering::Relaxed);
        waiting.insert(name.to_owned(), put);
        self.count.store(waiting.len(), Ordering::Release);
        None
    }

    fn take(&self, name: &str) -> Option<Waiting> {
        let mut waiting = lock(&self.waiting);
        let put = waiting.remove(name)?;
        self.bytes.fetch_sub(put.bytes, Ordering::Relaxed);
        self.count.store(waiting.len(), Ordering::Release);
        Some(put)
    }

    fn is_full(&self) -> bool {
        self.count.load(Ordering::Relaxed) >= WAITING_FILES_MAX
            || self.bytes.load(Ordering::Relaxed) >= WAITING_BYTES_MAX
    }

    // spec: flatfs.cache-bound
    /// Starts the write-back of a file and drops the pages of one written long ago.
    fn bound_cache(&self, file: Box<dyn File>, bytes: u64, cache_bytes: u64) {
        if self.written.fetch_add(bytes, Ordering::Relaxed) < cache_bytes {
            return;
        }
        file.start_write_back();
        let old = {
            let mut queue = lock(&self.write_back);
            queue.push_back(file);
            if queue.len() > WRITE_BACK_FILES_MAX { queue.pop_front() } else { None }
        };
        if let Some(old) = old {
            old.drop_cache();
        }
    }
}

impl FlatFs {
    // spec: flatfs.deferred-put
    pub(super) fn write_deferred(&self, name: &str, value: &[u8]) -> Result<()> {
        if self.deferred.find(name).is_some() {
            return Ok(());
        }
        // A count made anew must not include the temporary file.
        self.usage()?;
        let temporary = self.temporary_path();
        let file = self
            .disk
            .open(&temporary, Open::CreateNew(FILE_MODE))
            .map_err(io("create", &temporary))?;
        if let Err(source) = file.write_at(value, 0) {
            let _ = self.disk.remove_file(&temporary);
            return Err(io("write", &temporary)(source));
        }
        let bytes = value.len() as u64;
        self.deferred.bound_cache(file, bytes, self.options.cache_bytes);
        if let Some(surplus) = self.deferred.add(name, Waiting { temporary, bytes }) {
            let _ = self.disk.remove_file(&surplus);
        }
        if self.deferred.is_full() {
            self.flush_deferred()?;
        }
        Ok(())
    }

    // spec: flatfs.flush
    /// Syncs the data of all waiting puts, then renames them into place. On an error the rest
    /// keeps waiting and can be flushed again.
    pub(super) fn flush_deferred(&self) -> Result<()> {
        if self.deferred.count.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        let _one_flushes = lock(&self.deferred.flushing);
        let puts: Vec<(String, Waiting)> = lock(&self.deferred.waiting)
            .iter()
            .map(|(name, put)| (name.clone(), put.clone()))
            .collect();
        if puts.len() <= SYNC_EACH_MAX {
            for (_, put) in &puts {
                self.disk
                    .open(&put.temporary, Open::ReadWrite)
                    .and_then(|file| file.sync())
                    .map_err(io("sync", &put.temporary))?;
            }
        } else {
            self.disk.sync_all(&self.root).map_err(io("sync", &self.root))?;
            self.drop_written_back();
        }
        let mut placed = 0;
        let result = puts.iter().try_for_each(|(name, put)| {
            self.place(&put.temporary, name, put.bytes)?;
            placed += 1;
            Ok(())
        });
        let synced = match self.options.sync {
            true => self.sync_directories(&puts[..placed]),
            false => Ok(()),
        };
        // Not before they are durable: others take what no longer waits for finished.
        for (name, _) in &puts[..placed] {
            self.deferred.take(name);
        }
        result.and(synced)
    }

    fn drop_written_back(&self) {
        let files = std::mem::take(&mut *lock(&self.deferred.write_back));
        files.iter().for_each(|file| file.drop_cache());
    }

    fn sync_directories(&self, puts: &[(String, Waiting)]) -> Result<()> {
        let directories: BTreeSet<PathBuf> = puts
            .iter()
            .filter_map(|(name, _)| self.path(name).parent().map(Path::to_path_buf))
            .collect();
        if directories.len() > SYNC_EACH_MAX {
            return self.disk.sync_all(&self.root).map_err(io("sync", &self.root));
        }
        directories
            .iter()
            .try_for_each(|directory| self.disk.sync_dir(directory).map_err(io("sync", directory)))
    }

    /// Drops a waiting put, if there is one.
    pub(super) fn forget_deferred(&self, name: &str) -> Result<()> {
        if self.deferred.find(name).is_none() {
            return Ok(());
        }
        let _one_flushes = lock(&self.deferred.flushing);
        match self.deferred.take(name) {
            None => Ok(()),
            Some(put) => {
                self.disk.remove_file(&put.temporary).map_err(io("remove", &put.temporary))
            }
        }
    }
}
