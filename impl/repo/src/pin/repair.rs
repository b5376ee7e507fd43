//! Spec: spec/repo/pin.md
//!
//! Rebuilding the indexes from the records, after a writer that did not finish.

use super::record::Record;
use super::{Error, Mode, Result, index};
use crate::datastore::{Change, Datastore, Key, Query};

/// Changes per batch.
const BATCH_CHANGES: usize = 1000;

/// Makes every record findable through its indexes and clears the dirty marker. Records whose index
/// entry is missing count as pinned: either an addition or a removal was cut short, and keeping
/// too much loses nothing.
// spec: pin.dirty-repair
pub(super) fn rebuild(store: &dyn Datastore) -> Result<()> {
    let mut changes = Vec::new();
    for pair in store.query(&Query { prefix: index::records(), keys_only: false })? {
        let (key, value) = pair?;
        let id = key.as_str().rsplit('/').next().unwrap_or_default();
        let record = Record::decode(&value)
            .map_err(|reason| Error::Corrupt(format!("cannot rebuild indexes: {id}: {reason}")))?;
        check(store, &mut changes, id, &record)?;
        if changes.len() >= BATCH_CHANGES {
            store.apply(&std::mem::take(&mut changes))?;
        }
    }
    changes.push(Change::Put(index::dirty_key(), vec![0]));
    store.apply(&changes)?;
    Ok(store.sync(&Key::new(index::ROOT))?)
}

fn check(
    store: &dyn Datastore,
    changes: &mut Vec<Change>,
    id: &str,
    record: &Record,
) -> Result<()> {
    let other = match record.mode {
        Mode::Recursive => Mode::Direct,
        Mode::Direct => Mode::Recursive,
    };
    let stale = index::cid_entry(other, &record.cid, id);
    if store.has(&stale)? {
        changes.push(Change::Delete(stale));
    }
    let entry = index::cid_entry(record.mode, &record.cid, id);
    let old_form = index::cid_entry(record.mode, &record.cid, &format!("/{id}"));
    if !store.has(&entry)? && !store.has(&old_form)? {
        changes.push(Change::Put(entry, Vec::new()));
    }
    if !record.name.is_empty() {
        let entry = index::name_entry(&record.name, id);
        if !store.has(&entry)? {
            changes.push(Change::Put(entry, Vec::new()));
        }
    }
    Ok(())
}
