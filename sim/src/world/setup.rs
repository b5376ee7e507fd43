//! Spec: spec/sim/run.md
//!
//! How a run begins: nodes, links, neighbours, fetches and faults of a scenario.

use super::World;
use crate::bits::Bits;
use crate::content::Catalogue;
use crate::event::Event;
use crate::fetch::Plan;
use crate::machine::Machine;
use crate::measure::NodeCounts;
use crate::net::{Access, Full, Network, Settings};
use crate::node::{Node, Speed};
use crate::queue::Queue;
use crate::rng::{Rng, Stream};
use crate::scenario::{self, Conduct, Disk, Fault, Group, Link, Pick, Scenario, Span, Topology};
use crate::time::Time;
use crate::trace::Trace;
use ipfs_protocol::bitswap::Config;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

const LATENCY_DEFAULT: Span = Span::ms(25);
const RATE_BITS_DEFAULT: u64 = 100_000_000;
const QUEUE_BYTES_DEFAULT: u64 = 1 << 20;
const READ_LATENCY_NANOS_DEFAULT: u64 = 100_000;
const WRITE_LATENCY_NANOS_DEFAULT: u64 = 200_000;
const DISK_BITS_DEFAULT: u64 = 4_000_000_000;
const HASH_BITS_DEFAULT: u64 = 8_000_000_000;
/// How often an adversary acts by itself, in nanoseconds.
pub(super) const CONDUCT_NANOS: u64 = 100_000_000;

impl<M: Machine> World<M> {
    /// The beginning of a run.
    pub fn new(
        scenario: Arc<Scenario>,
        catalogue: Arc<Catalogue>,
        seed: u64,
        trace: Trace,
    ) -> Self {
        let mut rng = Rng::new(seed, Stream::Topology);
        let mut nodes = Vec::new();
        let mut accesses = Vec::new();
        for (index, group) in (0u32..).zip(&scenario.group) {
            for _ in 0..group.count {
                accesses.push(access(&scenario.link, &group.link, &mut rng));
                let number = nodes.len() as u32;
                nodes.push(node(&scenario, &catalogue, (index, group), seed, number));
            }
        }
        neighbours(&scenario, &mut nodes, &mut rng);
        let settings = Settings {
            setup_round_trips: scenario.connection.setup_round_trips,
            dial_timeout: scenario.connection.dial_timeout.duration(),
            break_after: scenario.connection.break_after.duration(),
        };
        let plans = plans(&scenario, &catalogue, seed);
        let mut world = Self {
            end: Time(scenario.duration.0),
            net: Network::new(settings, seed, accesses),
            is_dirty: vec![false; nodes.len()],
            open_plans: plans.len(),
            plans,
            providers: providers(&scenario, &catalogue),
            routing_rng: Rng::new(seed, Stream::Routing),
            divided: vec![0; nodes.len()],
            scenario,
            catalogue,
            seed,
            nodes,
            trace,
            now: Time::ZERO,
            queue: Queue::default(),
            dirty: VecDeque::new(),
            events: 0,
            moment: (Time::ZERO, 0),
            expires: (Time::ZERO, 0),
            samples: Vec::new(),
            resume_max: 0,
            violations: Vec::new(),
            violation_count: 0,
            last_session: 0,
            last_batch: 0,
            over: false,
        };
        world.schedule();
        world.settle();
        world
    }

    /// What is due from the start.
    fn schedule(&mut self) {
        for node in 0..self.nodes.len() as u32 {
            self.live(node);
            self.schedule_churn(node);
        }
        for (job, plan) in (0u32..).zip(&self.plans) {
            if plan.wave == 0 {
                self.queue.push(Time(plan.at), plan.node, Event::Fetch { job });
            }
        }
        let scenario = self.scenario.clone();
        for (index, fault) in (0u32..).zip(&scenario.fault) {
            let event = |begins| Event::Fault { fault: index, begins };
            match fault {
                Fault::Stop { at, lasts, .. } => {
                    self.queue.push(Time(at.0), 0, event(true));
                    if let Some(lasts) = lasts {
                        self.queue.push(Time(at.0) + lasts.0, 0, event(false));
                    }
                }
                Fault::Partition { at, lasts, .. } => {
                    self.queue.push(Time(at.0), 0, event(true));
                    self.queue.push(Time(at.0) + lasts.0, 0, event(false));
                }
                Fault::Collect { group, at, .. } => {
                    for node in scenario.members(group) {
                        self.queue.push(Time(at.0), node, Event::Collect { fault: index });
                    }
                }
            }
        }
        self.queue.push(Time::ZERO, 0, Event::Sample);
    }

