//! Spec: spec/migrations/verify.md
//!
//! The inventory of a repository of any version.

use super::identity::{self, block_key};
use super::sorted::{Lines, Sorter};
use crate::block_access::{self, BlockFiles};
use crate::blocks::key::hex;
use crate::blocks::layout::Shard;
use crate::error::Error;
use crate::pins::{self, Keys, Mode, PinSet, RecordStore, lists};
use crate::stores::Stores;
use crate::version_file;
use ipfs_store::disk::{Disk, DiskRef, Kind};
use ipfs_store::leveldb::{self, LevelDb};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Above the blocks of versions 0 and 1 in the LevelDB.
const OLD_BLOCKS: &[u8] = b"/b/";
/// Above IPNS entries (from version 7) and DHT records of names (to version 3).
const IPNS: &[u8] = b"/ipns/";
/// What the keys of DHT records of names begin with from version 4 on: base32 of `/ipns/`.
const DHT_IPNS: &[u8] = b"/F5UXA3TTF";
/// Where the root of the mutable file system is.
const FILES_ROOT: &[u8] = b"/local/filesroot";
/// Directories in which upstream's 4-to-5 may have left blocks when it was interrupted.
const HALF_MOVED: [&str; 2] = ["blocks-v4", "blocks-v5"];
/// What block file names end with.
const EXTENSION: &str = ".data";

/// How much there is of each kind, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// The repository's version.
    pub version: u32,
    /// Blocks; one that is stored twice counts twice.
    pub blocks: u64,
    /// Blocks whose content was compared with their hash.
    pub checked: u64,
    /// Blocks whose content is not what their hash says.
    pub damaged: u64,
    /// Files among the blocks that are no blocks.
    pub unknown: u64,
    /// Pins, recursive and direct.
    pub pins: u64,
    /// Keys in the keystore, and the node's own.
    pub keys: u64,
    /// IPNS entries.
    pub ipns: u64,
    /// Roots of the mutable file system: 0 or 1.
    pub files_roots: u64,
}

struct Taking<'a> {
    disk: DiskRef,
    repo: &'a Path,
    /// Whether all blocks are read.
    whole: bool,
    lines: Sorter,
    counts: Counts,
}

/// Takes the inventory, with temporary files in `scratch`. `whole`: reads all blocks and compares
/// them with their hashes; otherwise only their names are looked at. Nothing in the repository is
/// changed.
pub fn take(
    disk: &DiskRef,
    repo: &Path,
    scratch: &Path,
    whole: bool,
) -> Result<(Counts, Lines), Error> {
    let version = version_file::read(&**disk, repo)?;
    let counts = Counts { version, ..Counts::default() };
    let lines = Sorter::new(scratch);
    let mut taking = Taking { disk: disk.clone(), repo, whole, lines, counts };
    let path = repo.join("config");
    let text = disk.read(&path).map_err(Error::io("open", &path))?;
    let config: Value = serde_json::from_slice(&text)
        .map_err(|error| Error::Step(format!("{}: {error}", path.display())))?;
    let stores = match version {
        0..=3 => Stores::usual(repo, Shard::Prefix(8)),
        4 => Stores::usual(repo, Shard::Prefix(5)),
        5 => Stores::usual(repo, Shard::NextToLast(2)),
        _ => Stores::configured(repo, &config)?,
    };
    taking.block_files(&stores.blocks)?;
    for directory in HALF_MOVED {
        taking.block_files(&repo.join(directory))?;
    }
    taking.keys(&config)?;
    let directory = &stores.metadata;
    if exists(&**disk, directory)? {
        let mode = leveldb::Mode::ReadOnly;
        let options = leveldb::Options { mode, ..leveldb::Options::default() };
        let store =
            LevelDb::open(disk.clone(), directory.clone(), options).map_err(Error::other)?;
        taking.old_blocks(&store)?;
        taking.pins(&store, &stores)?;
        taking.names(&store)?;
    }
    let lines = taking.lines.finish().map_err(Error::io("write", scratch))?;
    Ok((taking.counts, lines))
}

fn exists(disk: &dyn Disk, path: &Path) -> Result<bool, Error> {
    match disk.meta(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("stat", path)(error)),
    }
}

