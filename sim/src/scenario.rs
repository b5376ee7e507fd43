//! Spec: spec/sim/scenario.md
//!
//! Scenarios: who takes part, over which links, what goes wrong, and what must come out.

mod check;
mod units;

pub use check::Error;
pub use units::{Rate, Size, Span, SpanRange};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in a sentence or two.
    pub about: String,
    /// Where its figures come from, when they are published ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Virtual time after which the run ends in any case.
    pub duration: Span,
    /// When the run ends.
    #[serde(default)]
    pub until: Until,
    /// Too big for every change's tests: run it in release builds.
    #[serde(default)]
    pub big: bool,
    /// Whether messages pass through the wire codec. Without, only their sizes count: faster.
    #[serde(default = "yes")]
    pub wire: bool,
    /// Invariants are checked at the node of every n-th event; 1 is after every step.
    #[serde(default = "one")]
    pub check_every: u32,
    /// The distance of two samples in the time series.
    #[serde(default = "sample_default")]
    pub sample: Span,
    /// Links of all nodes; groups may differ.
    #[serde(default)]
    pub link: Link,
    /// Disks of all nodes; groups may differ.
    #[serde(default)]
    pub disk: Disk,
    /// What is the same for all connections.
    #[serde(default)]
    pub connection: Connection,
    /// Who is connected with whom at the start, and stays so.
    #[serde(default)]
    pub topology: Topology,
    /// The routing system, which tells who has what.
    #[serde(default)]
    pub routing: Routing,
    /// Settings of the exchange that differ from the node's defaults.
    #[serde(default)]
    pub bitswap: Bitswap,
    /// What is fetched.
    pub content: Vec<Content>,
    /// Nodes of a kind.
    pub group: Vec<Group>,
    /// What goes wrong, and when.
    #[serde(default)]
    pub fault: Vec<Fault>,
    /// What must come out.
    pub expect: Vec<Expect>,
}

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
}

fn sample_default() -> Span {
    Span::ms(250)
}

/// When a run ends, before its duration is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// When every fetch has ended.
    #[default]
    Fetched,
    /// Not before.
    Duration,
}

/// A node's access link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// One-way latency of a path between two such nodes (default 25ms); of a path between two
    /// different ones, the mean. From a range each node draws its own.
    pub latency: Option<SpanRange>,
    /// Most that a segment is delayed on top, evenly distributed (default none).
    pub jitter: Option<Span>,
    /// Bits per second out (default 100Mbit).
    pub up: Option<Rate>,
    /// Bits per second in (default 100Mbit).
    pub down: Option<Rate>,
    /// Chance that a packet of 1,400 bytes is lost (default 0).
    pub loss: Option<f64>,
    /// What the downlink queue holds (default 1MiB).
    pub queue: Option<Size>,
    /// What a full downlink queue does (default drop).
    pub full: Option<Full>,
}

/// What a full downlink queue does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Full {
    /// Drops what comes in: the sender narrows its window and sends again.
    Drop,
    /// Nothing is lost: only the senders' windows bound what waits.
    Wait,
}

/// A node's disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Disk {
    /// Latency of a read (default 100us).
    pub read_latency: Option<Span>,
    /// Latency of a write (default 200us).
    pub write_latency: Option<Span>,
    /// Bits per second, reads and writes together (default 4Gbit).
    pub rate: Option<Rate>,
    /// Bits per second that are hashed (default 8Gbit).
    pub hash_rate: Option<Rate>,
}

/// What is the same for all connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Connection {
    /// Round trips until a new connection carries messages: TCP, TLS, muxer, protocol.
    pub setup_round_trips: u32,
    /// How long a dial to nobody takes.
    pub dial_timeout: Span,
    /// How long until a silent connection is given up.
    pub break_after: Span,
    /// Whether nodes see each other as on a local network: broadcasts to them are not held back.
    pub local: bool,
    /// How long until a node tries a lost neighbour again; doubles up to sixteen-fold.
    pub redial: Span,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            setup_round_trips: 4,
            dial_timeout: Span::ms(5_000),
            break_after: Span::ms(10_000),
            local: false,
            redial: Span::ms(1_000),
        }
    }
}

/// Who is connected with whom at the start, and stays so.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Topology {
    /// Everybody with everybody.
    #[default]
    Full,
    /// Each node dials this many others at random.
    Random {
        /// How many.
        degree: u32,
    },
    /// All with the nodes of this group.
    Star {
        /// The group.
        centre: String,
    },
    /// Nobody: only routing brings nodes together.
    None,
}

/// The routing system: an oracle with a delay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Routing {
    /// Whether there is one.
    pub enabled: bool,
    /// How long an answer takes (default 622ms, a walk's median in 2022).
    pub delay: SpanRange,
    /// Chance that an answer names nobody.
    pub failure: f64,
    /// Whether nodes that have fetched everything are named, too.
    pub fetchers: bool,
}

impl Default for Routing {
    fn default() -> Self {
        Self { enabled: true, delay: SpanRange::One(Span::ms(622)), failure: 0.0, fetchers: true }
    }
}

