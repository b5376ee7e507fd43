//! Spec: spec/migrations/2-to-3.md
//!
//! Pins move from lists to a pin set, and back.

use crate::block_access::BlockFiles;
use crate::blocks::layout::Shard;
use crate::context::Context;
use crate::error::Error;
use crate::pins::indirect::{self, Indirect};
use crate::pins::{self, KeyList, Keys, Mode, PinSet, Tally, lists, set};
use crate::step::{Direction, Plan, Step, go_quoted};
use crate::stock::Stock;
use crate::stores::Stores;
use ipfs_store::leveldb::LevelDb;

/// Bytes on the disk for each pin that is written, at most.
const PIN_BYTES: u64 = 120;

/// The step.
#[derive(Debug)]
pub struct Step2To3;

fn files<'a>(context: &'a Context<'_>) -> BlockFiles<'a> {
    let root = context.file("blocks");
    BlockFiles::hexadecimal(context.disk(), root).cleaning(context.begun())
}

fn open(context: &Context<'_>) -> Result<LevelDb, Error> {
    // Where the blocks are does not matter here.
    Stores::usual(context.repo(), Shard::Prefix(8)).open(context)
}

fn get(store: &LevelDb, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    store.get_bytes(key).map_err(Error::other)
}

/// The pins as lists.
#[derive(Debug)]
struct Lists {
    recursive: KeyList,
    direct: KeyList,
}

// spec: 2-to-3.lists-or-set
/// The lists of version 2. None if what counts is the pin set already: upstream's program removes
/// the recursive list before it writes the version.
fn read_lists(store: &LevelDb) -> Result<Option<Lists>, Error> {
    let stored = Mode::ALL.map(|mode| (mode, get(store, lists::store_key(mode))));
    let [(recursive, recursive_json), (direct, direct_json)] = stored;
    let (recursive_json, direct_json) = (recursive_json?, direct_json?);
    if recursive_json.is_none() && get(store, pins::SET_ROOT)?.is_some() {
        return Ok(None);
    }
    let list = |mode, json: Option<Vec<u8>>| match json {
        Some(json) => lists::decode(mode, &json),
        None => Ok(KeyList::default()),
    };
    let mut lists =
        Lists { recursive: list(recursive, recursive_json)?, direct: list(direct, direct_json)? };
    // What is pinned recursively can't be pinned directly as well.
    let mut direct = KeyList::default();
    for key in lists.direct.iter().filter(|key| !lists.recursive.contains(key)) {
        direct.push(key)?;
    }
    lists.direct = direct;
    Ok(Some(lists))
}

/// The pins of the set, as lists.
fn read_set(context: &Context<'_>, store: &LevelDb) -> Result<Option<Lists>, Error> {
    let Some(root) = get(store, pins::SET_ROOT)? else { return Ok(None) };
    let files = files(context);
    let set = PinSet::new(&files, root);
    let list = |mode| -> Result<KeyList, Error> {
        let mut list = KeyList::default();
        set.mode(mode).each(&mut |key| list.push(key))?;
        list.sort();
        Ok(list)
    };
    Ok(Some(Lists { recursive: list(Mode::Recursive)?, direct: list(Mode::Direct)? }))
}

impl Lists {
    fn len(&self) -> u64 {
        (self.recursive.len() + self.direct.len()) as u64
    }

    fn of(&self, mode: Mode) -> &KeyList {
        match mode {
            Mode::Recursive => &self.recursive,
            Mode::Direct => &self.direct,
        }
    }
}

fn opening(context: &mut Context<'_>) {
    let line = format!("  - opening datastore at {}", go_quoted(context.repo()));
    context.report.verbose(&line);
}

/// Stores the set; only its root is not written yet.
fn store_set(context: &Context<'_>, lists: &Lists) -> Result<Vec<u8>, Error> {
    let files = files(context);
    let root = set::store(&files, &lists.recursive, &lists.direct)?;
    // spec: 2-to-3.read-back
    let stored = PinSet::new(&files, root.clone());
    for mode in Mode::ALL {
        if Tally::of(&stored.mode(mode))? != Tally::of(lists.of(mode))? {
            return Err(Error::Step(format!("the new set of {} pins is wrong", mode.name())));
        }
    }
    Ok(root)
}

impl Step for Step2To3 {
    fn from(&self) -> u32 {
        2
    }

