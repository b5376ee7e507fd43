//! Spec: spec/migrations/10-to-11.md
//!
//! Pins move from a pin set of blocks to records in the datastore, and back.

use crate::context::Context;
use crate::error::Error;
use crate::pins::record_store::{Batch, KEPT};
use crate::pins::records::{self, Record};
use crate::pins::{self, Keys, Mode, PinSet, RecordStore, Tally, set};
use crate::report::Report;
use crate::step::{Direction, Plan, Step, go_quoted};
use crate::stock::Stock;
use crate::stores::Stores;
use ipfs_store::leveldb::LevelDb;
use std::path::Path;

/// Bytes on the disk for each pin while it is written, at most: log and table.
const PIN_BYTES: u64 = 700;

/// The step.
#[derive(Debug)]
pub struct Step10To11;

/// The opened repository.
struct Opened {
    stores: Stores,
    store: LevelDb,
}

fn open(context: &Context<'_>) -> Result<Opened, Error> {
    let path = context.file("config");
    let config = serde_json::from_slice(&context.read(&path)?)
        .map_err(|error| Error::Step(format!("{}: {error}", path.display())))?;
    let stores = Stores::configured(context.repo(), &config)?;
    let store = stores.open(context)?;
    Ok(Opened { stores, store })
}

fn opening(context: &mut Context<'_>) {
    let line = format!("opening datastore at {}", go_quoted(context.repo()));
    context.report.verbose(&line);
}

fn count(keys: &dyn Keys) -> Result<u64, Error> {
    let mut count = 0;
    keys.each(&mut |_| {
        count += 1;
        Ok(())
    })?;
    Ok(count)
}

/// Pins in both forms that can be gone through.
fn set_pins(context: &Context<'_>, opened: &Opened) -> Result<u64, Error> {
    let records = RecordStore(&opened.store);
    let Some(root) = records.get(pins::SET_ROOT)? else { return Ok(0) };
    let files = opened.stores.files(context.disk());
    let set = PinSet::new(&files, root);
    Ok(count(&set.mode(Mode::Recursive))? + count(&set.mode(Mode::Direct))?)
}

fn record_pins(opened: &Opened) -> Result<u64, Error> {
    let records = RecordStore(&opened.store);
    Ok(count(&records.mode(Mode::Recursive))? + count(&records.mode(Mode::Direct))?)
}

/// Adds a record for every pin of the set that has none; gives the number of pins in the set.
fn add_records(context: &mut Context<'_>, opened: &Opened, root: Vec<u8>) -> Result<u64, Error> {
    let disk = context.disk_ref();
    let files = opened.stores.files(&*disk);
    let set = PinSet::new(&files, root);
    let records = RecordStore(&opened.store);
    let (some, kept) = (records.any(records::RECORDS)?, records.any(KEPT)?);
    let mut batch = Batch::new(&opened.store);
    let mut done = 0;
    for mode in Mode::ALL {
        set.mode(mode).each(&mut |key| {
            done += 1;
            context.report.progress("pins", done, None);
            if some && records.has(mode, key)? {
                return Ok(());
            }
            let kept = if kept { records.kept(mode, key)? } else { Vec::new() };
            if kept.is_empty() {
                let record = Record { key: key.to_vec(), mode, name: Vec::new(), extra: false };
                let bytes = records::encode(mode, key);
                records.pin(&mut batch, &records::id(mode, key), &record, bytes);
            }
            for (id, record, bytes) in kept {
                records.pin(&mut batch, &id, &record, bytes);
            }
            batch.settle()
        })?;
    }
    batch.write()?;
    // spec: 10-to-11.read-back
    for mode in Mode::ALL {
        set.mode(mode).each(&mut |key| match records.has(mode, key)? {
            true => Ok(()),
            false => Err(Error::Step(format!("pin {} was not stored", set::key_text(key)))),
        })?;
    }
    Ok(done)
}

impl Step for Step10To11 {
    fn from(&self) -> u32 {
        10
    }

