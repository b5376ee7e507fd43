//! Spec: spec/repo/filestore.md

use super::*;
use crate::disk::RealDisk;
use crate::gc::{self, Collection, Lock};
use crate::graph::StoreDag;
use crate::pin::{Mode, Pinner};
use crate::testing::MemoryDatastore;
use ipfs_data::block::MemoryStore;
use ipfs_data::cid::hash::SHA2_256;
use tempfile::TempDir;

struct Fixture {
    home: TempDir,
    store: Arc<MemoryDatastore>,
    references: Arc<References>,
}

fn fixture() -> Fixture {
    let home = TempDir::new().unwrap();
    let store = Arc::new(MemoryDatastore::default());
    let enabled = Enabled { files: true, urls: true };
    let repo = home.path().join("repo");
    let references = Arc::new(References::new(store.clone(), Arc::new(RealDisk), &repo, enabled));
    Fixture { home, store, references }
}

impl Fixture {
    /// Writes a file and references the part from `offset` to its end.
    fn add(&self, name: &str, content: &str, offset: usize) -> Cid {
        let path = self.home.path().join(name);
        std::fs::write(&path, content).unwrap();
        let part = &content.as_bytes()[offset..];
        let hash = multihash::sum(SHA2_256, part, None).unwrap();
        let path = path.to_str().unwrap();
        let reference = self.references.reference(path, offset as u64, part.len() as u64).unwrap();
        self.references.put_many(&[(hash, reference)]).unwrap();
        raw(&hash)
    }

    fn filestore(&self) -> Filestore<Swept> {
        Filestore { blocks: Swept::default(), references: Some(self.references.clone()) }
    }
}

/// Blocks in memory that can be swept.
#[derive(Debug, Default)]
struct Swept(MemoryStore, std::sync::Mutex<Vec<Cid>>);

impl Source for Swept {
    fn get(&self, cid: &Cid) -> Result<Bytes, block::Error> {
        if self.has(cid)? { self.0.get(cid) } else { Err(block::Error::NotFound(*cid)) }
    }

    fn has(&self, cid: &Cid) -> Result<bool, block::Error> {
        Ok(self.1.lock().unwrap().iter().any(|stored| stored.hash() == cid.hash()))
    }
}

impl Sink for Swept {
    fn put(&self, block: Block) -> Result<(), block::Error> {
        self.1.lock().unwrap().push(block.cid);
        self.0.put(block)
    }
}

impl gc::Blocks for Swept {
    fn for_each(
        &self,
        each: &mut dyn FnMut(Multihash) -> ControlFlow<()>,
    ) -> Result<(), block::Error> {
        let cids = self.1.lock().unwrap().clone();
        let _ = cids.iter().try_for_each(|cid| each(*cid.hash()));
        Ok(())
    }

    fn remove_many(&self, hashes: &[Multihash]) -> Vec<Result<(), block::Error>> {
        self.1.lock().unwrap().retain(|cid| !hashes.contains(cid.hash()));
        hashes.iter().map(|_| Ok(())).collect()
    }
}

#[test]
fn layout_is_that_of_the_reference() {
    let fixture = fixture();
    let cid = fixture.add("f", "hello", 0);
    let keys = fixture.store.keys();
    assert_eq!(keys, ["/filestore/CIQCZ4SNXJP3BIYOE3UDWKWFXHRJ4GYWDZOB7J2CLZZQIM3CSOFZQJA"]);
    assert_eq!(
        fixture.store.get(&Key::new(&keys[0])).unwrap().unwrap(),
        b"\x0a\x01f\x10\0\x18\x05"
    );
    assert_eq!(fixture.filestore().get(&cid).unwrap(), "hello");
    assert_eq!(fixture.filestore().size(&cid).unwrap(), 5);
}

#[test]
fn files_that_changed_are_noticed() {
    let fixture = fixture();
    let cid = fixture.add("dir-less", "0123456789", 4);
    let path = fixture.home.path().join("dir-less");
    let verify = || fixture.references.verify(cid.hash());
    assert_eq!((verify().status, verify().error), (Status::Ok, String::new()));

    std::fs::write(&path, "0123X56789").unwrap();
    let changed = "data in file did not match. dir-less offset 4".to_owned();
    assert_eq!((verify().status, verify().error), (Status::Changed, changed.clone()));
    assert_eq!(fixture.filestore().get(&cid).unwrap_err().to_string(), changed);

    std::fs::write(&path, "01234567").unwrap();
    assert_eq!((verify().status, verify().error), (Status::Changed, "EOF".into()));

    std::fs::remove_file(&path).unwrap();
    let gone = format!("open {}: no such file or directory", path.display());
    assert_eq!((verify().status, verify().error), (Status::NoFile, gone));
    assert!(verify().is_removable());
}

