//! Spec: spec/repo/mfs.md
//!
//! The tree against a plain tree in memory, and against the garbage collection.

use super::*;
use crate::gc::{Blocks, Collection, Lock};
use crate::graph::StoreDag;
use crate::pin::Pinner;
use crate::testing::MemoryDatastore;
use bytes::Bytes;
use ipfs_data::block::{Block, Sink, Source};
use ipfs_data::cid::Multihash;
use ipfs_data::unixfs::{Mtime, read};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Blocks that can be listed and removed.
#[derive(Debug, Default)]
struct Sweepable(Mutex<HashMap<Multihash, Bytes>>);

impl Source for Sweepable {
    fn get(&self, cid: &Cid) -> Result<Bytes, block::Error> {
        self.0.lock().unwrap().get(cid.hash()).cloned().ok_or(block::Error::NotFound(*cid))
    }

    fn has(&self, cid: &Cid) -> Result<bool, block::Error> {
        Ok(self.0.lock().unwrap().contains_key(cid.hash()))
    }
}

impl Sink for Sweepable {
    fn put(&self, block: Block) -> Result<(), block::Error> {
        self.0.lock().unwrap().insert(*block.cid.hash(), block.data);
        Ok(())
    }
}

impl Blocks for Sweepable {
    fn for_each(
        &self,
        each: &mut dyn FnMut(Multihash) -> ControlFlow<()>,
    ) -> Result<(), block::Error> {
        let hashes: Vec<Multihash> = self.0.lock().unwrap().keys().copied().collect();
        let _ = hashes.into_iter().try_for_each(each);
        Ok(())
    }

    fn remove_many(&self, hashes: &[Multihash]) -> Vec<Result<(), block::Error>> {
        let mut blocks = self.0.lock().unwrap();
        hashes.iter().map(|hash| drop(blocks.remove(hash))).map(Ok).collect()
    }
}

struct World {
    blocks: Arc<Sweepable>,
    store: Arc<MemoryDatastore>,
    lock: Arc<Lock>,
    mfs: Mfs,
}

fn world() -> World {
    let blocks = Arc::new(Sweepable::default());
    let store = Arc::new(MemoryDatastore::default());
    let lock = Arc::new(Lock::default());
    // Small limits, so that folders and files of a few entries and bytes have several blocks.
    let settings = Settings {
        builder: CidBuilder::V0,
        directory: Options { sharding_bytes: 150, fanout: 8, ..Options::default() },
        chunker: Chunker::Size(16),
    };
    let mfs = Mfs::open(blocks.clone(), store.clone(), lock.clone(), settings).unwrap();
    World { blocks, store, lock, mfs }
}

impl World {
    fn collect(&self) -> u64 {
        let pinner = Pinner::open(self.store.clone()).unwrap();
        let collection = Collection {
            lock: &self.lock,
            dag: &StoreDag(self.blocks.as_ref()),
            blocks: self.blocks.as_ref(),
            pinner: &pinner,
            partial_roots: &|| {
                let current = self.mfs.current_root().map_err(block::Error::store)?;
                let stored = stored_root(self.store.as_ref()).map_err(block::Error::store)?;
                Ok(stored.into_iter().chain([current]).collect())
            },
            cancelled: &|| false,
        };
        collection.run(&mut |_| {}).unwrap()
    }

    fn content(&self, path: &str) -> Vec<u8> {
        let entry = self.mfs.file(path).unwrap();
        let mut reader = read::Reader::open(self.blocks.as_ref(), &entry.cid).unwrap();
        let mut content = Vec::new();
        while let Some(piece) = reader.next_piece().unwrap() {
            content.extend_from_slice(&piece);
        }
        content
    }

    fn write(&self, path: &str, how: Write, data: &[u8]) -> bool {
        self.mfs.write(path, &how, &mut &data[..], &|| false).is_ok()
    }

