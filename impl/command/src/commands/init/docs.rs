//! Spec: spec/command/init.md
//!
//! The welcome pages: short texts that are stored in a new repository when asked for.

use crate::error::{Error, Result};
use ipfs_data::block::{Block, Sink, Store};
use ipfs_data::cid::Cid;
use ipfs_data::dag_pb::{self, Link};
use ipfs_data::unixfs::{CidBuilder, Directory, Kind, Node, directory};

/// Name and text of every page. Each fits one block.
pub(super) const PAGES: [(&str, &str); 7] = [
    ("about", include_str!("docs/about")),
    ("contact", include_str!("docs/contact")),
    ("help", include_str!("docs/help")),
    ("ping", include_str!("docs/ping")),
    ("quick-start", include_str!("docs/quick-start")),
    ("readme", include_str!("docs/readme")),
    ("security-notes", include_str!("docs/security-notes")),
];

/// Stores the folder of all pages and gives its CID.
// spec: init.welcome-pages
pub(super) fn store(store: &dyn Store) -> Result<Cid> {
    let mut folder = Directory::new(CidBuilder::V0, 0, None, directory::Options::default());
    for (name, text) in PAGES {
        let (cid, size) = page(store, text)?;
        folder.insert(store, Link::new(cid, name, size)).map_err(failed)?;
    }
    Ok(folder.save(store).map_err(failed)?.cid)
}

/// Stores an empty folder, as every new repository has one, and gives its CID.
pub(super) fn store_empty(store: &dyn Store) -> Result<Cid> {
    let mut folder = Directory::new(CidBuilder::V0, 0, None, directory::Options::default());
    Ok(folder.save(store).map_err(failed)?.cid)
}

fn page(store: &dyn Sink, text: &str) -> Result<(Cid, u64)> {
    let mut file = Node::new(Kind::File);
    file.data = Some(text.as_bytes().to_vec().into());
    file.filesize = Some(text.len() as u64);
    let node = dag_pb::Node::with_data(file.encode());
    let (cid, data) = CidBuilder::V0.node(&node)?;
    let size = data.len() as u64;
    store.put(Block { cid, data })?;
    Ok((cid, size))
}

fn failed(error: ipfs_data::unixfs::Error) -> Error {
    Error::from(error).context("init: seeding init docs failed")
}
