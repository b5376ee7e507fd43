//! Spec: spec/migrations/pinset.md
//!
//! Where a repository from version 6 on keeps blocks and metadata: what its configuration says.

use crate::block_access::BlockFiles;
use crate::blocks::layout::Shard;
use crate::context::Context;
use crate::error::Error;
use ipfs_store::disk::Disk;
use ipfs_store::leveldb::{self, Compression, LevelDb};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Deepest nesting of wrappers in a specification.
const WRAPPERS_MAX: usize = 8;

/// Where the two stores are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stores {
    /// The directory of the block files.
    pub blocks: PathBuf,
    /// How they are distributed.
    pub shard: Shard,
    /// The directory of the LevelDB.
    pub metadata: PathBuf,
    compressed: bool,
}

impl Stores {
    /// What all versions have unless configured.
    pub fn usual(repo: &Path, shard: Shard) -> Self {
        Self {
            blocks: repo.join("blocks"),
            shard,
            metadata: repo.join("datastore"),
            compressed: false,
        }
    }

    // spec: pinset.datastore-spec
    /// What the configuration's `Datastore.Spec` says: a mount of flatfs at `/blocks` and LevelDB
    /// at `/`, in any wrappers. Other kinds of stores are refused.
    pub fn configured(repo: &Path, config: &Value) -> Result<Self, Error> {
        let spec = &config["Datastore"]["Spec"];
        let refused = |what: String| {
            Error::Step(format!(
                "Datastore.Spec: {what}; this program knows flatfs mounted at /blocks and levelds \
                 at / only. Nothing was changed"
            ))
        };
        let mounts = spec["mounts"].as_array().filter(|_| spec["type"] == "mount");
        let Some(mounts) = mounts else {
            return Err(refused(format!("it is of type {}, not a mount", spec["type"])));
        };
        let (mut blocks, mut metadata) = (None, None);
        for mount in mounts {
            let store = unwrapped(mount);
            let path = store["path"].as_str().map(|path| repo.join(path));
            match (mount["mountpoint"].as_str(), store["type"].as_str(), path) {
                (Some("/blocks"), Some("flatfs"), Some(path)) => {
                    let text = store["shardFunc"].as_str().unwrap_or_default();
                    let shard = Shard::parse(text)
                        .ok_or_else(|| refused(format!("shardFunc {text:?} is unknown")))?;
                    blocks = Some((path, shard));
                }
                (Some("/"), Some("levelds"), Some(path)) => {
                    metadata = Some((path, store["compression"] != "none"));
                }
                (point, kind, _) => {
                    let (point, kind) = (point.unwrap_or("?"), kind.unwrap_or("?"));
                    return Err(refused(format!("{kind} is mounted at {point}")));
                }
            }
        }
        let (blocks, shard) = blocks.ok_or_else(|| refused("nothing at /blocks".into()))?;
        let (metadata, compressed) = metadata.ok_or_else(|| refused("nothing at /".into()))?;
        Ok(Self { blocks, shard, metadata, compressed })
    }

    /// The LevelDB, for writing unless the step only plans.
    pub fn open(&self, context: &Context<'_>) -> Result<LevelDb, Error> {
        let compression = if self.compressed { Compression::Snappy } else { Compression::None };
        let mode = context.leveldb_mode();
        let options = leveldb::Options { compression, mode, ..leveldb::Options::default() };
        LevelDb::open(context.disk_ref(), &self.metadata, options).map_err(Error::other)
    }

    /// The block files.
    pub fn files<'a>(&self, disk: &'a dyn Disk) -> BlockFiles<'a> {
        BlockFiles::base32(disk, self.blocks.clone(), self.shard)
    }
}

fn unwrapped(mount: &Value) -> &Value {
    let mut store = mount;
    for _ in 0..WRAPPERS_MAX {
        if !matches!(store["type"].as_str(), Some("measure" | "log")) {
            break;
        }
        store = &store["child"];
    }
    store
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(metadata: Value) -> Value {
        json!({"Datastore": {"Spec": {"type": "mount", "mounts": [
            {"mountpoint": "/blocks", "type": "measure", "prefix": "flatfs.datastore", "child":
                {"type": "flatfs", "path": "/elsewhere", "sync": true,
                 "shardFunc": "/repo/flatfs/shard/v1/next-to-last/3"}},
            metadata,
        ]}}})
    }

    #[test]
    fn wrappers_are_looked_through() {
        let level = json!({"mountpoint": "/", "type": "log", "child": {"type": "measure", "child":
            {"type": "levelds", "path": "datastore", "compression": "none"}}});
        let stores = Stores::configured(Path::new("/repo"), &config(level)).unwrap();
        let expected = Stores {
            blocks: "/elsewhere".into(),
            shard: Shard::NextToLast(3),
            metadata: "/repo/datastore".into(),
            compressed: false,
        };
        assert_eq!(stores, expected);
    }

    #[test]
    fn other_stores_are_refused() {
        let badger = json!({"mountpoint": "/", "type": "badgerds", "path": "badgerds"});
        for config in [config(badger), json!({}), json!(null)] {
            let error = Stores::configured(Path::new("/repo"), &config).unwrap_err().to_string();
            assert!(error.starts_with("Datastore.Spec: "), "{error}");
        }
    }
}
