//! A network of machines: messages take time, get lost, and come to connections that are gone;
//! stores forget blocks.

use crate::bitswap::testing::cid;
use crate::bitswap::{
    BatchId, Bitswap, Config, Control, Held, Input, LookupId, Output, PeerTraits, SendId,
    SessionId, Verdict,
};
use crate::{PeerId, Random, Time};
use ipfs_data::cid::Cid;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Steps of one stretch of time, more than any test needs.
const STEPS_MAX: usize = 400_000;

pub(super) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(super) fn peer(node: usize) -> PeerId {
    PeerId::from_number(node as u64)
}

/// How bad the network is.
#[derive(Debug, Clone)]
pub(super) struct Weather {
    /// Of a thousand messages so many are lost although they count as written.
    pub(super) lost: usize,
    /// Of a thousand messages so many can't be written.
    pub(super) failed: usize,
    /// Of a thousand messages so many cost the connection.
    pub(super) cut: usize,
    /// Longest way of a message, in milliseconds.
    pub(super) delay_ms: usize,
    pub(super) local: bool,
}

impl Weather {
    pub(super) fn fair() -> Self {
        Self { lost: 0, failed: 0, cut: 0, delay_ms: 20, local: true }
    }
}

enum Event {
    Deliver { from: usize, to: usize, wire: u64, message: Control, blocks: Vec<(Cid, u32)> },
    Sent { node: usize, wire: u64, to: usize, send: SendId, missing: Vec<Cid>, bytes: u64 },
    Failed { node: usize, wire: u64, to: usize, send: SendId },
    LookedUp { node: usize, lookup: LookupId, cids: Vec<Cid> },
    Checked { node: usize, from: usize, blocks: Vec<(Cid, u32)> },
    Connect { a: usize, b: usize },
    Wake,
}

pub(super) struct Node {
    pub(super) machine: Bitswap,
    pub(super) store: BTreeMap<Cid, u32>,
    /// What its sessions got.
    pub(super) got: BTreeSet<(SessionId, Cid)>,
    pub(super) denied: BTreeSet<Cid>,
}

pub(super) struct World {
    pub(super) nodes: Vec<Node>,
    pub(super) now: Time,
    pub(super) random: Random,
    pub(super) weather: Weather,
    /// Which connection stands between two nodes, the lower one first.
    wires: BTreeMap<(usize, usize), u64>,
    events: BTreeMap<(Time, u64), Event>,
    count: u64,
    /// Outputs, in order, for those who look.
    pub(super) seen: Vec<(usize, Output)>,
    pub(super) deep: bool,
}

impl World {
    pub(super) fn new(nodes: usize, config: &Config, seed: u64, weather: Weather) -> Self {
        let node = |number: usize| Node {
            machine: Bitswap::new(config.clone(), seed ^ number as u64),
            store: BTreeMap::new(),
            got: BTreeSet::new(),
            denied: BTreeSet::new(),
        };
        Self {
            nodes: (0..nodes).map(node).collect(),
            now: Time::ZERO,
            random: Random::new(seed),
            weather,
            wires: BTreeMap::new(),
            events: BTreeMap::new(),
            count: 0,
            seen: Vec::new(),
            deep: true,
        }
    }

    pub(super) fn hold(&mut self, node: usize, number: u64, size: u32) -> Cid {
        self.nodes[node].store.insert(cid(number), size);
        cid(number)
    }

    pub(super) fn connect(&mut self, a: usize, b: usize) {
        let key = (a.min(b), a.max(b));
        if a == b || self.wires.contains_key(&key) {
            return;
        }
        self.count += 1;
        self.wires.insert(key, self.count);
        let traits = PeerTraits { local: self.weather.local, peered: false };
        self.tell(a, Input::Connected { peer: peer(b), traits });
        self.tell(b, Input::Connected { peer: peer(a), traits });
    }

    pub(super) fn cut(&mut self, a: usize, b: usize) {
        if self.wires.remove(&(a.min(b), a.max(b))).is_some() {
            self.tell(a, Input::Disconnected { peer: peer(b) });
            self.tell(b, Input::Disconnected { peer: peer(a) });
        }
    }

    fn wire(&self, a: usize, b: usize) -> Option<u64> {
        self.wires.get(&(a.min(b), a.max(b))).copied()
    }

    fn later(&mut self, after: Duration, event: Event) {
        self.count += 1;
        self.events.insert((self.now + after, self.count), event);
    }

    /// A duration up to the longest way of a message.
    fn way(&mut self) -> Duration {
        Duration::from_micros(self.random.below(self.weather.delay_ms * 1_000 + 1) as u64)
    }

    pub(super) fn tell(&mut self, node: usize, input: Input) {
        let now = self.now;
        self.nodes[node].machine.handle(now, input);
        self.drain(node);
    }

    fn drain(&mut self, node: usize) {
        let machine = &self.nodes[node].machine;
        if self.deep {
            machine.check_all().unwrap();
        }
        while let Some(output) = self.nodes[node].machine.poll() {
            self.seen.push((node, output.clone()));
            self.carry_out(node, output);
        }
    }

    fn carry_out(&mut self, node: usize, output: Output) {
        match output {
            Output::Send { peer, send, message } => self.send(node, number(&peer), send, message),
            Output::Lookup { lookup, cids, .. } => {
                let after = self.way();
                self.later(after, Event::LookedUp { node, lookup, cids });
            }
            Output::Found { cid, sessions } => {
                self.nodes[node].got.extend(sessions.into_iter().map(|session| (session, cid)));
            }
            Output::FindProviders { session, cid, .. } => {
                let have = |at: &usize| *at != node && self.nodes[*at].store.contains_key(&cid);
                let peers = (0..self.nodes.len()).filter(have).map(peer).collect();
                self.tell(node, Input::Providers { session, cid, peers });
            }
            Output::Connect { peer } | Output::Close { peer, .. } => {
                self.later(ms(300), Event::Connect { a: node, b: number(&peer) });
            }
            _ => {}
        }
    }

