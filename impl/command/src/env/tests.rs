//! Spec: spec/repo/repo.md
//!
//! Many threads on one set of surroundings, as in a daemon: what is pinned or in the mutable files
//! stays, nothing waits for ever, and the repository is sound afterwards.
//!
//! `IPFS_STRESS_SECONDS` makes it longer than two seconds.

use super::Env;
use crate::content::Content;
use bytes::Bytes;
use ipfs_data::block::{Block, Sink, Source};
use ipfs_data::cid::{Cid, codec, hash};
use ipfs_data::dag_pb::{self, Link};
use ipfs_data::multihash;
use ipfs_data::unixfs::CidBuilder;
use ipfs_repo::Repo;
use ipfs_repo::config::{Identity, fresh};
use ipfs_repo::gc::Event;
use ipfs_repo::mfs::Made;
use ipfs_repo::pin::Mode;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const SECONDS_DEFAULT: u64 = 2;
/// Longer than that nothing may take once the time is up.
const END_SECONDS_MAX: u64 = 60;
const PINNERS: u64 = 3;
const FILERS: u64 = 2;

/// What must be there at the end.
#[derive(Default)]
struct Expected {
    pinned: Mutex<BTreeSet<Cid>>,
    files: Mutex<BTreeSet<String>>,
    collections: AtomicU64,
}

fn leaf(text: &str) -> Block {
    let data = Bytes::from(text.repeat(40));
    let digest = multihash::sum(hash::SHA2_256, &data, None).unwrap();
    Block { cid: Cid::new_v1(codec::RAW, digest), data }
}

fn parent(leaves: &[Block]) -> Block {
    let links = leaves.iter().map(|leaf| Link::new(leaf.cid, b"".to_vec(), leaf.data.len() as u64));
    let node = dag_pb::Node { links: links.collect(), ..dag_pb::Node::default() };
    let (cid, data) = CidBuilder::V1.node(&node).unwrap();
    Block { cid, data }
}

/// Leaves repeat from round to round, so that what one puts is garbage to another.
fn leaves(round: u64) -> Vec<Block> {
    (0..3).map(|part| leaf(&format!("leaf {}", (round + part * 7) % 40))).collect()
}

fn pin_and_unpin(env: &Env, thread: u64, stop: &AtomicBool, expected: &Expected) {
    let content = Content::local(env).unwrap();
    let mut own: Vec<Cid> = Vec::new();
    for round in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let mut blocks = leaves(round * PINNERS + thread);
        blocks.push(leaf(&format!("own {thread} {round}")));
        let root = parent(&blocks);
        let cid = root.cid;
        {
            let _writing = content.repo.gc_lock().writer();
            content.blocks.put_many(blocks).unwrap();
            std::thread::yield_now();
            content.blocks.put(root).unwrap();
            let pinner = content.pinner().unwrap();
            pinner.add(&content.dag(), &cid, Mode::Recursive, "", None).unwrap();
        }
        expected.pinned.lock().unwrap().insert(cid);
        own.push(cid);
        if round % 3 == 2 {
            let gone = own.swap_remove((round as usize * 7) % own.len());
            expected.pinned.lock().unwrap().remove(&gone);
            let _writing = content.repo.gc_lock().writer();
            content.pinner().unwrap().remove(&gone, true).unwrap();
        }
    }
}

fn change_files(env: &Env, thread: u64, stop: &AtomicBool, expected: &Expected) {
    let content = Content::local(env).unwrap();
    let files = content.files().unwrap();
    let folder = format!("/t{thread}");
    files.mkdir(&folder, Made::default(), true).unwrap();
    for round in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let block = leaf(&format!("file {thread} {round}"));
        let (cid, size) = (block.cid, block.data.len() as u64);
        let path = format!("{folder}/f{round}");
        {
            let _writing = content.repo.gc_lock().writer();
            content.blocks.put(block).unwrap();
            files.put(&path, cid, size, round % 4 == 0).unwrap();
        }
        let moved = format!("{folder}/m{}", round % 20);
        if files.lookup(&moved).is_ok() {
            files.remove(&moved, false, false).unwrap();
            expected.files.lock().unwrap().remove(&moved);
        }
        files.rename(&path, &moved, false).unwrap();
        expected.files.lock().unwrap().insert(moved);
    }
}

