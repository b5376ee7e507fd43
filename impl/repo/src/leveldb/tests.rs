//! Tests of the whole database.

use super::*;
use crate::disk::RealDisk;
use std::collections::BTreeMap;

fn tiny() -> Options {
    Options {
        write_buffer_bytes: 2000,
        table_bytes: 1500,
        level1_bytes: 4000,
        block_cache_bytes: 4096,
        open_tables_max: 3,
        ..Options::default()
    }
}

fn open(directory: &Path, options: Options) -> LevelDb {
    LevelDb::open(Arc::new(RealDisk), directory, options).expect("open")
}

fn all(db: &LevelDb) -> BTreeMap<Vec<u8>, Vec<u8>> {
    db.scan_bytes(b"", false).expect("scan").map(|pair| pair.expect("entry")).collect()
}

/// A small, fast, seeded source of numbers.
struct Rng(u64);

impl Rng {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % bound
    }
}

#[test]
fn put_get_delete_and_reopen() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("datastore");
    let key = Key::new("/local/filesroot");
    {
        let db = open(&path, Options::default());
        assert_eq!(db.get(&key).expect("get"), None);
        db.put(&key, b"one").expect("put");
        assert_eq!(db.get(&key).expect("get"), Some(b"one".to_vec()));
        db.put(&key, b"two").expect("put");
    }
    let db = open(&path, Options::default());
    assert_eq!(db.get(&key).expect("get"), Some(b"two".to_vec()));
    db.delete(&key).expect("delete");
    assert_eq!(db.get(&key).expect("get"), None);
    drop(db);
    assert_eq!(all(&open(&path, Options::default())), BTreeMap::new());
}

#[test]
fn model_with_tiny_levels() {
    for seed in 0..4 {
        let directory = tempfile::tempdir().expect("temporary directory");
        let mut model = BTreeMap::new();
        let mut rng = Rng(seed);
        for round in 0..5 {
            let mut options = tiny();
            if round % 2 == 1 {
                options.compression = Compression::Snappy;
            }
            let db = open(directory.path(), options);
            for _ in 0..400 {
                let key = format!("/k/{}", rng.below(300)).into_bytes();
                if rng.below(3) == 0 {
                    db.write_bytes([(&key[..], None)]).expect("delete");
                    model.remove(&key);
                } else {
                    let value = vec![b'v'; rng.below(60) as usize];
                    db.write_bytes([(&key[..], Some(&value[..]))]).expect("put");
                    model.insert(key, value);
                }
            }
            for number in 0..300 {
                let key = format!("/k/{number}").into_bytes();
                assert_eq!(db.get_bytes(&key).expect("get"), model.get(&key).cloned(), "{seed}");
            }
            assert_eq!(all(&db), model, "seed {seed}, round {round}");
        }
    }
}
