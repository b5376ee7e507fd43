//! The database against an ordered map, and what it does to its files.

use super::*;

type Batches = Vec<(Vec<u8>, Option<Vec<u8>>)>;

fn random_batch(rng: &mut Rng, keys: u64) -> Batches {
    let changes = 1 + rng.below(12);
    let change = |rng: &mut Rng| {
        let key = format!("/k/{}", rng.below(keys)).into_bytes();
        let value = vec![b'a' + rng.below(26) as u8; rng.below(80) as usize];
        (key, (rng.below(3) != 0).then_some(value))
    };
    (0..changes).map(|_| change(rng)).collect()
}

fn write(db: &LevelDb, batch: &Batches) -> Result<()> {
    db.write_bytes(batch.iter().map(|(key, value)| (&key[..], value.as_deref())))
}

fn note(model: &mut BTreeMap<Vec<u8>, Vec<u8>>, batch: Batches) {
    for (key, value) in batch {
        match value {
            Some(value) => drop(model.insert(key, value)),
            None => drop(model.remove(&key)),
        }
    }
}

#[test]
fn model_with_tiny_levels() {
    let mut deepest = 0;
    for seed in 0..rounds(12) {
        let disk = FaultyDisk::new();
        let mut model = BTreeMap::new();
        let mut rng = Rng(seed);
        for round in 0..6 {
            let mut options = tiny();
            if rng.below(3) == 0 {
                options.compression = Compression::Snappy;
            }
            let db = open(&disk, options);
            let keys = if round % 2 == 0 { 300 } else { 2000 };
            for _ in 0..rng.below(90) {
                let batch = random_batch(&mut rng, keys);
                write(&db, &batch).expect("write");
                note(&mut model, batch);
            }
            if rng.below(4) == 0 {
                db.compact().expect("compact");
            }
            deepest = deepest.max(db.level_tables().len());
            for number in 0..300 {
                let key = format!("/k/{number}").into_bytes();
                let found = db.get_bytes(&key).expect("get");
                assert_eq!(found, model.get(&key).cloned(), "seed {seed}, round {round}");
            }
            assert_eq!(all(&db), model, "seed {seed}, round {round}");
        }
        assert_eq!(all(&open(&disk, read_only())), model, "seed {seed}");
    }
    assert!(deepest >= 3, "no deep levels: {deepest}");
}

#[test]
fn a_tombstone_of_the_next_key_hides_nothing() {
    // spec: leveldb.get-same-key
    let disk = FaultyDisk::new();
    let db = open(&disk, Options::default());
    put(&db, "/a", "1");
    put(&db, "/c", "3");
    db.compact().expect("compact");
    drop(db);
    for number in 0..10 {
        // Enough logs for a turn-over: the tombstone gets into a table of its own.
        let db = open(&disk, Options::default());
        db.write_bytes([(&b"/b"[..], None)]).expect("delete");
        db.wait_until_idle().expect("idle");
        assert_eq!(get(&db, "/a").as_deref(), Some("1"), "{number}");
    }
}

#[test]
fn prefix_queries_give_only_what_lies_below() {
    let disk = FaultyDisk::new();
    let db = open(&disk, Options::default());
    for key in ["/a", "/a/x", "/a/y/z", "/a0", "/ab", "/b"] {
        put(&db, key, key);
    }
    let query = |prefix: &str, keys_only| {
        let query = Query { prefix: Key::new(prefix), keys_only };
        let pairs: Result<Vec<_>> = db.query(&query).expect("query").collect();
        pairs.expect("pairs")
    };
    let keys: Vec<String> = query("/a", false).iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(keys, ["/a/x", "/a/y/z"]);
    assert_eq!(query("/a", false)[0].1, b"/a/x");
    assert_eq!(query("/a", true)[0].1, b"");
    assert_eq!(query("/", true).len(), 6);
    assert_eq!(query("/none", true).len(), 0);
}

