//! Spec: spec/command/repo-commands.md
//!
//! What `ipfs repo gc` does.

use crate::commands::files::tree::Tree;
use crate::content::local;
use crate::prelude::*;
use ipfs_data::block;
use ipfs_data::cid::Cid;
use ipfs_repo::gc::{self, Collection, Event};
use ipfs_repo::mfs;

/// A removed block, or what went wrong.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Collected {
    /// The block.
    pub key: Option<Link>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}

/// A CID in JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct Link {
    /// Its text.
    #[serde(rename = "/")]
    pub cid: String,
}

impl Link {
    /// The link to a CID.
    pub fn new(cid: &Cid) -> Self {
        Self { cid: cid.to_string() }
    }
}

impl Output for Collected {
    const NAME: &'static str = "GcResult";

    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        match &self.key {
            _ if request.bool("silent") => {}
            None => writeln!(out, "Error: {}", self.error)?,
            Some(link) if request.bool("quiet") => writeln!(out, "{}", link.cid)?,
            Some(link) => writeln!(out, "removed {}", link.cid)?,
        }
        Ok(())
    }
}

pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let (silent, stream) = (request.bool("silent"), request.bool("stream-errors"));
    // A tree that can't be opened would look empty, and its blocks like garbage.
    let tree = Tree::open(request, env)?;
    let content = &tree.content;
    let datastore = content.repo.datastore()?;
    let roots = || match mfs::stored_root(datastore.as_ref()) {
        Ok(root) => Ok(root.into_iter().collect()),
        Err(error) => Err(block::Error::store(error)),
    };
    let pinner = content.pinner()?;
    let collection = Collection {
        lock: content.repo.gc_lock(),
        dag: &content.dag(),
        blocks: content.blocks.as_ref(),
        pinner,
        partial_roots: &roots,
        cancelled: &|| request.cancel.is_cancelled(),
    };
    let mut errors: Vec<String> = Vec::new();
    let mut unsent = None;
    let result = collection.run(&mut |event| {
        let report = match event {
            Event::Removed(_) if silent && !stream => return,
            Event::Removed(cid) => Collected { key: Some(Link::new(&cid)), error: String::new() },
            Event::Failed(error) => {
                errors.push(error.to_string());
                if !stream {
                    return;
                }
                Collected { key: None, error: error.to_string() }
            }
        };
        // Whoever listened may be gone; the collection still ends properly.
        if unsent.is_none() {
            unsent = emitter.emit(&report).err();
        }
    });
    request.cancel.check()?;
    if let Some(error) = unsent {
        return Err(error);
    }
    finish(result, errors, stream, emitter)
}

fn finish(
    result: std::result::Result<u64, gc::Error>,
    mut errors: Vec<String>,
    stream: bool,
    emitter: &mut Emitter<'_>,
) -> Result<()> {
    if let Err(error) = result {
        let error = local(error).message().to_owned();
        if stream {
            emitter.emit(&Collected { key: None, error: error.clone() })?;
        }
        errors.push(error);
    }
    match errors.is_empty() {
        true => Ok(()),
        false if stream => Err(Error::new("encountered errors during gc run")),
        false => Err(Error::new(errors.join("; "))),
    }
}
