//! Spec: spec/migrations/programs.md
//!
//! A disk that can only be read: what a step may use while it says what it would change.

use ipfs_store::disk::{Disk, DiskRef, Entry, File, Held, Meta, Open};
use std::io;
use std::path::Path;

/// The disk below, without all that changes it.
#[derive(Debug)]
pub(crate) struct Unchanged(pub(crate) DiskRef);

/// A lock on a file that isn't there: nobody has it, and it is not made.
#[derive(Debug)]
struct Nothing;

impl Held for Nothing {}

fn refused<T>() -> io::Result<T> {
    Err(io::ErrorKind::ReadOnlyFilesystem.into())
}

// spec: programs.dry-run
impl Disk for Unchanged {
    fn open(&self, path: &Path, open: Open) -> io::Result<Box<dyn File>> {
        match open {
            Open::Read => self.0.open(path, open),
            _ => refused(),
        }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.read(path)
    }

    fn rename(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        refused()
    }

    fn rename_new(&self, _from: &Path, _to: &Path) -> io::Result<bool> {
        refused()
    }

    fn remove_file(&self, _path: &Path) -> io::Result<()> {
        refused()
    }

    fn remove_dir(&self, _path: &Path) -> io::Result<()> {
        refused()
    }

    fn create_dir(&self, path: &Path, _mode: u32) -> io::Result<()> {
        self.0.meta(path).and_then(|_| Err(io::ErrorKind::AlreadyExists.into()))
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        self.0.read_dir(path)
    }

    fn meta(&self, path: &Path) -> io::Result<Meta> {
        self.0.meta(path)
    }

    fn set_mode(&self, _path: &Path, _mode: u32) -> io::Result<()> {
        refused()
    }

    fn sync_dir(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn sync_all(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self, path: &Path, mode: u32) -> io::Result<Box<dyn Held>> {
        match self.0.meta(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Box::new(Nothing)),
            _ => self.0.lock(path, mode),
        }
    }

    fn free_bytes(&self, path: &Path) -> io::Result<Option<u64>> {
        self.0.free_bytes(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipfs_store::disk::faulty::FaultyDisk;
    use ipfs_store::disk::write_atomic;
    use std::sync::Arc;

    #[test]
    fn reading_works_and_changing_is_refused() {
        let below = FaultyDisk::new();
        let path = Path::new("/file");
        write_atomic(&below, path, b"text", 0o600).unwrap();
        below.plan(None);
        let disk = Unchanged(Arc::new(below.clone()));
        assert_eq!(disk.read(path).unwrap(), b"text");
        assert!(write_atomic(&disk, path, b"other", 0o600).is_err());
        assert!(disk.remove_file(path).is_err() && disk.create_dir(path, 0o700).is_err());
        assert!(disk.lock(Path::new("/LOCK"), 0o600).is_ok());
        assert_eq!((below.operations(), below.files().len()), (0, 1));
    }
}
