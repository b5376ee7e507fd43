//! Spec: spec/node/names.md
//!
//! Where signed records come from, and what they are worth.

use super::{Error, Hop};
use bytes::Bytes;
use ipfs_data::ipns_record::{Record, Time};
use ipfs_data::key::PeerId;
use ipfs_repo::datastore::Datastore;
use ipfs_repo::name_store::{self, NameStore};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How long an answer may be kept if its record doesn't say.
const TTL_DEFAULT: Duration = Duration::from_secs(60);

/// Where signed records come from. What asks the network becomes another variant here.
#[derive(Clone)]
pub enum Records {
    /// The datastore of a repo, and the lock under which its records change.
    Stored(Arc<dyn Datastore>, Arc<Mutex<()>>),
}

impl Records {
    // spec: names.record
    /// The valid record of a name, as encoded: at most
    /// [`ipfs_data::ipns_record::RECORD_BYTES_MAX`] bytes.
    pub(super) fn get(&self, name: &PeerId, now: SystemTime) -> Result<Bytes, Error> {
        let Self::Stored(store, _) = self;
        match NameStore::new(store.as_ref()).get(name, Time::from(now)) {
            Ok(record) => Ok(record.into()),
            Err(name_store::Error::NotFound | name_store::Error::Invalid(_)) => {
                Err(Error::NotFound)
            }
            Err(error) => Err(Error::Store(error)),
        }
    }

    pub(super) fn put(&self, name: &PeerId, record: &[u8], now: SystemTime) -> Result<(), Error> {
        let Self::Stored(store, changing) = self;
        // Which of two records is better is decided with the one that is stored then.
        let _changing = changing.lock().unwrap_or_else(PoisonError::into_inner);
        NameStore::new(store.as_ref()).put(name, record, Time::from(now)).map_err(Error::Store)
    }

    /// What the record of a name points to.
    pub(super) fn follow(&self, name: &PeerId, now: SystemTime) -> Result<Hop, Error> {
        let record = Record::decode(&self.get(name, now)?)?;
        Ok(Hop { path: record.value()?, ttl: Some(ttl(&record, now)), modified: Some(now) })
    }
}

// spec: names.record-ttl
/// How long the answer may be kept: what the record says, not beyond its end.
fn ttl(record: &Record, now: SystemTime) -> Duration {
    let ns = |ns: i128| Duration::from_nanos(u64::try_from(ns.max(0)).unwrap_or(u64::MAX));
    let ttl = record.ttl_ns().map_or(TTL_DEFAULT, |ttl| ns(ttl.into()));
    match record.validity() {
        Ok(end) => ttl.min(ns(end.unix_ns().saturating_sub(Time::from(now).unix_ns()))),
        Err(_) => ttl,
    }
}
