//! Fetching from a provider in the same process.

use super::*;
use ipfs_data::block::{Block, Error, MemoryStore, Sink, Source};
use ipfs_data::cid::{Cid, Multihash, codec};
use ipfs_data::dag_pb;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

/// Another node: what it has comes in the order it is wanted, from a thread of its own.
struct Peer {
    blocks: Arc<MemoryStore>,
    wanted: Arc<Mutex<Vec<Cid>>>,
    sessions: Arc<AtomicUsize>,
}

struct PeerSession {
    wants: mpsc::Sender<Cid>,
    wanted: Arc<Mutex<Vec<Cid>>>,
    sessions: Arc<AtomicUsize>,
}

impl Provider for Peer {
    fn session(&self, arrivals: Arrivals) -> Arc<dyn Session> {
        let (wants, wanted) = mpsc::channel::<Cid>();
        let blocks = self.blocks.clone();
        std::thread::spawn(move || {
            for cid in wanted {
                if let Ok(data) = blocks.get(&cid) {
                    arrivals.put_now(Block { cid, data });
                }
            }
        });
        self.sessions.fetch_add(1, Ordering::SeqCst);
        let (wanted, sessions) = (self.wanted.clone(), self.sessions.clone());
        Arc::new(PeerSession { wants, wanted, sessions })
    }
}

impl Session for PeerSession {
    fn want(&self, cids: &[Cid]) {
        for cid in cids {
            self.wanted.lock().unwrap().push(*cid);
            let _ = self.wants.send(*cid);
        }
    }

    fn cancel(&self, _: &[Cid]) {}

    fn peers_asked(&self) -> usize {
        1
    }
}

impl Drop for PeerSession {
    fn drop(&mut self) {
        self.sessions.fetch_sub(1, Ordering::SeqCst);
    }
}

struct World {
    here: Arc<MemoryStore>,
    there: Arc<MemoryStore>,
    wanted: Arc<Mutex<Vec<Cid>>>,
    sessions: Arc<AtomicUsize>,
    cancel: Arc<AtomicBool>,
    fetch: Fetch,
    online: Online<MemoryStore>,
}

fn world() -> World {
    world_with(None)
}

fn world_with(lists: Option<Arc<crate::denylist::Denylists>>) -> World {
    let (here, there) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
    let (wanted, sessions) = (Arc::default(), Arc::default());
    let cancel = Arc::new(AtomicBool::new(false));
    let peer = Peer { blocks: there.clone(), wanted, sessions };
    let (wanted, sessions) = (peer.wanted.clone(), peer.sessions.clone());
    let fetch = Fetch::new(Request {
        providers: Arc::new(vec![Arc::new(peer)]),
        store: here.clone(),
        lists,
        cancel: cancel.clone(),
        deadline: None,
    });
    let online = Online::new(here.clone());
    World { here, there, wanted, sessions, cancel, fetch, online }
}

fn put(store: &MemoryStore, codec: u64, data: Vec<u8>) -> Cid {
    let hash = Multihash::wrap(0x12, &Sha256::digest(&data)).unwrap();
    let cid = Cid::new_v1(codec, hash);
    store.put(Block { cid, data: data.into() }).unwrap();
    cid
}

fn node(store: &MemoryStore, children: &[Cid]) -> Cid {
    let link = |cid: &Cid| dag_pb::Link { name: None, tsize: Some(1), cid: *cid };
    let node = dag_pb::Node { data: None, links: children.iter().map(link).collect() };
    put(store, codec::DAG_PB, dag_pb::encode(&node).to_vec())
}

/// A tree of `width * width` leaves.
fn tree(store: &MemoryStore, width: u32) -> (Cid, Vec<Cid>) {
    let mut order = Vec::new();
    let mut middle = Vec::new();
    for at in 0..width {
        let leaf = |below: u32| put(store, codec::RAW, format!("leaf {at} {below}").into());
        let leaves: Vec<Cid> = (0..width).map(leaf).collect();
        middle.push(node(store, &leaves));
        order.push(middle[at as usize]);
        order.extend(leaves);
    }
    let root = node(store, &middle);
    order.insert(0, root);
    (root, order)
}

