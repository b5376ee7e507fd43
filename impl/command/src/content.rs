//! Spec: spec/command/README.md
//!
//! Content of the repository as commands see it: blocks, paths to them, pins, the mutable files.

use crate::env::Env;
use crate::error::{Error, Result};
use crate::request::Request;
use ipfs_data::block::{Source, Store};
use ipfs_data::cid::{Cid, codec};
use ipfs_data::ipld::{LookupError, Node};
use ipfs_data::path::{Namespace, Path};
use ipfs_data::unixfs;
use ipfs_node::content::Online;
use ipfs_node::denylist::Guarded;
use ipfs_repo::Repo;
use ipfs_repo::blockstore::Blockstore;
use ipfs_repo::filestore::Filestore;
use ipfs_repo::graph::StoreDag;
use ipfs_repo::mfs::Mfs;
use ipfs_repo::pin::Pinner;
use std::fmt::Display;
use std::sync::Arc;

/// The blocks of an open repository.
pub type Blocks = Filestore<Blockstore>;

/// Content of an open repository.
pub struct Content<'a> {
    env: &'a Env,
    /// The repository.
    pub repo: &'a Repo,
    /// The blocks of the repository.
    pub blocks: Arc<Blocks>,
    /// The blocks that a request can have. This is the one place where a request gets its blocks
    /// from: the repository and, while a fetch is in force, the network.
    pub source: Arc<Online<Blocks>>,
    /// The same as far as denylists allow: for all that is given out.
    pub provided: Guarded<Online<Blocks>>,
}

impl<'a> Content<'a> {
    /// What a request can have: with `--offline` only what is here.
    ///
    /// # Errors
    /// As [`Content::local`].
    pub fn open(_request: &Request, env: &'a Env) -> Result<Self> {
        Self::local(env)
    }

    /// What is here.
    ///
    /// # Errors
    /// When the repository can't be opened, or its settings make no sense.
    // spec: config.import-check
    pub fn local(env: &'a Env) -> Result<Self> {
        let (repo, blocks) = (env.node()?, env.blocks()?.clone());
        let source = env.source()?.clone();
        let provided = Guarded::new(source.clone(), env.denylists()?.clone());
        Ok(Self { env, repo, blocks, source, provided })
    }

    /// The pins.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn pinner(&self) -> Result<&'a Pinner> {
        self.env.pinner()
    }

    /// The mutable files.
    ///
    /// # Errors
    /// When their root can't be read.
    pub fn files(&self) -> Result<&'a Mfs> {
        self.env.files()
    }

    /// To be called at the end of a command that may have left changes of the mutable files in
    /// memory: they stay there when the process goes on, and are stored when it ends now.
    ///
    /// # Errors
    /// When they can't be stored.
    pub fn keep_files(&self) -> Result<()> {
        match self.env.is_resident() {
            true => Ok(()),
            false => self.files()?.flush().map(drop).map_err(local),
        }
    }

    /// The graph of the blocks that the request can have.
    pub fn dag(&self) -> StoreDag<'_, Online<Blocks>> {
        StoreDag(self.source.as_ref())
    }

    /// The graph of stored blocks.
    pub fn stored_dag(&self) -> StoreDag<'_, Blocks> {
        StoreDag(self.blocks.as_ref())
    }

    /// The CID that an argument names: a path, or a CID with or without segments behind it.
    ///
    /// # Errors
    /// When it is no path, leads nowhere, or a block on the way is missing.
    pub fn resolve(&self, argument: &str) -> Result<Cid> {
        let path = Path::parse_argument(argument)?;
        self.resolve_path(&path)
    }

    /// The CID that a path leads to.
    ///
    /// # Errors
    /// As [`Content::resolve`].
    pub fn resolve_path(&self, path: &Path) -> Result<Cid> {
        Ok(self.resolve_last(path)?.0)
    }

    /// The last block on the way of a path, and what is left of the path inside it.
    ///
    /// # Errors
    /// As [`Content::resolve`].
    pub fn resolve_last(&self, path: &Path) -> Result<(Cid, Vec<String>)> {
        let path = &crate::names::immutable(self.env, path)?;
        self.check(path)?;
        let root = *path.require_cid()?;
        let segments: Vec<&str> = path.segments().collect();
        resolve_segments(&self.provided, path.namespace(), root, &segments)
    }

    /// The CID that an argument names, to get rid of what is there: a CID alone is not looked up
    /// in denylists.
    ///
    /// # Errors
    /// As [`Content::resolve`].
    // spec: denylist.delete
    pub fn resolve_to_remove(&self, argument: &str) -> Result<Cid> {
        match ipfs_data::path::parse_cid_argument(argument) {
            Ok(cid) => Ok(cid),
            Err(_) => self.resolve(argument),
        }
    }

    /// Refuses a path that a denylist blocks.
    ///
    /// # Errors
    /// `PATH is blocked and cannot be provided`.
    // spec: denylist.error
    pub fn check(&self, path: &Path) -> Result<()> {
        Ok(self.provided.lists().check_path(path)?)
    }

    /// The bytes of a block.
    ///
    /// # Errors
    /// When its CID may not name content, or it is missing.
    pub fn block(&self, cid: &Cid) -> Result<bytes::Bytes> {
        ipfs_data::cid::validate(cid)?;
        self.provided.get(cid).map_err(local)
    }
}

