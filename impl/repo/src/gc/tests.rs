//! Spec: spec/repo/gc.md

use super::*;
use crate::testing::{MemoryDatastore, Table, cid};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A table of links whose rows are the stored blocks.
#[derive(Default)]
struct Stored {
    table: Mutex<Table>,
    undeletable: Option<Cid>,
}

impl Stored {
    fn new(rows: &[(&str, &str)]) -> Self {
        Self { table: Mutex::new(Table::new(rows)), undeletable: None }
    }

    fn names(&self) -> Vec<String> {
        let names: BTreeSet<String> = self.table.lock().unwrap().names();
        names.into_iter().collect()
    }
}

impl Dag for Stored {
    fn links(&self, cid: &Cid) -> Result<Vec<Cid>, block::Error> {
        self.table.lock().unwrap().links(cid)
    }

    fn ensure(&self, cid: &Cid) -> Result<u64, block::Error> {
        self.table.lock().unwrap().ensure(cid)
    }
}

impl Blocks for Stored {
    fn for_each(
        &self,
        each: &mut dyn FnMut(Multihash) -> ControlFlow<()>,
    ) -> Result<(), block::Error> {
        let cids = self.table.lock().unwrap().cids();
        let _ = cids.iter().try_for_each(|cid| each(*cid.hash()));
        Ok(())
    }

    fn remove_many(&self, hashes: &[Multihash]) -> Vec<Result<(), block::Error>> {
        let mut table = self.table.lock().unwrap();
        let remove = |hash: &Multihash| match &self.undeletable {
            Some(cid) if cid.hash() == hash => {
                Err(block::Error::store(std::io::Error::other("stuck")))
            }
            _ => {
                table.remove_hash(hash);
                Ok(())
            }
        };
        hashes.iter().map(remove).collect()
    }
}

fn pinner(pins: &[(&str, Mode)]) -> Pinner {
    let pinner = Pinner::open(Arc::new(MemoryDatastore::default())).unwrap();
    for (name, mode) in pins {
        pinner.set(&cid(name), *mode, "").unwrap();
    }
    pinner
}

fn collect(
    stored: &Stored,
    pinner: &Pinner,
    partial: &[&str],
) -> (Result<u64, Error>, Vec<String>) {
    let mut events = Vec::new();
    let collection = Collection {
        lock: &Lock::default(),
        dag: stored,
        blocks: stored,
        pinner,
        partial_roots: &|| Ok(partial.iter().map(|name| cid(name)).collect()),
        cancelled: &|| false,
    };
    let result = collection.run(&mut |event| {
        events.push(match event {
            Event::Removed(cid) => cid.to_string(),
            Event::Failed(error) => error.to_string(),
        });
    });
    (result, events)
}

fn rows() -> Stored {
    Stored::new(&[
        ("a", "b c"),
        ("b", "d"),
        ("c", ""),
        ("d", ""),
        ("e", "d f"),
        ("f", ""),
        ("g", ""),
    ])
}

#[test]
fn keeps_what_roots_lead_to() {
    let stored = rows();
    let pinner = pinner(&[("b", Mode::Recursive), ("e", Mode::Direct)]);
    let (result, events) = collect(&stored, &pinner, &[]);
    assert_eq!(result.unwrap(), 4);
    assert_eq!(stored.names(), ["b", "d", "e"]);
    assert!(events.iter().all(|removed| removed.starts_with("bafkrei")), "{events:?}");
}

#[test]
fn gaps_are_fine_below_partial_roots_only() {
    let stored = Stored::new(&[("a", "b c"), ("b", ""), ("x", "")]);
    let (result, _) = collect(&stored, &pinner(&[]), &["a", "never stored"]);
    assert_eq!(result.unwrap(), 1);
    assert_eq!(stored.names(), ["a", "b"]);

    let stored = Stored::new(&[("a", "b c"), ("b", ""), ("x", "")]);
    let (result, events) = collect(&stored, &pinner(&[("a", Mode::Recursive)]), &[]);
    assert_eq!(
        result.unwrap_err().to_string(),
        "garbage collection aborted: could not retrieve some links"
    );
    let missing = cid("c");
    assert_eq!(
        events,
        [format!("could not retrieve links for {missing}: ipld: could not find {missing}")]
    );
    assert_eq!(stored.names(), ["a", "b", "x"]);
}

