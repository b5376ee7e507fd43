//! Spec: spec/migrations/11-to-12.md
//!
//! Where the configuration's datastore keeps blocks and filestore records.

use crate::blocks::key::{from_base32, multihash_of_cid1};
use crate::blocks::layout::{Shard, block_name};
use crate::blocks::relocate::{directories, list};
use crate::context::Context;
use crate::error::Error;
use ipfs_store::disk::Kind;
use ipfs_store::leveldb::{LevelDb, Options};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Namespace of blocks.
pub(super) const BLOCKS: &str = "/blocks";
/// Namespace of filestore records.
pub(super) const FILESTORE: &str = "/filestore";
/// Deepest nesting of `measure` and `log` in the configuration.
const WRAPPERS_MAX: usize = 16;

/// Where the keys of one namespace are.
#[derive(Debug, Clone)]
pub(super) enum Space {
    /// Block files.
    Files {
        /// Their directory.
        root: PathBuf,
        /// Its layout.
        shard: Shard,
    },
    /// Records of LevelDB.
    Records {
        /// The database.
        db: Arc<LevelDb>,
        /// In front of the names, with a final slash.
        prefix: Vec<u8>,
    },
}

/// All namespaces of this step, and the records of pins and MFS.
#[derive(Debug)]
pub(super) struct Spaces {
    pub(super) blocks: Space,
    pub(super) filestore: Space,
    /// What has no mount of its own.
    pub(super) db: Arc<LevelDb>,
}

fn unsupported(what: &str) -> Error {
    Error::Step(format!(
        "this datastore can't be migrated: {what}. Supported are flatfs and levelds; nothing was \
         changed"
    ))
}

// spec: 11-to-12.datastores
/// What the wrappers `measure` and `log` contain.
fn unwrapped(mut spec: &Value) -> &Value {
    for _ in 0..WRAPPERS_MAX {
        match spec["type"].as_str() {
            Some("measure" | "log") => spec = &spec["child"],
            _ => break,
        }
    }
    spec
}

impl Spaces {
    /// As the configuration says.
    pub(super) fn open(context: &Context<'_>) -> Result<Self, Error> {
        let config: Value = serde_json::from_slice(&context.read(&context.file("config"))?)
            .map_err(|error| Error::Step(format!("config: {error}")))?;
        let spec = unwrapped(&config["Datastore"]["Spec"]);
        let (root, blocks) = match spec["type"].as_str() {
            Some("mount") => mounts(spec)?,
            Some(_) => (spec, None),
            None => return Err(unsupported("the configuration has no Datastore.Spec.type")),
        };
        let db = Arc::new(open_leveldb(context, root)?);
        let record_space =
            |name: &str| Space::Records { db: db.clone(), prefix: format!("{name}/").into_bytes() };
        let blocks = match blocks {
            None => record_space(BLOCKS),
            Some(blocks) => mounted(context, blocks)?,
        };
        Ok(Self { blocks, filestore: record_space(FILESTORE), db })
    }

    /// The space of a listed key, and the key's last part.
    pub(super) fn of<'k>(&self, key: &'k str) -> Option<(&Space, &'k str)> {
        [(BLOCKS, &self.blocks), (FILESTORE, &self.filestore)]
            .into_iter()
            .find_map(|(name, space)| Some((space, key.strip_prefix(name)?.strip_prefix('/')?)))
    }

    /// Names (base32) of all keys that are a CIDv1, each with its namespace.
    pub(super) fn each_cid1(
        &self,
        context: &Context<'_>,
        visit: &mut dyn FnMut(&'static str, &str) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.blocks.each_cid1(context, &mut |name| visit(BLOCKS, name))?;
        self.filestore.each_cid1(context, &mut |name| visit(FILESTORE, name))
    }
}

