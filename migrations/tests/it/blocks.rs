//! The steps that move blocks, on disks in memory: results, strange files, what other tools leave.

use ipfs_store::disk::faulty::FaultyDisk;
use ipfs_store::disk::{Disk, write_atomic};
use ipfs_store::leveldb::{LevelDb, Options};
use repo_migrations::blocks::key::{base32, cleaned, hex, sha256};
use repo_migrations::blocks::layout::{HEX, NEXT_TO_LAST, PREFIX};
use repo_migrations::engine::{self, Target};
use repo_migrations::locking::Locks;
use repo_migrations::{Direction, Error, Report, Step, steps};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CONFIG: &str = r#"{"Datastore":{"Spec":{"type":"mount","mounts":[
    {"mountpoint":"/blocks","type":"measure","prefix":"flatfs.datastore","child":{
        "type":"flatfs","path":"blocks","sync":true,"shardFunc":"/repo/flatfs/shard/v1/next-to-last/2"}},
    {"mountpoint":"/","type":"measure","prefix":"leveldb.datastore","child":{
        "type":"levelds","path":"datastore","compression":"none"}}]}}}"#;

struct Repo {
    disk: FaultyDisk,
    target: Target,
}

impl Repo {
    fn new(home: &str, version: u32) -> Self {
        let disk = FaultyDisk::new();
        let home = PathBuf::from(home);
        for directory in [&home, &home.join("blocks")] {
            disk.create_dir(directory, 0o755).expect("mkdir");
        }
        let repo = Self { target: Target { disk: Arc::new(disk.clone()), repo: home }, disk };
        repo.write("config", CONFIG.as_bytes());
        repo.write("version", format!("{version}\n").as_bytes());
        repo
    }

    fn path(&self, name: &str) -> PathBuf {
        self.target.repo.join(name)
    }

    /// Writes a file; its directory is made if need be.
    fn write(&self, name: &str, data: &[u8]) {
        let path = self.path(name);
        let _ = self.disk.create_dir(path.parent().expect("a directory"), 0o755);
        write_atomic(&self.disk, &path, data, 0o600).expect("write");
    }

    fn block(&self, layout: repo_migrations::blocks::layout::Shard, name: &str, data: &[u8]) {
        let path = layout.file(Path::new("blocks"), name);
        self.write(&path.to_string_lossy(), data);
    }

    fn db(&self) -> LevelDb {
        LevelDb::open(Arc::new(self.disk.clone()), self.path("datastore"), Options::default())
            .expect("database")
    }

    fn put(&self, key: &[u8], value: &[u8]) {
        self.db().write_bytes([(key, Some(value))]).expect("put");
    }

    fn records(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.db().scan_bytes(b"", false).expect("scan").map(|pair| pair.expect("pair")).collect()
    }

    fn run(&mut self, from: u32, direction: Direction) -> Result<(), Error> {
        let step: &dyn Step = *steps::ALL.iter().find(|step| step.from() == from).expect("step");
        let mut locks = Locks::held_elsewhere();
        engine::run(step, direction, &mut self.target, &mut locks, &mut Report::silent())
    }

    fn forward(&mut self, from: u32) {
        self.run(from, Direction::Forward).expect("forward");
    }

    fn revert(&mut self, from: u32) {
        self.run(from, Direction::Revert).expect("revert");
    }

    /// Files below `blocks`, with their content.
    fn blocks(&self) -> BTreeMap<String, Vec<u8>> {
        let root = self.path("blocks");
        let below = self.disk.files().into_iter().filter_map(|path| {
            let name = path.strip_prefix(&root).ok()?.to_string_lossy().into_owned();
            Some((name, self.disk.read(&path).expect("read")))
        });
        below.filter(|(name, _)| name != "SHARDING" && name != "_README").collect()
    }

    fn exists(&self, name: &str) -> bool {
        self.disk.meta(&self.path(name)).is_ok()
    }
}

fn data(number: u32) -> Vec<u8> {
    format!("block {number}").into_bytes()
}

/// A block whose key is cut by cleaning.
fn cut() -> Vec<u8> {
    let is_cut = |data: &Vec<u8>| cleaned(&sha256(data)).is_some_and(|key| key != sha256(data));
    (0..).map(data).find(is_cut).expect("one in a few hundred")
}

fn cid1(data: &[u8]) -> Vec<u8> {
    [&[1, 0x55][..], &sha256(data)].concat()
}

/// Where each layout has a file.
fn file(layout: repo_migrations::blocks::layout::Shard, name: &str) -> String {
    layout.file(Path::new(""), name).to_string_lossy().into_owned()
}

#[test]
fn version_0_gets_a_version_file_and_loses_it() {
    let mut repo = Repo::new("/r", 1);
    repo.revert(0);
    assert!(!repo.exists("version"));
    repo.forward(0);
    assert_eq!(repo.disk.read(&repo.path("version")).expect("read"), b"1\n");
}