#[test]
fn a_pin_with_gaps_does_not_hide_behind_the_mfs_root() {
    let stored = Stored::new(&[("a", "b"), ("x", "")]);
    let (result, _) = collect(&stored, &pinner(&[("a", Mode::Recursive)]), &["a"]);
    assert!(matches!(result, Err(Error::Aborted)));
}

#[test]
fn the_same_block_under_another_codec_is_kept_with_its_links() {
    let stored = rows();
    let pinner = pinner(&[("a", Mode::Recursive)]);
    let raw = |name| Cid::new_v1(codec::RAW, *cid(name).hash());
    pinner.set(&raw("g"), Mode::Recursive, "").unwrap();
    pinner.set(&raw("e"), Mode::Recursive, "").unwrap();
    pinner.set(&cid("e"), Mode::Recursive, "").unwrap();
    let (result, _) = collect(&stored, &pinner, &[]);
    assert_eq!(result.unwrap(), 0);
}

#[test]
fn a_block_that_stays_is_reported() {
    let stored = Stored { undeletable: Some(cid("g")), ..rows() };
    let (result, events) = collect(&stored, &pinner(&[]), &[]);
    assert_eq!(
        result.unwrap_err().to_string(),
        "garbage collection incomplete: could not delete some blocks"
    );
    assert_eq!(events.len(), 7);
    assert!(events.iter().any(|event| event.starts_with("could not remove bafkrei")));
    assert_eq!(stored.names(), ["g"]);
}

#[test]
fn cancelling_while_marking_removes_nothing() {
    let stored = rows();
    let pinner = pinner(&[("a", Mode::Recursive)]);
    let asked = Mutex::new(0);
    let collection = Collection {
        lock: &Lock::default(),
        dag: &stored,
        blocks: &stored,
        pinner: &pinner,
        partial_roots: &|| Ok(Vec::new()),
        cancelled: &|| {
            let mut asked = asked.lock().unwrap();
            *asked += 1;
            *asked > 2
        },
    };
    let result = collection.run(&mut |_| {});
    assert!(matches!(result, Err(Error::Blocks(block::Error::Cancelled))));
    assert_eq!(stored.names().len(), 7);
}

/// Writers store children first and pin last; a collector runs all the time.
#[test]
fn concurrent_writers_lose_nothing() {
    let stored = Stored::default();
    let pinner = pinner(&[]);
    let lock = Lock::default();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (stored, pinner, lock, done) = (&stored, &pinner, &lock, &done);
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                scope.spawn(move || {
                    for round in 0..15 {
                        let (root, leaf) =
                            (format!("r{writer}.{round}"), format!("l{writer}.{round}"));
                        let _writing = lock.writer();
                        stored.table.lock().unwrap().insert(&leaf, "");
                        std::thread::yield_now();
                        stored.table.lock().unwrap().insert(&root, &leaf);
                        std::thread::yield_now();
                        pinner.set(&cid(&root), Mode::Recursive, "").unwrap();
                    }
                })
            })
            .collect();
        let collector = scope.spawn(move || {
            let mut runs = 0;
            while !done.load(Ordering::SeqCst) || runs == 0 {
                let collection = Collection {
                    lock,
                    dag: stored,
                    blocks: stored,
                    pinner,
                    partial_roots: &|| Ok(Vec::new()),
                    cancelled: &|| false,
                };
                collection.run(&mut |_| {}).unwrap();
                std::thread::yield_now();
                runs += 1;
            }
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::SeqCst);
        collector.join().unwrap();
    });
    assert_eq!(stored.names().len(), 3 * 15 * 2);
}