impl Taking<'_> {
    fn line(&mut self, line: String) -> Result<(), Error> {
        self.lines.push(line).map_err(Error::io("write", Path::new("inventory")))
    }

    fn block_files(&mut self, root: &Path) -> Result<(), Error> {
        if !exists(&*self.disk, root)? {
            return Ok(());
        }
        let disk = self.disk.clone();
        for directory in block_access::directories(&*disk, root)? {
            let entries = disk.read_dir(&directory).map_err(Error::io("open", &directory))?;
            let hidden = directory.file_name().is_some_and(|name| name == ".temp");
            for entry in entries.into_iter().filter(|entry| entry.kind == Kind::File) {
                let name = entry.name.to_string_lossy();
                let key = name.strip_suffix(EXTENSION).and_then(block_key);
                match key.filter(|_| !hidden) {
                    Some(key) => self.block(&key, Content::File(directory.join(&entry.name)))?,
                    None => self.counts.unknown += 1,
                }
            }
        }
        Ok(())
    }

    fn old_blocks(&mut self, store: &LevelDb) -> Result<(), Error> {
        for pair in store.scan_bytes(OLD_BLOCKS, false).map_err(Error::other)? {
            let (key, value) = pair.map_err(Error::other)?;
            self.block(&key[OLD_BLOCKS.len()..], Content::Value(value))?;
        }
        Ok(())
    }

    // spec: verify.block-identity, verify.blocks-read
    fn block(&mut self, key: &[u8], content: Content) -> Result<(), Error> {
        self.counts.blocks += 1;
        let hash = identity::multihash(key);
        if let (false, Some(hash)) = (self.whole, hash) {
            return self.line(format!("block\t{}", hex(hash)));
        }
        let content = match content {
            Content::File(path) => self.disk.read(&path).map_err(Error::io("open", path))?,
            Content::Value(value) => value,
        };
        let Some(hash) = hash else {
            let digest = identity::digest(&content);
            return self.line(format!("block\t1220{digest}"));
        };
        let intact = identity::is_intact(hash, &content);
        self.counts.checked += u64::from(intact.is_some());
        if intact == Some(false) {
            self.counts.damaged += 1;
            return self.line(format!("damaged\t{}", hex(hash)));
        }
        self.line(format!("block\t{}", hex(hash)))
    }

    fn pins(&mut self, store: &LevelDb, stores: &Stores) -> Result<(), Error> {
        let get = |key: &[u8]| store.get_bytes(key).map_err(Error::other);
        if self.counts.version <= 2 {
            let mut found = false;
            for mode in Mode::ALL {
                if let Some(json) = get(lists::store_key(mode))? {
                    found |= mode == Mode::Recursive;
                    self.each_pin(mode, &lists::decode(mode, &json)?)?;
                }
            }
            if found {
                return Ok(());
            }
        }
        let records = RecordStore(store);
        if self.counts.version >= 11 && records.any(pins::records::RECORDS)? {
            return records.each(&mut |_, record, _| {
                self.counts.pins += 1;
                self.line(pin_line(record.mode, &record.key))
            });
        }
        let Some(root) = get(pins::SET_ROOT)? else { return Ok(()) };
        let disk = self.disk.clone();
        let files = match self.counts.version {
            0..=3 => BlockFiles::hexadecimal(&*disk, stores.blocks.clone()),
            _ => stores.files(&*disk),
        };
        let set = PinSet::new(&files, root);
        Mode::ALL.into_iter().try_for_each(|mode| self.each_pin(mode, &set.mode(mode)))
    }

    fn each_pin(&mut self, mode: Mode, keys: &dyn Keys) -> Result<(), Error> {
        keys.each(&mut |key| {
            self.counts.pins += 1;
            self.line(pin_line(mode, key))
        })
    }

    fn keys(&mut self, config: &Value) -> Result<(), Error> {
        let identity = &config["Identity"];
        if let (Some(id), Some(key)) = (identity["PeerID"].as_str(), identity["PrivKey"].as_str()) {
            self.counts.keys += 1;
            self.line(format!("key\tself {id}\t{}", identity::digest(key.as_bytes())))?;
        }
        let directory = self.repo.join("keystore");
        if !exists(&*self.disk, &directory)? {
            return Ok(());
        }
        let entries = self.disk.read_dir(&directory).map_err(Error::io("open", &directory))?;
        for entry in entries.into_iter().filter(|entry| entry.kind == Kind::File) {
            let path = directory.join(&entry.name);
            let content = self.disk.read(&path).map_err(Error::io("open", path))?;
            let file = entry.name.to_string_lossy();
            let name = identity::key_name(self.counts.version, &file);
            self.counts.keys += 1;
            self.line(format!("key\t{}\t{}", name.escape_debug(), identity::digest(&content)))?;
        }
        Ok(())
    }

    fn names(&mut self, store: &LevelDb) -> Result<(), Error> {
        if let Some(root) = store.get_bytes(FILES_ROOT).map_err(Error::other)? {
            self.counts.files_roots += 1;
            self.line(format!("files root\t{}", hex(&root)))?;
        }
        for (prefix, name) in [(IPNS, IPNS.len()), (DHT_IPNS, 1)] {
            for pair in store.scan_bytes(prefix, false).map_err(Error::other)? {
                let (key, value) = pair.map_err(Error::other)?;
                let Some(entry) = identity::ipns(&key[name..], &value) else { continue };
                self.counts.ipns += 1;
                let (id, sequence, digest) = (hex(&entry.id), entry.sequence, entry.digest);
                self.line(format!("ipns\t{id}\t{sequence:020}\t{digest}"))?;
            }
        }
        Ok(())
    }
}

enum Content {
    File(PathBuf),
    Value(Vec<u8>),
}

fn pin_line(mode: Mode, key: &[u8]) -> String {
    format!("pin\t{}\t{}", mode.name(), hex(key))
}
