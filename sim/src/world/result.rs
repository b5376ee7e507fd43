//! Spec: spec/sim/measure.md
//!
//! What a run came to.

use super::World;
use crate::machine::Machine;
use crate::measure::{FetchResult, Metric, NodeCounts, Sample, quantile};
use crate::scenario::Conduct;
use crate::time::Time;
use serde::Serialize;
use std::collections::BTreeMap;

/// A fetch that got nothing for this long, in nanoseconds, although somebody has it, is wedged.
const WEDGED_NANOS: u64 = 60_000_000_000;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunResult {
    /// The seed.
    pub seed: u64,
    /// BLAKE3 of the trace.
    pub trace_hash: String,
    /// Records of the trace.
    pub records: u64,
    /// Events that were carried out.
    pub events: u64,
    /// When it ended, in virtual seconds.
    pub end_s: f64,
    /// The names of the groups.
    pub groups: Vec<String>,
    /// The group of each node.
    pub group_of: Vec<u32>,
    /// Counts of each node.
    pub nodes: Vec<NodeCounts>,
    /// Every fetch.
    pub fetches: Vec<FetchResult>,
    /// The time series.
    pub samples: Vec<Sample>,
    /// Longest time from the end of a fault to a fetch's next block, in seconds.
    pub resume_max_s: f64,
    /// Wedged fetches.
    pub wedged: u64,
    /// Invariants that did not hold: how often.
    pub violation_count: u64,
    /// The first ones.
    pub violations: Vec<String>,
    /// The trace could not be written.
    #[serde(skip)]
    pub trace_error: Option<String>,
}

impl<M: Machine> World<M> {
    /// Runs to the end.
    pub fn run(mut self) -> RunResult {
        while self.step() {}
        self.finish()
    }

    /// Takes the last measures.
    pub fn finish(mut self) -> RunResult {
        self.sample();
        let wedged = self.wedged();
        let fetches = self.fetch_results();
        let records = self.trace.count();
        let (trace_hash, error) = self.trace.finish();
        RunResult {
            seed: self.seed,
            trace_hash,
            records,
            events: self.events,
            end_s: self.now.seconds(),
            groups: self.scenario.group.iter().map(|group| group.name.clone()).collect(),
            group_of: self.nodes.iter().map(|node| node.group).collect(),
            nodes: self.nodes.iter().map(|node| node.counts).collect(),
            fetches,
            samples: self.samples,
            resume_max_s: Time(self.resume_max).seconds(),
            wedged,
            violation_count: self.violation_count,
            violations: self.violations,
            trace_error: error.map(|error| error.to_string()),
        }
    }

    fn fetch_results(&self) -> Vec<FetchResult> {
        let result = |(job, plan): (u32, &crate::fetch::Plan)| {
            let running = self.nodes[plan.node as usize].fetches.get(&job);
            let waiting = running.map_or(0, |fetch| self.now.0 - fetch.progress.0);
            let link = &self.scenario.group[self.nodes[plan.node as usize].group as usize].link;
            FetchResult {
                node: plan.node,
                group: self.nodes[plan.node as usize].group,
                wave: plan.wave,
                bytes: plan.bytes,
                begun_s: plan.begun.map(Time::seconds),
                ended_s: plan.ended.map(Time::seconds),
                stall_s: Time(running.map_or(plan.stall, |f| f.stall.max(waiting))).seconds(),
                down_bits: link.down.or(self.scenario.link.down).map_or(100_000_000, |rate| rate.0),
            }
        };
        (0u32..).zip(&self.plans).map(result).collect()
    }

    /// Fetches that stand still although somebody in reach has what they want.
    // spec: measure.wedged
    fn wedged(&self) -> u64 {
        let mut wedged = 0;
        for (node, this) in (0u32..).zip(&self.nodes) {
            if !self.net.online(node) {
                continue;
            }
            let still = this.fetches.values().filter(|fetch| {
                self.now.0 - fetch.progress.0 >= WEDGED_NANOS
                    && fetch.outstanding.iter().any(|block| self.in_reach(node, *block))
            });
            wedged += still.count() as u64;
        }
        wedged
    }