    /// Every file with its content; folders have none.
    fn walk(&self, path: &str, found: &mut Tree) {
        for entry in self.mfs.list(if path.is_empty() { "/" } else { path }).unwrap() {
            let path = format!("{path}/{}", entry.name);
            if entry.kind == Kind::Directory {
                self.walk(&path, found);
                found.insert(path, None);
            } else {
                let content = self.content(&path);
                assert_eq!(entry.size, content.len() as u64);
                found.insert(path, Some(content));
            }
        }
    }
}

const WRITE: Write = Write {
    create: true,
    truncate: false,
    offset: 0,
    count: None,
    raw_leaves: None,
    builder: None,
    flush: true,
    now: Mtime { seconds: 1, nanos: None },
};

/// The plain tree: content of files, none for folders.
type Tree = BTreeMap<String, Option<Vec<u8>>>;

fn is_folder(tree: &Tree, path: &str) -> bool {
    path == "/" || path.is_empty() || tree.get(path) == Some(&None)
}

fn below(tree: &Tree, path: &str) -> Vec<String> {
    let inside = format!("{path}/");
    let is_in = |key: &&String| **key == path || key.starts_with(&inside);
    tree.keys().filter(is_in).cloned().collect()
}

#[derive(Debug, Clone)]
enum Op {
    Mkdir(String),
    Write { path: String, offset: u64, truncate: bool, data: Vec<u8>, raw: bool, flush: bool },
    Remove(String),
    Rename(String, String),
    Copy(String, String),
    Mode(String, u32),
    Collect,
    Reopen,
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec("[a-f]", 1..4).prop_map(|names| format!("/{}", names.join("/")))
}

fn op() -> impl Strategy<Value = Op> {
    let data = proptest::collection::vec(any::<u8>(), 0..120);
    prop_oneof![
        3 => path().prop_map(Op::Mkdir),
        6 => (path(), 0u64..100, any::<bool>(), data, any::<bool>(), any::<bool>()).prop_map(
            |(path, offset, truncate, data, raw, flush)| Op::Write {
                path, offset, truncate, data, raw, flush
            }
        ),
        2 => path().prop_map(Op::Remove),
        2 => (path(), path()).prop_map(|(from, to)| Op::Rename(from, to)),
        2 => (path(), path()).prop_map(|(from, to)| Op::Copy(from, to)),
        1 => (path(), 0u32..0o1000).prop_map(|(path, mode)| Op::Mode(path, mode)),
        1 => Just(Op::Collect),
        1 => Just(Op::Reopen),
    ]
}

/// What the plain tree does; whether the operation succeeds.
fn apply(tree: &mut Tree, op: &Op) -> bool {
    let free = |tree: &Tree, path: &str| {
        is_folder(tree, path::split(path).0.trim_end_matches('/')) && !tree.contains_key(path)
    };
    let copy = |tree: &mut Tree, from: &str, to: &str| {
        for key in below(tree, from) {
            let value = tree[&key].clone();
            tree.insert(format!("{to}{}", &key[from.len()..]), value);
        }
    };
    match op {
        Op::Mkdir(path) => free(tree, path) && tree.insert(path.clone(), None).is_none(),
        Op::Write { path, offset, truncate, data, .. } => {
            if free(tree, path) {
                tree.insert(path.clone(), Some(Vec::new()));
            }
            let Some(Some(content)) = tree.get_mut(path) else { return false };
            if *truncate {
                content.clear();
            }
            let offset = *offset as usize;
            let end = offset + data.len();
            if content.len() < end.max(offset) {
                content.resize(end, 0);
            }
            content[offset..end].copy_from_slice(data);
            true
        }
        Op::Remove(path) => below(tree, path).iter().map(|key| tree.remove(key)).count() > 0,
        Op::Rename(from, to) => {
            let mut to = to.clone();
            let parent = path::split(&to).0.trim_end_matches('/');
            if !tree.contains_key(from) || !is_folder(tree, parent) {
                return false;
            }
            if tree.get(&to) == Some(&None) {
                to = format!("{to}/{}", path::split(from).1);
            }
            if is_folder(tree, from) && format!("{to}/").starts_with(&format!("{from}/")) {
                return false;
            }
            if *from == to {
                return true;
            }
            if tree.get(&to) == Some(&None) {
                return false;
            }
            tree.remove(&to);
            copy(tree, from, &to);
            below(tree, from).iter().for_each(|key| drop(tree.remove(key)));
            true
        }
        Op::Copy(from, to) => {
            if !tree.contains_key(from) || !free(tree, to) {
                return false;
            }
            // A folder may be copied into itself: as it was before.
            let mut copied = Tree::new();
            for key in below(tree, from) {
                copied.insert(format!("{to}{}", &key[from.len()..]), tree[&key].clone());
            }
            tree.extend(copied);
            true
        }
        Op::Mode(path, _) => tree.contains_key(path),
        Op::Collect | Op::Reopen => true,
    }
}

