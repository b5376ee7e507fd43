//! Errors of the disk and power failures at every operation: nothing acknowledged is lost, nothing
//! is invented.

use super::*;
use crate::disk::faulty::{Fault, Plan};

/// What a key may hold: the value acknowledged last, and those tried since.
#[derive(Default)]
struct Allowed(BTreeMap<String, Vec<Option<String>>>);

impl Allowed {
    fn write(&mut self, db: &LevelDb, changes: &[(String, Option<String>)]) -> bool {
        let pairs = changes
            .iter()
            .map(|(key, value)| (key.as_bytes(), value.as_ref().map(|value| value.as_bytes())));
        let acknowledged = db.write_bytes(pairs).is_ok();
        for (key, value) in changes {
            let values = self.0.entry(key.clone()).or_insert_with(|| vec![None]);
            if acknowledged {
                values.clear();
            }
            values.push(value.clone());
        }
        acknowledged
    }

    fn check(&self, db: &LevelDb, what: &str) {
        let found = all(db);
        for (key, values) in &self.0 {
            let value = get(db, key);
            assert!(values.contains(&value), "{what}: {key} is {value:?}, not {values:?}");
            let scanned = found.get(key.as_bytes()).map(|value| value.as_slice());
            assert_eq!(value.as_deref().map(str::as_bytes), scanned, "{what}: {key}");
        }
        assert!(
            found
                .keys()
                .all(|key| { std::str::from_utf8(key).is_ok_and(|key| self.0.contains_key(key)) })
        );
    }
}

/// Writes until `changes` batches were tried, opening again now and then.
fn workload(disk: &FaultyDisk, seed: u64, batches: u64) -> Allowed {
    let mut allowed = Allowed::default();
    let mut rng = Rng(seed);
    let mut db = try_open(disk, tiny()).ok();
    for _ in 0..batches {
        if rng.below(12) == 0 {
            drop(db.take());
            db = try_open(disk, tiny()).ok();
        }
        let Some(open) = &db else {
            db = try_open(disk, tiny()).ok();
            continue;
        };
        let changes: Vec<_> = (0..1 + rng.below(6))
            .map(|_| {
                let key = format!("/k/{}", rng.below(40));
                let value =
                    (rng.below(4) != 0).then(|| format!("{}", rng.below(1 << 30)).repeat(7));
                (key, value)
            })
            .collect();
        // Twice the same key in one batch would make the check ambiguous.
        let mut seen = std::collections::HashSet::new();
        let changes: Vec<_> =
            changes.into_iter().filter(|(key, _)| seen.insert(key.clone())).collect();
        allowed.write(open, &changes);
    }
    allowed
}

const BATCHES: u64 = 60;

/// How many operations the workload needs without errors.
fn operations(seed: u64) -> u64 {
    let disk = FaultyDisk::new();
    disk.plan(None);
    workload(&disk, seed, BATCHES).check(&open(&disk, tiny()), "no faults");
    disk.operations()
}

#[test]
fn an_error_at_any_operation_loses_nothing() {
    let seed = 3;
    let total = operations(seed);
    assert!(total > 200, "{total}");
    let stride = (total / rounds(60)).max(1);
    for fault in [Fault::Broken, Fault::Full] {
        for count in [1, 5, u64::MAX] {
            for at in (0..total).step_by(stride as usize) {
                let what = format!("{fault:?} at {at}, {count} times");
                let disk = FaultyDisk::new();
                disk.plan(Some(Plan { at, count, fault, reads: false }));
                let allowed = workload(&disk, seed, BATCHES);
                disk.plan(None);
                allowed.check(&open(&disk.after_kill(), tiny()), &what);
                for power in 0..2 {
                    let disk = disk.after_power_failure(at * 7 + power);
                    allowed.check(&open(&disk, tiny()), &format!("{what}, power {power}"));
                }
            }
        }
    }
}

#[test]
fn reads_go_on_while_writes_fail() {
    let disk = FaultyDisk::new();
    let db = open(&disk, tiny());
    let mut allowed = Allowed::default();
    for number in 0..50 {
        assert!(allowed.write(&db, &[(format!("/k/{number}"), Some("old".repeat(30)))]));
    }
    disk.plan(Some(Plan { at: 0, count: u64::MAX, fault: Fault::Full, reads: false }));
    for number in 0..50 {
        assert!(!allowed.write(&db, &[(format!("/k/{number}"), Some("new".repeat(30)))]));
        assert_eq!(get(&db, &format!("/k/{number}")), Some("old".repeat(30)));
    }
    // Somebody made room: the same process goes on.
    disk.plan(None);
    assert!(allowed.write(&db, &[("/k/1".into(), Some("later".into()))]));
    drop(db);
    let db = open(&disk, tiny());
    allowed.check(&db, "after the full disk");
    assert_eq!(get(&db, "/k/1").as_deref(), Some("later"));
}

#[test]
fn a_failed_sync_stops_writing() {
    // spec: leveldb.failed-sync
    let disk = FaultyDisk::new();
    let db = open(&disk, Options::default());
    put(&db, "/k", "old");
    disk.plan(Some(Plan { at: 1, count: 1, fault: Fault::Broken, reads: false }));
    let write = |value: &[u8]| db.write_bytes([(&b"/k"[..], Some(value))]);
    assert!(write(b"failed").is_err());
    let error = write(b"later").expect_err("stopped");
    assert!(error.to_string().contains("open the database again"), "{error}");
    assert_eq!(get(&db, "/k").as_deref(), Some("old"));
    drop(db);
    put(&open(&disk, Options::default()), "/k", "new");
    assert_eq!(get(&open(&disk, Options::default()), "/k").as_deref(), Some("new"));
}

#[test]
fn power_failures_lose_nothing_acknowledged() {
    // spec: leveldb.write-synced
    for seed in 0..rounds(6) {
        let disk = FaultyDisk::new();
        let total = operations(seed);
        let mut rng = Rng(seed);
        for _ in 0..15 {
            let at = rng.below(total);
            let disk = disk.after_kill();
            disk.plan(Some(Plan { at, count: u64::MAX, fault: Fault::Broken, reads: false }));
            let allowed = workload(&disk, seed, BATCHES);
            for power in 0..6 {
                let what = format!("seed {seed}, power failure {power} at {at}");
                let disk = disk.after_power_failure(power);
                let db = open(&disk, tiny());
                allowed.check(&db, &what);
                db.compact().expect("compact");
                allowed.check(&db, &what);
            }
        }
    }
}

#[test]
fn read_errors_are_reported_and_change_nothing() {
    let disk = FaultyDisk::new();
    let allowed = workload(&disk, 9, BATCHES);
    let mut errors = 0;
    for at in 0.. {
        let disk = disk.after_kill();
        disk.plan(Some(Plan { at, count: 1, fault: Fault::Broken, reads: true }));
        let before = names(&disk);
        let result = try_open(&disk, tiny()).and_then(|db| try_all(&db));
        let reached = disk.operations() > at;
        disk.plan(None);
        assert_eq!(names(&disk), before, "read error at {at}");
        allowed.check(&open(&disk, tiny()), &format!("read error at {at}"));
        if !reached {
            break;
        }
        errors += 1;
        assert!(matches!(result, Err(Error::Io { .. })), "read error at {at}: {result:?}");
    }
    assert!(errors > 10, "{errors}");
}