fn version_1(home: &str) -> Repo {
    let repo = Repo::new(home, 1);
    for data in (0..50).map(data).chain([cut()]) {
        let key = cleaned(&sha256(&data)).expect("a key");
        repo.put(&[b"/b/", &key[..]].concat(), &data);
    }
    repo.put(b"/local/filesroot", b"root");
    repo
}

#[test]
fn blocks_go_to_files_and_back_and_the_directory_is_renamed() {
    let mut repo = version_1("/.go-ipfs");
    let before = repo.records();
    repo.forward(1);
    assert_eq!(repo.target.repo, Path::new("/.ipfs"));
    assert_eq!(repo.records().keys().collect::<Vec<_>>(), [b"/local/filesroot"]);
    let blocks = repo.blocks();
    assert_eq!(blocks.len(), 51);
    for (name, data) in &blocks {
        let key = cleaned(&sha256(data)).expect("a key");
        assert_eq!(*name, file(HEX, &hex(&key)));
    }
    repo.revert(1);
    assert_eq!(repo.target.repo, Path::new("/.go-ipfs"));
    assert_eq!(repo.records(), before);
    assert!(!repo.exists("blocks"));
    // The old path is found again under its other name.
    repo.target.repo = "/.ipfs".into();
    repo.forward(1);
    assert_eq!(repo.target.repo, Path::new("/.ipfs"));
    assert_eq!(repo.blocks(), blocks);
}

#[test]
fn any_other_directory_stays_in_place() {
    let mut repo = version_1("/data");
    repo.forward(1);
    assert_eq!(repo.target.repo, Path::new("/data"));
    assert_eq!(repo.blocks().len(), 51);
}

#[test]
fn a_taken_name_is_seen_before_anything_changes() {
    let mut repo = version_1("/.go-ipfs");
    repo.disk.create_dir(Path::new("/.ipfs"), 0o755).expect("mkdir");
    write_atomic(&repo.disk, Path::new("/.ipfs/mine"), b"", 0o600).expect("write");
    let error = repo.run(1, Direction::Forward).expect_err("taken");
    assert_eq!(error.to_string(), "mkdir /.ipfs: file exists");
    assert!(repo.blocks().is_empty());
    assert_eq!(repo.records().len(), 52);
}

#[test]
fn strange_files_lose_no_block_on_the_way_to_leveldb() {
    let mut repo = version_1("/data");
    let before = repo.records();
    repo.forward(1);
    let shard = file(HEX, &hex(&sha256(&data(1))));
    let shard = shard.split('/').next().expect("a directory");
    repo.write(&format!("blocks/{shard}/put-123"), b"half");
    repo.write(&format!("blocks/{shard}/.hidden"), b"hidden");
    repo.write(&format!("blocks/{shard}/notes.txt"), b"notes");
    repo.block(PREFIX, &base32(&cid1(b"raw")), b"raw");
    repo.write("blocks/diskUsage.cache", b"{}");
    repo.revert(1);
    assert_eq!(repo.records(), before);
    let kept: Vec<String> = repo.blocks().into_keys().collect();
    let mut expected = vec![
        format!("{shard}/.hidden"),
        format!("{shard}/notes.txt"),
        file(PREFIX, &base32(&cid1(b"raw"))),
    ];
    expected.sort();
    assert_eq!(kept, expected);
}

#[test]
fn of_two_copies_the_good_one_stays() {
    let mut repo = Repo::new("/data", 1);
    let (good, torn) = (data(1), b"blo".to_vec());
    let key = sha256(&good);
    repo.put(&[b"/b/", &key[..]].concat(), &good);
    repo.block(HEX, &hex(&key), &torn);
    let other = sha256(&data(2));
    repo.put(&[b"/b/", &other[..]].concat(), b"damaged");
    repo.block(HEX, &hex(&other), &data(2));
    repo.forward(1);
    assert_eq!(repo.blocks()[&file(HEX, &hex(&key))], good);
    assert_eq!(repo.blocks()[&file(HEX, &hex(&other))], data(2));
    assert_eq!(repo.records().len(), 1, "the damaged one is kept");
}

fn version_3() -> Repo {
    let repo = Repo::new("/r", 3);
    for data in (0..50).map(data).chain([cut()]) {
        let key = cleaned(&sha256(&data)).expect("a key");
        repo.block(HEX, &hex(&key), &data);
    }
    repo.put(&[b"/pk/", &sha256(b"public")[..]].concat(), b"public");
    repo.put(&[b"/ipns/", &sha256(b"peer")[..]].concat(), b"record");
    repo.put(b"/ipns/too short", b"malformed");
    repo
}

