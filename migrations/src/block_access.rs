//! Spec: spec/migrations/pinset.md
//!
//! Single blocks as files, read and written by key, in the layouts of versions 2 to 18.

use crate::blocks::key::{base32, cleaned, hex};
use crate::blocks::layout::{HEX, Shard};
use crate::error::Error;
use ipfs_store::disk::{self, Disk, Kind};
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};

/// Mode of block files, as all versions make them.
const FILE_MODE: u32 = 0o600;
/// Mode of directories, as all versions make them.
const DIRECTORY_MODE: u32 = 0o755;

/// Blocks by key: a binary CID, which for CIDv0 is the multihash alone.
pub trait Blocks: Debug {
    /// The block's bytes.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error>;

    /// Stores a block. It is on the disk, and was read back, when this returns.
    fn put(&self, key: &[u8], data: &[u8]) -> Result<(), Error>;
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
        Self { disk, root, naming: Naming::Hex, shard: HEX, clean: false }
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

    /// Where a block may lie, the usual place first.
    fn paths(&self, key: &[u8]) -> Vec<PathBuf> {
        match self.naming {
            Naming::Base32 => vec![self.shard.file(&self.root, &base32(key))],
            // spec: pinset.cleaned-keys
            Naming::Hex => {
                let cleaned = cleaned(key).filter(|cleaned| cleaned != key);
                let keys = cleaned.iter().map(Vec::as_slice).chain([key]);
                keys.map(|key| self.shard.file(&self.root, &hex(key))).collect()
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
