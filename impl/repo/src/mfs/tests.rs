//! Spec: spec/repo/mfs.md

use super::*;
use crate::testing::MemoryDatastore;
use ipfs_data::block::{Block, MemoryStore, Sink};
use ipfs_data::cid::codec;
use ipfs_data::unixfs::Mtime;

fn settings() -> Settings {
    Settings { builder: CidBuilder::V0, directory: Options::default(), chunker: Chunker::default() }
}

struct Fixture {
    blocks: Arc<MemoryStore>,
    store: Arc<MemoryDatastore>,
    mfs: Mfs,
}

fn fixture() -> Fixture {
    let blocks = Arc::new(MemoryStore::new());
    let store = Arc::new(MemoryDatastore::default());
    let mfs = open(&blocks, &store);
    Fixture { blocks, store, mfs }
}

fn open(blocks: &Arc<MemoryStore>, store: &Arc<MemoryDatastore>) -> Mfs {
    Mfs::open(blocks.clone(), store.clone(), Arc::default(), settings()).unwrap()
}

impl Fixture {
    fn raw(&self, text: &str) -> (Cid, u64) {
        let cid = CidBuilder::V1.cid(codec::RAW, text.as_bytes()).unwrap();
        let data = text.as_bytes().to_vec().into();
        self.blocks.put(Block { cid, data }).unwrap();
        (cid, text.len() as u64)
    }

    fn put(&self, path: &str, text: &str) {
        let (cid, tsize) = self.raw(text);
        self.mfs.put(path, cid, tsize, true).unwrap();
    }

    fn names(&self, path: &str) -> Vec<String> {
        self.mfs.names(path).unwrap()
    }

    fn root(&self) -> String {
        self.mfs.current_root().unwrap().to_string()
    }
}

const MADE: Made = Made { parents: false, builder: None, mode: 0, mtime: None };
const PARENTS: Made = Made { parents: true, ..MADE };

#[test]
fn roots_are_those_of_the_reference() {
    let fixture = fixture();
    assert_eq!(fixture.root(), "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn");
    assert!(stored_root(fixture.store.as_ref()).unwrap().is_none());
    fixture.mfs.mkdir("/a", MADE, true).unwrap();
    assert_eq!(fixture.root(), "QmWikm3Gn96T2Vn6X8JDaunsWV1mH1fQ4eYdXsJPmh59ss");
    let stored = stored_root(fixture.store.as_ref()).unwrap().unwrap();
    assert_eq!(stored.to_string(), fixture.root());
}

#[test]
fn reopening_gives_the_same_tree() {
    let fixture = fixture();
    fixture.mfs.mkdir("/a/b", PARENTS, true).unwrap();
    fixture.put("/a/b/f", "x");
    let again = open(&fixture.blocks, &fixture.store);
    assert_eq!(again.names("/a/b").unwrap(), ["f"]);
    assert_eq!(again.current_root().unwrap().to_string(), fixture.root());
}

#[test]
fn unflushed_changes_are_seen_but_not_stored() {
    let fixture = fixture();
    fixture.mfs.mkdir("/kept", MADE, true).unwrap();
    let before = stored_root(fixture.store.as_ref()).unwrap();
    fixture.mfs.mkdir("/kept/new", MADE, false).unwrap();
    assert_eq!(fixture.names("/kept"), ["new"]);
    assert_eq!(stored_root(fixture.store.as_ref()).unwrap(), before);
    assert_ne!(Some(fixture.mfs.current_root().unwrap()), before);
    fixture.mfs.flush().unwrap();
    let stored = stored_root(fixture.store.as_ref()).unwrap();
    assert_eq!(stored, Some(fixture.mfs.current_root().unwrap()));
}

#[test]
fn folders_are_made_once() {
    let fixture = fixture();
    fixture.mfs.mkdir("/a", MADE, true).unwrap();
    let error = |path, made| fixture.mfs.mkdir(path, made, true).unwrap_err().to_string();
    assert_eq!(error("/a", MADE), "file already exists");
    assert_eq!(error("/x/y", MADE), "file does not exist");
    assert_eq!(error("/", MADE), "cannot create directory '/': Already exists");
    fixture.mfs.mkdir("/", PARENTS, true).unwrap();
    fixture.mfs.mkdir("/a", PARENTS, true).unwrap();
    fixture.put("/f", "x");
    assert_eq!(error("/f", PARENTS), "file already exists");
    assert_eq!(error("/f/g", PARENTS), " was not a directory");
}

