//! Spec: spec/migrations/10-to-11.md
//!
//! Pin records and their indexes in a LevelDB, many at a time and never all in memory.

use super::key_list::Keys;
use super::records::{self, Record};
use super::set::Mode;
use crate::error::Error;
use ipfs_store::leveldb::LevelDb;
use multibase::Base;

/// Changes that are written at once.
const BATCH_CHANGES: usize = 2000;
/// Where records that say more than a pin set can hold wait for the way up.
pub const KEPT: &[u8] = b"/local/pin-records/";

/// Changes that are written together when there are enough, and at the end.
#[derive(Debug)]
pub struct Batch<'a> {
    store: &'a LevelDb,
    changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// How many were asked for in all.
    pub total: u64,
}

impl<'a> Batch<'a> {
    /// None yet.
    pub fn new(store: &'a LevelDb) -> Self {
        Self { store, changes: Vec::new(), total: 0 }
    }

    /// Sets a key, or removes it.
    pub fn push(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.changes.push((key, value));
        self.total += 1;
    }

    /// Writes if there are many. Changes between two calls of this are written at once.
    pub fn settle(&mut self) -> Result<(), Error> {
        if self.changes.len() < BATCH_CHANGES { Ok(()) } else { self.write() }
    }

    /// Writes what is left.
    pub fn write(&mut self) -> Result<(), Error> {
        if !self.changes.is_empty() {
            let changes = self.changes.iter().map(|(key, value)| (&key[..], value.as_deref()));
            self.store.write_bytes(changes).map_err(Error::other)?;
            self.changes.clear();
        }
        Ok(())
    }
}

/// A key and its value.
type Pair = (Vec<u8>, Vec<u8>);

/// Takes a record: its ID, what it says, and its bytes.
pub type Visit<'a> = dyn FnMut(&str, Record, Vec<u8>) -> Result<(), Error> + 'a;

/// The records of a repository.
#[derive(Debug, Clone, Copy)]
pub struct RecordStore<'a>(pub &'a LevelDb);

impl<'a> RecordStore<'a> {
    /// The value of a key.
    pub fn get(self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.0.get_bytes(key).map_err(Error::other)
    }

    fn scan(
        self,
        prefix: &[u8],
        keys_only: bool,
    ) -> Result<impl Iterator<Item = Result<Pair, Error>> + use<>, Error> {
        let scan = self.0.scan_bytes(prefix, keys_only).map_err(Error::other)?;
        Ok(scan.map(|pair| pair.map_err(Error::other)))
    }

    /// Whether there is anything below a prefix.
    pub fn any(self, prefix: &[u8]) -> Result<bool, Error> {
        self.scan(prefix, true)?.next().transpose().map(|first| first.is_some())
    }

    /// All records with their IDs.
    pub fn each(self, visit: &mut Visit<'_>) -> Result<(), Error> {
        for pair in self.scan(records::RECORDS, false)? {
            let (key, value) = pair?;
            let id = String::from_utf8_lossy(&key[records::RECORDS.len()..]).into_owned();
            let record = records::decode(&value).ok_or_else(|| {
                Error::Step(format!("pin record {id} is damaged; nothing was changed"))
            })?;
            visit(&id, record, value)?;
        }
        Ok(())
    }

    fn has_entry(self, entry: impl Fn(&str) -> Vec<u8>, id: &str) -> Result<bool, Error> {
        Ok(self.get(&entry(id))?.is_some() || self.get(&entry(&format!("/{id}")))?.is_some())
    }

    // spec: 10-to-11.indexes-follow-records
    /// Adds index entries that are missing and drops those without a record.
    pub fn repair(self, begin: &mut dyn FnMut() -> Result<(), Error>) -> Result<(), Error> {
        let mut batch = Batch::new(self.0);
        self.each(&mut |id, record, _| {
            let by_key = |id: &str| records::key_entry(record.mode, &record.key, id);
            if !self.has_entry(by_key, id)? {
                batch.push(by_key(id), Some(Vec::new()));
            }
            let by_name = |id: &str| records::name_entry(&record.name, id);
            if !record.name.is_empty() && !self.has_entry(by_name, id)? {
                batch.push(by_name(id), Some(Vec::new()));
            }
            if batch.total > 0 {
                begin()?;
            }
            batch.settle()
        })?;
        for mode in Mode::ALL {
            let index = records::by_key(mode);
            for pair in self.scan(index, true)? {
                let (entry, _) = pair?;
                if self.target(mode, &entry[index.len()..])?.is_none() {
                    begin()?;
                    batch.push(entry, None);
                    batch.settle()?;
                }
            }
        }
        batch.write()
    }

