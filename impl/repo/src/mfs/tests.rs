//! Spec: spec/repo/mfs.md

use super::*;
use crate::testing::MemoryDatastore;
use ipfs_data::block::{Block, MemoryStore, Sink};
use ipfs_data::cid::codec;

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
    assert_eq!(fixture.root(), "QmWX2XvK3vPyLbCTBPzMeGLHAhgykDV9RDAA4JBvBiLjEW");
    let stored = stored_root(fixture.store.as_ref()).unwrap().unwrap();
    assert_eq!(stored.to_string(), fixture.root());
}
