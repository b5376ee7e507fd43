//! Spec: spec/node/content.md
//!
//! One request that may fetch: what it wants, what came, and the reader that waits for it. What
//! runs ahead of the reader is in `ahead`.

use super::bell::Bell;
use super::frontier::{Frontier, Place};
use super::{Providers, Session, ahead, store};
use crate::denylist::Denylists;
use bytes::Bytes;
use ipfs_data::block::{Block, Error, Store};
use ipfs_data::cid::{Cid, Multihash};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How often a reader that waits looks whether it is to stop.
const CANCEL_LOOK: Duration = Duration::from_millis(20);
/// Bytes that may be here, or be on their way, before the reader wants them.
pub(super) const AHEAD_BYTES_MAX: usize = 8 << 20;
/// Blocks that may be on their way at once.
pub(super) const WANTS_MAX: usize = 1024;
/// Bytes that came and are not stored yet, before providers have to wait.
const UNSTORED_BYTES_MAX: usize = 6 << 20;
/// What a block is thought to have, in bytes, before any came.
pub(super) const BLOCK_BYTES_GUESS: usize = 256 << 10;

thread_local! {
    static CURRENT: RefCell<Option<Fetch>> = const { RefCell::new(None) };
}

/// The fetch in force on this thread.
pub fn current() -> Option<Fetch> {
    CURRENT.with(|current| current.borrow().clone())
}

/// Nothing is fetched on this thread until the guard is gone.
pub fn without() -> Entered {
    Entered { before: CURRENT.with(|current| current.borrow_mut().take()) }
}

/// For whom is fetched.
#[derive(Clone)]
pub struct Request {
    /// Where blocks come from.
    pub providers: Arc<Providers>,
    /// Where they are put, and looked for first.
    pub store: Arc<dyn Store>,
    /// Blocks that are never fetched.
    pub lists: Option<Arc<Denylists>>,
    /// Set when nobody waits any more.
    pub cancel: Arc<AtomicBool>,
    /// When nobody waits any more.
    pub deadline: Option<Instant>,
}

/// Figures of one fetch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Blocks that came.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Peers that were asked.
    pub peers: usize,
}

/// The fetching of one request. A cheap handle; when the last one is gone nothing is wanted any
/// more.
#[derive(Clone)]
pub struct Fetch(Arc<Handle>);

struct Handle {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) request: Request,
    pub(super) state: Mutex<State>,
    /// Something came, or was stored.
    pub(super) arrived: Bell,
    /// There is something to do ahead.
    pub(super) work: Bell,
    /// There is something to store.
    pub(super) stock: Bell,
    /// There is room for more.
    room: Notify,
    fetching: AtomicBool,
    /// Blocks that the reader had since something was last looked at ahead.
    pub(super) read: AtomicUsize,
}

struct Want {
    cid: Cid,
    /// Where the reader comes to it.
    place: Place,
}

struct Ready {
    data: Bytes,
    stored: bool,
    read: bool,
}

pub(super) struct State {
    /// Everything below the blocks that are expected will be read, too.
    pub(super) graph: bool,
    pub(super) frontier: Frontier,
    wanted: HashMap<Multihash, Want>,
    ready: HashMap<Multihash, Ready>,
    /// Bytes that are ready and were not read.
    unread: usize,
    /// Bytes that are not stored.
    unstored: usize,
    /// What came and was not looked at.
    pub(super) fresh: VecDeque<(Place, Block)>,
    /// What came and is not stored.
    pub(super) to_store: VecDeque<Block>,
    block_bytes: usize,
    /// The bound was reached.
    pub(super) paused: bool,
    pub(super) sessions: Vec<Arc<dyn Session>>,
    threads: Vec<JoinHandle<()>>,
    failed: Option<String>,
    /// Blocks that providers have given up on, and which of them did, a bit each.
    given_up: HashMap<Multihash, u64>,
    /// Why providers bring nothing at all, by their places.
    refusals: BTreeMap<usize, String>,
    pub(super) closed: bool,
    counts: Counts,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.request.cancel.load(Ordering::Relaxed)
            || self.request.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Whether the block may be fetched.
    // spec: content.denylist
    pub(super) fn check(&self, cid: &Cid) -> Result<(), Error> {
        match &self.request.lists {
            Some(lists) => Ok(lists.check_cid(cid)?),
            None => Ok(()),
        }
    }

