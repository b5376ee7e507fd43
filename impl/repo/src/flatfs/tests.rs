//! Spec: spec/repo/flatfs.md

use super::*;
use crate::disk::RealDisk;
use crate::disk::faulty::{Fault, FaultyDisk, Plan};
use std::sync::Arc;

fn open(root: &Path) -> FlatFs {
    FlatFs::open(Arc::new(RealDisk), root, ShardFunction::DEFAULT, Options::default()).unwrap()
}

fn counted(root: &Path) -> u64 {
    let cache = std::fs::read(root.join(usage::FILE_NAME)).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&cache).unwrap();
    value["diskUsage"].as_u64().unwrap()
}

fn walked(directory: &Path) -> u64 {
    let own = std::fs::metadata(directory).unwrap().len();
    std::fs::read_dir(directory).unwrap().fold(own, |sum, entry| {
        let path = entry.unwrap().path();
        sum + match path.is_dir() {
            true => walked(&path),
            false if path.ends_with(usage::FILE_NAME) => 0,
            false => path.metadata().unwrap().len(),
        }
    })
}

#[test]
fn puts_gets_lists_and_deletes() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("blocks");
    let store = open(&root);
    for (key, value) in [("/ABCDE", "one"), ("/Q", "two"), ("/ZZXYZ", "")] {
        store.put(&Key::new(key), value.as_bytes()).unwrap();
    }
    assert!(root.join("CD/ABCDE.data").exists() && root.join("__/Q.data").exists());
    assert_eq!(store.get(&Key::new("/ABCDE")).unwrap().unwrap(), b"one");
    assert_eq!(store.size(&Key::new("/ZZXYZ")).unwrap(), Some(0));
    assert!(!store.has(&Key::new("/nope")).unwrap());
    assert!(store.put(&Key::new("/lower"), b"").is_err());
    assert!(store.put(&Key::new("/A/B"), b"").is_err());
    let query = Query { prefix: Key::new("/"), keys_only: false };
    let mut pairs: Vec<_> = store.query(&query).unwrap().map(|pair| pair.unwrap()).collect();
    pairs.sort();
    assert_eq!(pairs.len(), 3);
    assert_eq!(pairs[0], (Key::new("/ABCDE"), b"one".to_vec()));
    store.delete(&Key::new("/ABCDE")).unwrap();
    store.delete(&Key::new("/ABCDE")).unwrap();
    assert!(store.get(&Key::new("/ABCDE")).unwrap().is_none());
}

#[test]
fn deferred_puts_are_readable_at_once_and_in_place_after_a_flush() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let keys: Vec<Key> = (0..40).map(|number| Key::new(&format!("/K{number:04}X"))).collect();
    for key in &keys {
        store.put_deferred(key, key.as_str().as_bytes()).unwrap();
        store.put_deferred(key, key.as_str().as_bytes()).unwrap();
    }
    let file = |key: &Key| store.path(name(key).unwrap());
    assert!(keys.iter().all(|key| !file(key).exists()));
    for key in &keys {
        assert_eq!(store.get(key).unwrap().unwrap(), key.as_str().as_bytes());
        assert_eq!(store.size(key).unwrap(), Some(key.as_str().len() as u64));
    }
    store.delete(&keys[0]).unwrap();
    store.flush().unwrap();
    assert!(!store.has(&keys[0]).unwrap());
    assert!(keys[1..].iter().all(|key| file(key).exists()));
    assert_eq!(std::fs::read_dir(directory.path().join(".temp")).unwrap().count(), 0);
}

#[test]
fn the_count_equals_a_walk() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("blocks");
    let store = open(&root);
    for number in 0..60 {
        let key = Key::new(&format!("/KEY{number:03}A"));
        store.put_deferred(&key, &vec![7; number * 11]).unwrap();
        if number % 3 == 1 {
            store.put(&key, &vec![7; number * 11]).unwrap();
        }
    }
    store.flush().unwrap();
    (0..30).for_each(|number| store.delete(&Key::new(&format!("/KEY{number:03}A"))).unwrap());
    let usage = store.disk_usage().unwrap();
    drop(store);
    assert_eq!(usage, counted(&root));
    assert_eq!(usage, walked(&root));
    std::fs::remove_file(root.join(usage::FILE_NAME)).unwrap();
    assert_eq!(open(&root).disk_usage().unwrap(), usage);
    assert_eq!(counted(&root), usage);
}

