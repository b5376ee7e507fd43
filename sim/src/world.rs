//! Spec: spec/sim/run.md
//!
//! A run: the nodes, the network between them, and the loop that carries out one event after the
//! other in virtual time.

mod conduct;
mod fault;
mod fetching;
mod receive;
mod result;
mod serve;
mod setup;

pub use result::RunResult;

use crate::content::Catalogue;
use crate::event::Event;
use crate::fetch::Plan;
use crate::machine::Machine;
use crate::measure::Sample;
use crate::net::Notice;
use crate::node::{Network, Node};
use crate::packet::Packet;
use crate::queue::Queue;
use crate::rng::Rng;
use crate::scenario::{Scenario, Until};
use crate::time::Time;
use crate::trace::{Kind, Record, Trace};
use ipfs_protocol::PeerId;
use ipfs_protocol::bitswap::{Input, PeerTraits, Version};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Texts of broken invariants that are kept.
const VIOLATIONS_KEPT: usize = 16;
/// Events at one moment that can only mean that something turns in a circle.
const EVENTS_PER_MOMENT_MAX: u32 = 5_000_000;
/// Times that a machine's timer may be due at one moment.
const EXPIRES_PER_MOMENT_MAX: u32 = 1_000;

/// A run.
#[derive(Debug)]
pub struct World<M> {
    scenario: Arc<Scenario>,
    catalogue: Arc<Catalogue>,
    seed: u64,
    now: Time,
    end: Time,
    queue: Queue<Event>,
    net: Network,
    nodes: Vec<Node<M>>,
    /// Nodes whose machine has something to say.
    dirty: VecDeque<u32>,
    is_dirty: Vec<bool>,
    plans: Vec<Plan>,
    /// Fetches that have not ended.
    open_plans: usize,
    /// Who says that it has a file, by file.
    providers: Vec<BTreeSet<u32>>,
    routing_rng: Rng,
    trace: Trace,
    events: u64,
    moment: (Time, u32),
    expires: (Time, u32),
    samples: Vec<Sample>,
    resume_max: u64,
    violations: Vec<String>,
    violation_count: u64,
    last_session: u64,
    last_batch: u64,
    /// In how many islands the network lies, each with its groups.
    divided: Vec<u32>,
    over: bool,
}

fn name(node: u32) -> PeerId {
    PeerId::from_number(node.into())
}

/// The node of a peer ID; none when it is none of ours.
fn number(peer: &PeerId) -> Option<u32> {
    let bytes: [u8; 8] = peer.as_bytes().try_into().ok()?;
    u32::try_from(u64::from_be_bytes(bytes)).ok()
}

impl<M: Machine> World<M> {
    /// Virtual time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Fetches that have ended, and all of them.
    pub fn fetches(&self) -> (usize, usize) {
        (self.plans.len() - self.open_plans, self.plans.len())
    }

    /// The part of the run that is done, as far as can be told: by time or by fetches.
    pub fn done(&self) -> f64 {
        let by_time = self.now.seconds() / self.end.seconds();
        let (ended, all) = self.fetches();
        match self.scenario.until {
            Until::Fetched if all > 0 => by_time.max(ended as f64 / all as f64),
            _ => by_time,
        }
    }

    /// The records since the last call, where the trace keeps them.
    pub fn take_recent(&mut self) -> Vec<Record> {
        self.trace.take_recent()
    }

    fn record(&mut self, node: u32, kind: Kind, subject: u64, value: u64) {
        self.trace.add(Record { time: self.now, node, kind, subject, value });
    }

