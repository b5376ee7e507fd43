//! Spec: spec/repo/leveldb-manifest.md
//!
//! Finding out what a database holds, without changing a file.

use super::batch;
use super::cache::Tables;
use super::coding::SEQUENCE_MAX;
use super::current::{self, Current};
use super::files::{self, Name};
use super::flush;
use super::log::LogReader;
use super::manifest::{COMPARER, Edit};
use super::memtable::MemTable;
use super::version::Version;
use super::{Mode, Options};
use crate::datastore::{Error, Result};
use crate::disk::{DiskRef, Open};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Logs up to this size in total are replayed into memory; more than that goes to tables at once.
const REPLAY_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Sequence numbers left free after a damaged log, so that changes that another program might
/// still read from it can't be newer than ours.
const DAMAGE_GAP: u64 = 1 << 20;

/// Everything known about a database after reading it.
#[derive(Debug, Default)]
pub(super) struct Recovered {
    pub(super) version: Version,
    /// Logs before this one are not needed.
    pub(super) log: u64,
    pub(super) previous_log: u64,
    pub(super) next_file: u64,
    /// Sequence number up to which the tables go.
    pub(super) table_sequence: u64,
    /// The last one used.
    pub(super) sequence: u64,
    pub(super) compact_pointers: Vec<(usize, Vec<u8>)>,
    /// The MANIFEST in force; `None` for a new or rebuilt database.
    pub(super) manifest: Option<u64>,
    /// The content of the logs.
    pub(super) mem: Arc<MemTable>,
    /// Logs that the content of `mem` came from.
    pub(super) logs: Vec<u64>,
    pub(super) log_bytes: u64,
    /// Whether the first write should leave the old logs behind.
    pub(super) turn_over: bool,
    /// Files to remove once a new MANIFEST is in force.
    pub(super) orphans: Vec<PathBuf>,
}

/// Where a database is and how to use it.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) disk: &'a DiskRef,
    pub(super) directory: &'a Path,
    pub(super) tables: &'a Arc<Tables>,
    pub(super) options: &'a Options,
}