    /// The pinned key of an index entry, if it has a record that says the same.
    fn target(self, mode: Mode, entry: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let Some((key, id)) = records::parse_entry(entry) else { return Ok(None) };
        let record = self.get(&records::record_key(&id))?.as_deref().and_then(records::decode);
        let same = record.is_some_and(|record| record.mode == mode && record.key == key);
        Ok(same.then_some(key))
    }

    /// Whether a key is pinned in a mode, index and record alike.
    pub fn has(self, mode: Mode, key: &[u8]) -> Result<bool, Error> {
        let index = records::by_key(mode).len();
        for pair in self.scan(&records::key_entries(mode, key), true)? {
            if self.target(mode, &pair?.0[index..])?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Adds the changes that pin a key.
    pub fn pin(self, batch: &mut Batch<'_>, id: &str, record: &Record, bytes: Vec<u8>) {
        batch.push(records::key_entry(record.mode, &record.key, id), Some(Vec::new()));
        if !record.name.is_empty() {
            batch.push(records::name_entry(&record.name, id), Some(Vec::new()));
        }
        batch.push(records::record_key(id), Some(bytes));
    }

    /// The keys pinned in a mode. Right only after [`Self::repair`].
    pub fn mode(self, mode: Mode) -> RecordKeys<'a> {
        RecordKeys { store: self, mode }
    }

    // spec: 10-to-11.names-kept
    /// Puts records with a name or metadata aside, for the way up.
    pub fn keep(self) -> Result<u64, Error> {
        let mut batch = Batch::new(self.0);
        self.each(&mut |id, record, bytes| {
            if record.extra {
                batch.push(kept_key(record.mode, &record.key, id), Some(bytes));
            }
            batch.settle()
        })?;
        batch.write()?;
        Ok(batch.total)
    }

    /// The records put aside for a pin, with their IDs.
    pub fn kept(self, mode: Mode, key: &[u8]) -> Result<Vec<(String, Record, Vec<u8>)>, Error> {
        let prefix = kept_key(mode, key, "");
        let mut found = Vec::new();
        for pair in self.scan(&prefix, false)? {
            let (stored, bytes) = pair?;
            let id = String::from_utf8_lossy(&stored[prefix.len()..]).into_owned();
            let record = records::decode(&bytes);
            found.extend(record.map(|record| (id, record, bytes)));
        }
        Ok(found)
    }

    /// Removes everything below a prefix.
    pub fn clear(self, prefix: &[u8]) -> Result<(), Error> {
        let mut batch = Batch::new(self.0);
        for pair in self.scan(prefix, true)? {
            batch.push(pair?.0, None);
            batch.settle()?;
        }
        batch.write()
    }
}

fn kept_key(mode: Mode, key: &[u8], id: &str) -> Vec<u8> {
    let key = multibase::encode(Base::Base64Url, key);
    [KEPT, format!("{}/{key}/{id}", mode.name()).as_bytes()].concat()
}

/// The keys pinned in one mode, each once.
#[derive(Debug, Clone, Copy)]
pub struct RecordKeys<'a> {
    store: RecordStore<'a>,
    mode: Mode,
}

impl Keys for RecordKeys<'_> {
    fn each(&self, visit: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        let index = records::by_key(self.mode);
        let mut last = Vec::new();
        for pair in self.store.scan(index, true)? {
            let (entry, _) = pair?;
            // Entries of one key stand together.
            let Some((key, _)) = records::parse_entry(&entry[index.len()..]) else { continue };
            if key != last {
                visit(&key)?;
                last = key;
            }
        }
        Ok(())
    }
}