    fn about(&self) -> &'static str {
        "pins: from lists to a pin set of blocks"
    }

    fn forward(&self, context: &mut Context<'_>) -> Result<(), Error> {
        context.report.log("beginning pin transfer");
        opening(context);
        let store = open(context)?;
        context.report.verbose("  - created version 3 pinner");
        context.report.verbose("  - loading recursive pins");
        let lists = read_lists(&store)?;
        context.report.verbose("  - transfered recursive pins");
        context.report.verbose("  - loading direct pins");
        context.report.verbose("  - transfered direct pins");
        if let Some(lists) = &lists {
            context.begin()?;
            let root = store_set(context, lists)?;
            if get(&store, pins::SET_ROOT)?.as_deref() != Some(&root) {
                let change = (pins::SET_ROOT, Some(&root[..]));
                store.write_bytes([change]).map_err(Error::other)?;
            }
            context.report.progress("pins", lists.len(), Some(lists.len()));
        } else {
            read_set(context, &store)?;
            context.report.note("the pin set was there already: kept");
        }
        context.report.log("pinner synced to disk");
        context.report.log("cleaning old pins");
        for kind in ["recursive", "direct", "indirect"] {
            let key = "/local/pins/recursive/keys";
            context.report.verbose(&format!("  - deleting recursePin root key: {key:?}"));
            context.report.verbose(&format!("  - cleaned up oldstyle {kind} pins"));
        }
        context.report.log("pin transfer completed successfuly");
        Ok(())
    }

    fn revert(&self, context: &mut Context<'_>) -> Result<(), Error> {
        context.report.verbose("  - reverting pins");
        opening(context);
        let store = open(context)?;
        context.report.verbose("  - construct dagservice");
        context.report.verbose("  - load pinner");
        let Some(lists) = read_set(context, &store)? else {
            return Err(Error::Step("cannot load pin state: datastore: key not found".into()));
        };
        let indirect = Indirect::below(&files(context), &lists.recursive)?;
        if indirect.missing > 0 {
            let missing = indirect.missing;
            context.report.note(&format!("{missing} blocks of recursive pins are missing"));
        }
        context.begin()?;
        let json = Mode::ALL.map(|mode| lists::encode(lists.of(mode)));
        let counts = indirect.encode();
        // spec: 2-to-3.lists-at-once
        let changes = [
            (lists::store_key(Mode::Recursive), Some(&json[0][..])),
            (lists::store_key(Mode::Direct), Some(&json[1][..])),
            (indirect::STORE_KEY, Some(&counts[..])),
        ];
        store.write_bytes(changes).map_err(Error::other)?;
        for (key, value) in changes {
            if get(&store, key)?.as_deref() != value {
                return Err(Error::Step("the new lists of pins are wrong".into()));
            }
        }
        for mode in Mode::ALL {
            context.report.verbose(&format!("  - write old {} keys", mode.name()));
            context.report.log(&lists::written_line(mode, lists.of(mode)));
        }
        context.report.verbose("  - write old indirect pins");
        context.report.log(&indirect.written_line());
        Ok(())
    }

    // spec: 2-to-3.lists-removed-last
    fn finish(&self, context: &mut Context<'_>, direction: Direction) -> Result<(), Error> {
        if direction == Direction::Revert {
            return Ok(());
        }
        let old = [
            lists::store_key(Mode::Recursive),
            lists::store_key(Mode::Direct),
            indirect::STORE_KEY,
        ];
        let store = open(context)?;
        let mut there = Vec::new();
        for key in old {
            if get(&store, key)?.is_some() {
                there.push((key, None));
            }
        }
        if there.is_empty() { Ok(()) } else { store.write_bytes(there).map_err(Error::other) }
    }

    fn plan(&self, context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error> {
        let store = open(context)?;
        let pins = match direction {
            Direction::Forward => read_lists(&store)?,
            Direction::Revert => read_set(context, &store)?,
        };
        let items = pins.map_or(0, |lists| lists.len());
        let form = if direction == Direction::Forward { "a pin set" } else { "lists" };
        let changes = vec![format!("datastore: {items} pins become {form}")];
        Ok(Plan { changes, ..pins::plan(items, PIN_BYTES) })
    }

    fn forecast(&self, stock: &Stock) -> Option<Plan> {
        Some(pins::plan(stock.pins, PIN_BYTES))
    }

    fn space_needed(&self, context: &Context<'_>, direction: Direction) -> Result<u64, Error> {
        let store = open(context)?;
        if direction == Direction::Revert {
            let pins = read_set(context, &store)?.map_or(0, |lists| lists.len());
            return Ok(pins::bytes_needed(pins, PIN_BYTES));
        }
        let mut bytes = 0;
        for mode in Mode::ALL {
            bytes += get(&store, lists::store_key(mode))?.map_or(0, |json| json.len() as u64);
        }
        Ok(pins::FIXED_BYTES + 3 * bytes)
    }
}