impl Place<'_> {
    /// The database's files by name; other files are left out.
    pub(super) fn names(&self) -> Result<Vec<(Name, PathBuf)>> {
        let entries = match self.disk.read_dir(self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(files::io_error("list", self.directory)(error)),
        };
        let mut names: Vec<(Name, PathBuf)> = entries
            .into_iter()
            .filter_map(|entry| {
                let name = Name::parse(entry.name.to_str()?)?;
                Some((name, self.directory.join(&entry.name)))
            })
            .collect();
        names.sort();
        Ok(names)
    }

    fn manifest_path(&self, number: u64) -> PathBuf {
        self.directory.join(files::manifest_name(number))
    }

    fn read_manifest(&self, number: u64) -> Result<Recovered> {
        let path = self.manifest_path(number);
        let corrupt = |reason: &str| files::corrupt(&path, reason);
        let file = self.disk.open(&path, Open::Read).map_err(files::io_error("open", &path))?;
        let mut reader = LogReader::new(&*file);
        let mut version = Version::default();
        let mut last = Edit::default();
        while let Some(record) = reader.next().map_err(files::io_error("read", &path))? {
            let edit = Edit::decode(&record).ok_or_else(|| corrupt("malformed record"))?;
            version = version.apply(&edit);
            last.comparer = edit.comparer.or(last.comparer);
            last.log = edit.log.or(last.log);
            last.previous_log = edit.previous_log.or(last.previous_log);
            last.next_file = edit.next_file.or(last.next_file);
            last.sequence = edit.sequence.or(last.sequence);
            for pointer in edit.compact_pointers {
                last.compact_pointers.retain(|(level, _)| *level != pointer.0);
                last.compact_pointers.push(pointer);
            }
        }
        if reader.damage().inside {
            return Err(corrupt("wrong checksum"));
        }
        if last.comparer.as_deref() != Some(COMPARER) {
            return Err(corrupt("unknown key order"));
        }
        let missing = |what: &'static str| corrupt(&format!("no {what}"));
        let sequence = last.sequence.ok_or_else(|| missing("sequence number"))?;
        Ok(Recovered {
            version,
            log: last.log.ok_or_else(|| missing("log number"))?,
            previous_log: last.previous_log.unwrap_or(0),
            next_file: last.next_file.ok_or_else(|| missing("file number"))?,
            table_sequence: sequence,
            sequence,
            compact_pointers: last.compact_pointers,
            manifest: Some(number),
            ..Recovered::default()
        })
    }

    /// Reads the database. `Corrupt` means that a rebuild may help.
    pub(super) fn recover(&self) -> Result<Recovered> {
        let names = self.names()?;
        let plain: Vec<Name> = names.iter().map(|(name, _)| *name).collect();
        let number = match current::find(&**self.disk, self.directory, &plain)? {
            Current::Manifest(number) => number,
            Current::Missing if names.is_empty() => {
                return Ok(Recovered { next_file: 1, ..Recovered::default() });
            }
            Current::Missing => {
                return Err(files::corrupt(&self.directory.join("CURRENT"), "no usable MANIFEST"));
            }
        };
        let mut state = self.read_manifest(number)?;
        self.check_files(&state, &plain, number)?;
        // spec: leveldb-manifest.file-numbers
        let used = plain.iter().filter_map(|name| name.number()).max().unwrap_or(0);
        state.next_file = state.next_file.max(used + 1);
        for (name, path) in names {
            match name {
                Name::Log(log) if log >= state.log || log == state.previous_log => {
                    state.logs.push(log);
                }
                Name::Table(table) if state.version.tables().any(|(_, m)| m.number == table) => {}
                Name::Current => {}
                // The next MANIFEST replaces this one, whatever happens.
                Name::Manifest(old) if old == number => state.orphans.push(path),
                // spec: leveldb-manifest.orphans-removed
                _ => {
                    state.turn_over = true;
                    state.orphans.push(path);
                }
            }
        }
        self.replay(&mut state, 0)?;
        Ok(state)
    }

    /// A MANIFEST whose last records were lost speaks of files that are gone.
    fn check_files(&self, state: &Recovered, names: &[Name], manifest: u64) -> Result<()> {
        // spec: leveldb-manifest.missing-files
        let path = self.manifest_path(manifest);
        for (_, table) in state.version.tables() {
            if !names.contains(&Name::Table(table.number)) {
                let reason = format!("names table {}, which is missing", table.number);
                return Err(files::corrupt(&path, &reason));
            }
        }
        if state.log != 0 && !names.contains(&Name::Log(state.log)) {
            let reason = format!("names log {}, which is missing", state.log);
            return Err(files::corrupt(&path, &reason));
        }
        Ok(())
    }

    /// Reads the logs in `state.logs`, leaving out records older than `from`.
    pub(super) fn replay(&self, state: &mut Recovered, from: u64) -> Result<()> {
        let mut open = Vec::new();
        for &number in &state.logs {
            let path = files::log(self.directory, number);
            let file = self.disk.open(&path, Open::Read).map_err(files::io_error("open", &path))?;
            state.log_bytes += file.len().map_err(files::io_error("read", &path))?;
            open.push((file, path));
        }
        let spill = state.log_bytes > REPLAY_BYTES_MAX && self.options.mode != Mode::ReadOnly;
        for (file, path) in open {
            let mut reader = LogReader::new(&*file);
            while let Some(record) = reader.next().map_err(files::io_error("read", &path))? {
                let Some((sequence, changes)) = batch::decode(&record) else {
                    state.turn_over = true;
                    continue;
                };
                if sequence < from {
                    continue;
                }
                state.mem.insert(sequence, &changes);
                let last = (sequence + changes.len() as u64).saturating_sub(1);
                state.sequence = state.sequence.max(last);
                if spill && state.mem.bytes() >= self.options.write_buffer_bytes {
                    self.spill(state)?;
                }
            }
            // spec: leveldb-log.damaged-log-left
            if reader.damage().any {
                state.turn_over = true;
                state.sequence = (state.sequence + DAMAGE_GAP).min(SEQUENCE_MAX);
            }
        }
        Ok(())
    }

    /// Moves what was replayed so far into a table.
    fn spill(&self, state: &mut Recovered) -> Result<()> {
        let number = state.next_file;
        state.next_file += 1;
        let mem = std::mem::take(&mut state.mem);
        let compression = self.options.compression;
        if let Some(table) =
            flush::write_table(&**self.disk, self.directory, number, &mem, compression)?
        {
            let added = vec![(0, Arc::new(table))];
            state.version = state.version.apply(&Edit { added, ..Edit::default() });
            state.turn_over = true;
        }
        Ok(())
    }
}

/// Whether an error says that the database's files contradict each other.
pub(super) fn is_corrupt(error: &Error) -> bool {
    // spec: leveldb-manifest.io-is-not-damage
    matches!(error, Error::Corrupt { .. })
}