#[test]
fn what_is_missing_comes_from_the_provider_and_stays() {
    let world = world();
    let cid = put(&world.there, codec::RAW, b"far".to_vec());
    assert!(matches!(world.online.get(&cid), Err(Error::NotFound(_))), "nothing in force");
    let entered = world.fetch.enter();
    assert_eq!(world.online.get(&cid).unwrap(), &b"far"[..]);
    assert_eq!(world.online.size(&cid).unwrap(), 3);
    world.online.flush().unwrap();
    assert_eq!(world.here.get(&cid).unwrap(), &b"far"[..]);
    drop(entered);
    let counts = world.fetch.counts();
    assert_eq!(counts, Counts { blocks: 1, bytes: 3, peers: 1 });
    world.fetch.finish();
    assert_eq!(world.sessions.load(Ordering::SeqCst), 0, "the session ended with the fetch");
}

#[test]
fn what_is_here_asks_nobody() {
    let world = world();
    let cid = put(&world.here, codec::RAW, b"near".to_vec());
    let _entered = world.fetch.enter();
    assert_eq!(world.online.get(&cid).unwrap(), &b"near"[..]);
    assert_eq!(world.sessions.load(Ordering::SeqCst), 0);
}

#[test]
fn a_graph_is_wanted_in_the_order_of_reading() {
    let world = world();
    let (root, order) = tree(&world.there, 20);
    let _entered = world.fetch.enter();
    world.online.prefetch_graph(&root);
    world.online.get(&root).unwrap();
    for cid in &order[1..] {
        world.online.get(cid).unwrap();
    }
    world.online.flush().unwrap();
    assert_eq!(world.here.len(), order.len(), "all is stored");
    let wanted = world.wanted.lock().unwrap();
    assert_eq!(wanted.len(), order.len(), "each block was wanted once");
}

#[test]
fn a_graph_comes_without_a_reader_as_far_as_the_bound() {
    let world = world();
    let leaves: Vec<Cid> =
        (0..60u8).map(|at| put(&world.there, codec::RAW, vec![at; 1 << 20])).collect();
    let root = node(&world.there, &leaves);
    let entered = world.fetch.enter();
    world.online.prefetch_graph(&root);
    world.online.get(&root).unwrap();
    drop(entered);
    // What is wanted first is thought to be small; then the bound holds.
    world.fetch.finish();
    let bytes = world.fetch.counts().bytes as usize;
    let first = (fetch::AHEAD_BYTES_MAX / fetch::BLOCK_BYTES_GUESS) << 20;
    assert!(bytes <= first + fetch::AHEAD_BYTES_MAX, "{bytes}");
}

#[test]
fn a_local_part_is_passed_over() {
    let world = world();
    let (root, order) = tree(&world.there, 5);
    for cid in order.iter().take(order.len() / 2) {
        world.here.put(Block { cid: *cid, data: world.there.get(cid).unwrap() }).unwrap();
    }
    let _entered = world.fetch.enter();
    world.online.prefetch_graph(&root);
    for cid in &order {
        world.online.get(cid).unwrap();
    }
    let wanted = world.wanted.lock().unwrap();
    assert_eq!(wanted.len(), order.len() - order.len() / 2);
}

#[test]
fn cancelling_ends_the_wait() {
    let world = world();
    let absent = put(&MemoryStore::new(), codec::RAW, b"nowhere".to_vec());
    let cancel = world.cancel.clone();
    let wanted = world.wanted.clone();
    let stopper = std::thread::spawn(move || {
        while wanted.lock().unwrap().is_empty() {
            std::thread::yield_now();
        }
        cancel.store(true, Ordering::Relaxed);
    });
    let _entered = world.fetch.enter();
    assert!(matches!(world.online.get(&absent), Err(Error::Cancelled)));
    stopper.join().unwrap();
}