#[test]
fn a_declared_size_allocates_nothing() {
    let fixture = fixture();
    let cid = fixture.add("f", "hello", 0);
    for (offset, size) in [(0, u64::MAX), (u64::MAX, 5), (1, u64::MAX - 1), (0, 1 << 60)] {
        let reference = Reference { path: "f".into(), offset, size };
        let result = fixture.references.read(cid.hash(), &reference);
        assert!(matches!(result, Err(Error::Shorter)), "{result:?}");
    }
}

#[test]
fn only_files_beside_the_repo() {
    let fixture = fixture();
    let sibling = format!("{}x/f", fixture.home.path().display());
    let error = fixture.references.reference(&sibling, 0, 1).unwrap_err().to_string();
    let root = fixture.home.path().display();
    assert_eq!(error, format!("cannot add filestore references outside ipfs root ({root})"));
}

#[test]
fn urls_are_kept_but_not_read() {
    let fixture = fixture();
    let hash = multihash::sum(SHA2_256, b"x", None).unwrap();
    let reference = fixture.references.reference("https://example.com/x", 0, 1).unwrap();
    fixture.references.put_many(&[(hash, reference.clone())]).unwrap();
    let listed = fixture.references.verify(&hash);
    assert_eq!((listed.status, listed.reference), (Status::FileError, Some(reference)));
    assert!(listed.error.contains("needs the network"));
}

#[test]
fn listing_follows_keys_or_files() {
    let fixture = fixture();
    fixture.add("b", "one", 0);
    fixture.add("a", "two two", 4);
    fixture.add("a", "two two", 0);
    fixture.store.put(&Key::new("/filestore/not-a-hash"), b"").unwrap();
    let paths = |file_order| -> Vec<_> {
        let listed = fixture.references.list(file_order, true).unwrap();
        listed
            .map(|listed| listed.unwrap())
            .filter(|listed| listed.cid.is_some())
            .map(|listed| (listed.reference.unwrap().path, listed.status))
            .collect()
    };
    let ok = |path: &str| (path.to_owned(), Status::Ok);
    assert_eq!(paths(true), [ok("a"), ok("a"), ok("b")]);
    assert_eq!(paths(false).len(), 3);
    let all: Vec<_> = fixture.references.list(false, false).unwrap().collect();
    assert_eq!(all.len(), 4);
}

#[test]
fn collecting_garbage_keeps_pinned_references() {
    let fixture = fixture();
    let kept = fixture.add("kept", "kept", 0);
    let dropped = fixture.add("dropped", "dropped", 0);
    let both = fixture.add("both", "both", 0);
    let filestore = fixture.filestore();
    filestore.blocks.put(Block { cid: both, data: "both".into() }).unwrap();
    let pinner = Pinner::open(fixture.store.clone()).unwrap();
    pinner.set(&kept, Mode::Recursive, "").unwrap();

    let mut removed = Vec::new();
    let collection = Collection {
        lock: &Lock::default(),
        dag: &StoreDag(&filestore),
        blocks: &filestore,
        pinner: &pinner,
        partial_roots: &|| Ok(Vec::new()),
        cancelled: &|| false,
    };
    let result = collection.run(&mut |event| match event {
        gc::Event::Removed(cid) => removed.push(cid),
        gc::Event::Failed(error) => panic!("{error}"),
    });
    assert_eq!(result.unwrap(), 2);
    removed.sort();
    let mut wanted = [dropped, both];
    wanted.sort();
    assert_eq!(removed, wanted);
    assert!(filestore.has(&kept).unwrap());
    assert!(!filestore.has(&both).unwrap());
    assert!(fixture.home.path().join("dropped").exists());
}

#[test]
fn blocks_with_a_reference_are_not_stored_again() {
    let fixture = fixture();
    let cid = fixture.add("f", "hello", 0);
    let filestore = fixture.filestore();
    filestore.put_many(vec![Block { cid, data: "hello".into() }]).unwrap();
    filestore.put(Block { cid, data: "hello".into() }).unwrap();
    assert!(!filestore.blocks.has(&cid).unwrap());
}
