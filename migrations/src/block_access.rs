//! Spec: spec/migrations/pinset.md
//!
//! Single blocks as files, read and written by key, in the layouts of versions 2 to 18.

use crate::error::Error;
use ipfs_store::disk::{self, Disk, Kind};
use multibase::Base;
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};

/// Mode of block files, as all versions make them.
const FILE_MODE: u32 = 0o600;
/// Mode of directories, as all versions make them.
const DIRECTORY_MODE: u32 = 0o755;
/// What fills a directory's name up where the key is too short.
const PADDING: char = '_';
/// Longest part of a key that can name a directory.
const SHARD_CHARACTERS_MAX: usize = 64;

/// Blocks by key: a binary CID, which for CIDv0 is the multihash alone.
pub trait Blocks: Debug {
    /// The block's bytes.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error>;

    /// Stores a block. It is on the disk, and was read back, when this returns.
    fn put(&self, key: &[u8], data: &[u8]) -> Result<(), Error>;
}

/// Which directory a block's file lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shard {
    /// The first characters of the name.
    Prefix(usize),
    /// The last characters of the name.
    Suffix(usize),
    /// The characters before the last one.
    NextToLast(usize),
}

impl Shard {
    /// From the text in `SHARDING` files and specifications.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, length) = text.trim().strip_prefix("/repo/flatfs/shard/v1/")?.split_once('/')?;
        let length = length.parse().ok().filter(|n| (1..=SHARD_CHARACTERS_MAX).contains(n))?;
        Some(match name {
            "prefix" => Self::Prefix(length),
            "suffix" => Self::Suffix(length),
            "next-to-last" => Self::NextToLast(length),
            _ => return None,
        })
    }

    /// The directory for a file name without its extension.
    pub fn directory(self, name: &str) -> String {
        let pad = |length: usize| PADDING.to_string().repeat(length);
        match self {
            Self::Prefix(length) => format!("{name}{}", pad(length)).chars().take(length).collect(),
            Self::Suffix(length) => last(&format!("{}{name}", pad(length)), length),
            Self::NextToLast(length) => {
                let padded = format!("{}{name}", pad(length + 1));
                last(&padded, length + 1).chars().take(length).collect()
            }
        }
    }
}

fn last(text: &str, length: usize) -> String {
    text.chars().skip(text.chars().count().saturating_sub(length)).collect()
}

/// How a key becomes a file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Versions 2 and 3: hexadecimal digits, after the key was cleaned as if it were a path.
    Hex,
    /// From version 4: upper-case base32.
    Base32,
}

/// The block files below a directory.
#[derive(Debug)]
pub struct BlockFiles<'a> {
    disk: &'a dyn Disk,
    root: PathBuf,
    naming: Naming,
    shard: Shard,
    /// Whether an interrupted run may have left temporary files.
    clean: bool,
}

impl<'a> BlockFiles<'a> {
    /// Of versions 2 and 3, in `root`.
    pub fn hexadecimal(disk: &'a dyn Disk, root: PathBuf) -> Self {
        Self { disk, root, naming: Naming::Hex, shard: Shard::Prefix(8), clean: false }
    }

    /// From version 4 on, in `root`.
    pub fn base32(disk: &'a dyn Disk, root: PathBuf, shard: Shard) -> Self {
        Self { disk, root, naming: Naming::Base32, shard, clean: false }
    }

    /// Removes what an interrupted run has left in the directories that are written to.
    pub fn cleaning(mut self, clean: bool) -> Self {
        self.clean = clean;
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(self.shard.directory(name)).join(format!("{name}.data"))
    }

    /// Where a block may lie, the usual place first.
    fn paths(&self, key: &[u8]) -> Vec<PathBuf> {
        match self.naming {
            Naming::Base32 => vec![self.path(&Base::Base32Upper.encode(key))],
            // spec: pinset.cleaned-keys
            Naming::Hex => {
                let cleaned = cleaned(key);
                let mut paths = vec![self.path(&hexadecimal(&cleaned))];
                if cleaned != key {
                    paths.push(self.path(&hexadecimal(key)));
                }
                paths
            }
        }
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, Error> {
        match self.disk.read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("open", path)(error)),
        }
    }

    /// The directory, on the disk.
    fn make_directory(&self, path: &Path) -> Result<(), Error> {
        match self.disk.create_dir(path, DIRECTORY_MODE) {
            Ok(()) => {
                let parent = path.parent().unwrap_or(path);
                self.disk.sync_dir(parent).map_err(Error::io("sync", parent))
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(Error::io("mkdir", path)(error)),
        }
    }
}