#[test]
fn reading_changes_no_file() {
    // spec: leveldb.read-changes-nothing
    let disk = FaultyDisk::new();
    let db = open(&disk, tiny());
    for number in 0..200 {
        put(&db, &format!("/k/{number}"), "value");
    }
    drop(db);
    let before = names(&disk);
    for mode in [Mode::Lazy, Mode::ReadOnly] {
        disk.plan(None);
        let db = open(&disk, Options { mode, ..tiny() });
        assert_eq!(all(&db).len(), 200);
        assert_eq!(get(&db, "/k/7").as_deref(), Some("value"));
        drop(db);
        assert_eq!(disk.operations(), 0);
    }
    assert_eq!(names(&disk), before);
    let db = open(&disk, read_only());
    assert!(db.write_bytes([(&b"/k"[..], None)]).is_err());
}

#[test]
fn short_runs_of_writes_stay_cheap_and_bounded() {
    // spec: leveldb.first-write-light
    let disk = FaultyDisk::new();
    put(&open(&disk, Options::default()), "/first", "1");
    let mut most = 0;
    for number in 0..100 {
        disk.plan(None);
        let db = open(&disk, Options::default());
        put(&db, &format!("/k/{}", number % 7), &format!("{number}"));
        if number == 0 {
            // New log, its directory, the record, the sync.
            assert_eq!(disk.operations(), 4);
        }
        drop(db);
        most = most.max(names(&disk).len());
    }
    assert!(most <= 24, "{most} files");
    let db = open(&disk, Options::default());
    assert_eq!(get(&db, "/k/1").as_deref(), Some("99"));
    assert_eq!(get(&db, "/k/6").as_deref(), Some("97"));
}

#[test]
fn a_second_opener_is_refused() {
    // spec: leveldb.lock
    let disk = FaultyDisk::new();
    let db = open(&disk, Options::default());
    let error = try_open(&disk, read_only()).expect_err("locked");
    assert!(matches!(error, Error::Locked(_)), "{error}");
    drop(db);
    open(&disk, Options::default());
}

#[test]
fn a_query_sees_one_moment() {
    // spec: leveldb.query-snapshot
    let disk = FaultyDisk::new();
    let db = open(&disk, tiny());
    for number in 0..300 {
        put(&db, &format!("/k/{number:03}"), "old");
    }
    let mut scan = db.scan_bytes(b"", false).expect("scan");
    let first = scan.next().expect("one").expect("pair");
    assert_eq!(first.0, b"/k/000");
    for number in 0..300 {
        let key = format!("/k/{number:03}");
        if number % 2 == 0 {
            put(&db, &key, "new");
        } else {
            db.write_bytes([(key.as_bytes(), None)]).expect("delete");
        }
        put(&db, &format!("/n/{number}"), "new");
    }
    db.compact().expect("compact");
    let rest: Result<Vec<_>> = scan.collect();
    let rest = rest.expect("pairs");
    assert_eq!(rest.len(), 299);
    assert!(rest.iter().all(|(_, value)| value == b"old"));
    assert_eq!(all(&db).len(), 450);
    // With the reader gone its tables go too.
    let tables: usize = db.level_tables().iter().sum();
    let on_disk = names(&disk).iter().filter(|name| name.ends_with(".ldb")).count();
    assert_eq!(on_disk, tables);
}

#[test]
fn big_values_and_empty_ones() {
    let disk = FaultyDisk::new();
    let big = "x".repeat(200_000);
    {
        let db = open(&disk, tiny());
        put(&db, "/big", &big);
        put(&db, "/empty", "");
        put(&db, "", "no key");
    }
    for compact in [false, true] {
        let db = open(&disk, Options { compression: Compression::Snappy, ..tiny() });
        if compact {
            db.compact().expect("compact");
        }
        assert_eq!(get(&db, "/big").as_deref(), Some(&big[..]));
        assert_eq!(get(&db, "/empty").as_deref(), Some(""));
        assert_eq!(get(&db, "").as_deref(), Some("no key"));
        assert_eq!(all(&db).len(), 3);
    }
}

#[test]
fn disk_usage_counts_files_and_directory() {
    let disk = FaultyDisk::new();
    let db = open(&disk, Options::default());
    let empty = db.disk_usage().expect("usage");
    put(&db, "/k", &"x".repeat(1000));
    let used = db.disk_usage().expect("usage");
    assert!(used > empty + 1000 && used < empty + 2000, "{empty} {used}");
}