    /// Carries out the next event. False when the run is over.
    pub fn step(&mut self) -> bool {
        if self.over {
            return false;
        }
        let Some((time, node, event)) = self.queue.pop() else {
            self.over = true;
            return false;
        };
        if time > self.end {
            self.now = self.end;
            self.over = true;
            return false;
        }
        self.now = time;
        self.events += 1;
        self.dispatch(node, event);
        self.settle();
        if self.moment.0 != time {
            self.moment = (time, 0);
        }
        self.moment.1 += 1;
        if self.moment.1 > EVENTS_PER_MOMENT_MAX {
            self.violation(node, "time stands still: too many events at one moment");
            self.over = true;
        }
        if self.open_plans == 0 && self.scenario.until == Until::Fetched {
            self.over = true;
        }
        !self.over
    }

    fn dispatch(&mut self, node: u32, event: Event) {
        let current = self.nodes[node as usize].life;
        match event {
            Event::Net(event) => self.net.handle(self.now, node, event, &mut self.queue),
            Event::Timer { life } if life == current => self.timer(node),
            Event::Disk { life, job } if life == current => self.disk_done(node, job),
            Event::Hashed { life, batch } if life == current => self.hashed(node, batch),
            Event::Routed { life, question } if life == current => self.routed(node, question),
            Event::Redial { life } if life == current => self.redial(node),
            Event::Conduct { life } if life == current => self.act(node),
            Event::Fetch { job } => self.begin(job),
            Event::Collect { fault } => self.collect(node, fault),
            Event::Fault { fault, begins } => self.fault(fault, begins),
            Event::Churn => self.churn(node),
            Event::Sample => self.sample(),
            // Of an earlier life.
            _ => {}
        }
    }

    /// Lets every machine that was given something say what it wants, until nobody wants anything.
    fn settle(&mut self) {
        loop {
            let mut notices = self.net.notices();
            if notices.is_empty() && self.dirty.is_empty() {
                self.net.recycle(notices);
                return;
            }
            for notice in notices.drain(..) {
                self.notice(notice);
            }
            self.net.recycle(notices);
            while let Some(node) = self.dirty.pop_front() {
                self.is_dirty[node as usize] = false;
                self.drain(node);
            }
        }
    }

    /// Gives an input to a node's machine, if it has one.
    fn feed(&mut self, node: u32, input: Input) {
        let now = ipfs_protocol::Time::at(self.now.as_duration());
        if let Some(machine) = &mut self.nodes[node as usize].machine {
            machine.handle(now, input);
            self.touch(node);
        }
    }

    fn touch(&mut self, node: u32) {
        if !std::mem::replace(&mut self.is_dirty[node as usize], true) {
            self.dirty.push_back(node);
        }
    }

    /// Carries out what a machine wants, checks it and sets its timer.
    // spec: run.check-after-step
    fn drain(&mut self, node: u32) {
        while let Some(machine) = &mut self.nodes[node as usize].machine {
            let Some(output) = machine.poll() else { break };
            self.carry_out(node, output);
        }
        let every = self.scenario.check_every;
        let this = &mut self.nodes[node as usize];
        let Some(machine) = &this.machine else { return };
        this.unchecked += 1;
        let due = machine.timeout().map(|time| Time::from(time.since_start()).max(self.now));
        let checked = if this.unchecked >= every { machine.check() } else { Ok(()) };
        if this.unchecked >= every {
            this.unchecked = 0;
        }
        if let Err(text) = checked {
            self.violation(node, &text);
        }
        self.set_timer(node, due);
    }

    /// An earlier timer that is scheduled already will do: it sets the next one.
    fn set_timer(&mut self, node: u32, due: Option<Time>) {
        let this = &mut self.nodes[node as usize];
        if let Some(due) = due
            && this.timer.is_none_or(|scheduled| due < scheduled)
        {
            this.timer = Some(due);
            self.queue.push(due, node, Event::Timer { life: this.life });
        }
    }

