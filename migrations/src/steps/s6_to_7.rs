//! Spec: spec/migrations/6-to-7.md
//!
//! IPNS entries move out of DHT records, and back.

use crate::context::Context;
use crate::error::Error;
use crate::keys::{PrivateKey, dht_record};
use crate::report::Report;
use crate::step::{Direction, Plan, Step};
use crate::stock::Stock;
use crate::stores::Stores;
use ipfs_store::disk::Kind;
use ipfs_store::leveldb::LevelDb;
use multibase::Base;
use serde_json::Value;
use std::path::Path;

/// Bytes on the disk for each key, at most: an entry has 10 KiB, a record a signature more.
const KEY_BYTES: u64 = 16 * 1024;
/// Bytes on the disk for what doesn't depend on the number of keys.
const FIXED_BYTES: u64 = 64 * 1024;

fn bytes_needed(keys: u64) -> u64 {
    FIXED_BYTES + keys * KEY_BYTES
}

/// The step.
#[derive(Debug)]
pub struct Step6To7;

/// Where programs up to version 6 keep the record of a name.
fn old_key(id: &[u8]) -> Vec<u8> {
    format!("/{}", Base::Base32Upper.encode(dht_record::name(id))).into_bytes()
}

/// Where later programs keep the entry.
fn new_key(id: &[u8]) -> Vec<u8> {
    format!("/ipns/{}", Base::Base32Upper.encode(id)).into_bytes()
}

fn config(context: &Context<'_>) -> Result<Value, Error> {
    let text = context.read(&context.file("config"))?;
    serde_json::from_slice(&text)
        .map_err(|error| Error::Step(format!("{}: {error}", context.file("config").display())))
}

/// The node's own key, which must be that of its peer ID.
fn own_key(config: &Value) -> Result<PrivateKey, Error> {
    let identity = &config["Identity"];
    let text = identity["PrivKey"].as_str().unwrap_or_default();
    let bytes = Base::Base64Pad.decode(text.trim()).unwrap_or_default();
    let key = PrivateKey::decode(&bytes)
        .map_err(|error| Error::Step(format!("Identity.PrivKey in config: {error}")))?;
    let id = identity["PeerID"].as_str().unwrap_or_default();
    let decoded = Base::Base58Btc.decode(id).unwrap_or_default();
    if !key.ids().contains(&decoded) {
        let own = Base::Base58Btc.encode(key.hashed_id());
        return Err(Error::Step(format!("private key in config does not match id: {own} != {id}")));
    }
    Ok(key)
}

/// Names of the files of the keystore, sorted.
fn key_names(context: &Context<'_>, directory: &Path) -> Result<Vec<String>, Error> {
    if context.meta(directory)?.is_none() {
        return Ok(Vec::new());
    }
    let entries = context.disk().read_dir(directory).map_err(Error::io("open", directory))?;
    let files = entries.into_iter().filter(|entry| entry.kind == Kind::File);
    let mut names: Vec<String> = files
        .filter_map(|entry| entry.name.into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    Ok(names)
}

/// Whether an entry takes the place of another one: unless that is newer.
// spec: 6-to-7.newest-stays
fn replaces(entry: &[u8], stored: &[u8]) -> bool {
    match (dht_record::sequence(entry), dht_record::sequence(stored)) {
        (Some(entry), Some(stored)) => entry >= stored,
        (None, Some(_)) => false,
        _ => true,
    }
}

/// One run over all keys.
struct Records<'a> {
    store: LevelDb,
    own: &'a PrivateKey,
    direction: Direction,
}

/// A key and the value to be written there.
type Written = (Vec<u8>, Vec<u8>);