    /// A node's life begins: a new machine, and its neighbours are dialled.
    pub(super) fn live(&mut self, node: u32) {
        let config = config(&self.scenario.bitswap);
        let this = &mut self.nodes[node as usize];
        let mut rng = Rng::new(self.seed, Stream::Machine(node, this.life));
        if this.conduct == Conduct::Honest {
            this.machine = Some(M::new(config, rng.bits()));
        } else {
            let wait = rng.below(CONDUCT_NANOS);
            self.queue.push(self.now + wait, node, Event::Conduct { life: this.life });
        }
        self.dial_neighbours(node);
    }
}

/// The machine's settings.
fn config(own: &scenario::Bitswap) -> Config {
    let mut config = Config::default();
    let client = &mut config.client;
    if let Some(size) = own.window_start {
        client.window_bytes_start = size.0;
    }
    if let Some(size) = own.window_min {
        client.window_bytes_min = size.0;
    }
    if let Some(size) = own.window_max {
        client.window_bytes_max = size.0;
    }
    if let Some(peers) = own.session_peers_max {
        client.session_peers_max = peers as usize;
    }
    if let Some(span) = own.provider_search_delay {
        client.provider_search_delay = span.duration();
    }
    if let Some(span) = own.rebroadcast {
        client.rebroadcast_interval = span.duration();
    }
    if let Some(size) = own.want_have_replace {
        config.server.want_have_replace_bytes = u32::try_from(size.0).unwrap_or(u32::MAX);
    }
    if let Some(enabled) = own.broadcast_control {
        config.broadcast.enabled = enabled;
    }
    config
}

fn access(all: &Link, own: &Link, rng: &mut Rng) -> Access {
    let latency = own.latency.or(all.latency).unwrap_or(scenario::SpanRange::One(LATENCY_DEFAULT));
    let (least, most) = latency.bounds();
    let rate = |own: Option<scenario::Rate>, all: Option<scenario::Rate>| {
        own.or(all).map_or(RATE_BITS_DEFAULT.div_ceil(8), scenario::Rate::bytes)
    };
    Access {
        latency: Span(least + rng.below(most - least + 1)).duration(),
        jitter: own.jitter.or(all.jitter).unwrap_or_default().duration(),
        up: rate(own.up, all.up),
        down: rate(own.down, all.down),
        loss: own.loss.or(all.loss).unwrap_or(0.0),
        queue_bytes: own.queue.or(all.queue).map_or(QUEUE_BYTES_DEFAULT, |size| size.0),
        full: match own.full.or(all.full) {
            Some(scenario::Full::Wait) => Full::Wait,
            _ => Full::Drop,
        },
    }
}

fn speed(all: &Disk, own: &Disk) -> Speed {
    let span = |own: Option<Span>, all: Option<Span>, default| own.or(all).map_or(default, |s| s.0);
    let rate = |own: Option<scenario::Rate>, all: Option<scenario::Rate>, default: u64| {
        own.or(all).map_or(default.div_ceil(8), scenario::Rate::bytes)
    };
    Speed {
        read_latency: span(own.read_latency, all.read_latency, READ_LATENCY_NANOS_DEFAULT),
        write_latency: span(own.write_latency, all.write_latency, WRITE_LATENCY_NANOS_DEFAULT),
        disk: rate(own.rate, all.rate, DISK_BITS_DEFAULT),
        hash: rate(own.hash_rate, all.hash_rate, HASH_BITS_DEFAULT),
    }
}

fn content_number(scenario: &Scenario, name: &str) -> u32 {
    scenario.content.iter().position(|content| content.name == name).unwrap_or(0) as u32
}