#[test]
fn a_blocked_block_is_never_wanted() {
    let directory = tempfile::tempdir().unwrap();
    let store = MemoryStore::new();
    let cid = put(&store, codec::RAW, b"blocked".to_vec());
    let list = format!("version: 1\n---\n/ipfs/{cid}\n");
    std::fs::write(directory.path().join("list.deny"), list).unwrap();
    let lists = crate::denylist::Denylists::open(vec![directory.path().to_owned()]).unwrap();
    let world = world_with(Some(Arc::new(lists)));
    let _entered = world.fetch.enter();
    let error = world.online.get(&cid).unwrap_err();
    assert!(error.to_string().ends_with("is blocked and cannot be provided"), "{error}");
    world.online.prefetch(&[cid]);
    assert!(world.wanted.lock().unwrap().is_empty());
}

/// Finds nobody, or refuses everything.
struct Nobody {
    refuses: bool,
}

struct NobodySession(Arrivals, bool);

impl Provider for Nobody {
    fn session(&self, arrivals: Arrivals) -> Arc<dyn Session> {
        if self.refuses {
            let arrivals = arrivals.clone();
            std::thread::spawn(move || arrivals.refuse("7 sessions are open".to_owned()));
        }
        Arc::new(NobodySession(arrivals, self.refuses))
    }
}

impl Session for NobodySession {
    fn want(&self, cids: &[Cid]) {
        if self.1 {
            return;
        }
        let (arrivals, cids) = (self.0.clone(), cids.to_vec());
        // Twice: that is still one provider.
        std::thread::spawn(move || {
            (0..2).for_each(|_| cids.iter().for_each(|it| arrivals.give_up(it)))
        });
    }

    fn cancel(&self, _: &[Cid]) {}

    fn peers_asked(&self) -> usize {
        0
    }
}

fn fetch_from(providers: Vec<Arc<dyn Provider>>) -> (Fetch, Online<MemoryStore>) {
    let here = Arc::new(MemoryStore::new());
    let fetch = Fetch::new(Request {
        providers: Arc::new(providers),
        store: here.clone(),
        lists: None,
        cancel: Arc::default(),
        deadline: Some(std::time::Instant::now() + std::time::Duration::from_millis(300)),
    });
    (fetch, Online::new(here))
}

/// spec: content.given-up
#[test]
fn what_nobody_can_have_is_not_found() {
    let cid = Cid::new_v1(codec::RAW, Multihash::wrap(0x12, &Sha256::digest(b"x")).unwrap());
    let nobody = || -> Arc<dyn Provider> { Arc::new(Nobody { refuses: false }) };
    let (fetch, online) = fetch_from(vec![nobody()]);
    let entered = fetch.enter();
    assert!(matches!(online.get(&cid), Err(Error::NotFound(missing)) if missing == cid));
    drop(entered);
    // Another one may still come to have it: the time runs out.
    let quiet = world();
    let peer: Arc<dyn Provider> = Arc::new(Peer {
        blocks: quiet.there.clone(),
        wanted: Arc::default(),
        sessions: Arc::default(),
    });
    let (fetch, online) = fetch_from(vec![nobody(), peer]);
    let _entered = fetch.enter();
    assert!(matches!(online.get(&cid), Err(Error::Cancelled)));
}

/// spec: content.refused
#[test]
fn a_refused_fetch_fails_at_once() {
    let cid = Cid::new_v1(codec::RAW, Multihash::wrap(0x12, &Sha256::digest(b"x")).unwrap());
    let (fetch, online) = fetch_from(vec![Arc::new(Nobody { refuses: true })]);
    let _entered = fetch.enter();
    let error = online.get(&cid).unwrap_err();
    assert!(error.to_string().contains("7 sessions are open"), "{error}");
}
