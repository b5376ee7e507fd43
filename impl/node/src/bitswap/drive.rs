//! Spec: spec/protocol/bitswap.md
//!
//! Drives the machine: tells it what happens, carries out what it says, wakes it in time. The
//! machine is behind a lock that is held for microseconds and never across anything that waits.

use super::outbound::{self, Job};
use super::session::Arrived;
use super::{Allowed, Config, FindProviders};
use crate::swarm::{Event, PeerId, Swarm};
use ipfs_data::block::{Block, Source};
use ipfs_data::cid::Cid;
use ipfs_protocol::bitswap::{
    self, BatchId, Bitswap, Held, LookupId, PeerTraits, SessionId, Verdict, Version,
};
use ipfs_protocol::peer::{ConnectionId, Input, Output, Peer};
use ipfs_protocol::{PeerId as OwnId, Time};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::AbortHandle;

/// Bytes of received blocks that are being hashed, or wait for their session.
pub(super) const UNCHECKED_BYTES_MAX: usize = 5 << 20;

/// Bytes of messages that are being read, of all peers together.
pub(super) const READING_BYTES_MAX: usize = 128 << 20;

/// Questions to the store at the same time (`Internal.Bitswap.EngineBlockstoreWorkerCount`).
const LOOKUPS_MAX: usize = 128;

/// The swarm merges the connections to a peer into one; this names it.
const CONNECTION: ConnectionId = ConnectionId(0);

/// Why connections are kept.
const PROTECTION: &str = "bitswap";

/// The peer as the machine names it.
pub(super) fn own(peer: &PeerId) -> Option<OwnId> {
    OwnId::from_bytes(&peer.to_bytes()).ok()
}

/// The peer as the swarm names it.
pub(super) fn theirs(peer: &OwnId) -> Option<PeerId> {
    PeerId::from_bytes(peer.as_bytes()).ok()
}

/// What all tasks share.
pub(super) struct Shared {
    pub(super) swarm: Swarm,
    pub(super) store: Arc<dyn Source>,
    allowed: Option<Allowed>,
    routing: Option<Arc<dyn FindProviders>>,
    runtime: Handle,
    started: Instant,
    state: Mutex<State>,
    /// The machine has to be woken earlier than planned.
    wake: Notify,
    /// In KiB.
    pub(super) unchecked: Arc<Semaphore>,
    /// In KiB.
    pub(super) reading: Arc<Semaphore>,
    lookups: Arc<Semaphore>,
}

pub(super) struct State {
    machine: Peer,
    writers: HashMap<OwnId, Writer>,
    sinks: HashMap<SessionId, mpsc::UnboundedSender<Arrived>>,
    /// When the timer's task wakes.
    armed: Option<Time>,
    last_session: u64,
    last_batch: u64,
    verdicts: Vec<Verdict>,
    ended: bool,
}

/// The task that writes to a peer.
struct Writer {
    jobs: mpsc::UnboundedSender<Job>,
    task: AbortHandle,
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    pub(super) fn new(swarm: Swarm, store: Arc<dyn Source>, config: Config) -> Self {
        Self {
            swarm,
            store,
            allowed: config.allowed,
            routing: config.routing,
            runtime: Handle::current(),
            started: Instant::now(),
            state: Mutex::new(State {
                machine: Peer::new(config.machine, config.seed),
                writers: HashMap::new(),
                sinks: HashMap::new(),
                armed: None,
                last_session: 0,
                last_batch: 0,
                verdicts: Vec::new(),
                ended: false,
            }),
            wake: Notify::new(),
            unchecked: Arc::new(Semaphore::new(UNCHECKED_BYTES_MAX >> 10)),
            reading: Arc::new(Semaphore::new(READING_BYTES_MAX >> 10)),
            lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Time {
        Time::at(self.started.elapsed())
    }

    /// Answers a question from the machine.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&Bitswap) -> T) -> T {
        question(self.lock().machine.bitswap())
    }

    /// Everything ends: no task is left with a reason to live.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        state.writers.clear();
        state.sinks.clear();
    }

    /// Tells the machine what happened.
    pub(super) fn tell(self: &Arc<Self>, input: Input) {
        let mut state = self.lock();
        // Taken under the lock: the machine's time never goes back.
        let now = self.now();
        state.machine.handle(now, input);
        self.carry_out(&mut state);
    }

    pub(super) fn tell_bitswap(self: &Arc<Self>, input: bitswap::Input) {
        self.tell(Input::Bitswap(input));
    }

    /// Tells the machine of checked blocks; gives what is to become of them.
    pub(super) fn checked(
        self: &Arc<Self>,
        peer: OwnId,
        blocks: Vec<(Cid, u32)>,
        count: usize,
    ) -> Vec<Verdict> {
        let mut state = self.lock();
        state.last_batch += 1;
        let batch = BatchId(state.last_batch);
        let now = self.now();
        let input = bitswap::Input::Blocks { peer, batch, blocks, count };
        state.machine.handle(now, Input::Bitswap(input));
        self.carry_out(&mut state);
        std::mem::take(&mut state.verdicts)
    }