/// The mounts at `/` and, if there is one, at `/blocks`.
fn mounts(spec: &Value) -> Result<(&Value, Option<&Value>), Error> {
    let (mut root, mut blocks) = (None, None);
    for mount in spec["mounts"].as_array().map_or(&[][..], Vec::as_slice) {
        match mount["mountpoint"].as_str() {
            Some("/") => root = Some(unwrapped(mount)),
            Some(BLOCKS) => blocks = Some(unwrapped(mount)),
            Some(other) => return Err(unsupported(&format!("it has a mount at {other}"))),
            None => return Err(unsupported("a mount has no mountpoint")),
        }
    }
    Ok((root.ok_or_else(|| unsupported("nothing is mounted at /"))?, blocks))
}

fn path(context: &Context<'_>, spec: &Value) -> Result<PathBuf, Error> {
    let path = spec["path"].as_str().ok_or_else(|| unsupported("a part of it has no path"))?;
    Ok(context.file(path))
}

fn open_leveldb(context: &Context<'_>, spec: &Value) -> Result<LevelDb, Error> {
    match spec["type"].as_str() {
        Some("levelds") => {
            let options = Options { mode: context.leveldb_mode(), ..Options::default() };
            LevelDb::open(context.disk_ref(), path(context, spec)?, options).map_err(Error::other)
        }
        other => Err(unsupported(&format!("it is of type {}", other.unwrap_or("null")))),
    }
}

fn mounted(context: &Context<'_>, spec: &Value) -> Result<Space, Error> {
    if spec["type"].as_str() != Some("flatfs") {
        let db = Arc::new(open_leveldb(context, spec)?);
        return Ok(Space::Records { db, prefix: b"/".to_vec() });
    }
    let shard = spec["shardFunc"].as_str().and_then(Shard::parse);
    let shard = shard.ok_or_else(|| unsupported("its shardFunc is none"))?;
    let root = path(context, spec)?;
    let sharding = context.read(&root.join("SHARDING"))?;
    if Shard::parse(&String::from_utf8_lossy(&sharding)) != Some(shard) {
        return Err(unsupported("shardFunc differs from the file SHARDING of the blocks"));
    }
    Ok(Space::Files { root, shard })
}

/// Whether a name is the base32 of a CIDv1.
fn is_cid1(name: &str) -> bool {
    from_base32(name).is_some_and(|key| multihash_of_cid1(&key).is_some())
}

impl Space {
    fn each_cid1(
        &self,
        context: &Context<'_>,
        visit: &mut dyn FnMut(&str) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Self::Files { root, .. } => {
                for directory in directories(context, root)? {
                    if directory.is_empty() || directory.to_string_lossy().starts_with('.') {
                        continue;
                    }
                    for entry in list(context, &root.join(directory))? {
                        let name = entry.name.to_str().and_then(block_name);
                        if let Some(name) =
                            name.filter(|name| entry.kind == Kind::File && is_cid1(name))
                        {
                            visit(name)?;
                        }
                    }
                }
                Ok(())
            }
            Self::Records { db, prefix } => {
                for pair in db.scan_bytes(prefix, true).map_err(Error::other)? {
                    let (key, _) = pair.map_err(Error::other)?;
                    let name = std::str::from_utf8(&key[prefix.len()..]).ok();
                    if let Some(name) = name.filter(|name| is_cid1(name)) {
                        visit(name)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// The value of a name; `None` if there is none.
    pub(super) fn get(&self, context: &Context<'_>, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::Files { root, shard } => context.read_optional(&shard.file(root, name)),
            Self::Records { db, prefix } => {
                db.get_bytes(&record_key(prefix, name)).map_err(Error::other)
            }
        }
    }

    /// The directory of block files.
    pub(super) fn root(&self) -> Option<&Path> {
        match self {
            Self::Files { root, .. } => Some(root),
            Self::Records { .. } => None,
        }
    }
}

/// The LevelDB key of a name.
pub(super) fn record_key(prefix: &[u8], name: &str) -> Vec<u8> {
    [prefix, name.as_bytes()].concat()
}
