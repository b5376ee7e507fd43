//! Spec: spec/repo/leveldb-manifest.md
//!
//! Making a database usable again from its tables and logs alone.

use super::builder::TableBuilder;
use super::coding::tag;
use super::cursor::Cursor;
use super::files::{self, Name};
use super::manifest::Edit;
use super::recover::{Place, Recovered, is_corrupt};
use super::table::{Table, TableCursor};
use super::version::TableMeta;
use crate::datastore::Result;
use std::path::Path;
use std::sync::Arc;

/// The directory for damaged files that nothing could be read from, as LevelDB's own repair has.
const LOST: &str = "lost";

/// What a scan of a table found.
struct Scan {
    smallest: Vec<u8>,
    largest: Vec<u8>,
    sequence: u64,
    damaged: bool,
}

impl Place<'_> {
    /// Collects all tables and logs, whatever the MANIFEST says. The newest change of a key wins.
    /// Nothing takes effect before a new MANIFEST is written.
    pub(super) fn rebuild(&self) -> Result<Recovered> {
        // spec: leveldb-manifest.rebuild
        let names = self.names()?;
        let used = names.iter().filter_map(|(name, _)| name.number()).max().unwrap_or(0);
        let mut state = Recovered { next_file: used + 1, turn_over: true, ..Recovered::default() };
        for (name, path) in names {
            match name {
                Name::Table(number) => self.rebuild_table(&mut state, number, &path)?,
                Name::Log(number) => state.logs.push(number),
                Name::Manifest(_) | Name::Temporary(_) | Name::Pending(_) => {
                    state.orphans.push(path);
                }
                Name::Current => {}
            }
        }
        state.table_sequence = state.sequence;
        let from = state.sequence;
        self.replay(&mut state, from)?;
        Ok(state)
    }

    fn rebuild_table(&self, state: &mut Recovered, number: u64, path: &Path) -> Result<()> {
        let table = match Table::open(&**self.disk, path, number) {
            Ok(table) => Arc::new(table),
            Err(error) if is_corrupt(&error) => return self.set_aside(path),
            Err(error) => return Err(error),
        };
        let Some(scan) = scan(&mut TableCursor::salvaging(self.tables.clone(), table.clone()))?
        else {
            return self.set_aside(path);
        };
        let meta = if scan.damaged {
            state.next_file += 1;
            self.rewrite(state.next_file - 1, path, table)?
        } else {
            let bytes = self.disk.meta(path).map_err(files::io_error("stat", path))?.bytes;
            TableMeta::new(number, bytes, scan.smallest, scan.largest)
        };
        state.sequence = state.sequence.max(scan.sequence);
        let added = vec![(0, Arc::new(meta))];
        state.version = state.version.apply(&Edit { added, ..Edit::default() });
        Ok(())
    }

    /// Copies what is readable of a table into a new one.
    fn rewrite(&self, number: u64, path: &Path, table: Arc<Table>) -> Result<TableMeta> {
        let target = files::table(self.directory, number);
        let mut builder =
            TableBuilder::create(&**self.disk, &target, number, self.options.compression)?;
        let mut cursor = TableCursor::salvaging(self.tables.clone(), table);
        cursor.seek_first()?;
        while let Some((key, value)) = cursor.entry() {
            builder.add(key, value)?;
            match cursor.next() {
                Err(error) if is_corrupt(&error) => break,
                result => result?,
            }
        }
        let meta = builder.finish()?;
        self.disk.sync_dir(self.directory).map_err(files::io_error("sync", self.directory))?;
        self.set_aside(path)?;
        Ok(meta)
    }

    /// Keeps a damaged file out of the database's way, for whoever wants to look at it.
    fn set_aside(&self, path: &Path) -> Result<()> {
        let lost = self.directory.join(LOST);
        match self.disk.create_dir(&lost, files::DIRECTORY_MODE) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(files::io_error("create", &lost)(error));
            }
            _ => {}
        }
        let target = lost.join(path.file_name().unwrap_or_default());
        self.disk.rename(path, &target).map_err(files::io_error("rename", path))
    }
}

fn scan(cursor: &mut TableCursor) -> Result<Option<Scan>> {
    match cursor.seek_first() {
        Err(error) if is_corrupt(&error) => return Ok(None),
        result => result?,
    }
    let mut found: Option<Scan> = None;
    while let Some((key, _)) = cursor.entry() {
        let sequence = tag(key) >> 8;
        match &mut found {
            Some(scan) => {
                scan.largest.clear();
                scan.largest.extend_from_slice(key);
                scan.sequence = scan.sequence.max(sequence);
            }
            None => {
                let (smallest, largest) = (key.to_vec(), key.to_vec());
                found = Some(Scan { smallest, largest, sequence, damaged: false });
            }
        }
        match cursor.next() {
            Err(error) if is_corrupt(&error) => {
                if let Some(scan) = &mut found {
                    scan.damaged = true;
                }
                break;
            }
            result => result?,
        }
    }
    if let Some(scan) = &mut found {
        scan.damaged |= cursor.skipped() > 0;
    }
    Ok(found)
}