    pub(super) fn stored(self: &Arc<Self>, blocks: &[(Cid, u32)]) {
        self.tell_bitswap(bitswap::Input::Stored { blocks: blocks.to_vec() });
    }

    /// Hands a block to sessions.
    pub(super) fn deliver(&self, sessions: &[SessionId], arrived: &Arrived) {
        let state = self.lock();
        for session in sessions {
            if let Some(sink) = state.sinks.get(session) {
                let _ = sink.send(arrived.clone());
            }
        }
    }

    pub(super) fn open_session(
        self: &Arc<Self>,
        sink: mpsc::UnboundedSender<Arrived>,
    ) -> SessionId {
        let mut state = self.lock();
        state.last_session += 1;
        let session = SessionId(state.last_session);
        if !state.ended {
            state.sinks.insert(session, sink);
        }
        let now = self.now();
        let input = bitswap::Input::SessionOpen { session };
        state.machine.handle(now, Input::Bitswap(input));
        self.carry_out(&mut state);
        session
    }

    pub(super) fn close_session(self: &Arc<Self>, session: SessionId) {
        self.lock().sinks.remove(&session);
        self.tell_bitswap(bitswap::Input::SessionClose { session });
    }

    /// A peer that speaks the protocol is connected.
    pub(super) fn connected(self: &Arc<Self>, peer: PeerId) {
        let Some(own) = own(&peer) else { return };
        let traits = self.traits(&peer);
        let mut state = self.lock();
        if state.ended || state.writers.contains_key(&own) {
            return;
        }
        let (jobs, queue) = mpsc::unbounded_channel();
        let task = self.runtime.spawn(outbound::run(self.clone(), peer, own, queue));
        state.writers.insert(own, Writer { jobs, task: task.abort_handle() });
        let now = self.now();
        let input = Input::ConnectionOpened { peer: own, connection: CONNECTION, traits };
        state.machine.handle(now, input);
        self.carry_out(&mut state);
    }

    /// A peer is gone, or does not speak the protocol.
    pub(super) fn disconnected(self: &Arc<Self>, peer: &PeerId) {
        let Some(own) = own(peer) else { return };
        let mut state = self.lock();
        if state.writers.remove(&own).is_some() {
            let now = self.now();
            let input = Input::ConnectionClosed { peer: own, connection: CONNECTION };
            state.machine.handle(now, input);
            self.carry_out(&mut state);
        }
    }

    /// As the reference has it: a peer is near when one of its addresses is private, or none known.
    fn traits(&self, peer: &PeerId) -> PeerTraits {
        let addresses = self.swarm.addresses_of(peer);
        let local = addresses.is_empty() || addresses.iter().any(is_private);
        let peered = self.swarm.peering().iter().any(|(ours, _)| ours == peer);
        PeerTraits { local, peered }
    }

    fn carry_out(self: &Arc<Self>, state: &mut State) {
        while let Some(output) = state.machine.poll() {
            match output {
                Output::Dial { peer } => self.dial(peer),
                Output::Close { peer, fault } => self.close(peer, fault),
                Output::Bitswap(output) => self.carry_out_bitswap(state, output),
            }
        }
        let due = state.machine.timeout();
        if let Some(due) = due
            && state.armed.is_none_or(|armed| due < armed)
        {
            state.armed = Some(due);
            self.wake.notify_one();
        }
    }

    fn carry_out_bitswap(self: &Arc<Self>, state: &mut State, output: bitswap::Output) {
        use bitswap::Output as Do;
        match output {
            Do::Send { peer, send, message } => {
                if let Some(writer) = state.writers.get(&peer) {
                    let _ = writer.jobs.send(Job { send, message });
                }
            }
            Do::Lookup { lookup, peer, cids, presence_only } => {
                self.look_up(lookup, peer, cids, presence_only);
            }
            Do::Verdicts { verdicts, .. } => state.verdicts = verdicts,
            Do::Found { cid, sessions } => self.found(cid, sessions),
            Do::Refused { session, cid, reason } => {
                if let Some(sink) = state.sinks.get(&session) {
                    let _ = sink.send(Arrived::refused(cid, reason));
                }
            }
            Do::FindProviders { session, cid, results_max } => {
                self.find_providers(session, cid, results_max);
            }
            Do::Protect { peer } => {
                if let Some(peer) = theirs(&peer) {
                    self.swarm.protect(peer, PROTECTION);
                }
            }
            Do::Unprotect { peer } => {
                if let Some(peer) = theirs(&peer) {
                    self.swarm.unprotect(&peer, PROTECTION);
                }
            }
            Do::LimitHit { limit, peer } => tracing::debug!("bitswap: {peer:?} hit {limit:?}"),
            // These two are the outer machine's.
            Do::Connect { .. } | Do::Close { .. } => {}
        }
    }