    /// These blocks are stored now, or never will be.
    pub(super) fn mark_stored(&self, blocks: &[(Multihash, usize)], result: Result<(), Error>) {
        let mut state = self.lock();
        for (hash, bytes) in blocks {
            state.unstored = state.unstored.saturating_sub(*bytes);
            // A reader that is far behind finds it in the store.
            let full = state.unread > AHEAD_BYTES_MAX;
            let Some(ready) = state.ready.get_mut(hash) else { continue };
            ready.stored = true;
            if ready.read || full {
                state.take(hash);
            }
        }
        if let Err(error) = result {
            state.failed.get_or_insert_with(|| error.to_string());
        }
        self.arrived.ring();
        self.wake_ahead(&state);
        self.room.notify_waiters();
    }

    /// Wakes what runs ahead if there is something to do for it.
    fn wake_ahead(&self, state: &State) {
        if state.has_work() {
            self.work.ring();
        }
    }
}

impl State {
    /// Whether more may be wanted ahead of the reader.
    // spec: content.ahead-bound
    pub(super) fn has_room(&self) -> bool {
        self.is_below(4)
    }

    /// Whether less is ahead than so many quarters of the bounds.
    fn is_below(&self, quarters: usize) -> bool {
        let coming = self.wanted.len() * self.block_bytes;
        self.wanted.len() < WANTS_MAX / 4 * quarters
            && self.unread.max(self.unstored).saturating_add(coming)
                < AHEAD_BYTES_MAX / 4 * quarters
    }

    /// Whether more is to be looked for. Once the bound was reached a quarter must be free: then
    /// several blocks are asked for at once.
    pub(super) fn may_look(&self) -> bool {
        !self.frontier.is_empty() && self.is_below(if self.paused { 3 } else { 4 })
    }

    /// Whether what runs ahead has something to do.
    fn has_work(&self) -> bool {
        self.closed || !self.fresh.is_empty() || self.may_look()
    }

    /// Takes the block for the caller, who looks for it in the store and, when it is not there,
    /// asks for it. False when it is wanted already, or came. In this order nobody asks for what
    /// another brought meanwhile: a block that came is ready until it is in the store.
    ///
    /// `place` is where the reader comes to it: without one, next.
    // spec: content.want-once
    pub(super) fn claim(&mut self, cid: &Cid, place: Option<&Place>) -> bool {
        if self.wanted.contains_key(cid.hash()) || self.ready.contains_key(cid.hash()) {
            return false;
        }
        let place = place.cloned().unwrap_or_else(|| self.frontier.place());
        self.wanted.insert(*cid.hash(), Want { cid: *cid, place });
        true
    }

    /// The opposite of [`State::claim`]: the block is not wanted after all.
    pub(super) fn give_back(&mut self, cid: &Cid) {
        self.wanted.remove(cid.hash());
    }

    fn take(&mut self, hash: &Multihash) -> Option<Bytes> {
        let ready = self.ready.get_mut(hash)?;
        let data = ready.data.clone();
        if !std::mem::replace(&mut ready.read, true) {
            self.unread = self.unread.saturating_sub(data.len());
        }
        if ready.stored {
            self.ready.remove(hash);
        }
        Some(data)
    }

    /// The reader goes elsewhere: what is stored needs no memory.
    fn forget_unread(&mut self) {
        self.ready.retain(|_, ready| !ready.stored);
        let unread = self.ready.values().filter(|ready| !ready.read);
        self.unread = unread.map(|ready| ready.data.len()).sum();
    }
}

/// Where a provider puts what it found. It knows which one that is.
#[derive(Clone)]
pub struct Arrivals(Weak<Shared>, usize);

impl Arrivals {
    /// A block came; its bytes match the CID. Waits while too many are not stored yet.
    // spec: content.memory
    pub async fn put(&self, block: Block) {
        let Some(shared) = self.0.upgrade() else { return };
        loop {
            let room = shared.room.notified();
            if shared.lock().unstored < UNSTORED_BYTES_MAX || shared.is_cancelled() {
                break;
            }
            room.await;
        }
        self.put_now(block);
    }