    fn send(&mut self, node: usize, to: usize, send: SendId, message: super::super::Outgoing) {
        let Some(wire) = self.wire(node, to) else { return };
        let chance = self.random.below(1_000);
        let Weather { lost, failed, cut, .. } = self.weather;
        let after = self.way();
        if chance < failed {
            self.later(after, Event::Failed { node, wire, to, send });
            return;
        }
        let (there, missing): (Vec<Cid>, Vec<Cid>) =
            message.blocks.iter().partition(|cid| self.nodes[node].store.contains_key(*cid));
        let blocks: Vec<(Cid, u32)> =
            there.iter().map(|cid| (*cid, self.nodes[node].store[cid])).collect();
        let bytes = blocks.iter().map(|(_, size)| u64::from(*size)).sum();
        self.later(after, Event::Sent { node, wire, to, send, missing, bytes });
        if (failed..failed + lost).contains(&chance) {
            return;
        }
        if (failed + lost..failed + lost + cut).contains(&chance) {
            self.cut(node, to);
            self.later(ms(1_000), Event::Connect { a: node, b: to });
            return;
        }
        let control = Control {
            full: message.full,
            entries: message.entries,
            presences: message.presences,
            blocks: blocks.len(),
            block_bytes: bytes,
        };
        let way = self.way();
        let event = Event::Deliver { from: node, to, wire, message: control, blocks };
        self.later(after + way, event);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Deliver { from, to, wire, message, blocks } => {
                if self.wire(from, to) != Some(wire) {
                    return;
                }
                self.tell(to, Input::Message { peer: peer(from), message });
                let after = self.way();
                self.later(after, Event::Checked { node: to, from, blocks });
            }
            Event::Sent { node, wire, to, send, missing, bytes } => {
                if self.wire(node, to) == Some(wire) {
                    self.tell(node, Input::Sent { send, block_bytes: bytes, missing });
                }
            }
            Event::Failed { node, wire, to, send } => {
                if self.wire(node, to) == Some(wire) {
                    self.tell(node, Input::SendFailed { send });
                }
            }
            Event::LookedUp { node, lookup, cids } => {
                let store = &self.nodes[node];
                let held = |cid: &Cid| match store.store.get(cid) {
                    _ if store.denied.contains(cid) => Held::Denied,
                    Some(size) => Held::Present(*size),
                    None => Held::Absent,
                };
                let held = cids.iter().map(held).collect();
                self.tell(node, Input::LookedUp { lookup, held });
            }
            Event::Checked { node, from, blocks } => self.checked(node, from, blocks),
            Event::Connect { a, b } => self.connect(a, b),
            Event::Wake => {}
        }
    }

    fn checked(&mut self, node: usize, from: usize, blocks: Vec<(Cid, u32)>) {
        self.count += 1;
        let batch = BatchId(self.count);
        let count = blocks.len();
        let input = Input::Blocks { peer: peer(from), batch, blocks: blocks.clone(), count };
        self.tell(node, input);
        let at = self.seen.iter().rposition(|(at, output)| {
            *at == node && matches!(output, Output::Verdicts { batch: of, .. } if *of == batch)
        });
        let Some((_, Output::Verdicts { verdicts, .. })) = at.map(|at| self.seen[at].clone())
        else {
            panic!("no verdicts")
        };
        assert_eq!(verdicts.len(), blocks.len());
        let mut stored = Vec::new();
        for ((cid, size), verdict) in blocks.into_iter().zip(verdicts) {
            if let Verdict::Wanted(sessions) = verdict {
                let own = &mut self.nodes[node];
                own.store.insert(cid, size);
                own.got.extend(sessions.into_iter().map(|session| (session, cid)));
                stored.push((cid, size));
            }
        }
        self.tell(node, Input::Stored { blocks: stored });
    }

    /// Lets time pass until `end`.
    pub(super) fn run(&mut self, end: Duration) {
        let end = Time::at(end);
        self.later(end.since(self.now), Event::Wake);
        let mut steps = 0;
        loop {
            steps += 1;
            assert!(steps < STEPS_MAX, "the machines go round in circles");
            let timer = |node: &Node| node.machine.timeout();
            let due = (0..self.nodes.len())
                .filter_map(|at| timer(&self.nodes[at]).map(|time| (time, at)))
                .min();
            let event = self.events.first_key_value().map(|((at, _), _)| *at);
            match (event, due) {
                (Some(at), Some((time, node))) if time <= at && time <= end => {
                    assert!(time >= self.now || self.nodes[node].machine.timeout().is_some());
                    self.now = self.now.max(time);
                    let now = self.now;
                    self.nodes[node].machine.expire(now);
                    self.drain(node);
                }
                (Some(at), _) if at <= end => {
                    let Some(((at, _), event)) = self.events.pop_first() else { return };
                    self.now = at;
                    self.happen(event);
                }
                _ => break,
            }
        }
        self.now = end;
    }

    /// Opens a session that wants these.
    pub(super) fn fetch(&mut self, node: usize, session: u64, cids: Vec<Cid>) -> SessionId {
        let session = SessionId(session);
        self.tell(node, Input::SessionOpen { session });
        self.tell(node, Input::Want { session, cids });
        session
    }

    /// Blocks that a session got.
    pub(super) fn got(&self, node: usize, session: SessionId) -> usize {
        self.nodes[node].got.iter().filter(|(of, _)| *of == session).count()
    }
}

pub(super) fn number(peer: &PeerId) -> usize {
    peer.as_bytes().iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}
