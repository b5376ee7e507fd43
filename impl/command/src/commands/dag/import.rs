//! Spec: spec/command/dag-commands.md
//!
//! `ipfs dag import`.

use super::node::Link;
use crate::commands::block::run::check_size;
use crate::commands::provide::fast::{self, After};
use crate::content::{Blocks, Content, local};
use crate::files::{Node, Reader as Input};
use crate::prelude::*;
use ipfs_data::block::{self, Block, Sink, Source};
use ipfs_data::car::{self, Reader};
use ipfs_data::cid::{self, Cid};
use ipfs_data::codec;
use ipfs_repo::graph::{Dag, StoreDag};
use ipfs_repo::pin::{Mode, Pinner};
use std::collections::HashSet;
use std::sync::mpsc::sync_channel;

/// Nodes that are remembered to have no links, so that pinning need not read them again.
const LEAVES_MAX: usize = 64 << 10;

/// Blocks that are read and checked ahead of the store.
const AHEAD_BLOCKS: usize = 16;

/// Blocks that wait to be stored together; those of a file that fails meanwhile are not stored.
const BATCH_BLOCKS: usize = 128;
/// Their bytes, at most and one block more.
const BATCH_BYTES: usize = 16 << 20;

/// A root of a CAR.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Root {
    /// Its CID.
    pub cid: Link,
    /// Why it was not pinned; empty when it was.
    pub pin_error_msg: String,
}

/// What was stored.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stats {
    /// Blocks, repeated ones included.
    pub block_count: u64,
    /// Their bytes.
    pub block_bytes_count: u64,
}

/// A root or, at the end, the statistics.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Imported {
    /// A root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<Root>,
    /// What was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats: Option<Stats>,
}

impl Output for Imported {
    const NAME: &'static str = "CarImportOutput";

    // spec: dag-commands.import-output
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        if request.bool("silent") {
            return Ok(());
        }
        if let Some(stats) = self.stats.as_ref().filter(|_| request.bool("stats")) {
            let Stats { block_count, block_bytes_count } = stats;
            writeln!(out, "Imported {block_count} blocks ({block_bytes_count} bytes)")?;
        }
        if let Some(root) = &self.root {
            let cid = CidEncoder::from_request(request)?.encode(&root.cid.cid()?);
            if !root.pin_error_msg.is_empty() {
                let error = &root.pin_error_msg;
                return Err(Error::new(format!("pinning root \"{cid}\" FAILED: {error}")));
            }
            writeln!(out, "Pinned root\t{cid}\tsuccess")?;
        }
        Ok(())
    }
}

pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let content = Content::open(request, env)?;
    let pin_roots = request.bool_opt("pin-roots");
    let local_only = request.bool("local-only");
    if local_only && pin_roots == Some(true) {
        return Err(Error::new(
            "--local-only implies --pin-roots=false and cannot be combined with \
             --pin-roots=true; please drop one of them",
        ));
    }
    let _writing = content.repo.gc_lock().writer();
    let mut roots = Vec::new();
    let mut stats = Stats::default();
    let mut leaves = HashSet::new();
    for entry in request.take_files() {
        let entry = entry?;
        let Node::File(file) = entry.node else {
            return Err(Error::new("expected a file handle"));
        };
        for root in store(request, &content, file.open()?, &mut stats, &mut leaves)? {
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
    }
    content.blocks.flush()?;
    let roots_found = roots.len();
    // spec: dag-commands.import-pins-last
    if !local_only && pin_roots.unwrap_or(true) {
        let pinner = content.pinner()?;
        for cid in roots {
            request.cancel.check()?;
            let dag = ImportedDag { dag: content.stored_dag(), leaves: &leaves };
            let pin_error_msg = pin(&content, pinner, &dag, &cid).err().unwrap_or_default();
            let root = Root { cid: Link::to(&cid), pin_error_msg };
            emitter.emit(&Imported { root: Some(root), stats: None })?;
        }
    }
    if request.bool("stats") {
        emitter.emit(&Imported { root: None, stats: Some(stats) })?;
    }
    fast::tell(request, env, After::Import, roots_found)
}

