//! Spec: spec/sim/measure.md
//!
//! What is counted, and the measures made of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a node did and got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct NodeCounts {
    /// Blocks that were asked for.
    pub useful_blocks: u64,
    /// Their bytes.
    pub useful_bytes: u64,
    /// Right blocks that were not asked for, or not any more.
    pub duplicate_blocks: u64,
    /// Their bytes.
    pub duplicate_bytes: u64,
    /// Blocks that are none of this run's: lies.
    pub false_blocks: u64,
    /// Messages sent.
    pub messages: u64,
    /// Bytes of all messages sent.
    pub message_bytes: u64,
    /// Wants for presence sent.
    pub want_haves: u64,
    /// Wants for blocks sent.
    pub want_blocks: u64,
    /// Cancels sent.
    pub cancels: u64,
    /// HAVEs sent.
    pub haves: u64,
    /// DONT_HAVEs sent.
    pub dont_haves: u64,
    /// Blocks sent.
    pub blocks_sent: u64,
    /// Their bytes.
    pub block_bytes_sent: u64,
    /// Blocks that were to be sent and were gone.
    pub gone_blocks: u64,
    /// Questions to routing.
    pub routing_questions: u64,
    /// Connections that were closed because of the peer's fault.
    pub closes: u64,
    /// Wants that the machine refused.
    pub refusals: u64,
    /// Bounds that were hit.
    pub limits: u64,
    /// Blocks that the collector took.
    pub collected: u64,
    /// Most bytes that waited for the uplink at once.
    pub unsent_bytes_max: u64,
}

impl NodeCounts {
    /// Lines of wants, cancels and presences that were sent.
    pub fn control(&self) -> u64 {
        self.want_haves + self.want_blocks + self.cancels + self.haves + self.dont_haves
    }

    /// Adds another node's; of maxima takes the greater.
    pub fn add(&mut self, other: &Self) {
        let Self { unsent_bytes_max, .. } = *self;
        macro_rules! sum {
            ($($field:ident)*) => { $(self.$field += other.$field;)* };
        }
        sum!(useful_blocks useful_bytes duplicate_blocks duplicate_bytes false_blocks messages
             message_bytes want_haves want_blocks cancels haves dont_haves blocks_sent
             block_bytes_sent gone_blocks routing_questions closes refusals limits collected);
        self.unsent_bytes_max = unsent_bytes_max.max(other.unsent_bytes_max);
    }
}

/// What can be expected of a run.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of the fetches that ended.
    Completed,
    /// Median time of a fetch, in seconds. Those that did not end count as the whole run.
    FinishP50S,
    /// 95th percentile of the time of a fetch, in seconds.
    FinishP95S,
    /// Longest time of a fetch, in seconds.
    FinishMaxS,
    /// Virtual time at which the run ended, in seconds.
    EndS,
    /// Bytes that came again, for each byte that was asked for.
    DuplicateRatio,
    /// Bytes of lies, for each byte that was asked for.
    FalseBlocks,
    /// Lines of wants, cancels and presences sent, for each block that was asked for and came.
    ControlPerBlock,
    /// Messages sent, for each block that was asked for and came.
    MessagesPerBlock,
    /// Median share of the downlink that a fetch's bytes took from its begin to its end.
    LinkUse,
    /// Longest time from the end of a fault to a fetch's next block, in seconds.
    ResumeMaxS,
    /// Longest time in which a fetch got nothing, in seconds.
    StallMaxS,
    /// Fetches without a block for 60 s at the end although somebody in reach has one.
    Wedged,
    /// Invariants that did not hold.
    Violations,
    /// Connections closed because of a peer's fault.
    Closes,
    /// Wants that the machine refused.
    Refusals,
    /// Most bytes that waited for an uplink at once.
    UnsentBytesMax,
    /// Blocks that the collector took.
    Collected,
    /// Questions to routing.
    RoutingQuestions,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Completed,
        Self::FinishP50S,
        Self::FinishP95S,
        Self::FinishMaxS,
        Self::EndS,
        Self::DuplicateRatio,
        Self::FalseBlocks,
        Self::ControlPerBlock,
        Self::MessagesPerBlock,
        Self::LinkUse,
        Self::ResumeMaxS,
        Self::StallMaxS,
        Self::Wedged,
        Self::Violations,
        Self::Closes,
        Self::Refusals,
        Self::UnsentBytesMax,
        Self::Collected,
        Self::RoutingQuestions,
    ];

    /// As scenarios write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::FinishP50S => "finish_p50_s",
            Self::FinishP95S => "finish_p95_s",
            Self::FinishMaxS => "finish_max_s",
            Self::EndS => "end_s",
            Self::DuplicateRatio => "duplicate_ratio",
            Self::FalseBlocks => "false_blocks",
            Self::ControlPerBlock => "control_per_block",
            Self::MessagesPerBlock => "messages_per_block",
            Self::LinkUse => "link_use",
            Self::ResumeMaxS => "resume_max_s",
            Self::StallMaxS => "stall_max_s",
            Self::Wedged => "wedged",
            Self::Violations => "violations",
            Self::Closes => "closes",
            Self::Refusals => "refusals",
            Self::UnsentBytesMax => "unsent_bytes_max",
            Self::Collected => "collected",
            Self::RoutingQuestions => "routing_questions",
        }
    }
}

/// A fetch as it went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FetchResult {
    /// Where.
    pub node: u32,
    /// Which group.
    pub group: u32,
    /// In which wave.
    pub wave: u32,
    /// Bytes of all its blocks.
    pub bytes: u64,
    /// When it began, in seconds; none when it never did.
    pub begun_s: Option<f64>,
    /// When it ended, in seconds.
    pub ended_s: Option<f64>,
    /// The longest time without a block, in seconds.
    pub stall_s: f64,
    /// Bits per second of the node's downlink; 0 is no limit.
    pub down_bits: u64,
}

/// One moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
pub struct Sample {
    /// When, in seconds.
    pub time_s: f64,
    /// Nodes that are on.
    pub online: u32,
    /// Fetches that have begun.
    pub begun: u32,
    /// Fetches that have ended.
    pub ended: u32,
    /// Bytes that were asked for and came, so far.
    pub useful_bytes: u64,
    /// Bytes that came again, so far.
    pub duplicate_bytes: u64,
    /// Lines of wants, cancels and presences sent, so far.
    pub control: u64,
    /// Messages sent, so far.
    pub messages: u64,
    /// Bytes that left through uplinks, so far.
    pub link_bytes: u64,
    /// Bytes that found a downlink queue full, so far.
    pub dropped_bytes: u64,
}

/// The p-th quantile of a sorted list; 0 of an empty one.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let index = ((sorted.len() as f64 * p).ceil() as usize).saturating_sub(1).min(last);
    sorted.get(index).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_scenarios() {
        for metric in Metric::ALL {
            let name = serde_json::to_value(metric).unwrap();
            assert_eq!(name, metric.name());
        }
    }

    #[test]
    fn quantiles_are_members() {
        let list = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(quantile(&list, 0.5), 2.0);
        assert_eq!(quantile(&list, 0.95), 4.0);
        assert_eq!(quantile(&list, 0.0), 1.0);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }
}