impl Records<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.store.get_bytes(key).map_err(Error::other)
    }

    /// What is to be written for an ID, and where; `None` if there is nothing to be done.
    fn change(&self, id: &[u8]) -> Result<Option<Written>, Error> {
        let bad = |_| {
            let key = String::from_utf8_lossy(&old_key(id)).into_owned();
            Error::Step(format!("failed to decode DHT record: {key}"))
        };
        let (old, new) = (self.get(&old_key(id))?, self.get(&new_key(id))?);
        let held = old.as_deref().map(dht_record::entry).transpose().map_err(bad)?;
        Ok(match (self.direction, held, new.as_deref()) {
            (Direction::Forward, Some(held), stored) => {
                let wanted = stored.is_none_or(|stored| replaces(held, stored));
                (wanted && stored != Some(held)).then(|| (new_key(id), held.to_vec()))
            }
            (Direction::Revert, held, Some(stored)) => {
                if held.is_some_and(|held| !replaces(stored, held)) {
                    return Ok(None);
                }
                let record = dht_record::signed(self.own, id, stored).map_err(Error::other)?;
                (old.as_deref() != Some(&record)).then(|| (old_key(id), record))
            }
            _ => None,
        })
    }

    fn migrate(&self, key: &PrivateKey, context: &mut Context<'_>) -> Result<(), Error> {
        let mut found = false;
        for id in key.ids() {
            let from = match self.direction {
                Direction::Forward => old_key(&id),
                Direction::Revert => new_key(&id),
            };
            found |= self.get(&from)?.is_some();
            let Some((key, value)) = self.change(&id)? else { continue };
            context.begin()?;
            let change = (&key[..], Some(&value[..]));
            self.store.write_bytes([change]).map_err(Error::other)?;
            if self.get(&key)?.as_deref() != Some(&value) {
                return Err(Error::Step("an IPNS record was not read back as written".into()));
            }
        }
        if !found {
            context.report.verbose("no IPNS record for key found");
        }
        Ok(())
    }
}

fn migrate(context: &mut Context<'_>, direction: Direction) -> Result<(), Error> {
    let config = config(context)?;
    let stores = Stores::configured(context.repo(), &config)?;
    if direction == Direction::Revert {
        context.report.verbose("decoding private key");
    }
    let own = own_key(&config)?;
    let directory = context.file("keystore");
    let names = key_names(context, &directory)?;
    let records = Records { store: stores.open(context)?, own: &own, direction };
    context.report.verbose("migrating IPNS record for key: self");
    records.migrate(&own, context)?;
    for name in names {
        context.report.verbose(&format!("migrating IPNS record for key: {name}"));
        let bytes = context.read(&directory.join(&name))?;
        match PrivateKey::decode(&bytes) {
            Ok(key) => records.migrate(&key, context)?,
            // spec: 6-to-7.unknown-keys
            // What belongs to it stays where it is.
            Err(error) => context.report.note(&format!("key {name}: {error}; skipped")),
        }
    }
    Ok(())
}

impl Step for Step6To7 {
    fn from(&self) -> u32 {
        6
    }

    fn about(&self) -> &'static str {
        "IPNS: entries of own names get keys of their own"
    }

    fn forward(&self, context: &mut Context<'_>) -> Result<(), Error> {
        migrate(context, Direction::Forward)
    }

    fn revert(&self, context: &mut Context<'_>) -> Result<(), Error> {
        migrate(context, Direction::Revert)
    }

    fn plan(&self, context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error> {
        let config = config(context)?;
        let own = own_key(&config)?;
        let directory = context.file("keystore");
        let store = Stores::configured(context.repo(), &config)?.open(context)?;
        let records = Records { store, own: &own, direction };
        let mut ids = own.ids();
        let names = key_names(context, &directory)?;
        for name in &names {
            if let Ok(key) = PrivateKey::decode(&context.read(&directory.join(name))?) {
                ids.extend(key.ids());
            }
        }
        let mut items = 0;
        for id in ids {
            items += u64::from(records.change(&id)?.is_some());
        }
        Ok(Plan {
            changes: vec![format!("datastore: {items} IPNS records of {} keys", names.len() + 1)],
            items,
            bytes_needed: self.space_needed(context, direction)?,
            millis: 20 + items * 10,
        })
    }

    fn forecast(&self, stock: &Stock) -> Option<Plan> {
        Some(Plan::reckoned(stock.keys, bytes_needed(stock.keys), 20 + stock.keys * 10))
    }

    fn space_needed(&self, context: &Context<'_>, _direction: Direction) -> Result<u64, Error> {
        let keys = key_names(context, &context.file("keystore"))?.len() as u64 + 1;
        Ok(bytes_needed(keys))
    }

    fn announce(&self, _repo: &Path, direction: Direction, report: &mut Report) {
        match direction {
            Direction::Forward => report.log("applying 6-to-7 repo migration"),
            Direction::Revert => report.log("reverting migration"),
        }
    }

    fn verifying(&self, _direction: Direction, _report: &mut Report) {}

    fn finished(&self, direction: Direction, report: &mut Report) {
        report.log("updated version file");
        if direction == Direction::Forward {
            report.log("Migration 6 to 7 succeeded");
        }
    }
}
