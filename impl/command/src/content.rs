//! Spec: spec/command/README.md
//!
//! Content of the repository as commands see it: blocks, paths to them, pins, the mutable files.

use crate::env::Env;
use crate::error::{Error, Result};
use ipfs_data::block::Store;
use ipfs_data::cid::{Cid, codec};
use ipfs_data::ipld::Node;
use ipfs_data::path::{Namespace, Path};
use ipfs_data::unixfs::directory::{Directory, Options};
use ipfs_repo::Repo;
use ipfs_repo::blockstore::Blockstore;
use ipfs_repo::filestore::Filestore;
use ipfs_repo::graph::StoreDag;
use ipfs_repo::pin::Pinner;
use std::fmt::Display;
use std::sync::Arc;

/// The blocks of an open repository.
pub type Blocks = Filestore<Blockstore>;

/// Content of an open repository.
pub struct Content<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// Its blocks.
    pub blocks: Arc<Blocks>,
}

impl<'a> Content<'a> {
    /// Opens the repository's block store.
    ///
    /// # Errors
    /// When the repository can't be opened.
    pub fn open(env: &'a Env) -> Result<Self> {
        let repo = env.repo()?;
        Ok(Self { repo, blocks: Arc::new(repo.blocks()?) })
    }

    /// The pins.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn pinner(&self) -> Result<Pinner> {
        Ok(Pinner::open(self.repo.datastore()?.clone())?)
    }

    /// The graph of stored blocks.
    pub fn dag(&self) -> StoreDag<'_, Blocks> {
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
        let root = *path.require_cid()?;
        let segments: Vec<&str> = path.segments().collect();
        resolve_segments(self.blocks.as_ref(), path.namespace(), root, &segments)
    }
}

/// What block layers say, with the reference's addition that nobody was asked.
// spec: cli.offline-not-found
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
) -> Result<Cid> {
    while let Some((segment, rest)) = segments.split_first() {
        if namespace == Namespace::Ipfs && cid.codec() == codec::DAG_PB {
            let mut directory = Directory::load(store, &cid, Options::default()).map_err(local)?;
            let link = directory.find(store, segment.as_bytes()).map_err(local)?;
            cid = link.ok_or_else(|| no_link(segment, &cid))?.cid;
            segments = rest;
            continue;
        }
        let block = store.get(&cid).map_err(local)?;
        let mut node = ipfs_data::codec::decode(cid.codec(), &block)?;
        while let Some((segment, rest)) = segments.split_first() {
            let child = node.segment(segment.as_bytes()).map_err(|_| no_link(segment, &cid))?;
            node = child.clone();
            segments = rest;
            if let Node::Link(target) = node {
                cid = *target;
                break;
            }
        }
    }
    Ok(cid)
}

fn no_link(name: &str, cid: &Cid) -> Error {
    Error::new(format!("no link named {} under {cid}", crate::encode::quote(name)))
}
