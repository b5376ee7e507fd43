//! Spec: spec/command/object.md
//!
//! `ipfs object patch add-link` and `rm-link`: copies of dag-pb directories with one link changed.

use crate::commands::block::run::check_size;
use crate::content::Content;
use crate::prelude::*;
use bytes::Bytes;
use ipfs_data::block::{Block, Sink};
use ipfs_data::cid::{Cid, codec, hash};
use ipfs_data::unixfs::node::{Kind as UnixfsKind, Node as UnixfsNode};
use ipfs_data::{dag_pb, multihash};

/// Deepest path that is changed: each segment is a block to rewrite.
const DEPTH_MAX: usize = 1024;

/// The CID of the copy.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Object {
    /// The CID.
    pub hash: String,
}

impl Output for Object {
    const NAME: &'static str = "Object";

    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        writeln!(out, "{}", self.hash)?;
        Ok(())
    }
}

const NOT_DAG_PB: &str = "expected protobuf dag node";
const NO_LINK: &str = "no link by that name";

/// What happens to the last segment of the path.
enum Edit {
    Add { child: Cid, size: u64, create: bool },
    Remove,
}

pub(super) fn add_link(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let encoder = CidEncoder::from_request(request)?;
    let content = Content::open(request, env)?;
    let root = content.resolve(request.argument(0).unwrap_or_default())?;
    let node = load(&content, &root);
    let child = content.resolve(request.argument(2).unwrap_or_default())?;
    let size = total_size(&content, &child)?;
    let node = node?;
    if !request.bool("allow-non-unixfs") {
        check_directory(&node, ["add named links to", "add links to", "addition", ""])?;
    }
    let edit = Edit::Add { child, size, create: request.bool("create") };
    patch(request, &content, root, node, &edit, encoder, emitter)
}

pub(super) fn rm_link(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let encoder = CidEncoder::from_request(request)?;
    let content = Content::open(request, env)?;
    let root = content.resolve(request.argument(0).unwrap_or_default())?;
    let node = load(&content, &root)?;
    if !request.bool("allow-non-unixfs") {
        let words = ["remove links from", "remove links from", "removal", " rm"];
        check_directory(&node, words)?;
    }
    patch(request, &content, root, node, &Edit::Remove, encoder, emitter)
}

fn patch(
    request: &Request,
    content: &Content<'_>,
    root: Cid,
    node: dag_pb::Node,
    edit: &Edit,
    encoder: CidEncoder,
    emitter: &mut Emitter<'_>,
) -> Result<()> {
    let path: Vec<&str> = request.argument(1).unwrap_or_default().split('/').collect();
    if path.len() > DEPTH_MAX {
        return Err(Error::new(format!("path is too deep: at most {DEPTH_MAX} segments")));
    }
    let _writing = content.repo.gc_lock().writer();
    let mut made = Vec::new();
    let (cid, size) = edited(content, root, node, &path, edit, &mut made)?;
    check_size(request, usize::try_from(size).unwrap_or(usize::MAX))?;
    content.blocks.put_many(made)?;
    content.blocks.flush()?;
    emitter.emit(&Object { hash: encoder.encode(&cid) })
}