fn node<M>(
    scenario: &Scenario,
    catalogue: &Catalogue,
    (index, group): (u32, &Group),
    seed: u64,
    number: u32,
) -> Node<M> {
    let mut held = Bits::below(catalogue.len());
    // Adversaries have nothing: they only say so.
    let holds = group.holds.iter().filter(|_| group.conduct == Conduct::Honest);
    for file in holds.flat_map(|name| catalogue.files_of(content_number(scenario, name))) {
        for block in &catalogue.files()[file as usize].blocks {
            held.insert(*block);
        }
    }
    Node {
        group: index,
        conduct: group.conduct,
        speed: speed(&scenario.disk, &group.disk),
        life: 0,
        machine: None,
        timer: None,
        pinned: held.clone(),
        held,
        disk_free: Time::ZERO,
        hash_free: Time::ZERO,
        jobs: BTreeMap::new(),
        batches: BTreeMap::new(),
        questions: BTreeMap::new(),
        last_id: 0,
        outbox: BTreeMap::new(),
        sending: BTreeMap::new(),
        receiving: BTreeMap::new(),
        fetches: BTreeMap::new(),
        neighbours: Vec::new(),
        redial_scheduled: false,
        redial_wait: 0,
        unchecked: 0,
        counts: NodeCounts::default(),
        conduct_rng: Rng::new(seed, Stream::Conduct(number)),
        churn_rng: Rng::new(seed, Stream::Churn(number)),
    }
}

fn neighbours<M>(scenario: &Scenario, nodes: &mut [Node<M>], rng: &mut Rng) {
    let count = nodes.len() as u32;
    for node in 0..count {
        let peers: Vec<u32> = match &scenario.topology {
            Topology::Full => (0..count).filter(|peer| *peer != node).collect(),
            Topology::Random { degree } => {
                let mut peers = BTreeSet::new();
                let wanted = (*degree).min(count - 1) as usize;
                while peers.len() < wanted {
                    let peer = rng.below(count.into()) as u32;
                    if peer != node {
                        peers.insert(peer);
                    }
                }
                peers.into_iter().collect()
            }
            Topology::Star { centre } => {
                scenario.members(centre).filter(|peer| *peer != node).collect()
            }
            Topology::None => Vec::new(),
        };
        nodes[node as usize].neighbours = peers;
    }
}

/// Who says from the start that it has a file.
fn providers(scenario: &Scenario, catalogue: &Catalogue) -> Vec<BTreeSet<u32>> {
    let mut providers = vec![BTreeSet::new(); catalogue.files().len()];
    for group in &scenario.group {
        for name in &group.holds {
            for file in catalogue.files_of(content_number(scenario, name)) {
                providers[file as usize].extend(scenario.members(&group.name));
            }
        }
    }
    providers
}

/// All fetches of a scenario. Start times are drawn from the nodes' own streams.
fn plans(scenario: &Scenario, catalogue: &Catalogue, seed: u64) -> Vec<Plan> {
    let (mut plans, mut entry) = (Vec::new(), 0);
    for group in &scenario.group {
        let members = scenario.members(&group.name);
        for fetch in &group.fetch {
            let all: Vec<u32> =
                catalogue.files_of(content_number(scenario, &fetch.content)).collect();
            for node in members.clone() {
                let mut rng = Rng::new(seed, Stream::Start(node, entry));
                let files = match fetch.pick {
                    Pick::All => all.clone(),
                    Pick::Random => vec![all[rng.below(all.len() as u64) as usize]],
                };
                let place = u64::from(node - members.start);
                let bytes = files.iter().map(|file| catalogue.files()[*file as usize].bytes);
                plans.push(Plan {
                    node,
                    entry,
                    wave: (place * u64::from(fetch.waves) / u64::from(group.count)) as u32,
                    bytes: bytes.sum(),
                    files,
                    at: fetch.at.0 + rng.below(fetch.spread.0 + 1),
                    ahead: fetch.ahead,
                    pin: fetch.pin,
                    begun: None,
                    ended: None,
                    stall: 0,
                });
            }
            entry += 1;
        }
    }
    plans
}
