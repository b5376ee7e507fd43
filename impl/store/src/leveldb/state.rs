//! Spec: spec/repo/leveldb.md
//!
//! The shared state of an open database, and how a new version comes into force.

use super::cache::Tables;
use super::coding::VALUE;
use super::current;
use super::files;
use super::log::LogWriter;
use super::manifest::{COMPARER, Edit};
use super::memtable::MemTable;
use super::recover::Recovered;
use super::version::Version;
use super::write::{Queue, Writer};
use super::{Options, flush};
use crate::datastore::{Error, Result};
use crate::disk::{DiskRef, Open};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// A MANIFEST of this size is replaced by a new one.
const MANIFEST_BYTES_MAX: u64 = 1024 * 1024;

/// What a reader needs: it never changes while the reader has it, except that `mem` grows.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) mem: Arc<MemTable>,
    /// A full table in memory that is on its way to the disk.
    pub(super) frozen: Option<Arc<MemTable>>,
    pub(super) version: Arc<Version>,
}

/// What has to be known to finish the frozen table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Freeze {
    /// The last sequence number in it.
    pub(super) sequence: u64,
    /// The log that begins behind it.
    pub(super) log: u64,
}

/// Short-lived locks only: no disk work while this is held.
#[derive(Debug)]
pub(super) struct State {
    pub(super) view: Arc<View>,
    pub(super) freeze: Option<Freeze>,
    pub(super) worker: Option<std::thread::JoinHandle<()>>,
    pub(super) working: bool,
    pub(super) closing: bool,
    /// Why the background work stopped.
    pub(super) failure: Option<Error>,
}

/// The MANIFEST in force and what it says.
#[derive(Debug)]
pub(super) struct Manifest {
    /// `None` before this process has written one, and after a failed write.
    log: Option<LogWriter>,
    path: Option<PathBuf>,
    /// Whether any MANIFEST is in force.
    pub(super) exists: bool,
    committed_log: u64,
    previous_log: u64,
    sequence: u64,
    pub(super) compact_pointers: Vec<(usize, Vec<u8>)>,
    orphans: Vec<PathBuf>,
    /// Logs on the disk.
    pub(super) logs: Vec<u64>,
}

/// An open database.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) disk: DiskRef,
    pub(super) directory: PathBuf,
    pub(super) options: Options,
    pub(super) tables: Arc<Tables>,
    /// The last sequence number that readers may see.
    pub(super) sequence: AtomicU64,
    next_file: AtomicU64,
    pub(super) state: Mutex<State>,
    pub(super) changed: Condvar,
    pub(super) manifest: Mutex<Manifest>,
    pub(super) writer: Mutex<Writer>,
    pub(super) queue: Mutex<Queue>,
    pub(super) queue_changed: Condvar,
}