    fn timer(&mut self, node: u32) {
        let now = ipfs_protocol::Time::at(self.now.as_duration());
        let this = &mut self.nodes[node as usize];
        if this.timer != Some(self.now) {
            return;
        }
        this.timer = None;
        let Some(machine) = &mut this.machine else { return };
        if machine.timeout().is_some_and(|due| due <= now) {
            machine.expire(now);
            let again = machine.timeout().is_some_and(|due| due <= now);
            self.record(node, Kind::Timer, 0, 0);
            if again && self.turns_in_a_circle(node) {
                return;
            }
        }
        self.touch(node);
    }

    /// Whether a machine's timer is due at once again and again. It is then left alone.
    fn turns_in_a_circle(&mut self, node: u32) -> bool {
        if self.expires.0 != self.now {
            self.expires = (self.now, 0);
        }
        self.expires.1 += 1;
        if self.expires.1 < EXPIRES_PER_MOMENT_MAX {
            return false;
        }
        if self.expires.1 == EXPIRES_PER_MOMENT_MAX {
            self.violation(node, "the timer is due at once again, however often it expires");
        }
        true
    }

    fn violation(&mut self, node: u32, text: &str) {
        self.violation_count += 1;
        if self.violations.len() < VIOLATIONS_KEPT {
            self.violations.push(format!("at {} node {node}: {text}", self.now));
        }
    }

    fn notice(&mut self, notice: Notice<Packet>) {
        match notice {
            Notice::Connected { node, peer, dialled } => {
                self.record(node, Kind::Connected, peer.into(), dialled.into());
                let this = &mut self.nodes[node as usize];
                this.redial_wait = 0;
                let local = self.scenario.connection.local;
                let traits = PeerTraits { local, peered: false };
                self.feed(node, Input::Connected { peer: name(peer), traits });
                let version = Version::V1_2;
                self.feed(node, Input::Negotiated { peer: name(peer), version });
            }
            Notice::DialFailed { node, peer } => {
                self.record(node, Kind::DialFailed, peer.into(), 0);
                self.lost(node, peer);
            }
            Notice::Disconnected { node, peer } => {
                self.record(node, Kind::Disconnected, peer.into(), 0);
                self.disconnected(node, peer);
            }
            Notice::Receiving { node, peer } => self.receiving(node, peer),
            Notice::Sent { node, peer, messages } => self.sent(node, peer, messages),
            Notice::Delivered { node, peer, message } => self.delivered(node, peer, message),
        }
    }

    /// What goes with a connection.
    fn disconnected(&mut self, node: u32, peer: u32) {
        let this = &mut self.nodes[node as usize];
        this.outbox.remove(&peer);
        this.sending.remove(&peer);
        this.receiving.remove(&peer);
        self.feed(node, Input::Disconnected { peer: name(peer) });
        self.lost(node, peer);
    }

    /// A peer is out of reach: a neighbour is tried again later.
    // spec: run.redial
    fn lost(&mut self, node: u32, peer: u32) {
        let base = self.scenario.connection.redial.0;
        let this = &mut self.nodes[node as usize];
        if this.redial_scheduled || !this.neighbours.contains(&peer) {
            return;
        }
        this.redial_scheduled = true;
        let wait = base << this.redial_wait.min(4);
        this.redial_wait += 1;
        let wait = wait + this.churn_rng.below(wait / 4 + 1);
        self.queue.push(self.now + wait, node, Event::Redial { life: this.life });
    }

    fn redial(&mut self, node: u32) {
        self.nodes[node as usize].redial_scheduled = false;
        self.dial_neighbours(node);
    }

    fn dial_neighbours(&mut self, node: u32) {
        let neighbours = std::mem::take(&mut self.nodes[node as usize].neighbours);
        for peer in &neighbours {
            self.dial(node, *peer);
        }
        self.nodes[node as usize].neighbours = neighbours;
    }

    fn dial(&mut self, node: u32, peer: u32) {
        if node != peer && !self.net.connected(node, peer) && (peer as usize) < self.nodes.len() {
            self.record(node, Kind::Dial, peer.into(), 0);
            self.net.dial(self.now, node, peer, &mut self.queue);
        }
    }
}
