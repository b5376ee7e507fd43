//! Flatfs and LevelDB on this machine's disk.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ipfs_repo::datastore::{Change, Datastore, Key, Query};
use ipfs_repo::disk::RealDisk;
use ipfs_repo::flatfs::{self, FlatFs, ShardFunction};
use ipfs_repo::leveldb::{self, LevelDb};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

fn level_db(directory: &Path) -> LevelDb {
    LevelDb::open(Arc::new(RealDisk), directory, leveldb::Options::default()).expect("open")
}

fn key(number: u64) -> Key {
    Key::new(&format!("/pins/index/{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

fn fill(db: &LevelDb, entries: u64) {
    for first in (0..entries).step_by(1000) {
        let changes: Vec<Change> =
            (first..first + 1000).map(|number| Change::Put(key(number), vec![7; 100])).collect();
        db.apply(&changes).expect("apply");
    }
}

fn leveldb_store(criterion: &mut Criterion) {
    const ENTRIES: u64 = 100_000;
    let folder = tempfile::tempdir().expect("folder");
    let mut group = criterion.benchmark_group("leveldb");
    let next = AtomicU64::new(0);

    let small = folder.path().join("small");
    level_db(&small).put(&key(0), b"value").expect("put");
    group.bench_function("open and get, one entry", |bencher| {
        bencher.iter(|| level_db(&small).get(&key(0)).expect("get"));
    });
    let db = level_db(&folder.path().join("writes"));
    group.bench_function("put, synced", |bencher| {
        bencher
            .iter(|| db.put(&key(next.fetch_add(1, Ordering::Relaxed)), &[7; 100]).expect("put"));
    });

    let big = folder.path().join("big");
    fill(&level_db(&big), ENTRIES);
    group.bench_function("open, 100,000 entries", |bencher| bencher.iter(|| level_db(&big)));
    let db = level_db(&big);
    db.wait_until_idle().expect("idle");
    group.bench_function("get, 100,000 entries", |bencher| {
        bencher.iter(|| {
            let number = next.fetch_add(7919, Ordering::Relaxed) % ENTRIES;
            db.get(&key(number)).expect("get").expect("there")
        });
    });
    group.throughput(Throughput::Elements(ENTRIES)).sample_size(10);
    group.bench_function("query all, 100,000 entries", |bencher| {
        let query = Query { prefix: Key::new("/"), keys_only: false };
        bencher.iter(|| db.query(&query).expect("query").count());
    });
    group.bench_function("fill with batches of 1,000", |bencher| {
        let directory = || tempfile::tempdir().expect("folder");
        bencher.iter_batched(
            directory,
            |folder| {
                fill(&level_db(folder.path()), ENTRIES);
                folder
            },
            BatchSize::PerIteration,
        );
    });
}

fn flatfs_store(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("folder");
    let root = folder.path().join("blocks");
    let store = FlatFs::open(
        Arc::new(RealDisk),
        &root,
        ShardFunction::NextToLast(2),
        flatfs::Options::default(),
    )
    .expect("open");
    let next = AtomicU64::new(0);
    let name = |number: u64| {
        let text = format!("{:016X}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Key::new(&format!("/CIQ{}", text.replace(['0', '1', '8', '9'], "A")))
    };
    let mut group = criterion.benchmark_group("flatfs");
    for bytes in [4096, 256 * 1024] {
        let data = vec![7; bytes];
        group.throughput(Throughput::Bytes(bytes as u64)).sample_size(20);
        group.bench_function(format!("put {bytes}"), |bencher| {
            bencher.iter(|| {
                store.put(&name(next.fetch_add(1, Ordering::Relaxed)), &data).expect("put");
            });
        });
        let there = name(u64::MAX - bytes as u64);
        store.put(&there, &data).expect("put");
        group.bench_function(format!("get {bytes}"), |bencher| {
            bencher.iter(|| store.get(&there).expect("get").expect("there"));
        });
    }
    let absent = name(u64::MAX);
    group
        .bench_function("has, absent", |bencher| bencher.iter(|| store.has(&absent).expect("has")));
}

criterion_group!(benches, leveldb_store, flatfs_store);
criterion_main!(benches);