impl Blocks for BlockFiles<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        for path in self.paths(key) {
            if let Some(bytes) = self.read(&path)? {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    // spec: pinset.read-back
    fn put(&self, key: &[u8], data: &[u8]) -> Result<(), Error> {
        let path = self.paths(key).swap_remove(0);
        if self.read(&path)?.as_deref() == Some(data) {
            return Ok(());
        }
        let directory = path.parent().unwrap_or(&self.root);
        self.make_directory(&self.root)?;
        self.make_directory(directory)?;
        if self.clean {
            disk::remove_temporaries(self.disk, directory)
                .map_err(Error::io("clean", directory))?;
        }
        disk::write_atomic(self.disk, &path, data, FILE_MODE).map_err(Error::io("write", &path))?;
        if self.read(&path)?.as_deref() != Some(data) {
            return Err(Error::Step(format!(
                "{}: other bytes were read back than were written",
                path.display()
            )));
        }
        Ok(())
    }
}

/// A binary key cleaned as if it were a path, as programs up to version 3 did by mistake.
pub fn cleaned(key: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in key.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join(&b'/')
}

/// Lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    Base::Base16Lower.encode(bytes)
}

/// Names of the directories below `root`, sorted.
pub fn directories(disk: &dyn Disk, root: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut entries = disk.read_dir(root).map_err(Error::io("open", root))?;
    entries.retain(|entry| entry.kind == Kind::Directory);
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries.into_iter().map(|entry| root.join(entry.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipfs_store::disk::faulty::FaultyDisk;

    #[test]
    fn directories_are_cut_from_the_name() {
        let directory = |text: &str, name| {
            Shard::parse(&format!("/repo/flatfs/shard/v1/{text}\n")).unwrap().directory(name)
        };
        assert_eq!(directory("next-to-last/2", "CIQFT3Y"), "T3");
        assert_eq!(directory("next-to-last/2", "A"), "__");
        assert_eq!(directory("prefix/5", "CIQFT3Y"), "CIQFT");
        assert_eq!(directory("prefix/5", "CI"), "CI___");
        assert_eq!(directory("suffix/3", "CIQFT3Y"), "T3Y");
        assert_eq!(Shard::parse("/repo/flatfs/shard/v1/prefix/0"), None);
        assert_eq!(Shard::parse("/repo/flatfs/shard/v2/prefix/2"), None);
    }

    #[test]
    fn a_cleaned_key_lacks_what_looks_like_a_path() {
        assert_eq!(cleaned(b"\x12\x20//a/./b/../c/"), b"\x12\x20/a/c");
        assert_eq!(cleaned(b"\x12\x20abc"), b"\x12\x20abc");
    }

    #[test]
    fn blocks_are_found_under_the_cleaned_and_the_whole_key() {
        let disk = FaultyDisk::new();
        let files = BlockFiles::hexadecimal(&disk, "/blocks".into());
        files.put(b"\x12\x20ab//c", b"cleaned").unwrap();
        assert!(disk.read(Path::new("/blocks/12206162/122061622f63.data")).is_ok());
        assert_eq!(files.get(b"\x12\x20ab//c").unwrap().as_deref(), Some(&b"cleaned"[..]));
        disk.create_dir(Path::new("/blocks/12206465"), 0o755).unwrap();
        let whole = Path::new("/blocks/12206465/122064652f2f66.data");
        disk::write_atomic(&disk, whole, b"whole", 0o600).unwrap();
        assert_eq!(files.get(b"\x12\x20de//f").unwrap().as_deref(), Some(&b"whole"[..]));
        assert_eq!(files.get(b"\x12\x20de//g").unwrap(), None);
    }

    #[test]
    fn left_over_temporary_files_are_removed() {
        let disk = FaultyDisk::new();
        let files = BlockFiles::base32(&disk, "/blocks".into(), Shard::NextToLast(2));
        files.put(b"\x12\x20", b"").unwrap();
        let directory = disk.files()[0].parent().unwrap().to_path_buf();
        let stray = directory.join(".X.data.tmp-12000001");
        disk.open(&stray, disk::Open::CreateNew(0o600)).unwrap();
        disk.remove_file(&directory.join("CIQA.data")).unwrap();
        files.cleaning(true).put(b"\x12\x20", b"").unwrap();
        assert!(disk.meta(&stray).is_err());
    }
}
