//! Tests of the whole database, on a disk in memory.

mod damage;
mod faults;
mod fixtures;
mod model;
mod threads;

use super::*;
use crate::disk::Open;
use crate::disk::faulty::FaultyDisk;
use std::collections::BTreeMap;

/// Keys and values.
type Pairs = BTreeMap<Vec<u8>, Vec<u8>>;

const DIRECTORY: &str = "/datastore";

/// Sizes at which a few hundred changes go through all levels.
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

fn read_only() -> Options {
    Options { mode: Mode::ReadOnly, ..Options::default() }
}

fn try_open(disk: &FaultyDisk, options: Options) -> Result<LevelDb> {
    LevelDb::open(Arc::new(disk.clone()), DIRECTORY, options)
}

fn open(disk: &FaultyDisk, options: Options) -> LevelDb {
    try_open(disk, options).expect("open")
}

fn put(db: &LevelDb, key: &str, value: &str) {
    db.write_bytes([(key.as_bytes(), Some(value.as_bytes()))]).expect("put");
}

fn get(db: &LevelDb, key: &str) -> Option<String> {
    let value = db.get_bytes(key.as_bytes()).expect("get")?;
    Some(String::from_utf8(value).expect("text"))
}

fn try_all(db: &LevelDb) -> Result<Pairs> {
    db.scan_bytes(b"", false)?.collect()
}

fn all(db: &LevelDb) -> Pairs {
    try_all(db).expect("scan")
}

/// The names in the database's directory.
fn names(disk: &FaultyDisk) -> Vec<String> {
    let path_name = |path: PathBuf| path.strip_prefix(DIRECTORY).ok()?.to_str().map(str::to_owned);
    disk.files().into_iter().filter_map(path_name).collect()
}

fn path(name: &str) -> PathBuf {
    Path::new(DIRECTORY).join(name)
}

fn read(disk: &FaultyDisk, name: &str) -> Vec<u8> {
    use crate::disk::Disk;
    disk.read(&path(name)).expect("read")
}

/// Replaces a file's content.
fn overwrite(disk: &FaultyDisk, name: &str, data: &[u8]) {
    use crate::disk::Disk;
    let file = disk.open(&path(name), Open::Truncate(0o644)).expect("open");
    file.write_at(data, 0).expect("write");
}

fn remove(disk: &FaultyDisk, name: &str) {
    use crate::disk::Disk;
    disk.remove_file(&path(name)).expect("remove");
}

/// The only file whose name begins and ends so.
fn the_file(disk: &FaultyDisk, begin: &str, end: &str) -> String {
    let mut found = names(disk);
    found.retain(|name| name.starts_with(begin) && name.ends_with(end));
    assert_eq!(found.len(), 1, "{begin}..{end}: {found:?}");
    found.remove(0)
}

/// A small, fast, seeded source of numbers.
struct Rng(u64);

impl Rng {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % bound
    }
}

/// How often a random test repeats: `IPFS_TEST_ROUNDS` times as often as usual.
#[expect(clippy::disallowed_methods, reason = "a knob for long test runs")]
fn rounds(usual: u64) -> u64 {
    let factor = std::env::var("IPFS_TEST_ROUNDS").ok().and_then(|text| text.parse().ok());
    usual * factor.unwrap_or(1).max(1)
}