/// Locks; a panic of another thread while it held the lock doesn't spread.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Inner {
    /// The state of a database that was just read.
    pub(super) fn new(
        disk: DiskRef,
        directory: PathBuf,
        options: Options,
        tables: Arc<Tables>,
        recovered: Recovered,
    ) -> Self {
        let view = View { mem: recovered.mem, frozen: None, version: Arc::new(recovered.version) };
        let writer = Writer::new(recovered.turn_over, recovered.logs.len(), recovered.log_bytes);
        Self {
            disk,
            directory,
            options,
            tables,
            sequence: AtomicU64::new(recovered.sequence),
            next_file: AtomicU64::new(recovered.next_file),
            state: Mutex::new(State {
                view: Arc::new(view),
                freeze: None,
                worker: None,
                working: false,
                closing: false,
                failure: None,
            }),
            changed: Condvar::new(),
            manifest: Mutex::new(Manifest {
                log: None,
                path: None,
                exists: recovered.manifest.is_some(),
                committed_log: recovered.log,
                previous_log: recovered.previous_log,
                sequence: recovered.table_sequence,
                compact_pointers: recovered.compact_pointers,
                orphans: recovered.orphans,
                logs: recovered.logs,
            }),
            writer: Mutex::new(writer),
            queue: Mutex::default(),
            queue_changed: Condvar::new(),
        }
    }

    /// What there is to read now, and up to which sequence number.
    pub(super) fn view(&self) -> (Arc<View>, u64) {
        let view = lock(&self.state).view.clone();
        // In this order: whatever is in the view's tables is not newer than the number.
        let sequence = self.sequence.load(Ordering::Acquire);
        (view, sequence)
    }

    /// A file number that was never used.
    pub(super) fn new_number(&self) -> u64 {
        self.next_file.fetch_add(1, Ordering::Relaxed)
    }

    /// The newest value of a key.
    pub(super) fn get(&self, user: &[u8]) -> Result<Option<Vec<u8>>> {
        let (view, sequence) = self.view();
        for mem in std::iter::once(&view.mem).chain(&view.frozen) {
            if let Some(slot) = mem.get(user, sequence) {
                return Ok(slot.map(|value| value.to_vec()));
            }
        }
        view.version.get(&self.tables, user, sequence)
    }

    /// Puts the table in memory aside; new changes go to a new one and to log `log`.
    pub(super) fn freeze(&self, log: u64) {
        let mut state = lock(&self.state);
        let sequence = self.sequence.load(Ordering::Acquire);
        state.freeze = Some(Freeze { sequence, log });
        state.view = Arc::new(View {
            mem: Arc::default(),
            frozen: Some(state.view.mem.clone()),
            version: state.view.version.clone(),
        });
    }

    /// Writes the frozen table to the disk and makes it part of the database.
    pub(super) fn flush_frozen(&self) -> Result<()> {
        let (frozen, freeze) = {
            let state = lock(&self.state);
            match (state.view.frozen.clone(), state.freeze) {
                (Some(frozen), Some(freeze)) => (frozen, freeze),
                _ => return Ok(()),
            }
        };
        let number = self.new_number();
        let compression = self.options.compression;
        let table = flush::write_table(&*self.disk, &self.directory, number, &frozen, compression)?;
        let edit = Edit {
            log: Some(freeze.log),
            sequence: Some(freeze.sequence),
            added: table.map(|table| (0, Arc::new(table))).into_iter().collect(),
            ..Edit::default()
        };
        self.install(edit)
    }

    /// Records an edit durably and brings the new version into force. After an error the old
    /// version stays; files of the edit are kept until it is certain which MANIFEST holds.
    pub(super) fn install(&self, mut edit: Edit) -> Result<()> {
        let mut manifest = lock(&self.manifest);
        let base = lock(&self.state).view.version.clone();
        let next = Arc::new(base.apply(&edit));
        if edit.log.is_some() && manifest.previous_log != 0 {
            edit.previous_log = Some(0);
        }
        edit.next_file = Some(self.next_file.load(Ordering::Relaxed));
        if let Err(error) = self.record(&mut manifest, &edit, &next) {
            manifest.log = None;
            for (_, table) in &edit.added {
                if !base.tables().any(|(_, old)| old.number == table.number) {
                    manifest.orphans.push(files::table(&self.directory, table.number));
                }
            }
            return Err(error);
        }
        manifest.note(&edit);
        let mut state = lock(&self.state);
        let flushed = edit.log.is_some();
        state.view = Arc::new(View {
            mem: state.view.mem.clone(),
            frozen: state.view.frozen.clone().filter(|_| !flushed),
            version: next.clone(),
        });
        if flushed {
            state.freeze = None;
        }
        self.changed.notify_all();
        drop(state);
        for (_, table) in base.tables() {
            if !next.tables().any(|(_, kept)| kept.number == table.number) {
                table.discard(&self.tables);
            }
        }
        self.remove_old_files(&mut manifest);
        Ok(())
    }

    fn record(&self, manifest: &mut Manifest, edit: &Edit, next: &Version) -> Result<()> {
        if let (Some(log), Some(path)) = (&mut manifest.log, &manifest.path)
            && log.bytes() < MANIFEST_BYTES_MAX
        {
            return log.append(&edit.encode()).map_err(files::io_error("write", path));
        }
        let number = self.new_number();
        let path = self.directory.join(files::manifest_name(number));
        let result = self.new_manifest(manifest, edit, next, number, &path);
        match result {
            Ok(log) => {
                manifest.orphans.extend(manifest.path.replace(path));
                manifest.log = Some(log);
                manifest.exists = true;
                Ok(())
            }
            Err(error) => {
                manifest.orphans.push(path);
                Err(error)
            }
        }
    }

    fn new_manifest(
        &self,
        manifest: &Manifest,
        edit: &Edit,
        next: &Version,
        number: u64,
        path: &std::path::Path,
    ) -> Result<LogWriter> {
        // spec: leveldb-manifest.new-on-write
        let mut pointers = manifest.compact_pointers.clone();
        merge_pointers(&mut pointers, &edit.compact_pointers);
        // spec: leveldb.shared
        let snapshot = Edit {
            comparer: Some(COMPARER.into()),
            log: Some(edit.log.unwrap_or(manifest.committed_log)),
            previous_log: edit
                .previous_log
                .or(Some(manifest.previous_log))
                .filter(|&number| number != 0),
            next_file: Some(self.next_file.load(Ordering::Relaxed)),
            // Never newer than the tables: goleveldb drops log records that are older than this.
            sequence: Some(edit.sequence.unwrap_or(manifest.sequence)),
            compact_pointers: pointers,
            deleted: Vec::new(),
            added: next.tables().map(|(level, table)| (level, table.clone())).collect(),
        };
        let file = self
            .disk
            .open(path, Open::Truncate(files::MODE))
            .map_err(files::io_error("create", path))?;
        let mut log = LogWriter::new(file);
        log.append(&snapshot.encode()).map_err(files::io_error("write", path))?;
        self.disk.sync_dir(&self.directory).map_err(files::io_error("sync", &self.directory))?;
        current::set(&*self.disk, &self.directory, number)?;
        Ok(log)
    }

    /// Removes what the MANIFEST in force no longer needs. Failures are harmless.
    fn remove_old_files(&self, manifest: &mut Manifest) {
        for path in manifest.orphans.drain(..) {
            let _ = self.disk.remove_file(&path);
        }
        let (needed, old) = manifest
            .logs
            .iter()
            .partition(|&&log| log >= manifest.committed_log || log == manifest.previous_log);
        manifest.logs = needed;
        let old: Vec<u64> = old;
        for log in old {
            let _ = self.disk.remove_file(&files::log(&self.directory, log));
        }
    }
}

impl Manifest {
    fn note(&mut self, edit: &Edit) {
        self.committed_log = edit.log.unwrap_or(self.committed_log);
        self.previous_log = edit.previous_log.unwrap_or(self.previous_log);
        self.sequence = edit.sequence.unwrap_or(self.sequence);
        merge_pointers(&mut self.compact_pointers, &edit.compact_pointers);
    }
}

fn merge_pointers(pointers: &mut Vec<(usize, Vec<u8>)>, newer: &[(usize, Vec<u8>)]) {
    for (level, key) in newer {
        pointers.retain(|(other, _)| other != level);
        pointers.push((*level, key.clone()));
    }
}

/// Whether a stored kind byte is a value's.
pub(super) fn is_value(tag: u64) -> bool {
    tag as u8 == VALUE
}