    /// [`Arrivals::put`] without waiting.
    pub fn put_now(&self, block: Block) {
        let Some(shared) = self.0.upgrade() else { return };
        let mut state = shared.lock();
        let Some(Want { cid, place }) = state.wanted.remove(block.cid.hash()) else { return };
        let (hash, bytes) = (*cid.hash(), block.data.len());
        state.given_up.remove(&hash);
        state.counts.blocks += 1;
        state.counts.bytes += bytes as u64;
        // Large ones count at once, since the small ones are those on the way to them.
        state.block_bytes = bytes.max(state.block_bytes - state.block_bytes / 32).max(1);
        state.unstored += bytes;
        state.unread += bytes;
        let ready = Ready { data: block.data.clone(), stored: false, read: false };
        state.ready.insert(hash, ready);
        let block = Block { cid, data: block.data };
        state.fresh.push_back((place, block.clone()));
        state.to_store.push_back(block);
        drop(state);
        shared.arrived.ring();
        shared.work.ring();
        shared.stock.ring();
    }

    /// A provider looked for a block and found nobody who could have it.
    // spec: content.given-up
    pub fn give_up(&self, cid: &Cid) {
        let Some(shared) = self.0.upgrade() else { return };
        let mut state = shared.lock();
        if state.given_up.len() < WANTS_MAX && state.wanted.contains_key(cid.hash()) {
            *state.given_up.entry(*cid.hash()).or_default() |= 1 << (self.1 % 64);
        }
        drop(state);
        shared.arrived.ring();
    }

    /// A provider can't bring anything.
    // spec: content.refused
    pub fn refuse(&self, reason: String) {
        let Some(shared) = self.0.upgrade() else { return };
        let mut state = shared.lock();
        state.refusals.insert(self.1, reason);
        if state.refusals.len() >= state.sessions.len() {
            let reasons: Vec<&str> = state.refusals.values().map(String::as_str).collect();
            let reasons = reasons.join("; ");
            state.failed.get_or_insert(reasons);
        }
        drop(state);
        shared.arrived.ring();
    }

    /// Whether the block is still wanted.
    pub fn is_wanted(&self, cid: &Cid) -> bool {
        let shared = self.0.upgrade().filter(|shared| !shared.is_cancelled());
        shared.is_some_and(|shared| shared.lock().wanted.contains_key(cid.hash()))
    }
}

impl Fetch {
    /// A fetch that has not begun: it costs nothing until a block is missing.
    pub fn new(request: Request) -> Self {
        let state = State {
            graph: false,
            frontier: Frontier::default(),
            wanted: HashMap::new(),
            ready: HashMap::new(),
            unread: 0,
            unstored: 0,
            fresh: VecDeque::new(),
            to_store: VecDeque::new(),
            block_bytes: BLOCK_BYTES_GUESS,
            paused: false,
            sessions: Vec::new(),
            threads: Vec::new(),
            failed: None,
            given_up: HashMap::new(),
            refusals: BTreeMap::new(),
            closed: false,
            counts: Counts::default(),
        };
        let shared = Shared {
            request,
            state: Mutex::new(state),
            arrived: Bell::default(),
            work: Bell::default(),
            stock: Bell::default(),
            room: Notify::new(),
            fetching: AtomicBool::new(false),
            read: AtomicUsize::new(0),
        };
        Self(Arc::new(Handle { shared: Arc::new(shared) }))
    }

    /// Puts the fetch in force on this thread until the guard is gone.
    pub fn enter(&self) -> Entered {
        let before = CURRENT.with(|current| current.borrow_mut().replace(self.clone()));
        Entered { before }
    }

    /// What came so far.
    pub fn counts(&self) -> Counts {
        let state = self.0.shared.lock();
        let peers = state.sessions.iter().map(|session| session.peers_asked()).sum();
        Counts { peers, ..state.counts }
    }