    fn about(&self) -> &'static str {
        "pins: from a pin set of blocks to records in the datastore"
    }

    fn forward(&self, context: &mut Context<'_>) -> Result<(), Error> {
        opening(context);
        let opened = open(context)?;
        let records = RecordStore(&opened.store);
        context.report.log("upgrading pinning to use datastore");
        let root = records.get(pins::SET_ROOT)?;
        // The set must be whole before anything is changed.
        let pins = set_pins(context, &opened)?;
        // spec: 10-to-11.found-records
        if records.any(records::RECORDS)? {
            records.repair(&mut || context.begin())?;
        }
        context.begin()?;
        if let Some(root) = root {
            add_records(context, &opened, root)?;
        }
        if pins > 0 && records.get(records::DIRTY)?.as_deref() != Some(&[0]) {
            opened.store.write_bytes([(records::DIRTY, Some(&[0][..]))]).map_err(Error::other)?;
        }
        context.report.log(&format!("converted {pins} pins from ipld storage into datastore"));
        let there = record_pins(&opened)?;
        if there > pins {
            let more = there - pins;
            context.report.note(&format!("kept {more} pins that were in the datastore already"));
        }
        Ok(())
    }

    fn revert(&self, context: &mut Context<'_>) -> Result<(), Error> {
        opening(context);
        let opened = open(context)?;
        let records = RecordStore(&opened.store);
        context.report.log("reverting pinning to use ipld storage");
        if !records.any(records::RECORDS)? && records.get(pins::SET_ROOT)?.is_some() {
            let pins = set_pins(context, &opened)?;
            context.report.note(&format!("kept the pin set that was there, with {pins} pins"));
            context.report.log(&format!("converted {pins} pins from datastore to ipld storage"));
            return Ok(());
        }
        // All records must be readable before anything is changed.
        records.each(&mut |_, _, _| Ok(()))?;
        records.repair(&mut || context.begin())?;
        context.begin()?;
        let kept = records.keep()?;
        let disk = context.disk_ref();
        let files = opened.stores.files(&*disk).cleaning(true);
        let root = set::store(&files, &records.mode(Mode::Recursive), &records.mode(Mode::Direct))?;
        // spec: 10-to-11.read-back
        let set = PinSet::new(&files, root.clone());
        let mut pins = 0;
        for mode in Mode::ALL {
            let stored = Tally::of(&set.mode(mode))?;
            if stored != Tally::of(&records.mode(mode))? {
                return Err(Error::Step(format!("the new set of {} pins is wrong", mode.name())));
            }
            pins += stored.count;
        }
        if records.get(pins::SET_ROOT)?.as_deref() != Some(&root) {
            let change = (pins::SET_ROOT, Some(&root[..]));
            opened.store.write_bytes([change]).map_err(Error::other)?;
        }
        if kept > 0 {
            context.report.note(&format!(
                "version 10 knows no names of pins: {kept} are kept for the way up"
            ));
        }
        context.report.log(&format!("converted {pins} pins from datastore to ipld storage"));
        Ok(())
    }

    // spec: 10-to-11.old-form-removed-last
    fn finish(&self, context: &mut Context<'_>, direction: Direction) -> Result<(), Error> {
        let opened = open(context)?;
        let records = RecordStore(&opened.store);
        match direction {
            Direction::Forward => {
                if records.get(pins::SET_ROOT)?.is_some() {
                    opened.store.write_bytes([(pins::SET_ROOT, None)]).map_err(Error::other)?;
                }
                records.clear(KEPT)
            }
            Direction::Revert => {
                records.clear(records::INDEXES)?;
                records.clear(records::RECORDS)?;
                if records.get(records::DIRTY)?.is_some_and(|dirty| dirty != [0]) {
                    let clean = (records::DIRTY, Some(&[0][..]));
                    opened.store.write_bytes([clean]).map_err(Error::other)?;
                }
                Ok(())
            }
        }
    }

    fn plan(&self, context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error> {
        let opened = open(context)?;
        let (items, form) = match direction {
            Direction::Forward => (set_pins(context, &opened)?, "records in the datastore"),
            Direction::Revert => (record_pins(&opened)?, "a pin set of blocks"),
        };
        let changes = vec![format!("{items} pins become {form}")];
        Ok(Plan { changes, ..pins::plan(items, PIN_BYTES) })
    }

    fn forecast(&self, stock: &Stock) -> Option<Plan> {
        Some(pins::plan(stock.pins, PIN_BYTES))
    }

    fn space_needed(&self, context: &Context<'_>, direction: Direction) -> Result<u64, Error> {
        let opened = open(context)?;
        let pins = match direction {
            Direction::Forward => set_pins(context, &opened)?,
            Direction::Revert => record_pins(&opened)?,
        };
        Ok(pins::bytes_needed(pins, PIN_BYTES))
    }

    fn wrong_version(&self, _repo: &Path, expected: u32, actual: &str) -> String {
        format!("versions differ (expected: {expected}, actual: {actual})")
    }

    fn announce(&self, _repo: &Path, direction: Direction, report: &mut Report) {
        match direction {
            Direction::Forward => report.log("applying 10-to-11 repo migration"),
            Direction::Revert => report.log("reverting migration"),
        }
    }

    fn verifying(&self, _direction: Direction, _report: &mut Report) {}

    fn finished(&self, direction: Direction, report: &mut Report) {
        report.log("updated version file");
        if direction == Direction::Forward {
            report.log("Migration 10 to 11 succeeded");
        }
    }
}
