//! The steps of the configuration, interrupted at every operation on the disk.

use crate::config::{read, repo, run};
use ipfs_store::disk::Disk;
use ipfs_store::disk::faulty::{Fault, FaultyDisk, Plan};
use repo_migrations::Direction;
use repo_migrations::engine::Target;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Left-overs of different power failures that are tried at each operation.
const POWER_FAILURES: u64 = 4;

const CONFIG: &str = r#"{"Addresses": {"Swarm": ["/ip4/0.0.0.0/tcp/1", "/udp/1/quic", "/quic-v1"]},
    "Bootstrap":
    ["/ip4/104.236.179.241/tcp/4001/ipfs/QmSoLPppuBtQSGwKDZT2M73ULpjvfd3aZ6ha4oFGL1KrGM"],
    "Datastore": {"Type": "leveldb", "NoSync": false},
    "Reprovider": {"Interval": "12h", "Strategy": "all"}}"#;

fn config_repo(from: u32) -> FaultyDisk {
    let disk = repo(from, CONFIG.as_bytes());
    if from == 8 {
        disk.create_dir(Path::new("/r/keystore"), 0o700).expect("mkdir");
        for name in ["mykey", "other"] {
            let path = Path::new("/r/keystore").join(name);
            ipfs_store::disk::write_atomic(&disk, &path, name.as_bytes(), 0o400).expect("write");
        }
    }
    for directory in ["/", "/r"] {
        disk.sync_dir(Path::new(directory)).expect("sync");
    }
    disk
}

fn target(disk: &FaultyDisk) -> Target {
    Target { disk: Arc::new(disk.clone()), repo: "/r".into() }
}

/// All files with their content. What a killed process left under a temporary name is no part of
/// the result.
fn content(disk: &FaultyDisk) -> BTreeMap<String, String> {
    let files = disk.files().into_iter().filter(|path| {
        !path.file_name().is_some_and(|name| name.to_string_lossy().contains(".tmp-"))
    });
    let text = |path: &Path| String::from_utf8_lossy(&disk.read(path).expect("read")).into_owned();
    files.map(|path| (path.display().to_string(), text(&path))).collect()
}

/// The version, whatever follows it.
fn number(disk: &FaultyDisk) -> String {
    String::from_utf8_lossy(&read(&target(disk), "version")).trim().to_owned()
}

/// Interrupts a step at every operation, and says what is found then.
fn interrupted(start: &FaultyDisk, from: u32, direction: Direction, check: impl Fn(FaultyDisk)) {
    let whole = start.after_kill();
    whole.plan(None);
    run(&mut target(&whole), from, direction).expect("it works");
    let operations = whole.operations();
    assert!(operations >= 5, "only {operations} operations");
    for at in 0..operations {
        let disk = start.after_kill();
        disk.plan(Some(Plan { at, count: u64::MAX, fault: Fault::Broken, reads: false }));
        run(&mut target(&disk), from, direction).expect_err("interrupted");
        check(disk.after_kill());
        for seed in 0..POWER_FAILURES {
            check(disk.after_power_failure(seed));
        }
    }
}

fn both_ways(from: u32) {
    let low = config_repo(from);
    let high = low.after_kill();
    run(&mut target(&high), from, Direction::Forward).expect("it works");
    let back = high.after_kill();
    run(&mut target(&back), from, Direction::Revert).expect("it works");
    // Made by a newer program: there is no backup.
    let made = high.after_kill();
    let backup = PathBuf::from(format!("/r/config.{from}-to-{}.bak", from + 1));
    if made.meta(&backup).is_ok() {
        made.remove_file(&backup).expect("remove");
        made.sync_dir(Path::new("/r")).expect("sync");
    }
    for (start, direction) in
        [(&low, Direction::Forward), (&high, Direction::Revert), (&made, Direction::Revert)]
    {
        let done = start.after_kill();
        run(&mut target(&done), from, direction).expect("it works");
        let wanted = content(&done);
        interrupted(start, from, direction, |disk| {
            let again = disk.after_kill();
            let version = read(&target(&again), "version");
            // The version is the last change: with the new one, only cleaning up is left.
            if version != read(&target(&done), "version")
                || again.files().len() != done.files().len()
            {
                let _ = run(&mut target(&again), from, direction);
            }
            assert_eq!(content(&again), wanted, "completed");
            let taken_back = disk.after_kill();
            let opposite = match direction {
                Direction::Forward => Direction::Revert,
                Direction::Revert => Direction::Forward,
            };
            // Where nothing had begun, there is nothing to take back.
            let _ = run(&mut target(&taken_back), from, opposite);
            assert_eq!(number(&taken_back), number(start));
        });
    }
}

// spec: framework.version-last, framework.resume, framework.undo, framework.journal
#[test]
fn the_same_command_completes_and_the_opposite_takes_back() {
    for from in [5, 7, 8, 9, 12, 13, 14, 15, 16, 17] {
        both_ways(from);
    }
}

// spec: framework.journal
#[test]
fn a_full_disk_changes_nothing_or_is_completed() {
    for from in [5, 8, 12, 17] {
        let start = config_repo(from);
        start.plan(None);
        let whole = start.after_kill();
        run(&mut target(&whole), from, Direction::Forward).expect("it works");
        for at in 0..whole.operations() {
            let disk = start.after_kill();
            disk.plan(Some(Plan { at, count: 3, fault: Fault::Full, reads: false }));
            let failed = run(&mut target(&disk), from, Direction::Forward).is_err();
            disk.plan(None);
            if failed && disk.read(Path::new("/r/migration.journal")).is_err() {
                let version = read(&target(&disk), "version");
                if version == read(&target(&start), "version") {
                    run(&mut target(&disk), from, Direction::Forward).expect("again");
                }
            } else if failed {
                run(&mut target(&disk), from, Direction::Forward).expect("again");
            }
            assert_eq!(content(&disk), content(&whole), "{from} at {at}");
        }
    }
}
