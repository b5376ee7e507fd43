//! Spec: spec/command/files-command.md
//!
//! The tree as its commands open it: settings from the configuration and from options.

use crate::content::{Blocks, Content, local};
use crate::encode::quote;
use crate::prelude::*;
use ipfs_data::block::{Source, Store};
use ipfs_data::chunker::Chunker;
use ipfs_data::cid::{Cid, codec, hash};
use ipfs_data::multihash;
use ipfs_data::path::Path;
use ipfs_data::unixfs::directory::{Directory, Estimation, Options};
use ipfs_data::unixfs::{self, CidBuilder, Mtime, resolve};
use ipfs_node::content::Online;
use ipfs_repo::config::Import;
use ipfs_repo::mfs::{Made, Mfs, Settings, path};
use std::time::{SystemTime, UNIX_EPOCH};

/// The open tree.
pub(crate) struct Tree<'a> {
    pub(crate) content: Content<'a>,
    pub(crate) mfs: &'a Mfs,
}

impl<'a> Tree<'a> {
    pub(crate) fn open(request: &Request, env: &'a Env) -> Result<Self> {
        let content = Content::open(request, env)?;
        let mfs = content.files()?;
        Ok(Self { content, mfs })
    }

    pub(super) fn import(&self) -> Import {
        self.content.repo.config().import()
    }

    pub(super) fn store(&self) -> &Online<Blocks> {
        self.content.source.as_ref()
    }

    /// How new nodes are named: as the options say, else as the configuration says.
    pub(super) fn builder(&self, request: &Request) -> Result<Option<CidBuilder>> {
        match given_builder(request)? {
            None => Ok(Some(self.mfs.settings().builder)),
            given => Ok(given),
        }
    }

    /// Makes the folders above a path.
    pub(super) fn make_parents(&self, path: &str, builder: Option<CidBuilder>) -> Result<()> {
        let made = Made { parents: true, builder, ..Made::default() };
        self.mfs.mkdir(&path::parent(path), made, false).map_err(local)
    }

    /// Stores what `--flush=false` left, if this process ends now.
    pub(super) fn finish(&self) -> Result<()> {
        self.content.keep_files()
    }

    /// The node at a path of the tree or of content, for a link to it.
    pub(super) fn node(&self, source: &str) -> Result<(Cid, u64)> {
        const INVALID: &str = "cp: source must be a valid UnixFS (dag-pb or raw codec)";
        let missing =
            |error: Error| error.context(format!("cp: cannot get node from path {source}"));
        let Ok(path) = Path::parse_uri(source) else {
            let entry = self.mfs.lookup(source).map_err(|error| missing(local(error)))?;
            return Ok((entry.cid, entry.tsize));
        };
        let cid = self.content.resolve_path(&path).map_err(missing)?;
        match resolve::summary(&self.content.provided, &cid) {
            Ok(summary) => Ok((cid, summary.tsize)),
            Err(unixfs::Error::Block(error)) => Err(missing(local(error))),
            Err(_) if !matches!(cid.codec(), codec::RAW | codec::DAG_PB) => {
                self.store().get(&cid).map_err(|error| missing(local(error)))?;
                Err(Error::new(INVALID))
            }
            Err(error) => Err(local(error).context(INVALID)),
        }
    }
}

/// Settings of the mutable files as the configuration has them.
pub(crate) fn settings(import: &Import) -> Result<Settings> {
    Ok(Settings {
        builder: configured_builder(import)?,
        directory: directory_options(import),
        chunker: import.chunker.parse::<Chunker>()?,
    })
}

/// A source argument: content paths in their canonical form, anything else as a path of the tree.
pub(super) fn check_source(argument: &str) -> Result<String> {
    match Path::parse_uri(argument) {
        Ok(path) => Ok(path.as_str().to_owned()),
        Err(_) => Ok(path::check(argument)?),
    }
}

// spec: files-command.builder
pub(super) fn given_builder(request: &Request) -> Result<Option<CidBuilder>> {
    let version = request.int("cid-version");
    let function = request.str("hash");
    if version.is_none() && function.is_none() {
        return Ok(None);
    }
    let mut builder = match (version.unwrap_or(0), function) {
        (0, None) => CidBuilder::V0,
        (0 | 1, _) => CidBuilder::V1,
        (version, _) => return Err(Error::new(format!("unknown CID version: {version}"))),
    };
    if let Some(name) = function {
        builder.hash = multihash::code(&name.to_lowercase())
            .ok_or_else(|| Error::new(format!("unrecognized hash function: {}", quote(name))))?;
    }
    Ok(Some(builder))
}

fn configured_builder(import: &Import) -> Result<CidBuilder> {
    let name = &import.hash_function;
    let hash = multihash::code(&name.to_lowercase())
        .ok_or_else(|| Error::new(format!("Import.HashFunction unrecognized: {}", quote(name))))?;
    let v1 = import.cid_version.unwrap_or(0) != 0 || hash != hash::SHA2_256;
    Ok(CidBuilder { v1, hash, ..CidBuilder::V1 })
}

fn directory_options(import: &Import) -> Options {
    Options {
        max_links: usize::try_from(import.directory_links_max).unwrap_or(0),
        fanout: u64::try_from(import.hamt_fanout_max).unwrap_or(0),
        sharding_bytes: import.hamt_threshold_bytes,
        estimation: match import.hamt_size_estimation.as_str() {
            "block" => Estimation::Block,
            "disabled" => Estimation::Disabled,
            _ => Estimation::Links,
        },
    }
}

pub(super) fn now() -> Mtime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Mtime::new(i64::try_from(now.as_secs()).unwrap_or(i64::MAX), now.subsec_nanos())
}

/// The CID of the empty directory.
pub(super) fn empty_directory() -> Result<Cid> {
    store_empty_directory(&ipfs_data::block::MemoryStore::new())
}

pub(super) fn store_empty_directory(store: &dyn Store) -> Result<Cid> {
    let mut directory = Directory::new(CidBuilder::V0, 0, None, Options::default());
    let saved = directory.save(store)?;
    store.flush()?;
    Ok(saved.cid)
}
