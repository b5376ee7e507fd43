//! Spec: spec/command/dag-commands.md
//!
//! `ipfs dag export`.

use crate::content::{Content, local};
use crate::prelude::*;
use crate::progress;
use bytes::Bytes;
use ipfs_data::block::{self, Source};
use ipfs_data::car::Writer;
use ipfs_data::cid::{self, Cid, codec};
use ipfs_data::ipld::Node;
use ipfs_data::path::Path;
use ipfs_node::content::Fetch;
use std::collections::HashSet;
use std::sync::mpsc::{Receiver, sync_channel};

/// Blocks that are read ahead of the output.
const AHEAD_BLOCKS: usize = 32;
/// Links of a node that the store is told about at once.
const HINT_LINKS: usize = 64;
/// Bytes that are handed to the output at once.
const BUFFER_BYTES: usize = 1 << 20;

/// What the walk found: a block, or why there is none.
type Found = Result<(Cid, Bytes)>;

pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let local_only = request.bool("local-only");
    if local_only && request.bool_opt("offline") == Some(false) {
        return Err(Error::new(
            "--local-only implies --offline and cannot be combined with --offline=false; please \
             drop one of them",
        ));
    }
    let path = Path::parse_argument(request.argument(0).unwrap_or_default())?;
    let _alone = local_only.then(ipfs_node::content::without);
    let content = Content::open(request, env)?;
    let root = content.resolve_path(&path)?;
    content.source.prefetch_graph(&root);
    content.block(&root)?;
    let blocks = &content.provided;
    let output = std::io::BufWriter::with_capacity(BUFFER_BYTES, emitter.writer());
    let result = std::thread::scope(|scope| {
        let (found, received) = sync_channel::<Found>(AHEAD_BLOCKS);
        let cancel = &request.cancel;
        let fetch = ipfs_node::content::current();
        scope.spawn(move || {
            let _entered = fetch.as_ref().map(Fetch::enter);
            let mut walk = Walk { blocks, local_only, found: &found, seen: HashSet::new() };
            if let Err(error) = walk.run(&root, &mut || cancel.check()) {
                // Fails only when nobody listens any more.
                let _ = found.send(Err(error));
            }
        });
        write(output, &root, received)
    });
    result.map_err(|error| match request.cancel.check() {
        Err(cancelled) => cancelled,
        Ok(()) => not_found_hint(error, request),
    })
}

fn write(output: impl Write, root: &Cid, blocks: Receiver<Found>) -> Result<()> {
    let mut car = Writer::new(output, &[*root])?;
    for found in blocks {
        let (cid, data) = match found {
            Ok(found) => found,
            Err(error) => {
                // What was found so far goes out before the complaint.
                car.finish()?;
                return Err(error);
            }
        };
        car.write(&cid, &data)?;
    }
    car.finish()?;
    Ok(())
}

// spec: dag-commands.export-missing
fn not_found_hint(error: Error, request: &Request) -> Error {
    if !error.message().contains("ipld: could not find") {
        return error;
    }
    let hint = match request.bool("offline") {
        true => "currently offline, perhaps retry without the offline flag",
        false => "currently offline, perhaps retry after attaching to the network",
    };
    Error::new(format!("{} ({hint})", error.message()))
}

/// Depth first, parents before children, links in order, every block once.
// spec: dag-commands.export-order
struct Walk<'a, S> {
    blocks: &'a S,
    local_only: bool,
    found: &'a std::sync::mpsc::SyncSender<Found>,
    /// The CIDs that were met, in binary form.
    seen: HashSet<Box<[u8]>>,
}