/// The stored graph, of which some nodes are known to have no links: they need not be read again.
struct ImportedDag<'a> {
    dag: StoreDag<'a, Blocks>,
    leaves: &'a HashSet<Cid>,
}

impl Dag for ImportedDag<'_> {
    fn links(&self, cid: &Cid) -> Result<Vec<Cid>, block::Error> {
        if self.leaves.contains(cid) { Ok(Vec::new()) } else { self.dag.links(cid) }
    }

    fn ensure(&self, cid: &Cid) -> Result<u64, block::Error> {
        self.dag.ensure(cid)
    }

    fn flush(&self) -> Result<(), block::Error> {
        self.dag.flush()
    }
}

fn pin(content: &Content<'_>, pinner: &Pinner, dag: &dyn Dag, cid: &Cid) -> Result<(), String> {
    content.blocks.get(cid).map_err(|error| error.to_string())?;
    pinner
        .add(dag, cid, Mode::Recursive, "", None)
        .map_err(|error| local(error).message().to_owned())
}

/// What can't be decoded, in the reference's words.
pub(super) fn no_decoder(error: codec::Error) -> Error {
    let unknown = matches!(error, codec::Error::NoDecoder(_));
    let error = Error::from(error);
    if unknown { error.context("could not choose a decoder") } else { error }
}

/// A block that may be stored.
struct Checked {
    block: Block,
    /// It has no links, which its codec does not tell.
    is_leaf: bool,
}

/// Stores the blocks of one file; gives its roots. Reading and checking run ahead in a thread of
/// their own.
fn store(
    request: &Request,
    content: &Content<'_>,
    input: Input,
    stats: &mut Stats,
    leaves: &mut HashSet<Cid>,
) -> Result<Vec<Cid>> {
    std::thread::scope(|scope| {
        let (checked, received) = sync_channel::<Result<Checked>>(AHEAD_BLOCKS);
        let found = scope.spawn(move || -> Result<Vec<Cid>> {
            let mut car = Reader::new(input)?;
            let mut previous = None;
            loop {
                let next = next(request, &mut car, previous);
                let Some(block) = next.transpose() else { break };
                previous = block.as_ref().ok().map(|checked| checked.block.cid);
                let failed = block.is_err();
                // Nobody listens after a failure of the store, which is told there.
                if checked.send(block).is_err() || failed {
                    break;
                }
            }
            Ok(car.roots().to_vec())
        });
        let (mut batch, mut batch_bytes) = (Vec::new(), 0);
        for block in received {
            request.cancel.check()?;
            let Checked { block, is_leaf } = block?;
            if is_leaf && leaves.len() < LEAVES_MAX {
                leaves.insert(block.cid);
            }
            stats.block_count += 1;
            stats.block_bytes_count += block.data.len() as u64;
            batch_bytes += block.data.len();
            batch.push(block);
            if batch.len() >= BATCH_BLOCKS || batch_bytes >= BATCH_BYTES {
                content.blocks.put_many(std::mem::take(&mut batch))?;
                batch_bytes = 0;
            }
        }
        // spec: dag-commands.import-batch
        content.blocks.put_many(batch)?;
        found.join().map_err(|_| Error::new("reading the CAR failed"))?
    })
}

/// The next block, checked: its hash, its size and that its codec can read it.
// spec: dag-commands.import-checks
fn next(
    request: &Request,
    car: &mut Reader<Input>,
    previous: Option<Cid>,
) -> Result<Option<Checked>> {
    let after = |error: car::Error| match previous {
        Some(cid) => Error::new(format!("import failed after block \"{cid}\": {error}")),
        None => Error::new(format!("import failed: {error}")),
    };
    let Some(block) = car.next_block().map_err(after)? else { return Ok(None) };
    car::verify(&block).map_err(after)?;
    let at = |error: Error| error.context(format!("import failed at block \"{}\"", block.cid));
    check_size(request, block.data.len()).map_err(at)?;
    let mut links = 0u64;
    let readable = codec::for_each_link(block.cid.codec(), &block.data, |_| links += 1);
    readable.map_err(|error| at(no_decoder(error)))?;
    cid::validate(&block.cid)?;
    let is_leaf = links == 0 && block.cid.codec() != ipfs_data::cid::codec::RAW;
    Ok(Some(Checked { block, is_leaf }))
}
