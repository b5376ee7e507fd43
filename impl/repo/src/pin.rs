//! Spec: spec/repo/pin.md
//!
//! Pins: which graphs the owner wants to keep. They live in the datastore, one record each, with
//! indexes by CID and by name, so that no question about one pin scans the others.

mod index;
mod record;
mod repair;
mod status;
mod verify;

#[cfg(test)]
mod tests;

pub use status::{Filter, Status};
pub use verify::{BadNode, Verification, Verify};

use crate::datastore::{self, Change, Datastore, Key, Query};
use crate::graph::{self, Dag};
use ipfs_data::block;
use ipfs_data::cid::Cid;
use record::Record;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard};

/// Longest name that a pin may have, in bytes (the command refuses longer ones).
pub const NAME_BYTES_MAX: usize = 255;

/// How a CID is pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The block and everything below it.
    Recursive,
    /// The block alone.
    Direct,
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Recursive => "recursive",
            Self::Direct => "direct",
        })
    }
}

/// One pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// What is pinned.
    pub cid: Cid,
    /// How.
    pub mode: Mode,
    /// Its name; empty when it has none or when names were not asked for.
    pub name: String,
}

/// Why a pin operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no recursive or direct pin for the CID.
    #[error("not pinned or pinned indirectly")]
    NotPinned,
    /// Only direct pins were to be removed.
    #[error("{0} is pinned recursively")]
    PinnedRecursively(Cid),
    /// A direct pin makes no sense beside the recursive one.
    #[error("{0} already pinned recursively")]
    AlreadyRecursive(Cid),
    /// Update starts from a recursive pin.
    #[error("'from' cid was not recursively pinned already")]
    FromNotPinned,
    /// Update may not merge two pins.
    #[error("'to' cid was already recursively pinned")]
    ToPinned,
    /// A record or an index key can't be read.
    #[error("{0}; check the datastore with 'ipfs diag datastore get'")]
    Corrupt(String),
    /// A block is missing or can't be read.
    #[error(transparent)]
    Block(#[from] block::Error),
    /// The datastore failed.
    #[error(transparent)]
    Store(#[from] datastore::Error),
}

/// The result of pin operations.
pub type Result<T> = std::result::Result<T, Error>;

/// Called for every block that pinning visits, with its size in bytes. An error, such as
/// [`block::Error::Cancelled`], ends the operation before anything is pinned.
pub type Progress<'a> = &'a mut dyn FnMut(u64) -> std::result::Result<(), block::Error>;

/// The pins of a repo.
#[derive(Debug)]
pub struct Pinner {
    store: Arc<dyn Datastore>,
    /// Held while the stored pins are read in order to be changed.
    changing: Mutex<()>,
}

impl Pinner {
    /// The pins in a datastore. Repairs the indexes first when the last writer did not finish.
    pub fn open(store: Arc<dyn Datastore>) -> Result<Self> {
        // spec: pin.dirty-repair
        if store.get(&index::dirty_key())?.is_some_and(|flag| flag.first() == Some(&1)) {
            repair::rebuild(store.as_ref())?;
        }
        Ok(Self { store, changing: Mutex::new(()) })
    }

    /// Pins `cid`. Recursive pins need every block below it; blocks are durable before the pin is.
    /// Pinning again replaces name and mode; a direct pin does not replace a recursive one.
    pub fn add(
        &self,
        dag: &dyn Dag,
        cid: &Cid,
        mode: Mode,
        name: &str,
        progress: Option<Progress>,
    ) -> Result<()> {
        match mode {
            // spec: pin.failure-keeps-old
            Mode::Recursive => fetch(dag, cid, progress)?,
            Mode::Direct => {
                dag.ensure(cid)?;
            }
        }
        // spec: pin.blocks-first
        dag.flush()?;
        self.set(cid, mode, name)
    }

    /// Pins `cid` without looking at its blocks: for callers that just wrote and flushed them.
    pub fn set(&self, cid: &Cid, mode: Mode, name: &str) -> Result<()> {
        let _changing = self.lock();
        let mut changes = Vec::new();
        // spec: pin.one-per-cid
        match mode {
            Mode::Recursive => {
                index::remove(self.store(), &mut changes, Mode::Recursive, cid)?;
            }
            Mode::Direct if !index::ids(self.store(), Mode::Recursive, cid)?.is_empty() => {
                return Err(Error::AlreadyRecursive(*cid));
            }
            Mode::Direct => {}
        }
        index::remove(self.store(), &mut changes, Mode::Direct, cid)?;
        let record = Record { cid: *cid, mode, name: name.into() };
        index::insert(&mut changes, &new_id(), &record);
        self.commit(changes)
    }

    /// Removes the pin of `cid`. Without `recursive` only a direct one.
    pub fn remove(&self, cid: &Cid, recursive: bool) -> Result<()> {
        let _changing = self.lock();
        let mut changes = Vec::new();
        let found = index::remove(self.store(), &mut changes, Mode::Recursive, cid)?;
        if found && !recursive {
            return Err(Error::PinnedRecursively(*cid));
        }
        if !index::remove(self.store(), &mut changes, Mode::Direct, cid)? && !found {
            return Err(Error::NotPinned);
        }
        self.commit(changes)
    }

    /// Moves a recursive pin with its name from one root to another, looking only at the parts of
    /// the new graph that the old one does not have. With `unpin` false the old pin stays.
    pub fn update(&self, dag: &dyn Dag, from: &Cid, to: &Cid, unpin: bool) -> Result<()> {
        if index::ids(self.store(), Mode::Recursive, from)?.len() != 1 {
            return Err(Error::FromNotPinned);
        }
        if from == to {
            return Ok(());
        }
        if !index::ids(self.store(), Mode::Recursive, to)?.is_empty() {
            return Err(Error::ToPinned);
        }
        fetch_difference(dag, from, to)?;
        dag.flush()?;

        let _changing = self.lock();
        let ids = index::ids(self.store(), Mode::Recursive, from)?;
        let [id] = ids.as_slice() else { return Err(Error::FromNotPinned) };
        // spec: pin.update-keeps-name
        let name = index::load(self.store(), id)?.map(|record| record.name).unwrap_or_default();
        let mut changes = Vec::new();
        index::remove(self.store(), &mut changes, Mode::Recursive, to)?;
        index::remove(self.store(), &mut changes, Mode::Direct, to)?;
        let record = Record { cid: *to, mode: Mode::Recursive, name };
        index::insert(&mut changes, &new_id(), &record);
        if unpin {
            index::remove(self.store(), &mut changes, Mode::Recursive, from)?;
        }
        self.commit(changes)
    }

    /// All pins of a mode in index order, read lazily. With `names` each record is loaded.
    pub fn list(&self, mode: Mode, names: bool) -> Result<impl Iterator<Item = Result<Pin>> + '_> {
        let query = Query { prefix: index::by_mode(mode), keys_only: true };
        let mut last: Option<Cid> = None;
        Ok(self
            .store
            .query(&query)?
            .filter_map(move |pair| self.listed(pair, mode, names, &mut last).transpose()))
    }

    fn listed(
        &self,
        pair: datastore::Result<(Key, Vec<u8>)>,
        mode: Mode,
        names: bool,
        last: &mut Option<Cid>,
    ) -> Result<Option<Pin>> {
        let (cid, id) = index::parse(&pair?.0)?;
        if *last == Some(cid) {
            return Ok(None);
        }
        let name = match names {
            false => String::new(),
            // Removed between the snapshot and now.
            true => match index::load(self.store(), &id)? {
                None => return Ok(None),
                Some(record) => record.name,
            },
        };
        *last = Some(cid);
        Ok(Some(Pin { cid, mode, name }))
    }

    fn store(&self) -> &dyn Datastore {
        self.store.as_ref()
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Writes all changes as one batch and waits until it is durable.
    // spec: pin.atomic
    fn commit(&self, mut changes: Vec<Change>) -> Result<()> {
        changes.push(Change::Put(index::dirty_key(), vec![0]));
        self.store.apply(&changes)?;
        Ok(self.store.sync(&Key::new(index::ROOT))?)
    }
}

/// A new pin ID: the 32 hexadecimal digits of a random (version 4) UUID.
fn new_id() -> String {
    let mut bytes: [u8; 16] = rand::random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Visits every block of the graph once.
fn fetch(dag: &dyn Dag, root: &Cid, mut progress: Option<Progress>) -> Result<()> {
    let mut seen = HashSet::new();
    Ok(graph::walk(dag, root, &mut |cid| visit_once(dag, &mut seen, cid, &mut progress))?)
}

fn visit_once(
    dag: &dyn Dag,
    seen: &mut HashSet<Cid>,
    cid: &Cid,
    progress: &mut Option<Progress>,
) -> graph::Visit {
    if !seen.insert(*cid) {
        return Ok(false);
    }
    let bytes = dag.ensure(cid)?;
    if let Some(progress) = progress {
        progress(bytes)?;
    }
    Ok(true)
}

/// Visits the blocks of `to` that can't be in `from`, pairing children by position.
fn fetch_difference(dag: &dyn Dag, from: &Cid, to: &Cid) -> Result<()> {
    let mut seen = HashSet::new();
    let mut pairs = vec![(*from, *to)];
    while let Some((from, to)) = pairs.pop() {
        if from == to || !visit_once(dag, &mut seen, &to, &mut None)? {
            continue;
        }
        let old = dag.links(&from)?;
        let known: HashSet<&Cid> = old.iter().collect();
        for (position, child) in dag.links(&to)?.iter().enumerate() {
            if known.contains(child) {
                continue;
            }
            match old.get(position) {
                Some(twin) => pairs.push((*twin, *child)),
                None => {
                    graph::walk(dag, child, &mut |cid| visit_once(dag, &mut seen, cid, &mut None))?
                }
            }
        }
    }
    Ok(())
}