#[test]
fn names_become_base32_and_hexadecimal_again() {
    let mut repo = version_3();
    let (blocks, records) = (repo.blocks(), repo.records());
    repo.write("blocks/notes.txt", b"notes");
    repo.block(PREFIX, &base32(&cid1(b"raw")), b"raw");
    repo.forward(3);
    let after = repo.blocks();
    assert_eq!(after.len(), 53);
    for data in (0..50).map(data).chain([cut()]) {
        assert_eq!(after[&file(PREFIX, &base32(&sha256(&data)))], data);
    }
    let found = repo.records();
    assert_eq!(found[format!("/pk/{}", base32(&sha256(b"public"))).as_bytes()], b"public");
    assert_eq!(found[format!("/ipns/{}", base32(&sha256(b"peer"))).as_bytes()], b"record");
    assert_eq!(found[&b"/ipns/too short"[..]], b"malformed");
    assert_eq!(found.len(), 3);
    repo.revert(3);
    assert_eq!(repo.records(), records);
    let mut expected = blocks;
    expected.insert("notes.txt".into(), b"notes".to_vec());
    expected.insert(file(PREFIX, &base32(&cid1(b"raw"))), b"raw".to_vec());
    assert_eq!(repo.blocks(), expected);
}

fn version_4() -> Repo {
    let repo = Repo::new("/r", 4);
    for data in (0..50).map(data) {
        repo.block(PREFIX, &base32(&sha256(&data)), &data);
    }
    repo
}

#[test]
fn directories_change_and_the_sharding_file_says_so() {
    let mut repo = version_4();
    let before = repo.blocks();
    repo.write("blocks/CIQAA/put-42", b"half");
    repo.write("blocks/CIQAA/notes.txt", b"notes");
    repo.forward(4);
    let after = repo.blocks();
    assert_eq!(after.len(), 51);
    for data in (0..50).map(data) {
        assert_eq!(after[&file(NEXT_TO_LAST, &base32(&sha256(&data)))], data);
    }
    assert_eq!(after["CIQAA/notes.txt"], b"notes");
    let sharding = repo.disk.read(&repo.path("blocks/SHARDING")).expect("read");
    assert_eq!(sharding, b"/repo/flatfs/shard/v1/next-to-last/2\n");
    // spec: 4-to-5.readme
    let readme = repo.disk.read(&repo.path("blocks/_README")).expect("read");
    assert_eq!(repo.disk.meta(&repo.path("blocks/_README")).expect("stat").mode, 0o444);
    let readme = String::from_utf8(readme).expect("text");
    let shown = |what: &str| {
        let line = readme.lines().find_map(|line| line.trim().strip_prefix(what));
        line.expect("an example").trim().to_owned()
    };
    let name = shown("name:");
    assert_eq!(NEXT_TO_LAST.directory(name.trim_end_matches(".data")), shown("directory:"));
    repo.write("blocks/.temp/temp-1", b"half");
    repo.disk.remove_file(&repo.path("blocks/CIQAA/notes.txt")).expect("remove");
    repo.revert(4);
    assert_eq!(repo.blocks(), before);
    assert!(!repo.exists("blocks/SHARDING"));
    assert!(!repo.exists("blocks/.temp"));
}

#[test]
fn what_upstream_left_in_two_directories_is_brought_together() {
    for (has_old, has_new, direction) in [
        (true, false, Direction::Forward),
        (true, true, Direction::Forward),
        (false, true, Direction::Forward),
        (true, true, Direction::Revert),
    ] {
        let version = if direction == Direction::Forward { 4 } else { 5 };
        let mut repo = Repo::new("/r", version);
        repo.disk.remove_dir(&repo.path("blocks")).expect("remove");
        for (there, name, sharding) in [
            (has_old, "blocks-v4", "/repo/flatfs/shard/v1/prefix/5\n"),
            (has_new, "blocks-v5", "/repo/flatfs/shard/v1/next-to-last/2\n"),
        ] {
            if there {
                repo.write(&format!("{name}/SHARDING"), sharding.as_bytes());
            }
        }
        if direction == Direction::Revert {
            repo.write("revert-phase", b"2");
        }
        for number in 0..50 {
            let name = base32(&sha256(&data(number)));
            let old = if has_new { has_old && number % 2 == 0 } else { true };
            let (root, shard) =
                if old { ("blocks-v4", PREFIX) } else { ("blocks-v5", NEXT_TO_LAST) };
            repo.write(&shard.file(Path::new(root), &name).to_string_lossy(), &data(number));
        }
        repo.run(4, direction).expect("completed");
        let layout = if direction == Direction::Forward { NEXT_TO_LAST } else { PREFIX };
        let after = repo.blocks();
        assert_eq!(after.len(), 50);
        for data in (0..50).map(data) {
            assert_eq!(after[&file(layout, &base32(&sha256(&data)))], data);
        }
        assert!(!repo.exists("revert-phase"));
        assert!(!repo.exists("blocks-v4") && !repo.exists("blocks-v5"));
    }
}

