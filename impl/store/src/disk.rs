//! Spec: spec/repo/disk.md
//!
//! The one seam to the disk: [`RealDisk`] in production, a faulty disk in tests (dropped unsynced
//! writes, torn writes, EIO, ENOSPC).

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// Existing file, reading only.
    Read,
    /// Existing file, reading and writing.
    ReadWrite,
    /// New file, reading and writing; `AlreadyExists` if there is one. Mode as given, minus umask.
    CreateNew(u32),
    /// New or emptied file, reading and writing. Mode as given, minus umask.
    Truncate(u32),
}

/// What a directory entry or path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// Anything else, symbolic links included.
    Other,
}

/// One entry of a directory listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file name, without its directory.
    pub name: std::ffi::OsString,
    /// What it is.
    pub kind: Kind,
}

/// Size, kind and mode of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// Length in bytes.
    pub bytes: u64,
    /// What it is.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// Seconds since the Unix epoch of the last change of the content.
    pub mtime_s: i64,
}

/// An open file. Positions are explicit, so that one handle serves several threads.
pub trait File: Send + Sync + Debug {
    /// Reads up to `buffer.len()` bytes at `offset`; 0 means end of file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of `data` at `offset`.
    fn write_at(&self, data: &[u8], offset: u64) -> io::Result<()>;

    /// Length in bytes.
    fn len(&self) -> io::Result<u64>;

    /// Whether the file has no bytes.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Cuts or extends the file.
    fn set_len(&self, bytes: u64) -> io::Result<()>;

    /// Puts data and size on the disk (`fdatasync`).
    fn sync(&self) -> io::Result<()>;

    /// Starts write-back of what was written, without waiting. A hint: errors are not reported.
    fn start_write_back(&self) {}

    /// Tells the kernel that this file's pages won't be needed again. A hint.
    fn drop_cache(&self) {}

    /// Tells the kernel that the whole file will be read soon. A hint.
    fn will_need(&self) {}
}

/// A lock that lasts until it is dropped.
pub trait Held: Send + Sync + Debug {}

/// The disk.
pub trait Disk: Send + Sync + Debug {
    /// Opens a file.
    fn open(&self, path: &Path, open: Open) -> io::Result<Box<dyn File>>;

    /// Reads a whole file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Renames, replacing the target atomically.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty directory.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;

    // spec: disk.remove-dirs
    /// Removes empty directories, in this order; what became of each. Goes on after errors. For
    /// many at once this is faster than one by one.
    fn remove_dirs(&self, paths: &[PathBuf]) -> Vec<io::Result<()>> {
        paths.iter().map(|path| self.remove_dir(path)).collect()
    }

    /// Makes one directory with the given mode, minus umask.
    fn create_dir(&self, path: &Path, mode: u32) -> io::Result<()>;

    /// Lists a directory, without `.` and `..`, in no particular order.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>>;

    /// Size, kind and mode, following symbolic links.
    fn meta(&self, path: &Path) -> io::Result<Meta>;

    /// Sets the permission bits.
    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()>;

    /// Puts a directory's entries on the disk.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// Puts everything written to the file system that holds `path` on the disk (`syncfs`).
    fn sync_all(&self, path: &Path) -> io::Result<()>;

    /// Takes the exclusive `flock(2)` lock of a file, which is made (with `mode`, minus umask) if
    /// it is absent. `WouldBlock` while someone else has it, this process included.
    fn lock(&self, path: &Path, mode: u32) -> io::Result<Box<dyn Held>>;

    /// Bytes that may still be written to the file system that holds `path`; `None` where that is
    /// not known.
    fn free_bytes(&self, _path: &Path) -> io::Result<Option<u64>> {
        Ok(None)
    }

    /// Renames, unless the target exists: then nothing happens and the answer is `false`.
    /// The default is right only as long as nobody else makes the target meanwhile.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<bool> {
        // Nothing to rename is an error, as with the system call, whether the target exists or not.
        self.meta(from)?;
        match self.meta(to) {
            Ok(_) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.rename(from, to).map(|()| true)
            }
            Err(error) => Err(error),
        }
    }
}

/// A shared disk.
pub type DiskRef = Arc<dyn Disk>;

// spec: disk.write-atomic, disk.mode-exact
/// Writes a file so that a crash leaves the old or the new content, never neither: temporary file
/// beside it, sync, rename, sync of the directory. The file gets exactly `mode`.
pub fn write_atomic(disk: &dyn Disk, path: &Path, data: &[u8], mode: u32) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let temporary = temporary_beside(path);
    let result = (|| {
        // A left-over of an earlier process with the same ID may not be writable.
        let file = match disk.open(&temporary, Open::CreateNew(mode)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                disk.remove_file(&temporary)?;
                disk.open(&temporary, Open::CreateNew(mode))?
            }
            result => result?,
        };
        file.write_at(data, 0)?;
        disk.set_mode(&temporary, mode)?;
        file.sync()?;
        disk.rename(&temporary, path)?;
        disk.sync_dir(directory)
    })();
    if result.is_err() {
        let _ = disk.remove_file(&temporary);
    }
    result
}

// spec: disk.temporary-names
const TEMPORARY_MARK: &str = ".tmp-";
static NEXT_TEMPORARY: AtomicU64 = AtomicU64::new(0);

fn temporary_beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    // Two threads may replace the same file at once.
    let number = NEXT_TEMPORARY.fetch_add(1, Ordering::Relaxed);
    name.push(format!("{TEMPORARY_MARK}{}{number:06}", std::process::id()));
    path.with_file_name(name)
}

/// Removes what interrupted calls of [`write_atomic`] left in a directory. Only for whoever knows
/// that no other process writes there.
pub fn remove_temporaries(disk: &dyn Disk, directory: &Path) -> io::Result<()> {
    for entry in disk.read_dir(directory)? {
        let Some(name) = entry.name.to_str() else { continue };
        let Some((stem, process)) = name.rsplit_once(TEMPORARY_MARK) else { continue };
        let ours = stem.starts_with('.')
            && !process.is_empty()
            && process.bytes().all(|byte| byte.is_ascii_digit());
        if ours && entry.kind == Kind::File {
            disk.remove_file(&directory.join(name))?;
        }
    }
    Ok(())
}

pub mod faulty;
mod real;
pub use real::RealDisk;