#[test]
fn left_overs_go_and_a_foreign_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("blocks");
    drop(open(&root));
    std::fs::create_dir(root.join(".temp/batch-1")).unwrap();
    std::fs::write(root.join(".temp/batch-1/x"), "x").unwrap();
    std::fs::write(root.join(".temp/temp-1"), "x").unwrap();
    drop(open(&root));
    assert_eq!(std::fs::read_dir(root.join(".temp")).unwrap().count(), 0);
    let disk: DiskRef = Arc::new(RealDisk);
    let other = FlatFs::open(disk.clone(), &root, ShardFunction::Prefix(2), Options::default());
    assert!(other.unwrap_err().to_string().contains("does not match repo shard func"));
    let foreign = directory.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("x"), "").unwrap();
    let refused = FlatFs::open(disk, &foreign, ShardFunction::DEFAULT, Options::default());
    assert!(refused.unwrap_err().to_string().starts_with("directory missing SHARDING file"));
}

fn key_value(number: usize) -> (Key, Vec<u8>) {
    (Key::new(&format!("/KEY{number:02}A")), vec![number as u8; 700])
}

fn open_on(disk: &FaultyDisk) -> Result<FlatFs> {
    let options = Options { sync: true, ..Options::default() };
    let disk: DiskRef = Arc::new(disk.clone());
    FlatFs::open(disk, Path::new("/blocks"), ShardFunction::DEFAULT, options)
}

/// Puts blocks in several ways; gives those that were acknowledged.
fn put_some(disk: &FaultyDisk, count: usize) -> Vec<usize> {
    let mut acknowledged = Vec::new();
    let Ok(store) = open_on(disk) else { return acknowledged };
    for number in 0..count / 2 {
        let (key, value) = key_value(number);
        if store.put(&key, &value).is_ok() {
            acknowledged.push(number);
        }
    }
    for number in count / 2..count {
        let (key, value) = key_value(number);
        if store.put_deferred(&key, &value).is_err() {
            return acknowledged;
        }
    }
    if store.flush().is_ok() {
        acknowledged.extend(count / 2..count);
    }
    acknowledged
}

fn check_whole(store: &FlatFs, acknowledged: &[usize], what: &str) {
    for number in acknowledged {
        let (key, value) = key_value(*number);
        assert!(store.get(&key).unwrap() == Some(value), "{what}: {key}");
    }
    let query = Query { prefix: Key::new("/"), keys_only: false };
    for pair in store.query(&query).unwrap() {
        let (key, value) = pair.unwrap();
        let number = key.as_str()[4..6].parse().unwrap();
        assert!(value == key_value(number).1, "{what}: {key} is damaged");
    }
}

/// Everything fails from the `at`-th operation on.
fn cut(at: u64, fault: Fault) -> Plan {
    Plan { at, count: u64::MAX, fault, reads: true }
}

#[test]
fn no_power_cut_damages_or_loses_a_value() {
    for count in [6, 40] {
        for at in (0..).step_by(if count == 6 { 1 } else { 7 }) {
            let disk = FaultyDisk::new();
            disk.plan(Some(cut(at, if at % 2 == 0 { Fault::Broken } else { Fault::Full })));
            let acknowledged = put_some(&disk, count);
            let finished = disk.operations() < at;
            for seed in 0..3 {
                let disk = disk.after_power_failure(at * 7 + seed);
                let what = format!("cut at {at}, seed {seed}");
                check_whole(&open_on(&disk).unwrap(), &acknowledged, &what);
            }
            if finished {
                break;
            }
        }
    }
}

#[test]
fn errors_are_reported_and_damage_nothing() {
    for fault in [Fault::Broken, Fault::Full] {
        for at in 0..120 {
            let disk = FaultyDisk::new();
            disk.plan(Some(Plan { count: 1, ..cut(at, fault) }));
            let acknowledged = put_some(&disk, 8);
            disk.plan(None);
            check_whole(&open_on(&disk).unwrap(), &acknowledged, &format!("{fault:?} at {at}"));
        }
    }
}
