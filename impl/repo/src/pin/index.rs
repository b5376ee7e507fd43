//! Spec: spec/repo/pin.md
//!
//! The keys of pins and of their indexes.

use super::{Error, Mode};
use crate::datastore::{Change, Datastore, Key, Query};
use ipfs_data::cid::Cid;
use multibase::Base;

/// Above everything this module stores.
pub(super) const ROOT: &str = "/pins";
const PIN: &str = "/pins/pin";
const BY_NAME: &str = "/pins/index/nameIndex";

/// `1` while indexes may disagree with the records, else `0` or absent.
pub(super) fn dirty_key() -> Key {
    Key::new("/pins/state/dirty")
}

pub(super) fn records() -> Key {
    Key::new(PIN)
}

/// The record of a pin. Old indexes hold IDs with a leading slash; cleaning the key drops it.
pub(super) fn record(id: &str) -> Key {
    Key::new(&format!("{PIN}/{id}"))
}

/// The part of the index that holds all CIDs pinned in this mode.
pub(super) fn by_mode(mode: Mode) -> Key {
    Key::new(match mode {
        Mode::Recursive => "/pins/index/cidRindex",
        Mode::Direct => "/pins/index/cidDindex",
    })
}

fn encode(data: &[u8]) -> String {
    multibase::encode(Base::Base64Url, data)
}

fn decode(part: &str) -> Result<Vec<u8>, Error> {
    let (_, data) = multibase::decode(part)
        .map_err(|error| Error::Corrupt(format!("cannot decode index: {error}")))?;
    Ok(data)
}

// spec: pin.index-keys
fn by_cid(mode: Mode, cid: &Cid) -> Key {
    by_mode(mode).child(&encode(&cid.to_bytes()))
}

pub(super) fn cid_entry(mode: Mode, cid: &Cid, id: &str) -> Key {
    by_cid(mode, cid).child(&encode(id.as_bytes()))
}

pub(super) fn name_entry(name: &str, id: &str) -> Key {
    Key::new(BY_NAME).child(&encode(name.as_bytes())).child(&encode(id.as_bytes()))
}

/// The CID and the pin ID in an index key.
pub(super) fn parse(key: &Key) -> Result<(Cid, String), Error> {
    let mut parts = key.as_str().rsplit('/');
    let id = decode(parts.next().unwrap_or_default())?;
    let cid = decode(parts.next().unwrap_or_default())?;
    let cid = Cid::try_from(cid).map_err(|error| Error::Corrupt(format!("index: {error}")))?;
    Ok((cid, String::from_utf8_lossy(&id).into_owned()))
}

/// The IDs of the pins of a CID in this mode: one range look-up, no scan.
// spec: pin.lookup-without-scan
pub(super) fn ids(store: &dyn Datastore, mode: Mode, cid: &Cid) -> Result<Vec<String>, Error> {
    store
        .query(&Query { prefix: by_cid(mode, cid), keys_only: true })?
        .map(|pair| Ok(parse(&pair?.0)?.1))
        .collect()
}

/// Adds the changes that store a pin with its index entries.
pub(super) fn insert(changes: &mut Vec<Change>, id: &str, record: &super::record::Record) {
    changes.push(Change::Put(self::record(id), record.encode()));
    changes.push(Change::Put(cid_entry(record.mode, &record.cid, id), Vec::new()));
    if !record.name.is_empty() {
        changes.push(Change::Put(name_entry(&record.name, id), Vec::new()));
    }
}

/// Adds the changes that remove every pin of a CID in this mode. Whether there was one.
pub(super) fn remove(
    store: &dyn Datastore,
    changes: &mut Vec<Change>,
    mode: Mode,
    cid: &Cid,
) -> Result<bool, Error> {
    let ids = ids(store, mode, cid)?;
    for id in &ids {
        // An index entry without its record is what a crash of an older writer leaves: drop it too.
        if let Some(record) = load(store, id)?
            && !record.name.is_empty()
        {
            changes.push(Change::Delete(name_entry(&record.name, id)));
        }
        changes.push(Change::Delete(cid_entry(mode, cid, id)));
        changes.push(Change::Delete(self::record(id)));
    }
    Ok(!ids.is_empty())
}

/// The record of a pin; none when it does not exist.
pub(super) fn load(
    store: &dyn Datastore,
    id: &str,
) -> Result<Option<super::record::Record>, Error> {
    let Some(data) = store.get(&record(id))? else { return Ok(None) };
    super::record::Record::decode(&data)
        .map(Some)
        .map_err(|reason| Error::Corrupt(format!("pin {id}: {reason}")))
}