#[test]
fn moving_never_loses_anything() {
    let fixture = fixture();
    fixture.mfs.mkdir("/a/b", PARENTS, true).unwrap();
    fixture.put("/a/b/f", "x");
    let before = fixture.root();
    for (from, to) in [("/a", "/a"), ("/a", "/a/b"), ("/a", "/a/b/c"), ("/a/b", "/a/b/")] {
        let error = fixture.mfs.rename(from, to, true).unwrap_err().to_string();
        assert!(error.starts_with("cannot move"), "{from} {to}: {error}");
    }
    fixture.mfs.rename("/a/b/f", "/a/b/f", true).unwrap();
    assert_eq!(fixture.root(), before);
    // Folders of the same name in different places.
    fixture.mfs.mkdir("/c/b", PARENTS, true).unwrap();
    fixture.mfs.rename("/a/b/f", "/c/b/f", true).unwrap();
    assert!(fixture.names("/a/b").is_empty());
    assert_eq!(fixture.names("/c/b"), ["f"]);
}

#[test]
fn removing_asks_before_it_takes_folders() {
    let fixture = fixture();
    fixture.mfs.mkdir("/a", MADE, true).unwrap();
    let error = fixture.mfs.remove("/a", false, false).unwrap_err().to_string();
    assert_eq!(error, "path is a directory, use -r to remove directories");
    fixture.mfs.remove("/a/", true, false).unwrap();
    assert!(matches!(fixture.mfs.remove("/a", true, false), Err(Error::NotFound)));
    fixture.mfs.remove("/a", false, true).unwrap();
}

#[test]
fn a_broken_entry_can_be_removed_by_force() {
    let fixture = fixture();
    let missing = CidBuilder::V0.cid(codec::DAG_PB, b"never stored").unwrap();
    fixture.mfs.put("/broken", missing, 5, true).unwrap();
    assert!(fixture.mfs.remove("/broken", true, false).is_err());
    fixture.mfs.remove("/broken", false, true).unwrap();
    assert!(fixture.names("/").is_empty());
}

#[test]
fn bad_roots_are_errors_and_stay() {
    let fixture = fixture();
    let key = Key::new(ROOT_KEY);
    let open = || {
        Mfs::open(fixture.blocks.clone(), fixture.store.clone(), Arc::default(), settings())
            .err()
            .unwrap()
            .to_string()
    };
    fixture.store.put(&key, b"").unwrap();
    assert!(open().contains("'ipfs files chroot'"), "{}", open());
    let (file, _) = fixture.raw("a file");
    fixture.store.put(&key, &file.to_bytes()).unwrap();
    assert!(open().contains("'ipfs files chroot'"), "{}", open());
    let missing = CidBuilder::V0.cid(codec::DAG_PB, b"never stored").unwrap();
    fixture.store.put(&key, &missing.to_bytes()).unwrap();
    assert_eq!(
        open(),
        format!("error loading filesroot from dagservice: ipld: could not find {missing}")
    );
    assert_eq!(fixture.store.get(&key).unwrap().unwrap(), missing.to_bytes());
}

#[test]
fn an_empty_root_block_is_an_error() {
    let fixture = fixture();
    // What an unsynced write leaves: a file of zero bytes under the root's name.
    let root = CidBuilder::V0.cid(codec::DAG_PB, b"lost").unwrap();
    fixture.blocks.put(Block { cid: root, data: Default::default() }).unwrap();
    fixture.store.put(&Key::new(ROOT_KEY), &root.to_bytes()).unwrap();
    let opened = Mfs::open(fixture.blocks, fixture.store, Arc::default(), settings());
    assert!(matches!(opened, Err(Error::BadRoot { .. })));
}

