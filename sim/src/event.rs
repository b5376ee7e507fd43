//! Spec: spec/sim/run.md
//!
//! Everything that can be due in a run.

use crate::net::NetEvent;

/// What happens at its time, at its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// In the network.
    Net(NetEvent),
    /// The machine's timer.
    Timer {
        /// The node's life: timers of earlier ones are void.
        life: u32,
    },
    /// The disk is done with a job.
    Disk {
        /// The node's life.
        life: u32,
        /// Which job.
        job: u32,
    },
    /// The hashes of a received message are made.
    Hashed {
        /// The node's life.
        life: u32,
        /// Which batch.
        batch: u64,
    },
    /// Routing answers.
    Routed {
        /// The node's life.
        life: u32,
        /// Which question.
        question: u32,
    },
    /// A node tries again to reach peers that it should be connected with.
    Redial {
        /// The node's life.
        life: u32,
    },
    /// A node begins to fetch.
    Fetch {
        /// The job, in the order of the scenario.
        job: u32,
    },
    /// The collector of a node runs.
    Collect {
        /// The fault, in the order of the scenario.
        fault: u32,
    },
    /// A fault of the scenario begins or ends.
    Fault {
        /// In the order of the scenario.
        fault: u32,
        /// Whether it begins.
        begins: bool,
    },
    /// Churn: the node goes or comes.
    Churn,
    /// What an adversary does by itself.
    Conduct {
        /// The node's life.
        life: u32,
    },
    /// The measures are taken.
    Sample,
}
