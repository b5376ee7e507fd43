//! Spec: spec/repo/name-store.md
//!
//! IPNS records in the datastore, where the reference keeps them: the latest record of each name
//! that this node published, and the value store of its offline routing, from which names are
//! resolved.

use crate::datastore::{self, Datastore, Key};
use ipfs_data::ipns_record::{self, Record, Time};
use ipfs_data::key::{PeerId, PublicKey};

/// Why a record was not read or stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no record of that name, or none that is valid now.
    #[error("routing: not found")]
    NotFound,
    /// The stored record is no longer valid.
    #[error(transparent)]
    Invalid(ipns_record::Error),
    /// The record to store is not valid.
    #[error("validating record: {0}")]
    Refused(ipns_record::Error),
    /// The stored record is newer.
    #[error("old record")]
    Old,
    /// The datastore failed.
    #[error(transparent)]
    Datastore(#[from] datastore::Error),
}

/// The result of operations on records.
pub type Result<T> = std::result::Result<T, Error>;

/// Longest stored entry that is read, in bytes: a record and what is written around it.
const ENTRY_BYTES_MAX: usize = ipns_record::RECORD_BYTES_MAX + 1024;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Upper-case base32 without padding.
fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut group = [0; 8];
        group[3..3 + chunk.len()].copy_from_slice(chunk);
        let value = u64::from_be_bytes(group);
        let letters = (chunk.len() * 8).div_ceil(5);
        for letter in 0..letters {
            out.push(char::from(ALPHABET[(value >> (35 - 5 * letter) & 31) as usize]));
        }
    }
    out
}

// spec: name-store.published-key
fn published_key(name: &PeerId) -> Key {
    Key::new(&format!("/ipns/{}", base32(&name.to_bytes())))
}

// spec: name-store.value-key
fn value_key(namespace: &str, routing_key: &[u8]) -> Key {
    Key::new(&format!("/dht/{namespace}/{}", base32(routing_key)))
}

/// The records in a datastore.
#[derive(Debug, Clone, Copy)]
pub struct NameStore<'a> {
    store: &'a dyn Datastore,
}

impl<'a> NameStore<'a> {
    /// The records in this datastore.
    pub fn new(store: &'a dyn Datastore) -> Self {
        Self { store }
    }

    /// The record that this node published last under a name, as encoded.
    pub fn published(&self, name: &PeerId) -> Result<Option<Vec<u8>>> {
        Ok(self.store.get(&published_key(name))?)
    }

    // spec: name-store.publish
    /// Stores a record that this node made: as its own and in the value store. It is on the disk
    /// when this returns.
    pub fn publish(&self, key: &PublicKey, record: &[u8], now: Time) -> Result<()> {
        let name = key.peer_id();
        let own = published_key(&name);
        self.store.put(&own, record)?;
        self.store.sync(&own)?;
        // spec: name-store.public-key
        if name.public_key().is_err() {
            let routing_key = [b"/pk/", &name.to_bytes()[..]].concat();
            let entry = entry(&routing_key, &key.to_protobuf(), now);
            self.store.put(&value_key("pk", &routing_key), &entry)?;
        }
        match self.put(&name, record, now) {
            // Said before, for longer.
            Err(Error::Old) if self.says_the_same(&name, record, now) => Ok(()),
            result => result,
        }
    }

    fn says_the_same(&self, name: &PeerId, record: &[u8], now: Time) -> bool {
        let value = |record: &[u8]| Record::decode(record).and_then(|record| record.value()).ok();
        self.get(name, now).is_ok_and(|stored| value(&stored) == value(record))
    }

    /// The valid record of a name, as encoded.
    pub fn get(&self, name: &PeerId, now: Time) -> Result<Vec<u8>> {
        let routing_key = ipns_record::routing_key(name);
        let entry = self.store.get(&value_key("ipns", &routing_key))?;
        let value = entry.as_deref().and_then(|entry| value_of(entry, &routing_key));
        let record = value.ok_or(Error::NotFound)?.to_vec();
        check(name, &record, now).map_err(Error::Invalid)?;
        Ok(record)
    }

    // spec: name-store.put
    /// Stores a record if it is valid and no better one is there. Storing the same again is fine.
    pub fn put(&self, name: &PeerId, record: &[u8], now: Time) -> Result<()> {
        check(name, record, now).map_err(Error::Refused)?;
        let routing_key = ipns_record::routing_key(name);
        let key = value_key("ipns", &routing_key);
        let entry_before = self.store.get(&key)?;
        let before = entry_before.as_deref().and_then(|entry| value_of(entry, &routing_key));
        // An expired or damaged record holds nothing back.
        if let Some(before) = before.filter(|before| check(name, before, now).is_ok()) {
            if before == record {
                return Ok(());
            }
            if ipns_record::select(&[record, before]).ok().flatten() != Some(0) {
                return Err(Error::Old);
            }
        }
        self.store.put(&key, &entry(&routing_key, record, now))?;
        Ok(self.store.sync(&key)?)
    }
}

fn check(name: &PeerId, record: &[u8], now: Time) -> std::result::Result<(), ipns_record::Error> {
    ipns_record::validate_for(&Record::decode(record)?, name, now)
}

/// An entry of the value store: protobuf with the routing key, the value and when it came.
// spec: name-store.entry
fn entry(routing_key: &[u8], value: &[u8], now: Time) -> Vec<u8> {
    let mut out = Vec::with_capacity(routing_key.len() + value.len() + 64);
    let time = now.to_string();
    for (tag, bytes) in [(0x0a, routing_key), (0x12, value), (0x2a, time.as_bytes())] {
        out.push(tag);
        let mut length = bytes.len();
        while length > 0x7f {
            out.push(length as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend_from_slice(bytes);
    }
    out
}

/// The value in an entry that is filed under the right key.
fn value_of<'a>(entry: &'a [u8], routing_key: &[u8]) -> Option<&'a [u8]> {
    if entry.len() > ENTRY_BYTES_MAX {
        return None;
    }
    let (mut key, mut value) = (&[][..], &[][..]);
    let mut rest = entry;
    while let Some((tag, after)) = rest.split_first() {
        // Strings alone occur in this message.
        if tag & 7 != 2 || tag & 0x80 != 0 {
            return None;
        }
        let (mut length, mut shift) = (0usize, 0);
        let mut bytes = after;
        loop {
            let (byte, after) = bytes.split_first()?;
            length |= usize::from(byte & 0x7f) << shift;
            bytes = after;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
            if shift > 28 {
                return None;
            }
        }
        let (field, after) = bytes.split_at_checked(length)?;
        match tag >> 3 {
            1 => key = field,
            2 => value = field,
            _ => {}
        }
        rest = after;
    }
    (key == routing_key).then_some(value)
}

#[cfg(test)]
mod tests;