#[test]
fn mode_and_time_keep_the_content() {
    let fixture = fixture();
    fixture.mfs.mkdir("/d", MADE, true).unwrap();
    fixture.put("/d/raw", "content");
    for path in ["/d/raw", "/d"] {
        fixture.mfs.set_mode(path, 0o640).unwrap();
        fixture.mfs.set_mtime(path, Mtime::new(1_600_000_000, 5)).unwrap();
    }
    let entry = fixture.mfs.file("/d/raw").unwrap();
    let mut reader =
        ipfs_data::unixfs::read::Reader::open(fixture.blocks.as_ref(), &entry.cid).unwrap();
    assert_eq!((reader.mode(), reader.mtime()), (0o640, Some(Mtime::new(1_600_000_000, 5))));
    assert_eq!(reader.next_piece().unwrap().unwrap(), "content");
    assert_eq!(fixture.names("/d"), ["raw"]);
}

#[test]
fn mode_and_time_survive_growing_and_shrinking() {
    let fixture = fixture();
    fixture.mfs.mkdir("/d", MADE, true).unwrap();
    fixture.mfs.set_mode("/d", 0o750).unwrap();
    fixture.mfs.set_mtime("/d", Mtime::new(7, 0)).unwrap();
    let small = fixture.root();
    let stat = |mfs: &Mfs| {
        let cid = mfs.lookup("/d").unwrap().cid;
        let found = ipfs_data::unixfs::resolve::summary(fixture.blocks.as_ref(), &cid).unwrap();
        (found.kind, found.mode, found.mtime)
    };
    let mut settings = settings();
    settings.directory.sharding_bytes = 300;
    let mfs =
        Mfs::open(fixture.blocks.clone(), fixture.store.clone(), Arc::default(), settings).unwrap();
    let (cid, tsize) = fixture.raw("x");
    for number in 0..20 {
        mfs.put(&format!("/d/{number}"), cid, tsize, false).unwrap();
    }
    use ipfs_data::unixfs::Kind;
    assert_eq!(stat(&mfs), (Some(Kind::HamtShard), 0o750, Some(Mtime::new(7, 0))));
    for number in 0..20 {
        mfs.remove(&format!("/d/{number}"), false, false).unwrap();
    }
    assert_eq!(stat(&mfs), (Some(Kind::Directory), 0o750, Some(Mtime::new(7, 0))));
    assert_eq!(mfs.current_root().unwrap().to_string(), small);
}

/// Reads that fail after some bytes.
struct Failing(usize);

impl std::io::Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.0 == 0 {
            return Err(std::io::Error::other("cable pulled"));
        }
        let count = buffer.len().min(self.0);
        buffer[..count].fill(b'x');
        self.0 -= count;
        Ok(count)
    }
}

fn write(mfs: &Mfs, path: &str, input: &mut dyn std::io::Read) -> Result<(), WriteError> {
    let how = Write {
        create: true,
        truncate: true,
        offset: 0,
        count: None,
        raw_leaves: None,
        builder: None,
        flush: true,
        now: Mtime::new(0, 0),
    };
    mfs.write(path, &how, input, &|| false)
}

#[test]
fn a_write_that_fails_changes_nothing() {
    let fixture = fixture();
    write(&fixture.mfs, "/f", &mut &b"old"[..]).unwrap();
    let before = fixture.root();
    let error = write(&fixture.mfs, "/f", &mut Failing(3 << 20)).unwrap_err();
    assert_eq!(error.to_string(), "cable pulled");
    assert!(write(&fixture.mfs, "/new", &mut Failing(3)).is_err());
    assert_eq!(fixture.root(), before);
    assert_eq!(fixture.names("/"), ["f"]);
}

#[test]
fn a_write_into_a_missing_folder_fails() {
    let fixture = fixture();
    let error = write(&fixture.mfs, "/nope/f", &mut &b"x"[..]).unwrap_err().to_string();
    assert_eq!(error, "file does not exist");
    fixture.mfs.mkdir("/d", MADE, true).unwrap();
    let error = write(&fixture.mfs, "/d", &mut &b"x"[..]).unwrap_err().to_string();
    assert_eq!(error, "/d was not a file");
}

#[test]
fn looking_at_a_folder_does_not_hide_its_changes() {
    let fixture = fixture();
    fixture.mfs.mkdir("/b", MADE, true).unwrap();
    let (cid, tsize) = fixture.raw("content");
    fixture.mfs.put("/b/a", cid, tsize, false).unwrap();
    fixture.mfs.lookup("/b").unwrap();
    fixture.mfs.flush().unwrap();
    assert_eq!(open(&fixture.blocks, &fixture.store).names("/b").unwrap(), ["a"]);
}
