//! A small repository of a given version, made from nothing.

use super::leveldb;
use crate::case::{Check, failed};
use multibase::Base;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a `SHARDING` file says from version 5 on.
pub const SHARDING: &str = "/repo/flatfs/shard/v1/next-to-last/2\n";

/// One of the default bootstrap peers.
const PEER: &str =
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN";

/// A repository in a temporary folder.
#[derive(Debug)]
pub struct Sample {
    folder: tempfile::TempDir,
    repo: PathBuf,
}

/// A multihash of some content.
pub fn hash(content: &[u8]) -> Vec<u8> {
    [&[0x12, 0x20][..], &Sha256::digest(content)].concat()
}

fn message(fields: &[(u8, &[u8])]) -> Vec<u8> {
    let one =
        |(field, bytes): &(u8, &[u8])| [&[field << 3 | 2, bytes.len() as u8], *bytes].concat();
    fields.iter().flat_map(one).collect()
}

/// The block of a node without links.
pub fn leaf(text: &str) -> Vec<u8> {
    message(&[(1, text.as_bytes())])
}

/// The block of a folder with one nameless link.
pub fn parent(cid: &[u8]) -> Vec<u8> {
    message(&[(2, &message(&[(1, cid), (2, b"")])), (1, &[8, 1])])
}

/// Private key in the oldest form, and the peer ID of its time.
fn identity() -> (String, String) {
    let secret = ed25519_dalek::SigningKey::from_bytes(&[3; 32]);
    let public = secret.verifying_key().to_bytes();
    let envelope = |data: &[u8]| [&[8, 1][..], &message(&[(2, data)])].concat();
    let key = Base::Base64Pad.encode(envelope(&[[3; 32], public, public].concat()));
    (Base::Base58Btc.encode(hash(&envelope(&public))), key)
}

fn config(version: u32) -> Value {
    let (id, key) = identity();
    let datastore = if version < 6 {
        json!({"Type": "leveldb", "Path": "", "NoSync": false, "Params": null,
            "StorageMax": "10GB", "StorageGCWatermark": 90, "GCPeriod": "1h"})
    } else {
        json!({"StorageMax": "10GB", "Spec": {"type": "mount", "mounts": [
            {"mountpoint": "/blocks", "type": "measure", "prefix": "flatfs.datastore", "child":
                {"type": "flatfs", "path": "blocks", "sync": true, "shardFunc": SHARDING.trim()}},
            {"mountpoint": "/", "type": "measure", "prefix": "leveldb.datastore", "child":
                {"type": "levelds", "path": "datastore", "compression": "none"}},
        ]}})
    };
    json!({
        "Identity": {"PeerID": id, "PrivKey": key},
        "Datastore": datastore,
        "Addresses": {"Swarm": ["/ip4/0.0.0.0/tcp/4001"], "Announce": [], "NoAnnounce": [],
            "API": "/ip4/127.0.0.1/tcp/5001", "Gateway": "/ip4/127.0.0.1/tcp/8080"},
        "Bootstrap": [PEER],
        "Swarm": {"AddrFilters": null},
        "Unknown-key": {"kept": [1, "two"]},
    })
}

impl Sample {
    /// A repository of a version, with these entries in its LevelDB.
    pub fn new(version: u32, entries: &[(Vec<u8>, Vec<u8>)]) -> Check<Self> {
        Self::make(version, entries).or_else(|error| failed(format!("no sample: {error}")))
    }

    fn make(version: u32, entries: &[(Vec<u8>, Vec<u8>)]) -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("conformance-").tempdir()?;
        let repo = folder.path().join(if version < 2 { ".go-ipfs" } else { ".ipfs" });
        for name in ["blocks", "keystore", "logs"] {
            if name != "blocks" || version >= 2 {
                fs::create_dir_all(repo.join(name))?;
            }
        }
        let sample = Self { folder, repo };
        sample.write("config", format!("{:#}\n", config(version)).as_bytes())?;
        if version > 0 {
            sample.write("version", format!("{version}\n").as_bytes())?;
        }
        if version >= 5 {
            sample.write("blocks/SHARDING", SHARDING.as_bytes())?;
        }
        if version >= 6 {
            let spec = json!({"mounts": [
                {"mountpoint": "/blocks", "path": "blocks", "shardFunc": SHARDING.trim(),
                    "type": "flatfs"},
                {"mountpoint": "/", "path": "datastore", "type": "levelds"},
            ], "type": "mount"});
            sample.write("datastore_spec", spec.to_string().as_bytes())?;
        }
        leveldb::write(&sample.repo.join("datastore"), entries)?;
        Ok(sample)
    }

    /// Its directory.
    pub fn repo(&self) -> &Path {
        &self.repo
    }

    /// The same in a directory of another name.
    pub fn named(mut self, name: &str) -> Check<Self> {
        let path = self.folder.path().join(name);
        let moved = fs::rename(&self.repo, &path);
        moved.or_else(|error| failed(format!("{name}: {error}")))?;
        self.repo = path;
        Ok(self)
    }

    /// Looks for it where 1-to-2 may have moved it.
    pub(super) fn find(&mut self) {
        for name in [".go-ipfs", ".ipfs"] {
            let path = self.folder.path().join(name);
            if path.join("config").exists() {
                self.repo = path;
            }
        }
    }

    /// The trimmed version file; empty if there is none.
    pub fn version(&self) -> String {
        fs::read_to_string(self.repo.join("version")).unwrap_or_default().trim().to_owned()
    }

    /// Writes a file, and the directories above it.
    pub fn write(&self, name: &str, content: &[u8]) -> std::io::Result<()> {
        let path = self.repo.join(name);
        if let Some(above) = path.parent() {
            fs::create_dir_all(above)?;
        }
        fs::write(path, content)
    }

    /// The same, as a part of a case.
    pub fn put(&self, name: &str, content: &[u8]) -> Check {
        self.write(name, content).or_else(|error| failed(format!("{name}: {error}")))
    }

    /// A file's content; none if it isn't there.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.repo.join(name)).ok()
    }

    /// All keys and values of its LevelDB.
    pub fn records(&self) -> Check<BTreeMap<Vec<u8>, Vec<u8>>> {
        let records = leveldb::read(&self.repo.join("datastore"));
        records.map_or_else(|| failed("the LevelDB can't be read"), Ok)
    }

    /// The names of its files and directories, without what lies in them.
    pub fn names(&self) -> Vec<String> {
        let found = fs::read_dir(&self.repo).into_iter().flatten().flatten();
        found.map(|found| found.file_name().to_string_lossy().into_owned()).collect()
    }

    /// The configuration.
    pub fn config(&self) -> Value {
        let text = self.read("config").unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// The content of all block files.
    pub fn blocks(&self) -> Vec<Vec<u8>> {
        let directories = fs::read_dir(self.repo.join("blocks")).into_iter().flatten().flatten();
        let files = directories.flat_map(|found| fs::read_dir(found.path()).into_iter().flatten());
        let files = files.flatten().map(|found| found.path());
        files
            .filter(|path| path.extension().is_some_and(|end| end == "data"))
            .flat_map(fs::read)
            .collect()
    }
}