/// The copy of a node with the edit made below it: its CID and the size of its graph.
// spec: object.patch-rewrites-path
fn edited(
    content: &Content<'_>,
    cid: Cid,
    mut node: dag_pb::Node,
    path: &[&str],
    edit: &Edit,
    made: &mut Vec<Block>,
) -> Result<(Cid, u64)> {
    let Some((name, rest)) = path.split_first() else { return Err(Error::new(NO_LINK)) };
    let name = Bytes::copy_from_slice(name.as_bytes());
    let found = node.link(&name).map(|link| link.cid);
    let target = match (rest.is_empty(), edit) {
        (true, Edit::Remove) => {
            found.ok_or_else(|| Error::new(NO_LINK))?;
            None
        }
        (true, Edit::Add { .. }) if name.is_empty() => {
            return Err(Error::new("cannot create link with no name"));
        }
        (true, Edit::Add { child, size, .. }) => Some((*child, *size)),
        (false, _) => {
            let create = matches!(edit, Edit::Add { create: true, .. });
            let (below, below_node) = match found {
                Some(cid) => (cid, load(content, &cid)?),
                None if create => empty_directory()?,
                None => return Err(Error::new(NO_LINK)),
            };
            Some(edited(content, below, below_node, rest, edit, made)?)
        }
    };
    node.links.retain(|link| link.name() != name);
    if let Some((cid, size)) = target {
        node.links.push(dag_pb::Link::new(cid, name, size));
    }
    node.sort_links();
    node.data = node.data.filter(|data| !data.is_empty());
    store(cid, &node, made)
}

/// Encodes a node and names it like the one that it replaces.
fn store(like: Cid, node: &dag_pb::Node, made: &mut Vec<Block>) -> Result<(Cid, u64)> {
    let data = Bytes::from(dag_pb::encode(node));
    let length = like.hash().digest().len();
    let length = (like.hash().code() != hash::IDENTITY).then_some(length);
    let digest = multihash::sum(like.hash().code(), &data, length)?;
    let cid = match ipfs_data::cid::to_v0(&like) == Some(like) {
        true => Cid::new_v0(digest)?,
        false => Cid::new_v1(codec::DAG_PB, digest),
    };
    let below: u64 = node.links.iter().map(dag_pb::Link::tsize).sum();
    let size = data.len() as u64 + below;
    made.push(Block { cid, data });
    Ok((cid, size))
}

fn empty_directory() -> Result<(Cid, dag_pb::Node)> {
    let data = UnixfsNode::new(UnixfsKind::Directory).encode();
    let node = dag_pb::Node::with_data(data);
    let digest = multihash::sum(hash::SHA2_256, &dag_pb::encode(&node), None)?;
    Ok((Cid::new_v0(digest)?, node))
}

fn load(content: &Content<'_>, cid: &Cid) -> Result<dag_pb::Node> {
    let block = content.block(cid)?;
    match cid.codec() {
        codec::DAG_PB => Ok(dag_pb::decode(&block)?),
        _ => Err(Error::new(NOT_DAG_PB)),
    }
}

/// Bytes of a graph, as its root claims them.
fn total_size(content: &Content<'_>, cid: &Cid) -> Result<u64> {
    let block = content.block(cid)?;
    let below: u64 = match cid.codec() {
        codec::DAG_PB => dag_pb::decode(&block)?.links.iter().map(dag_pb::Link::tsize).sum(),
        _ => 0,
    };
    Ok(block.len() as u64 + below)
}

/// Refuses nodes whose own records a changed link would contradict.
// spec: object.patch-directories-only
fn check_directory(node: &dag_pb::Node, [action, hamt, noun, rm]: [&str; 4]) -> Result<()> {
    let data = node.data.clone().unwrap_or_default();
    let kind = UnixfsNode::decode(&data).map(|unixfs| unixfs.kind).map_err(|_| {
        Error::new(format!(
            "cannot {action} a non-UnixFS dag-pb node; pass --allow-non-unixfs to skip validation"
        ))
    })?;
    let name = match kind {
        UnixfsKind::Directory => return Ok(()),
        UnixfsKind::HamtShard => {
            let commands = if rm.is_empty() { "'ipfs files' commands" } else { "'ipfs files rm'" };
            return Err(Error::new(format!(
                "cannot {hamt} a HAMTShard at the dag-pb level (would corrupt the HAMT bitfield); \
                 use {commands} instead, or pass --allow-non-unixfs to override"
            )));
        }
        other => other,
    };
    Err(Error::new(format!(
        "cannot {action} a UnixFS {name} node, only Directory nodes support link {noun} at the \
         dag-pb level (see https://specs.ipfs.tech/unixfs/)"
    )))
}