    fn in_reach(&self, node: u32, block: u32) -> bool {
        (0u32..).zip(&self.nodes).any(|(peer, other)| {
            peer != node
                && other.conduct == Conduct::Honest
                && other.held.contains(block)
                && self.net.reachable(node, peer)
        })
    }
}

impl RunResult {
    /// The measures, of all nodes or of one group's.
    // spec: measure.metrics
    pub fn metrics(&self, group: Option<&str>) -> BTreeMap<Metric, f64> {
        let group = group.map(|name| self.groups.iter().position(|own| own == name));
        let inside = |number: u32| group.is_none_or(|group| group == Some(number as usize));
        let mut counts = NodeCounts::default();
        for (node, own) in self.nodes.iter().zip(&self.group_of) {
            if inside(*own) {
                counts.add(node);
            }
        }
        let fetches: Vec<&FetchResult> =
            self.fetches.iter().filter(|fetch| inside(fetch.group)).collect();
        let mut metrics = self.times(&fetches);
        let per = |value: u64, of: u64| value as f64 / of.max(1) as f64;
        metrics.extend([
            (Metric::EndS, self.end_s),
            (Metric::DuplicateRatio, per(counts.duplicate_bytes, counts.useful_bytes)),
            (Metric::FalseBlocks, per(counts.false_blocks, counts.useful_blocks)),
            (Metric::ControlPerBlock, per(counts.control(), counts.useful_blocks)),
            (Metric::MessagesPerBlock, per(counts.messages, counts.useful_blocks)),
            (Metric::ResumeMaxS, self.resume_max_s),
            (Metric::Wedged, self.wedged as f64),
            (Metric::Violations, self.violation_count as f64),
            (Metric::Closes, counts.closes as f64),
            (Metric::Refusals, counts.refusals as f64),
            (Metric::UnsentBytesMax, counts.unsent_bytes_max as f64),
            (Metric::Collected, counts.collected as f64),
            (Metric::RoutingQuestions, counts.routing_questions as f64),
        ]);
        metrics
    }

    fn times(&self, fetches: &[&FetchResult]) -> BTreeMap<Metric, f64> {
        let mut times: Vec<f64> =
            fetches.iter().map(|f| f.seconds().unwrap_or(self.end_s)).collect();
        times.sort_by(f64::total_cmp);
        let mut uses: Vec<f64> = fetches.iter().map(|fetch| fetch.link_use()).collect();
        uses.sort_by(f64::total_cmp);
        let ended = fetches.iter().filter(|fetch| fetch.ended_s.is_some()).count();
        let stall = fetches.iter().map(|fetch| fetch.stall_s).fold(0.0, f64::max);
        BTreeMap::from([
            (Metric::Completed, ended as f64 / fetches.len().max(1) as f64),
            (Metric::FinishP50S, quantile(&times, 0.5)),
            (Metric::FinishP95S, quantile(&times, 0.95)),
            (Metric::FinishMaxS, quantile(&times, 1.0)),
            (Metric::LinkUse, quantile(&uses, 0.5)),
            (Metric::StallMaxS, stall),
        ])
    }
}

impl FetchResult {
    /// How long it took; none when it did not end.
    pub fn seconds(&self) -> Option<f64> {
        Some(self.ended_s? - self.begun_s?)
    }

    /// The share of the downlink that it took; 0 when it did not end or the link has no limit.
    pub fn link_use(&self) -> f64 {
        match self.seconds() {
            Some(seconds) if seconds > 0.0 && self.down_bits > 0 => {
                self.bytes as f64 * 8.0 / seconds / self.down_bits as f64
            }
            _ => 0.0,
        }
    }
}