impl<S: Source> Walk<'_, S> {
    fn run(&mut self, root: &Cid, go: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let mut stack = vec![Siblings { of: *root, links: vec![*root], next: 0, hinted: 1 }];
        while let Some(siblings) = stack.last_mut() {
            let Some(cid) = siblings.next(self.blocks) else {
                stack.pop();
                continue;
            };
            if !self.seen.insert(cid.to_bytes().into()) {
                continue;
            }
            go()?;
            let found = self.visit(&cid).map_err(|error| self.failed(&stack, &cid, error))?;
            let Some((data, links)) = found else { continue };
            if self.found.send(Ok((cid, data))).is_err() {
                return Ok(());
            }
            if !links.is_empty() {
                stack.push(Siblings { of: cid, links, next: 0, hinted: 0 });
            }
        }
        Ok(())
    }

    /// A failure with the way from the root to the link.
    fn failed(&self, stack: &[Siblings], cid: &Cid, error: block::Error) -> Error {
        let mut way = Vec::new();
        for siblings in &stack[1..] {
            let block = self.blocks.get(&siblings.of).unwrap_or_default();
            way.push(link_path(siblings.of.codec(), &block, siblings.next - 1));
        }
        let at = crate::encode::quote(&way.join("/"));
        local(error).context(format!(
            "walk failed: error traversing node at {at}: could not load link \"{cid}\""
        ))
    }

    /// The block and its links; `None` for what isn't here in a partial export.
    fn visit(&self, cid: &Cid) -> Result<Option<(Bytes, Vec<Cid>)>, block::Error> {
        let read = || {
            cid::validate(cid).map_err(block::Error::store)?;
            let data = self.blocks.get(cid)?;
            let links = match cid.codec() {
                codec::RAW => Vec::new(),
                code => ipfs_data::codec::links(code, &data).map_err(block::Error::store)?,
            };
            Ok((data, links))
        };
        match read() {
            Err(_) if self.local_only => Ok(None),
            result => result.map(Some),
        }
    }
}

/// The links of a node, of which some were read.
struct Siblings {
    /// The node that links to them.
    of: Cid,
    links: Vec<Cid>,
    next: usize,
    hinted: usize,
}

impl Siblings {
    fn next(&mut self, blocks: &impl Source) -> Option<Cid> {
        if self.hinted <= self.next + HINT_LINKS / 2 && self.hinted < self.links.len() {
            let end = self.links.len().min(self.hinted + HINT_LINKS);
            blocks.prefetch(&self.links[self.hinted..end]);
            self.hinted = end;
        }
        let cid = *self.links.get(self.next)?;
        self.next += 1;
        Some(cid)
    }
}

/// The path inside a block to its link number `at`.
fn link_path(code: u64, block: &Bytes, at: usize) -> String {
    if code == codec::DAG_PB {
        return format!("Links/{at}/Hash");
    }
    let Ok(value) = ipfs_data::codec::decode(code, block) else { return String::new() };
    // What waits to be looked at, the next one last.
    let mut left = vec![(value, Vec::<String>::new())];
    let mut links = 0;
    while let Some((node, way)) = left.pop() {
        let below = |segment: String| way.iter().cloned().chain([segment]).collect();
        match node {
            Node::Link(_) if links == at => return way.join("/"),
            Node::Link(_) => links += 1,
            Node::List(list) => {
                let entries = list.into_iter().enumerate().rev();
                left.extend(entries.map(|(index, node)| (node, below(index.to_string()))));
            }
            Node::Map(map) => {
                let entries = map.into_iter().rev();
                left.extend(entries.map(|(key, node)| (node, below(key.to_str_lossy().into()))));
            }
            _ => {}
        }
    }
    String::new()
}

/// Shows how much was written, on a terminal or when asked.
pub(super) fn show(request: &Request, _: &Env) -> Result<Box<dyn PostRun>> {
    let bar = progress::wanted(request.bool_opt("progress")).then(|| progress::bytes(None));
    Ok(Box::new(Show { bar }))
}

struct Show {
    bar: Option<indicatif::ProgressBar>,
}

impl PostRun for Show {
    fn bytes(&mut self, bytes: &[u8], _: &Request, terminal: &mut Terminal) -> Result<()> {
        if let Some(bar) = &self.bar {
            bar.inc(bytes.len() as u64);
        }
        terminal.write(bytes)
    }

    fn end(self: Box<Self>, result: Result<()>, _: &Request, _: &mut Terminal) -> Result<()> {
        if let Some(bar) = &self.bar {
            bar.finish();
        }
        result
    }
}