    /// Asks everybody who waits here to stop.
    pub fn cancel(&self) {
        self.0.shared.request.cancel.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_fetching(&self) -> bool {
        self.0.shared.fetching.load(Ordering::Acquire)
    }

    /// The bytes of a block that came.
    pub(super) fn take(&self, cid: &Cid) -> Option<Bytes> {
        let shared = &self.0.shared;
        let mut state = shared.lock();
        let taken = state.take(cid.hash());
        shared.read.fetch_add(1, Ordering::Relaxed);
        shared.wake_ahead(&state);
        taken
    }

    /// The bytes of a block that is not here. Waits until it comes.
    // spec: content.cancel
    pub(super) fn get(&self, cid: &Cid) -> Result<Bytes, Error> {
        let shared = &self.0.shared;
        shared.check(cid)?;
        self.begin();
        let mut state = shared.lock();
        loop {
            if let Some(data) = state.take(cid.hash()) {
                shared.wake_ahead(&state);
                return Ok(data);
            }
            if let Some(error) = &state.failed {
                return Err(Error::store(std::io::Error::other(error.clone())));
            }
            if shared.is_cancelled() || state.closed {
                return Err(Error::Cancelled);
            }
            let all = state.sessions.len().max(1);
            let gave_up = |who: &u64| who.count_ones() as usize >= all;
            if state.given_up.get(cid.hash()).is_some_and(gave_up) {
                state.given_up.remove(cid.hash());
                state.wanted.remove(cid.hash());
                return Err(Error::NotFound(*cid));
            }
            if state.claim(cid, None) {
                drop(state);
                // It may have come and been stored since it was looked for.
                let found = shared.request.store.get(cid);
                state = shared.lock();
                if !matches!(found, Err(Error::NotFound(_))) {
                    state.give_back(cid);
                    return found;
                }
                state.forget_unread();
                let sessions = state.sessions.clone();
                drop(state);
                shared.work.ring();
                sessions.iter().for_each(|session| session.want(std::slice::from_ref(cid)));
                state = shared.lock();
                continue;
            }
            state = shared.arrived.wait_for(state, CANCEL_LOOK);
        }
    }

    /// The reader will come to these.
    pub(super) fn expect(&self, cids: &[Cid]) {
        let mut state = self.0.shared.lock();
        if !state.graph {
            state.frontier.append(cids);
            self.0.shared.work.ring();
        }
    }

    /// The reader will come to everything below.
    pub(super) fn expect_graph(&self, root: &Cid) {
        let mut state = self.0.shared.lock();
        state.graph = true;
        state.frontier.append(std::slice::from_ref(root));
        self.0.shared.work.ring();
    }

    /// Waits until all that came is stored.
    ///
    /// # Errors
    /// When it can't be stored.
    pub(super) fn stored(&self) -> Result<(), Error> {
        let shared = &self.0.shared;
        let mut state = shared.lock();
        while state.unstored > 0 && state.failed.is_none() && !state.threads.is_empty() {
            state = shared.arrived.wait_for(state, CANCEL_LOOK);
        }
        match &state.failed {
            Some(error) => Err(Error::store(std::io::Error::other(error.clone()))),
            None => Ok(()),
        }
    }

    fn begin(&self) {
        let shared = &self.0.shared;
        if self.is_fetching() {
            return;
        }
        let mut state = shared.lock();
        if !state.threads.is_empty() || state.closed {
            return;
        }
        let arrivals = |at| Arrivals(Arc::downgrade(shared), at);
        let providers = shared.request.providers.iter().enumerate();
        state.sessions = providers.map(|(at, provider)| provider.session(arrivals(at))).collect();
        for (name, run) in [("fetch", ahead::run as fn(&Arc<Shared>)), ("fetch-store", store::run)]
        {
            let shared = shared.clone();
            let spawned = std::thread::Builder::new().name(name.to_owned());
            match spawned.spawn(move || run(&shared)) {
                Ok(thread) => state.threads.push(thread),
                Err(error) => state.failed = Some(error.to_string()),
            }
        }
        shared.fetching.store(true, Ordering::Release);
    }

    /// Ends the fetch and waits until what came is stored.
    pub fn finish(&self) {
        self.0.close();
    }
}

impl Handle {
    fn close(&self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.sessions.clear();
        state.wanted.clear();
        let threads = std::mem::take(&mut state.threads);
        drop(state);
        self.shared.work.ring();
        self.shared.stock.ring();
        self.shared.arrived.ring();
        self.shared.room.notify_waiters();
        for thread in threads {
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.close();
    }
}

/// While this lives the fetch is in force on its thread.
pub struct Entered {
    before: Option<Fetch>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        let ended = CURRENT.with(|current| std::mem::replace(&mut *current.borrow_mut(), before));
        // Outside of the borrow: the end of a fetch may take a while.
        drop(ended);
    }
}

impl std::fmt::Debug for Fetch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Fetch").field("counts", &self.counts()).finish_non_exhaustive()
    }
}
