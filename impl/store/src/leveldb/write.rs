//! Spec: spec/repo/leveldb.md
//!
//! Writing: threads that write at the same time share one log record and one sync.

use super::Mode;
use super::batch::{self, Batch};
use super::files;
use super::log::LogWriter;
use super::state::{Inner, lock};
use crate::datastore::{Error, Result};
use crate::disk::Open;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Batches of this size in total are written together; a bigger one goes alone.
const GROUP_BYTES_MAX: usize = 1024 * 1024;
/// With more logs than this the first write moves their content to a table.
const OLD_LOGS_MAX: usize = 8;
/// With more bytes of logs than this the first write moves their content to a table.
const OLD_LOG_BYTES_MAX: u64 = 512 * 1024;
/// How long a writer waits once when compaction falls behind.
const SLOWDOWN: Duration = Duration::from_millis(1);

/// A batch on its way.
#[derive(Debug)]
struct Ticket {
    batch: Batch,
    outcome: Mutex<Option<Result<()>>>,
}

/// Batches that wait for the thread that writes.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<Arc<Ticket>>,
    leader: bool,
}

/// The log that changes go to. Only the leading thread uses it.
#[derive(Debug)]
pub(super) struct Writer {
    /// `None` until the first write.
    log: Option<LogWriter>,
    number: u64,
    turn_over: bool,
}

impl Writer {
    /// A writer that opens its log when it is first needed.
    pub(super) fn new(turn_over: bool, old_logs: usize, old_log_bytes: u64) -> Self {
        let many = old_logs >= OLD_LOGS_MAX || old_log_bytes >= OLD_LOG_BYTES_MAX;
        Self { log: None, number: 0, turn_over: turn_over || many }
    }
}

impl Inner {
    /// Applies a batch as a whole; on success it is on the disk.
    pub(super) fn commit(self: &Arc<Self>, batch: Batch) -> Result<()> {
        // spec: leveldb.write-synced
        if batch.len() == 0 {
            return Ok(());
        }
        let ticket = Arc::new(Ticket { batch, outcome: Mutex::new(None) });
        let mut queue = lock(&self.queue);
        queue.waiting.push_back(ticket.clone());
        loop {
            if let Some(outcome) = lock(&ticket.outcome).take() {
                return outcome;
            }
            if queue.leader {
                queue =
                    self.queue_changed.wait(queue).unwrap_or_else(|poisoned| poisoned.into_inner());
                continue;
            }
            queue.leader = true;
            let group = take_group(&mut queue.waiting);
            drop(queue);
            let outcome = self.write_group(&group);
            for ticket in &group {
                let copy = outcome.as_ref().copied().map_err(again);
                *lock(&ticket.outcome) = Some(copy);
            }
            queue = lock(&self.queue);
            queue.leader = false;
            self.queue_changed.notify_all();
        }
    }

    // spec: leveldb.write-grouped
    fn write_group(self: &Arc<Self>, group: &[Arc<Ticket>]) -> Result<()> {
        let mut writer = lock(&self.writer);
        if writer.log.is_none() {
            self.prepare(&mut writer)?;
        }
        self.make_room(&mut writer)?;
        let first = self.sequence.load(Ordering::Acquire) + 1;
        let record = Batch::record(group.iter().map(|ticket| &ticket.batch), first);
        let Some((_, changes)) = batch::decode(&record) else {
            return Err(Error::Unsupported("the database has no sequence numbers left".into()));
        };
        let path = files::log(&self.directory, writer.number);
        if let Some(log) = &mut writer.log {
            log.append(&record).map_err(files::io_error("write", &path))?;
        }
        let mem = lock(&self.state).view.mem.clone();
        mem.insert(first, &changes);
        self.sequence.store(first + changes.len() as u64 - 1, Ordering::Release);
        Ok(())
    }