    fn dial(self: &Arc<Self>, own: OwnId) {
        let shared = self.clone();
        self.runtime.spawn(async move {
            let dialled = match theirs(&own) {
                Some(peer) => shared.swarm.dial(peer).await.is_ok(),
                None => false,
            };
            shared.tell(match dialled {
                true => Input::Dialled { peer: own },
                false => Input::DialFailed { peer: own },
            });
        });
    }

    fn close(self: &Arc<Self>, own: OwnId, fault: bitswap::Fault) {
        let Some(peer) = theirs(&own) else { return };
        tracing::warn!("bitswap: closing connections to {peer}: it {fault}");
        let shared = self.clone();
        self.runtime.spawn(async move {
            let _ = shared.swarm.disconnect(peer).await;
        });
    }

    fn look_up(
        self: &Arc<Self>,
        lookup: LookupId,
        own: OwnId,
        cids: Vec<Cid>,
        presence_only: bool,
    ) {
        let shared = self.clone();
        let peer = theirs(&own);
        let hold = move |shared: &Shared, cid: &Cid| {
            let allowed = match (&shared.allowed, &peer) {
                (Some(allowed), Some(peer)) => allowed(peer, cid),
                _ => true,
            };
            if !allowed {
                return Held::Denied;
            }
            let size = match presence_only {
                true => shared.store.has(cid).map(u64::from),
                false => shared.store.size(cid).map(|size| size + 1),
            };
            match size {
                Ok(0) | Err(_) => Held::Absent,
                Ok(more) => Held::Present(u32::try_from(more - 1).unwrap_or(u32::MAX)),
            }
        };
        self.runtime.spawn(async move {
            let Ok(permit) = shared.lookups.clone().acquire_owned().await else { return };
            tokio::task::spawn_blocking(move || {
                let held = cids.iter().map(|cid| hold(&shared, cid)).collect();
                shared.tell_bitswap(bitswap::Input::LookedUp { lookup, held });
                drop(permit);
            });
        });
    }

    /// A block that sessions wait for is in the store.
    fn found(self: &Arc<Self>, cid: Cid, sessions: Vec<SessionId>) {
        let shared = self.clone();
        self.runtime.spawn_blocking(move || match shared.store.get(&cid) {
            Ok(data) => shared.deliver(&sessions, &Arrived::block(Block { cid, data }, None)),
            // It is gone again: everybody is asked anew.
            Err(_) => {
                for session in sessions {
                    let cids = vec![cid];
                    shared.tell_bitswap(bitswap::Input::Want { session, cids });
                }
            }
        });
    }

    fn find_providers(self: &Arc<Self>, session: SessionId, cid: Cid, results_max: usize) {
        let Some(routing) = self.routing.clone() else { return };
        let shared = self.clone();
        self.runtime.spawn(async move {
            let (sender, mut found) = mpsc::channel::<super::Found>(1);
            let take = async {
                let mut left = if results_max == 0 { usize::MAX } else { results_max };
                while left > 0
                    && let Some((peer, addresses)) = found.recv().await
                {
                    left -= 1;
                    shared.swarm.add_addresses(peer, &addresses);
                    if let Some(own) = own(&peer) {
                        let peers = vec![own];
                        shared.tell_bitswap(bitswap::Input::Providers { session, cid, peers });
                    }
                }
                found.close();
            };
            tokio::join!(routing.find(cid, sender), take);
        });
    }
}

fn is_private(address: &crate::swarm::Multiaddr) -> bool {
    use libp2p::multiaddr::Protocol;
    address.iter().any(|part| match part {
        Protocol::Ip4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        Protocol::Ip6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        _ => false,
    })
}

/// Wakes the machine in time.
pub(super) async fn timers(shared: Arc<Shared>) {
    loop {
        let due = {
            let mut state = shared.lock();
            state.armed = state.machine.timeout();
            state.armed
        };
        match due {
            None => shared.wake.notified().await,
            Some(due) => {
                let at = tokio::time::Instant::from_std(shared.started + due.since_start());
                tokio::select! {
                    () = shared.wake.notified() => continue,
                    () = tokio::time::sleep_until(at) => {}
                }
                let mut state = shared.lock();
                let now = shared.now();
                state.machine.expire(now);
                shared.carry_out(&mut state);
            }
        }
    }
}

/// Follows which peers are connected and speak the protocol.
pub(super) async fn peers(shared: Arc<Shared>) {
    let mut events = shared.swarm.events();
    while let Some(event) = events.next().await {
        match event {
            Event::Connected(_) => {}
            Event::Disconnected(peer) => shared.disconnected(&peer),
            Event::Protocols(peer, protocols) => {
                match protocols.iter().any(|id| Version::from_id(id).is_some()) {
                    true => shared.connected(peer),
                    false => shared.disconnected(&peer),
                }
            }
        }
    }
}
