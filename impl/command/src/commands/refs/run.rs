//! Spec: spec/command/refs.md
//!
//! What `ipfs refs` and `ipfs refs local` do.

use crate::content::Content;
use crate::prelude::*;
use ipfs_data::block::Source;
use ipfs_data::cid::{self, Cid, codec};
use ipfs_data::dag_pb;
use ipfs_data::path::Path;
use ipfs_repo::gc::Blocks;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// A link, or why there are no more.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Reference {
    /// The link as the format says.
    #[serde(rename = "Ref")]
    pub reference: String,
    /// Why there are no more.
    pub err: String,
}

impl Output for Reference {
    const NAME: &'static str = "RefWrapper";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        if !self.err.is_empty() {
            return Err(Error::new(self.err.clone()));
        }
        writeln!(out, "{}", self.reference)?;
        Ok(())
    }
}

pub(super) fn refs(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let encoder = CidEncoder::from_request(request)?;
    let recursive = request.bool("recursive");
    let depth_max = if recursive { request.int("max-depth").unwrap_or(-1) } else { 1 };
    let mut format = request.str("format").unwrap_or("<dst>");
    if request.bool("edges") {
        if format != "<dst>" {
            return Err(Error::new("using format argument with edges is not allowed"));
        }
        format = "<src> -> <dst>";
    }
    let content = Content::open(request, env)?;
    let mut roots = Vec::new();
    for argument in request.all_arguments() {
        roots.push(content.resolve_path(&Path::parse_argument(&argument?)?)?);
    }
    let unique = request.bool("unique").then(HashMap::new);
    let mut walk = Walk {
        request,
        content: &content,
        emitter,
        encoder,
        format,
        depth_max: u64::try_from(depth_max).ok(),
        seen: unique,
    };
    for root in roots {
        if walk.depth_max.is_none() {
            content.source.prefetch_graph(&root);
        }
        if let Err(error) = walk.run(root) {
            request.cancel.check()?;
            let err = error.message().to_owned();
            walk.emitter.emit(&Reference { reference: String::new(), err })?;
        }
    }
    Ok(())
}

struct Walk<'a, 'e> {
    request: &'a Request,
    content: &'a Content<'a>,
    emitter: &'a mut Emitter<'e>,
    encoder: CidEncoder,
    format: &'a str,
    depth_max: Option<u64>,
    /// With `--unique`: the least depth at which a CID was met.
    seen: Option<HashMap<Cid, u64>>,
}

type Links = std::vec::IntoIter<(Cid, Vec<u8>)>;

impl Walk<'_, '_> {
    /// Depth first, links in order. What is linked must be here, even if nobody looks below it.
    // spec: refs.order
    fn run(&mut self, root: Cid) -> Result<()> {
        let mut stack = vec![(root, self.links(&root)?)];
        while let Some((parent, links)) = stack.last_mut() {
            let parent = *parent;
            let Some((cid, name)) = links.next() else {
                stack.pop();
                continue;
            };
            let (deeper, write) = self.visit(&cid, stack.len() as u64);
            if !deeper && !write {
                continue;
            }
            self.request.cancel.check()?;
            cid::validate(&cid)?;
            // spec: refs.missing-child
            let missing = |_| Error::new("failed to fetch all nodes");
            self.content.source.size(&cid).map_err(missing)?;
            if write {
                let reference = self.print(&parent, &cid, &name);
                self.emitter.emit(&Reference { reference, err: String::new() })?;
            }
            if deeper && cid.codec() != codec::RAW {
                let links = self.links(&cid)?;
                stack.push((cid, links));
            }
        }
        Ok(())
    }

    fn links(&self, cid: &Cid) -> Result<Links> {
        let block = self.content.block(cid)?;
        let links: Vec<_> = match cid.codec() {
            codec::DAG_PB => {
                let node = dag_pb::decode(&block)?;
                node.links.iter().map(|link| (link.cid, link.name().to_vec())).collect()
            }
            other => {
                let links = ipfs_data::codec::links(other, &block)?;
                links.into_iter().map(|cid| (cid, Vec::new())).collect()
            }
        };
        let ahead: Vec<Cid> = links.iter().take(AHEAD_LINKS).map(|(cid, _)| *cid).collect();
        self.content.source.prefetch(&ahead);
        Ok(links.into_iter())
    }

    /// Whether to go below the link, and whether to print it.
    // spec: refs.unique
    fn visit(&mut self, cid: &Cid, depth: u64) -> (bool, bool) {
        let at_max = self.depth_max == Some(depth);
        if self.depth_max.is_some_and(|max| depth > max) {
            return (false, false);
        }
        let Some(seen) = &mut self.seen else { return (!at_max, true) };
        let before = seen.get(cid).copied();
        if before.is_some_and(|before| self.depth_max.is_none() || before <= depth) {
            return (false, false);
        }
        seen.insert(*cid, depth);
        (!at_max, before.is_none())
    }

    fn print(&self, from: &Cid, to: &Cid, name: &[u8]) -> String {
        if self.format.is_empty() {
            return self.encoder.encode(to);
        }
        self.format
            .replace("<src>", &self.encoder.encode(from))
            .replace("<dst>", &self.encoder.encode(to))
            .replace("<linkname>", &String::from_utf8_lossy(name))
    }
}

/// Links of a node of which the store is told before they are read.
const AHEAD_LINKS: usize = 64;

// spec: refs.local-raw
pub(super) fn local_blocks(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let encoder = CidEncoder::from_request(request)?;
    let content = Content::open(request, env)?;
    let mut failed = None;
    let each = &mut |hash| {
        let reference = encoder.encode(&Cid::new_v1(codec::RAW, hash));
        let told = request
            .cancel
            .check()
            .and_then(|()| emitter.emit(&Reference { reference, err: String::new() }));
        match told {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    };
    content.blocks.for_each(each)?;
    failed.map_or(Ok(()), Err)
}
