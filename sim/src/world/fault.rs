//! Spec: spec/sim/run.md
//!
//! What goes wrong: nodes that stop and come back, churn, divided networks, the collector.

use super::World;
use crate::event::Event;
use crate::machine::Machine;
use crate::measure::Sample;
use crate::scenario::{Churn, Fault};
use crate::time::Time;
use crate::trace::Kind;

impl<M: Machine> World<M> {
    pub(super) fn fault(&mut self, index: u32, begins: bool) {
        let scenario = self.scenario.clone();
        match &scenario.fault[index as usize] {
            Fault::Stop { group, crash, .. } => {
                for node in scenario.members(group) {
                    match begins {
                        true => self.down(node, *crash),
                        false => self.up(node),
                    }
                }
            }
            Fault::Partition { groups, .. } => {
                // Each partition has a bit of its own, so that two may overlap.
                let bit = 1 << (index % 32);
                for node in groups.iter().flat_map(|group| scenario.members(group)) {
                    self.divided[node as usize] ^= bit;
                }
                self.record(0, Kind::Divided, index.into(), begins.into());
                self.net.divide(self.now, &self.divided, &mut self.queue);
            }
            Fault::Collect { .. } => {}
        }
        if !begins {
            self.restored();
        }
    }

    /// From now on it counts how long fetches take to go on.
    fn restored(&mut self) {
        for node in &mut self.nodes {
            for fetch in node.fetches.values_mut() {
                fetch.restored = Some(self.now);
            }
        }
    }

    /// A node goes. What lies on its disk stays.
    // spec: run.restart
    pub(super) fn down(&mut self, node: u32, crash: bool) {
        if !self.net.online(node) {
            return;
        }
        self.record(node, Kind::Stops, crash.into(), 0);
        self.net.stop(self.now, node, !crash, &mut self.queue);
        self.nodes[node as usize].forget();
    }

    /// A node comes back: its fetches begin anew, with what it has stored.
    pub(super) fn up(&mut self, node: u32) {
        if self.net.online(node) {
            return;
        }
        self.record(node, Kind::Starts, 0, 0);
        self.net.start(node);
        self.live(node);
        let jobs: Vec<u32> = self.nodes[node as usize].fetches.keys().copied().collect();
        if self.nodes[node as usize].machine.is_some() {
            for job in jobs {
                self.open_session(node, job);
            }
            self.go_on(node);
        }
    }

    fn churn_of(&self, node: u32) -> Option<Churn> {
        self.scenario.group[self.nodes[node as usize].group as usize].churn
    }

    /// When a node goes or comes next.
    // spec: scenario.churn
    pub(super) fn schedule_churn(&mut self, node: u32) {
        let Some(churn) = self.churn_of(node) else { return };
        let online = self.net.online(node);
        let mean = if online { churn.online } else { churn.offline };
        let wait = self.nodes[node as usize].churn_rng.exponential(mean.0 as f64);
        let due = self.now + wait as u64;
        if !online || churn.ends.is_none_or(|ends| due < Time(ends.0)) {
            self.queue.push(due, node, Event::Churn);
        }
    }

    pub(super) fn churn(&mut self, node: u32) {
        let crash = self.churn_of(node).is_some_and(|churn| churn.crash);
        match self.net.online(node) {
            true => self.down(node, crash),
            false => self.up(node),
        }
        self.schedule_churn(node);
    }

    /// The collector of a node takes what is not pinned. While something is fetched to be pinned it
    /// waits, as that of the node does.
    // spec: run.collector
    pub(super) fn collect(&mut self, node: u32, index: u32) {
        let scenario = self.scenario.clone();
        if let Fault::Collect { every: Some(every), .. } = &scenario.fault[index as usize] {
            self.queue.push(self.now + every.0, node, Event::Collect { fault: index });
        }
        let this = &mut self.nodes[node as usize];
        if this.machine.is_none() || this.fetches.values().any(|fetch| fetch.pin) {
            return;
        }
        let collected = this.held.retain(&this.pinned) as u64;
        this.counts.collected += collected;
        for (file, providers) in self.catalogue.files().iter().zip(&mut self.providers) {
            if !this.held.contains(file.root) {
                providers.remove(&node);
            }
        }
        self.record(node, Kind::Collected, collected, 0);
    }

    /// Takes the measures of a moment.
    pub(super) fn sample(&mut self) {
        self.queue.push(self.now + self.scenario.sample.0, 0, Event::Sample);
        let mut sample = Sample { time_s: self.now.seconds(), ..Sample::default() };
        for (node, this) in (0u32..).zip(&self.nodes) {
            let traffic = self.net.traffic(node);
            sample.online += u32::from(self.net.online(node));
            sample.useful_bytes += this.counts.useful_bytes;
            sample.duplicate_bytes += this.counts.duplicate_bytes;
            sample.control += this.counts.control();
            sample.messages += this.counts.messages;
            sample.link_bytes += traffic.sent;
            sample.dropped_bytes += traffic.dropped;
        }
        sample.begun = self.plans.iter().filter(|plan| plan.begun.is_some()).count() as u32;
        sample.ended = (self.plans.len() - self.open_plans) as u32;
        self.samples.push(sample);
        if let Err(text) = self.net.check() {
            self.violation(0, &text);
        }
    }
}