fn run(world: &mut World, op: &Op) -> bool {
    match op {
        Op::Mkdir(path) => world.mfs.mkdir(path, Made::default(), true).is_ok(),
        Op::Write { path, offset, truncate, data, raw, flush } => {
            let how = Write {
                offset: *offset,
                truncate: *truncate,
                raw_leaves: Some(*raw),
                flush: *flush,
                ..WRITE
            };
            world.write(path, how, data)
        }
        Op::Remove(path) => world.mfs.remove(path, true, false).is_ok(),
        Op::Rename(from, to) => world.mfs.rename(from, to, true).is_ok(),
        Op::Copy(from, to) => match world.mfs.lookup(from) {
            Err(_) => false,
            Ok(entry) => world.mfs.put(to, entry.cid, entry.tsize, true).is_ok(),
        },
        Op::Mode(path, mode) => world.mfs.set_mode(path, *mode).is_ok(),
        Op::Collect => {
            world.collect();
            true
        }
        Op::Reopen => {
            world.mfs.flush().unwrap();
            let settings = *world.mfs.settings();
            let (blocks, store) = (world.blocks.clone(), world.store.clone());
            world.mfs = Mfs::open(blocks, store, world.lock.clone(), settings).unwrap();
            true
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn behaves_like_a_plain_tree(ops in proptest::collection::vec(op(), 1..40)) {
        let (mut world, mut tree) = (world(), Tree::new());
        for op in &ops {
            let wanted = apply(&mut tree, op);
            prop_assert_eq!(run(&mut world, op), wanted, "{:?}", op);
        }
        let mut found = Tree::new();
        world.walk("", &mut found);
        prop_assert_eq!(found, tree);
    }
}

/// Writers with and without flush while the collector runs: everything that was acknowledged can be
/// read, from the live tree and from the stored one.
#[test]
fn the_collector_takes_nothing_from_writers() {
    let world = world();
    for folder in ["/0", "/1"] {
        world.mfs.mkdir(folder, Made::default(), true).unwrap();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (world, done) = (&world, &done);
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                scope.spawn(move || {
                    for round in 0..12 {
                        let path = format!("/{writer}/f{round}");
                        let data = vec![writer as u8 + round; 200];
                        let flush = round % 3 == 0;
                        assert!(world.write(&path, Write { flush, ..WRITE }, &data));
                        std::thread::yield_now();
                    }
                })
            })
            .collect();
        let collector = scope.spawn(move || {
            while !done.load(Ordering::SeqCst) {
                world.collect();
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::SeqCst);
        collector.join().unwrap();
    });
    for writer in 0..2u8 {
        for round in 0..12 {
            let content = world.content(&format!("/{writer}/f{round}"));
            assert_eq!(content, vec![writer + round; 200]);
        }
    }
    // What only the process knew is gone after a crash; what was stored is whole.
    let stored = stored_root(world.store.as_ref()).unwrap().unwrap();
    let walked = crate::graph::walk(&StoreDag(world.blocks.as_ref()), &stored, &mut |cid| {
        crate::graph::Dag::ensure(&StoreDag(world.blocks.as_ref()), cid).map(|_| true)
    });
    walked.unwrap();
}