/// What block layers say, with the reference's addition that nobody was asked.
// spec: offline.missing-block
pub fn local(error: impl Display) -> Error {
    const MISSING: &str = "ipld: could not find";
    let text = error.to_string();
    match text.contains("(offline)") {
        true => Error::new(text),
        false => Error::new(
            text.replace(MISSING, &format!("block was not found locally (offline): {MISSING}")),
        ),
    }
}

fn resolve_segments(
    store: &dyn Store,
    namespace: Namespace,
    mut cid: Cid,
    mut segments: &[&str],
) -> Result<(Cid, Vec<String>)> {
    let mut inside: &[&str] = &[];
    let way = segments.to_vec();
    while let Some((segment, rest)) = segments.split_first() {
        if namespace == Namespace::Ipfs && cid.codec() == codec::DAG_PB {
            cid = match unixfs::resolve::entry(store, &cid, segment.as_bytes()) {
                Ok(link) => link.cid,
                // `differs:` the reference names the kind of an internal node here.
                Err(unixfs::Error::NotDirectory | unixfs::Error::NoEntry) => {
                    return Err(no_link(segment, &cid));
                }
                Err(error) => return Err(local(error)),
            };
            segments = rest;
            continue;
        }
        let block =
            store.get(&cid).map_err(|error| not_loaded(local(error), &way, segments, &cid))?;
        let mut node = ipfs_data::codec::decode(cid.codec(), &block)?;
        inside = segments;
        while let Some((segment, rest)) = segments.split_first() {
            let child = node.segment(segment.as_bytes());
            let child =
                child.map_err(|error| match rest.is_empty() && cid.codec() != codec::DAG_PB {
                    true => Error::new(lookup_text(&node, segment, &error)),
                    false => no_link(segment, &cid),
                })?;
            node = child.clone();
            segments = rest;
            if let Node::Link(target) = node {
                cid = *target;
                inside = &[];
                break;
            }
        }
    }
    Ok((cid, inside.iter().map(|&segment| segment.to_owned()).collect()))
}

/// What the reference says about the last segment of a path inside a block.
// spec: dag-commands.lookup-errors
fn lookup_text(node: &Node, segment: &str, error: &LookupError) -> String {
    let quoted = crate::encode::quote(segment);
    match error {
        LookupError::NoKey(_) if matches!(node, Node::List(_)) && segment.starts_with('-') => {
            "key not found: \"\"".into()
        }
        LookupError::NoKey(_) => error.to_string(),
        LookupError::NotIndex => format!(
            "invalid segment for lookup on a list: {quoted}: strconv.ParseInt: parsing {quoted}: \
             invalid syntax"
        ),
        LookupError::Terminal => {
            let kind = node.kind();
            format!(
                "func called on wrong kind: \"LookupBySegment\" called on a {kind} node (kind: \
                 {kind}), but only makes sense on map or list"
            )
        }
    }
}

/// A block that is missing below the root is told with the way to it.
fn not_loaded(error: Error, way: &[&str], left: &[&str], cid: &Cid) -> Error {
    let gone = &way[..way.len() - left.len()];
    if gone.is_empty() {
        return error;
    }
    let at = crate::encode::quote(&gone.join("/"));
    error.context(format!("error traversing node at {at}: could not load link \"{cid}\""))
}

fn no_link(name: &str, cid: &Cid) -> Error {
    Error::new(format!("no link named {} under {cid}", crate::encode::quote(name)))
}
