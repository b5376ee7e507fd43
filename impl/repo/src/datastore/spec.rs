//! Spec: spec/repo/datastore.md
//!
//! Reads `Datastore.Spec`: which stores a repo has, and the canonical form that `datastore_spec`
//! keeps.

use super::{Datastore, Error, Key, Measure, Memory, Mount, Mounts, Result};
use crate::config::json;
use crate::disk::DiskRef;
use crate::flatfs::{self, FlatFs, ShardFunction};
use crate::layout::Layout;
use crate::leveldb::{self, Compression, LevelDb};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Deepest nesting of stores in stores.
pub const DEPTH_MAX: usize = 16;

/// The configuration of a store.
#[derive(Debug, Clone, PartialEq)]
pub enum Spec {
    /// `mount`: stores under prefixes, sorted descending.
    Mount(Vec<(Key, Spec)>),
    /// `flatfs`
    Flatfs {
        /// Directory, relative to the repo.
        path: String,
        /// How files are spread over directories.
        shard: ShardFunction,
        /// Whether everything is synced.
        sync: bool,
    },
    /// `levelds`
    Levelds {
        /// Directory, relative to the repo.
        path: String,
        /// For new tables.
        compression: Compression,
    },
    /// `mem`
    Memory,
    /// `measure`
    Measure {
        /// Name of the counters.
        prefix: String,
        /// What is counted.
        child: Box<Spec>,
    },
    /// `log`: behaves as its child.
    Log {
        /// What is logged.
        child: Box<Spec>,
    },
}

fn invalid(text: impl Into<String>) -> Error {
    Error::Unsupported(text.into())
}

impl Spec {
    // spec: datastore.spec-errors
    /// Reads a configuration. The texts of errors are the reference's.
    pub fn parse(value: &Value) -> Result<Self> {
        let map =
            value.as_object().ok_or_else(|| invalid("'type' field missing or not a string"))?;
        parse(map, 0)
    }

    // spec: datastore.canonical
    /// The canonical form: keys sorted, only what decides about the bytes on disk. `Null` for
    /// stores that leave nothing there.
    pub fn canonical(&self) -> Value {
        json::sorted(&self.disk_spec())
    }

    /// The canonical form as the text of `datastore_spec`.
    pub fn canonical_text(&self) -> String {
        json::compact(&self.canonical())
    }

    fn disk_spec(&self) -> Value {
        match self {
            Self::Mount(mounts) => {
                let mounts: Vec<Value> = mounts
                    .iter()
                    .map(|(prefix, child)| {
                        let mut spec = match child.disk_spec() {
                            Value::Object(map) => map,
                            _ => Map::new(),
                        };
                        spec.insert("mountpoint".to_owned(), prefix.as_str().into());
                        Value::Object(spec)
                    })
                    .collect();
                serde_json::json!({"type": "mount", "mounts": mounts})
            }
            Self::Flatfs { path, shard, .. } => {
                serde_json::json!({"type": "flatfs", "path": path, "shardFunc": shard.to_string()})
            }
            Self::Levelds { path, .. } => serde_json::json!({"type": "levelds", "path": path}),
            Self::Memory => Value::Null,
            Self::Measure { child, .. } | Self::Log { child } => child.disk_spec(),
        }
    }

    /// Opens the store. The children of a mount are opened when they are first used.
    pub fn open(&self, disk: &DiskRef, layout: &Layout) -> Result<Arc<dyn Datastore>> {
        Ok(match self {
            Self::Mount(mounts) => {
                let mounts = mounts
                    .iter()
                    .map(|(prefix, child)| {
                        let (child, disk, layout) = (child.clone(), disk.clone(), layout.clone());
                        Mount::lazy(prefix.clone(), move || child.open(&disk, &layout))
                    })
                    .collect();
                Arc::new(Mounts::new(mounts))
            }
            Self::Flatfs { path, shard, sync } => {
                let options = flatfs::Options { sync: *sync, ..flatfs::Options::default() };
                Arc::new(FlatFs::open(disk.clone(), &layout.resolve(path), *shard, options)?)
            }
            Self::Levelds { path, compression } => {
                let options =
                    leveldb::Options { compression: *compression, ..leveldb::Options::default() };
                Arc::new(LevelDb::open(disk.clone(), layout.resolve(path), options)?)
            }
            Self::Memory => Arc::new(Memory::new()),
            Self::Measure { prefix, child } => {
                Arc::new(Measure::new(prefix, child.open(disk, layout)?))
            }
            Self::Log { child } => child.open(disk, layout)?,
        })
    }

    /// The flatfs store at `/blocks`, for programs that walk its directories: path and function.
    pub fn blocks_flatfs(&self) -> Option<(&str, ShardFunction)> {
        match self {
            Self::Mount(mounts) => mounts
                .iter()
                .find(|(prefix, _)| prefix.as_str() == "/blocks")
                .and_then(|(_, child)| child.as_flatfs()),
            _ => None,
        }
    }