fn version_11() -> Repo {
    let repo = Repo::new("/r", 11);
    repo.write("blocks/SHARDING", NEXT_TO_LAST.to_string().as_bytes());
    for number in 0..50 {
        let data = data(number);
        let key = if number % 2 == 0 { sha256(&data) } else { cid1(&data) };
        repo.block(NEXT_TO_LAST, &base32(&key), &data);
    }
    let key = format!("/filestore/{}", base32(&cid1(b"reference")));
    repo.put(key.as_bytes(), b"reference");
    repo
}

#[test]
fn keys_become_multihashes_and_are_copied_back() {
    let mut repo = version_11();
    let (before, records) = (repo.blocks(), repo.records());
    repo.forward(11);
    let after = repo.blocks();
    assert_eq!(after.len(), 50);
    for data in (0..50).map(data) {
        assert_eq!(after[&file(NEXT_TO_LAST, &base32(&sha256(&data)))], data);
    }
    let reference = format!("/filestore/{}", base32(&sha256(b"reference")));
    assert_eq!(repo.records()[reference.as_bytes()], b"reference");
    let list = repo.disk.read(&repo.path("11-to-12-cids.txt")).expect("read");
    assert_eq!(list.iter().filter(|byte| **byte == b'\n').count(), 26);
    repo.revert(11);
    let back = repo.blocks();
    assert_eq!(back.len(), 75);
    assert!(before.iter().all(|(name, data)| back.get(name) == Some(data)));
    assert!(records.iter().all(|(key, value)| repo.records().get(key) == Some(value)));
    assert!(!repo.exists("11-to-12-cids.txt"));
    assert_eq!(repo.disk.read(&repo.path("11-to-12-cids.txt.reverted")).expect("read"), list);
}

#[test]
fn the_way_back_follows_pins_and_mfs() {
    let mut repo = version_11();
    repo.forward(11);
    // Since then: a dag-pb node of CIDv1 with a raw leaf, pinned; another one in MFS.
    let node = |leaf: &[u8]| {
        let cid = cid1(leaf);
        let link = [&[0x0a, cid.len() as u8][..], &cid, &[0x12, 0, 0x18, 0]].concat();
        [&[0x12, link.len() as u8][..], &link].concat()
    };
    let cid_of = |node: &[u8]| [&[1, 0x70][..], &sha256(node)].concat();
    let (pinned, kept) = (node(b"pinned leaf"), node(b"mfs leaf"));
    for block in [&pinned[..], b"pinned leaf", &kept, b"mfs leaf"] {
        repo.block(NEXT_TO_LAST, &base32(&sha256(block)), block);
    }
    let cid = cid_of(&pinned);
    let record = [&[0xa2, 0x63][..], b"cid", &[0x58, cid.len() as u8], &cid, b"\x64mode\x00"];
    repo.put(b"/pins/pin/0123", &record.concat());
    repo.put(b"/local/filesroot", &cid_of(&kept));
    repo.write("11-to-12-cids.txt.reverted", b"an earlier one\n");
    repo.revert(11);
    let back = repo.blocks();
    for (cid, data) in [
        (cid_of(&pinned), &pinned[..]),
        (cid1(b"pinned leaf"), b"pinned leaf"),
        (cid_of(&kept), &kept),
        (cid1(b"mfs leaf"), b"mfs leaf"),
    ] {
        assert_eq!(back[&file(NEXT_TO_LAST, &base32(&cid))], data);
    }
    let earlier = repo.disk.read(&repo.path("11-to-12-cids.txt.reverted.1")).expect("read");
    assert_eq!(earlier, b"an earlier one\n");
}

#[test]
fn a_damaged_list_and_a_foreign_datastore_are_refused() {
    let mut repo = version_11();
    repo.forward(11);
    let list = repo.disk.read(&repo.path("11-to-12-cids.txt")).expect("read");
    repo.write("11-to-12-cids.txt", &[&list[..], b"/blocks/AFKR\n"].concat());
    let error = repo.run(11, Direction::Revert).expect_err("damaged");
    assert!(error.to_string().contains("line 27 is no CIDv1 key"), "{error}");
    repo.write("11-to-12-cids.txt", &list);
    repo.revert(11);

    let mut repo = version_11();
    repo.write("config", br#"{"Datastore":{"Spec":{"type":"badgerds","path":"badgerds"}}}"#);
    let before = repo.disk.files();
    let error = repo.run(11, Direction::Forward).expect_err("badger");
    assert!(error.to_string().contains("of type badgerds"), "{error}");
    assert_eq!(repo.disk.files(), before);
}
