//! Spec: spec/command/dag-commands.md
//!
//! `ipfs dag import`.

use super::node::Link;
use crate::commands::block::run::check_size;
use crate::content::{Content, local};
use crate::files::{Node, Reader as Input};
use crate::prelude::*;
use ipfs_data::block::{Block, Sink, Source};
use ipfs_data::car::{self, Reader};
use ipfs_data::cid::{self, Cid};
use ipfs_data::codec;
use ipfs_repo::pin::{Mode, Pinner};
use std::sync::mpsc::sync_channel;

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
    let content = Content::open(env)?;
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
    for entry in request.take_files() {
        let Node::File(file) = entry.node else {
            return Err(Error::new("expected a file handle"));
        };
        store(request, &content, file.open()?, &mut roots, &mut stats)?;
    }
    content.blocks.flush()?;
    // spec: dag-commands.import-pins-last
    if !local_only && pin_roots.unwrap_or(true) {
        let pinner = content.pinner()?;
        for cid in roots {
            request.cancel.check()?;
            let pin_error_msg = pin(&content, &pinner, &cid).err().unwrap_or_default();
            let root = Root { cid: Link::to(&cid), pin_error_msg };
            emitter.emit(&Imported { root: Some(root), stats: None })?;
        }
    }
    if request.bool("stats") {
        emitter.emit(&Imported { root: None, stats: Some(stats) })?;
    }
    Ok(())
}

fn pin(content: &Content<'_>, pinner: &Pinner, cid: &Cid) -> std::result::Result<(), String> {
    content.blocks.get(cid).map_err(|error| error.to_string())?;
    pinner
        .add(&content.dag(), cid, Mode::Recursive, "", None)
        .map_err(|error| local(error).message().to_owned())
}

/// What can't be decoded, in the reference's words.
pub(super) fn no_decoder(error: codec::Error) -> Error {
    let unknown = matches!(error, codec::Error::NoDecoder(_));
    let error = Error::from(error);
    if unknown { error.context("could not choose a decoder") } else { error }
}

/// Stores the blocks of one file. Reading and checking run ahead in a thread of their own.
fn store(
    request: &Request,
    content: &Content<'_>,
    input: Input,
    roots: &mut Vec<Cid>,
    stats: &mut Stats,
) -> Result<()> {
    std::thread::scope(|scope| {
        let (checked, received) = sync_channel::<Result<Block>>(AHEAD_BLOCKS);
        let found = scope.spawn(move || -> Result<Vec<Cid>> {
            let mut car = Reader::new(input)?;
            let mut previous = None;
            loop {
                let next = next(request, &mut car, previous);
                let Some(block) = next.transpose() else { break };
                previous = block.as_ref().ok().map(|block| block.cid);
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
            let block = block?;
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
        let found = found.join().map_err(|_| Error::new("reading the CAR failed"))??;
        for root in found {
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
        Ok(())
    })
}

/// The next block, checked: its hash, its size and that its codec can read it.
// spec: dag-commands.import-checks
fn next(
    request: &Request,
    car: &mut Reader<Input>,
    previous: Option<Cid>,
) -> Result<Option<Block>> {
    let after = |error: car::Error| match previous {
        Some(cid) => Error::new(format!("import failed after block \"{cid}\": {error}")),
        None => Error::new(format!("import failed: {error}")),
    };
    let Some(block) = car.next_block().map_err(after)? else { return Ok(None) };
    car::verify(&block).map_err(after)?;
    let at = |error: Error| error.context(format!("import failed at block \"{}\"", block.cid));
    check_size(request, block.data.len()).map_err(at)?;
    let readable = codec::for_each_link(block.cid.codec(), &block.data, |_| {});
    readable.map_err(|error| at(no_decoder(error)))?;
    cid::validate(&block.cid)?;
    Ok(Some(block))
}