    fn as_flatfs(&self) -> Option<(&str, ShardFunction)> {
        match self {
            Self::Flatfs { path, shard, .. } => Some((path, *shard)),
            Self::Measure { child, .. } | Self::Log { child } => child.as_flatfs(),
            _ => None,
        }
    }
}

fn parse(map: &Map<String, Value>, depth: usize) -> Result<Spec> {
    if depth > DEPTH_MAX {
        return Err(invalid("datastore configuration is nested too deeply"));
    }
    let kind = map
        .get("type")
        .and_then(Value::as_str)
        .ok_or_else(|| invalid("'type' field missing or not a string"))?;
    let text = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
    let child = || match map.get("child").and_then(Value::as_object) {
        Some(child) => parse(child, depth + 1).map(Box::new),
        None => Err(invalid("'child' field is missing or not a map")),
    };
    match kind {
        "mount" => parse_mount(map, depth),
        "flatfs" => Ok(Spec::Flatfs {
            path: text("path").ok_or_else(|| invalid("'path' field is missing or not boolean"))?,
            shard: ShardFunction::parse(
                &text("shardFunc")
                    .ok_or_else(|| invalid("'shardFunc' field is missing or not a string"))?,
            )
            .map_err(invalid)?,
            sync: map
                .get("sync")
                .and_then(Value::as_bool)
                .ok_or_else(|| invalid("'sync' field is missing or not boolean"))?,
        }),
        "levelds" => Ok(Spec::Levelds {
            path: text("path").ok_or_else(|| invalid("'path' field is missing or not string"))?,
            compression: compression(map.get("compression"))?,
        }),
        "mem" => Ok(Spec::Memory),
        "measure" => {
            let child = child()?;
            let prefix = text("prefix")
                .ok_or_else(|| invalid("'prefix' field was missing or not a string"))?;
            Ok(Spec::Measure { prefix, child })
        }
        "log" => {
            let child = child()?;
            text("name").ok_or_else(|| invalid("'name' field was missing or not a string"))?;
            Ok(Spec::Log { child })
        }
        // spec: datastore.unknown-type
        other => Err(invalid(format!("unknown datastore type: {other}"))),
    }
}

fn parse_mount(map: &Map<String, Value>, depth: usize) -> Result<Spec> {
    let mounts = map
        .get("mounts")
        .and_then(Value::as_array)
        .ok_or_else(|| invalid("'mounts' field is missing or not an array"))?;
    let mut children = Vec::with_capacity(mounts.len());
    for mount in mounts {
        let mount = mount.as_object().ok_or_else(|| invalid("expected map for mountpoint"))?;
        let child = parse(mount, depth + 1)?;
        let prefix = mount.get("mountpoint").ok_or_else(|| invalid("no 'mountpoint' on mount"))?;
        let prefix = prefix.as_str().ok_or_else(|| invalid("'mountpoint' is not a string"))?;
        children.push((Key::new(prefix), child));
    }
    children.sort_by(|a, b| b.0.cmp(&a.0));
    Ok(Spec::Mount(children))
}

fn compression(value: Option<&Value>) -> Result<Compression> {
    match value {
        None | Some(Value::Null) => Ok(Compression::Snappy),
        Some(Value::String(text)) if text.is_empty() || text == "snappy" => Ok(Compression::Snappy),
        Some(Value::String(text)) if text == "none" => Ok(Compression::None),
        Some(Value::String(text)) => {
            Err(invalid(format!("unrecognized value for compression: {text}")))
        }
        Some(other) => {
            let text = json::compact(other);
            Err(invalid(format!("unrecognized value for compression: {text}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_default_has_the_known_canonical_form() {
        let spec = Spec::parse(&crate::config::fresh::flatfs_spec()).unwrap();
        assert_eq!(
            spec.canonical_text(),
            r#"{"mounts":[{"mountpoint":"/blocks","path":"blocks","shardFunc":"/repo/flatfs/shard/v1/next-to-last/2","type":"flatfs"},{"mountpoint":"/","path":"datastore","type":"levelds"}],"type":"mount"}"#
        );
        let measured = Spec::parse(&crate::config::fresh::flatfs_measure_spec()).unwrap();
        assert_eq!(measured.canonical_text(), spec.canonical_text());
    }

    #[test]
    fn errors_are_the_reference_s() {
        let error = |value: Value| Spec::parse(&value).unwrap_err().to_string();
        assert_eq!(error(json!({"type": "x"})), "unknown datastore type: x");
        assert_eq!(error(json!({})), "'type' field missing or not a string");
        assert_eq!(error(json!({"type": "mount"})), "'mounts' field is missing or not an array");
        assert_eq!(error(json!({"type": "measure"})), "'child' field is missing or not a map");
        assert_eq!(
            error(json!({"type": "levelds", "path": "d", "compression": "zip"})),
            "unrecognized value for compression: zip"
        );
        assert_eq!(
            error(json!({"type": "mount", "mounts": [{"type": "mem"}]})),
            "no 'mountpoint' on mount"
        );
        let mut deep = json!({"type": "mem"});
        for _ in 0..100 {
            deep = json!({"type": "measure", "prefix": "p", "child": deep});
        }
        assert!(error(deep).contains("too deeply"));
    }
}
