//! Spec: spec/command/dag-commands.md
//!
//! `ipfs dag stat`.

use crate::content::{Content, local};
use crate::prelude::*;
use ipfs_data::cid::Cid;
use ipfs_data::path::Path;
use ipfs_repo::graph;
use std::any::Any;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// How often progress is told.
const PROGRESS: Duration = Duration::from_millis(100);

/// Blocks and bytes of one DAG.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Counted {
    /// The root.
    pub cid: String,
    /// Bytes of its blocks, each counted once.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub size: u64,
    /// Its blocks, each counted once.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub num_blocks: u64,
}

/// Blocks and bytes of all DAGs together.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Summary {
    /// Blocks, each counted once over all DAGs.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unique_blocks: u64,
    /// Bytes of these blocks.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub total_size: u64,
    /// Bytes that DAGs share.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shared_size: u64,
    /// Bytes of all DAGs by bytes of their blocks; 0 while counting goes on.
    #[serde(default, skip_serializing_if = "is_unknown", serialize_with = "shortest")]
    pub ratio: f32,
    /// Each DAG.
    #[serde(rename = "DagStats")]
    pub dags: Vec<Counted>,
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}

fn is_unknown(value: &f32) -> bool {
    *value == 0.0
}

/// Whole numbers without a fraction.
fn shortest<S: serde::Serializer>(value: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    match value.fract() == 0.0 && value.abs() < 1e9 {
        true => serializer.serialize_i64(*value as i64),
        false => serializer.serialize_f32(*value),
    }
}

impl Output for Summary {
    const NAME: &'static str = "DagStatSummary";

    // spec: dag-commands.stat-table
    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        let width = self.dags.first().map_or(0, |dag| dag.cid.len());
        writeln!(out, "\n{:width$}\t{:15}\tSize", "CID", "Blocks")?;
        for dag in &self.dags {
            writeln!(out, "{}\t{:<15}\t{}", dag.cid, dag.num_blocks, dag.size)?;
        }
        let human = crate::human::bytes;
        writeln!(out, "\nSummary\nTotal Size: {} ({})", self.total_size, human(self.total_size))?;
        writeln!(out, "Unique Blocks: {}", self.unique_blocks)?;
        writeln!(out, "Shared Size: {} ({})", self.shared_size, human(self.shared_size))?;
        write!(out, "Ratio: {:.6}\n\n\n", self.ratio)?;
        Ok(())
    }
}

/// Keeps the last summary, which is the whole one.
pub(super) struct Show {
    progress: bool,
    last: Option<Summary>,
}

impl Show {
    pub(super) fn new(request: &Request) -> Self {
        Self { progress: crate::progress::wanted(request.bool_opt("progress")), last: None }
    }
}

impl PostRun for Show {
    fn value(&mut self, value: &dyn Any, _: &Request, terminal: &mut Terminal) -> Result<()> {
        let Some(summary) = value.downcast_ref::<Summary>() else { return Ok(()) };
        if self.progress && summary.ratio == 0.0 {
            let blocks: u64 = summary.dags.iter().map(|dag| dag.num_blocks).sum();
            let bytes: u64 = summary.dags.iter().map(|dag| dag.size).sum();
            let human = crate::human::bytes(bytes);
            let text = format!("Fetched/Processed {blocks} blocks, {bytes} bytes ({human})\r");
            terminal.progress(&text);
        }
        self.last = Some(summary.clone());
        Ok(())
    }

    fn end(
        self: Box<Self>,
        result: Result<()>,
        request: &Request,
        terminal: &mut Terminal,
    ) -> Result<()> {
        result?;
        if self.progress {
            terminal.progress("\x1b[2K\r");
        }
        let Some(summary) = self.last else { return Ok(()) };
        let mut text = Vec::new();
        crate::emit::AnyOutput::encode(&summary, request.encoding, request, &mut text)?;
        terminal.write(&text)
    }
}

// spec: dag-commands.stat-unique
pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let encoder = CidEncoder::from_request(request)?;
    let show = request.bool_opt("progress").unwrap_or(true);
    let content = Content::open(request, env)?;
    let dag = content.dag();
    let arguments = request.all_arguments().collect::<Result<Vec<String>>>()?;
    let mut counted_before: Option<HashSet<Cid>> = (arguments.len() > 1).then(HashSet::new);
    let mut summary = Summary::default();
    let (mut with_repeats, mut told) = (0, Instant::now());
    for argument in arguments {
        let (root, rest) = content.resolve_last(&Path::parse_argument(&argument)?)?;
        if !rest.is_empty() {
            return Err(Error::new(
                "cannot return size for anything other than a DAG with a root CID",
            ));
        }
        content.block(&root)?;
        let at = summary.dags.len();
        summary.dags.push(Counted { cid: encoder.encode(&root), size: 0, num_blocks: 0 });
        let mut seen = HashSet::new();
        let mut failed = None;
        let walked = graph::walk(&dag, &root, &mut |cid| {
            if !seen.insert(*cid) {
                return Ok(false);
            }
            if let Err(error) = request.cancel.check() {
                failed = Some(error);
                return Err(ipfs_data::block::Error::Cancelled);
            }
            let bytes = graph::Dag::ensure(&dag, cid)?;
            summary.dags[at].size += bytes;
            summary.dags[at].num_blocks += 1;
            if counted_before.as_mut().is_none_or(|before| before.insert(*cid)) {
                summary.total_size += bytes;
                summary.unique_blocks += 1;
            }
            with_repeats += bytes;
            // spec: dag-commands.stat-progress
            if show && told.elapsed() >= PROGRESS {
                told = Instant::now();
                if let Err(error) = emitter.emit(&Summary { unique_blocks: 0, ..summary.clone() }) {
                    failed = Some(error);
                    return Err(ipfs_data::block::Error::Cancelled);
                }
            }
            Ok(true)
        });
        if let Err(error) = walked {
            return Err(failed.unwrap_or_else(|| local(error).context("error traversing DAG")));
        }
    }
    summary.ratio = with_repeats as f32 / summary.total_size as f32;
    summary.shared_size = with_repeats - summary.total_size;
    emitter.emit(&summary)
}