fn look(env: &Env, stop: &AtomicBool) {
    let content = Content::local(env).unwrap();
    while !stop.load(Ordering::Relaxed) {
        for pin in content.pinner().unwrap().list(Mode::Recursive, true).unwrap() {
            pin.unwrap();
        }
        content.files().unwrap().lookup("/").unwrap();
        std::thread::yield_now();
    }
}

fn collect(env: &Env, stop: &AtomicBool, expected: &Expected) {
    let content = Content::local(env).unwrap();
    while !stop.load(Ordering::Relaxed) {
        let failed = |event| assert!(matches!(event, Event::Removed(_)), "{event:?}");
        let mut failed = failed;
        crate::commands::repo::collect(&content, &|| false, &mut failed).unwrap().unwrap();
        expected.collections.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Everything expected is there, and every block is what its name says.
fn check(env: &Env, expected: &Expected) {
    let content = Content::local(env).unwrap();
    let files = content.files().unwrap();
    let pinned: BTreeSet<Cid> = content
        .pinner()
        .unwrap()
        .list(Mode::Recursive, false)
        .unwrap()
        .map(|pin| pin.unwrap().cid)
        .collect();
    assert_eq!(pinned, *expected.pinned.lock().unwrap());
    for root in pinned {
        let node = dag_pb::decode(&content.blocks.get(&root).unwrap()).unwrap();
        assert_eq!(node.links.len(), 4);
        for link in node.links {
            content.blocks.get(&link.cid).unwrap();
        }
    }
    for path in expected.files.lock().unwrap().iter() {
        let entry = files.lookup(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        content.blocks.get(&entry.cid).unwrap();
    }
    let store = content.repo.blockstore().unwrap();
    for multihash in store.multihashes().unwrap() {
        let multihash = multihash.unwrap();
        let data = store.read(&multihash).unwrap().unwrap();
        assert!(multihash::verify(&multihash, &data).unwrap());
    }
}

fn make(path: &std::path::Path) {
    let (peer_id, private_key) = (String::new(), String::new());
    Repo::init(path, &fresh::tree(&Identity { peer_id, private_key })).unwrap();
}

// spec: repo.opened-once, gc.excludes-writers, mfs.excludes-collector
#[test]
fn many_threads_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("repo");
    make(&path);
    let env = Env::new(path.to_str()).resident();
    let (stop, expected) = (AtomicBool::new(false), Expected::default());
    let seconds = std::env::var("IPFS_STRESS_SECONDS").ok().and_then(|text| text.parse().ok());
    let seconds = seconds.unwrap_or(SECONDS_DEFAULT);
    let begin = Instant::now();
    std::thread::scope(|scope| {
        let (env, stop, expected) = (&env, &stop, &expected);
        for thread in 0..PINNERS {
            scope.spawn(move || pin_and_unpin(env, thread, stop, expected));
        }
        for thread in 0..FILERS {
            scope.spawn(move || change_files(env, thread, stop, expected));
        }
        scope.spawn(move || look(env, stop));
        scope.spawn(move || collect(env, stop, expected));
        std::thread::sleep(Duration::from_secs(seconds));
        stop.store(true, Ordering::Relaxed);
    });
    let late = begin.elapsed().saturating_sub(Duration::from_secs(seconds));
    assert!(late < Duration::from_secs(END_SECONDS_MAX), "{late:?}");
    assert!(expected.collections.load(Ordering::Relaxed) > 0);
    assert!(!expected.pinned.lock().unwrap().is_empty());
    check(&env, &expected);
    env.close().unwrap();
    drop(env);
    check(&Env::new(path.to_str()), &expected);
}

#[test]
fn a_panic_in_the_middle_poisons_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("repo");
    make(&path);
    let env = Env::new(path.to_str()).resident();
    let content = Content::local(&env).unwrap();
    let broken = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let content = Content::local(&env).unwrap();
            let _writing = content.repo.gc_lock().writer();
            let _editing = content.repo.edit_config();
            content.blocks.put(leaf("half")).unwrap();
            std::panic::resume_unwind(Box::new("on purpose"));
        });
        writing.join().is_err()
    });
    assert!(broken);
    drop(content.repo.edit_config());
    let mut removed = 0;
    let mut count = |_| removed += 1;
    crate::commands::repo::collect(&content, &|| false, &mut count).unwrap().unwrap();
    assert_eq!(removed, 1);
    content.files().unwrap().mkdir("/a", Made::default(), true).unwrap();
}