    /// Gets the database ready for the first write of this process.
    fn prepare(self: &Arc<Self>, writer: &mut Writer) -> Result<()> {
        if self.options.mode == Mode::ReadOnly {
            return Err(Error::Unsupported(format!(
                "{}: opened for reading only",
                self.directory.display()
            )));
        }
        // Left from an attempt that failed.
        self.flush_frozen()?;
        let exists = lock(&self.manifest).exists;
        let number = self.new_number();
        let log = self.create_log(number)?;
        // spec: leveldb.first-write-light
        if !exists {
            self.freeze(number);
            self.flush_frozen()?;
        } else if writer.turn_over {
            self.freeze(number);
            self.start_worker();
        }
        writer.turn_over = false;
        writer.number = number;
        writer.log = Some(log);
        Ok(())
    }

    /// Writes a rebuilt database down, so that the next start finds it whole.
    pub(super) fn write_down(self: &Arc<Self>) -> Result<()> {
        self.prepare(&mut lock(&self.writer))
    }

    /// Moves everything to tables and merges them level by level into the deepest one.
    pub(super) fn compact_all(self: &Arc<Self>) -> Result<()> {
        {
            let mut writer = lock(&self.writer);
            if writer.log.is_none() {
                self.prepare(&mut writer)?;
            }
            self.wait_until_idle()?;
            let number = self.new_number();
            writer.log = Some(self.create_log(number)?);
            writer.number = number;
            self.freeze(number);
        }
        self.wait_until_idle()?;
        self.merge_levels()
    }

    /// Makes a new log; its directory entry is on the disk before anything is acknowledged.
    fn create_log(&self, number: u64) -> Result<LogWriter> {
        // spec: leveldb-log.new-log
        let path = files::log(&self.directory, number);
        let file = self
            .disk
            .open(&path, Open::Truncate(files::MODE))
            .map_err(files::io_error("create", &path))?;
        lock(&self.manifest).logs.push(number);
        self.disk.sync_dir(&self.directory).map_err(files::io_error("sync", &self.directory))?;
        Ok(LogWriter::new(file))
    }

    /// Waits or turns over until the table in memory has room.
    fn make_room(self: &Arc<Self>, writer: &mut Writer) -> Result<()> {
        let mut slowed = false;
        let mut retried = false;
        loop {
            let (full, frozen, tables) = {
                let state = lock(&self.state);
                let view = &state.view;
                let full = view.mem.bytes() >= self.options.write_buffer_bytes;
                (full, view.frozen.is_some(), view.version.level(0).len())
            };
            if tables >= self.options.level0_slowdown && !slowed {
                self.start_worker();
                std::thread::sleep(SLOWDOWN);
                slowed = true;
            } else if !full {
                return Ok(());
            } else if frozen || tables >= self.options.level0_pause {
                if let Some(error) = self.wait_for_worker() {
                    if retried {
                        return Err(error);
                    }
                    retried = true;
                }
            } else {
                let number = self.new_number();
                writer.log = Some(self.create_log(number)?);
                writer.number = number;
                self.freeze(number);
                self.start_worker();
            }
        }
    }
}

fn take_group(waiting: &mut VecDeque<Arc<Ticket>>) -> Vec<Arc<Ticket>> {
    let mut group = Vec::new();
    let mut bytes = 0;
    while let Some(ticket) = waiting.front() {
        bytes += ticket.batch.bytes();
        if !group.is_empty() && bytes > GROUP_BYTES_MAX {
            break;
        }
        group.extend(waiting.pop_front());
    }
    group
}

/// The same error for another thread.
pub(super) fn again(error: &Error) -> Error {
    match error {
        Error::Io { operation, path, source } => Error::Io {
            operation,
            path: path.clone(),
            source: source.raw_os_error().map_or_else(
                || io::Error::new(source.kind(), source.to_string()),
                io::Error::from_raw_os_error,
            ),
        },
        Error::Corrupt { path, reason } => {
            Error::Corrupt { path: path.clone(), reason: reason.clone() }
        }
        Error::Locked(path) => Error::Locked(path.clone()),
        Error::Unsupported(text) => Error::Unsupported(text.clone()),
    }
}