/// Settings of the exchange that differ from the node's defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bitswap {
    /// In flight per peer before its speed is known.
    pub window_start: Option<Size>,
    /// In flight per peer at least.
    pub window_min: Option<Size>,
    /// In flight per peer at most.
    pub window_max: Option<Size>,
    /// Peers that a session asks for blocks at the same time.
    pub session_peers_max: Option<u32>,
    /// A stalled session asks routing after this.
    pub provider_search_delay: Option<Span>,
    /// Broadcasts are repeated after this.
    pub rebroadcast: Option<Span>,
    /// Blocks up to this size answer a want-have at once.
    pub want_have_replace: Option<Size>,
    /// Whether broadcasts only go to peers that were useful before.
    pub broadcast_control: Option<bool>,
}

/// What is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Its name in this scenario.
    pub name: String,
    /// Bytes of each file.
    pub size: Size,
    /// Bytes of a leaf.
    #[serde(default = "chunk_default")]
    pub chunk: Size,
    /// How many files, each with its own bytes.
    #[serde(default = "one")]
    pub count: u32,
    /// How blocks hang together.
    #[serde(default)]
    pub shape: Shape,
}

fn chunk_default() -> Size {
    Size(256 << 10)
}

/// How blocks hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// A UnixFS file: a balanced tree of 174 links with raw leaves.
    #[default]
    File,
    /// Each block links to the next one only: nothing can be asked for ahead.
    Chain,
}

/// Nodes of a kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name in this scenario.
    pub name: String,
    /// How many nodes.
    pub count: u32,
    /// Content that they have from the start.
    #[serde(default)]
    pub holds: Vec<String>,
    /// What they fetch.
    #[serde(default)]
    pub fetch: Vec<Fetch>,
    /// How they behave.
    #[serde(default)]
    pub conduct: Conduct,
    /// Where their links differ.
    #[serde(default)]
    pub link: Link,
    /// Where their disks differ.
    #[serde(default)]
    pub disk: Disk,
    /// Whether they come and go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub churn: Option<Churn>,
}

/// What a group's nodes fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// The content.
    pub content: String,
    /// Which of its files; all when nothing is said. `"random"` gives each node one.
    #[serde(default)]
    pub pick: Pick,
    /// When they begin.
    #[serde(default)]
    pub at: Span,
    /// They begin up to this much later, each at a time of its own.
    #[serde(default)]
    pub spread: Span,
    /// In how many waves they begin: each begins when all of the one before have ended.
    #[serde(default = "one")]
    pub waves: u32,
    /// Blocks that are asked for ahead, at most.
    #[serde(default = "ahead_default")]
    pub ahead: u32,
    /// Whether what was fetched is pinned: the collector leaves it alone.
    #[serde(default = "yes")]
    pub pin: bool,
}

fn ahead_default() -> u32 {
    1024
}

/// Which files of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pick {
    /// Every one, one after the other.
    #[default]
    All,
    /// One, drawn by each node.
    Random,
}

/// How a node behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Conduct {
    /// As it should.
    #[default]
    Honest,
    /// Says that it has everything and sends nothing.
    Silent,
    /// Says that it has everything and sends other bytes.
    Lying,
    /// Asks everybody for everything all the time and serves nobody.
    Greedy,
}

/// Coming and going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Churn {
    /// Mean time online, exponentially distributed.
    pub online: Span,
    /// Mean time offline, exponentially distributed.
    pub offline: Span,
    /// Whether nodes crash: their peers find out by silence.
    #[serde(default)]
    pub crash: bool,
    /// No node goes after this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Span>,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Fault {
    /// The nodes of a group vanish, and come back with what they had stored.
    Stop {
        /// Which group.
        group: String,
        /// When.
        at: Span,
        /// For how long; for ever when nothing is said.
        #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
        lasts: Option<Span>,
        /// Whether they crash: their peers find out by silence.
        #[serde(default)]
        crash: bool,
    },
    /// The network falls into two parts.
    Partition {
        /// The groups of one part; all others are the other one.
        groups: Vec<String>,
        /// When.
        at: Span,
        /// For how long.
        #[serde(rename = "for")]
        lasts: Span,
    },
    /// The garbage collector runs on the nodes of a group: whatever is not pinned goes.
    Collect {
        /// Which group.
        group: String,
        /// When for the first time.
        at: Span,
        /// Then again and again at this distance.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        every: Option<Span>,
    },
}

/// A bound on a measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// What is measured.
    pub metric: crate::measure::Metric,
    /// Only in this group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// At least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// At most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Requirements of the specification that it shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reqs: Vec<String>,
}

impl Scenario {
    /// Reads a scenario and checks that it makes sense.
    ///
    /// # Errors
    /// The text is no TOML, does not fit the schema, or names what is not there.
    // spec: scenario.checked
    pub fn parse(text: &str) -> Result<Self, Error> {
        let scenario: Self = toml::from_str(text)?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Nodes of all groups.
    pub fn nodes(&self) -> u32 {
        self.group.iter().map(|group| group.count).sum()
    }

    /// The numbers of a group's nodes.
    pub fn members(&self, name: &str) -> std::ops::Range<u32> {
        let mut first = 0;
        for group in &self.group {
            if group.name == name {
                return first..first + group.count;
            }
            first += group.count;
        }
        0..0
    }

    /// The JSON schema of scenarios, pretty-printed.
    // spec: scenario.schema
    pub fn schema() -> String {
        let schema = schemars::schema_for!(Self);
        let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
        text.push('\n');
        text
    }
}
