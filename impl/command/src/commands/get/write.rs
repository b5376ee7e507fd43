//! Spec: spec/command/get.md
//!
//! Files, directories and links on the user's disk.

use crate::error::{Error, Result, path_error};
use ipfs_data::unixfs::Mtime;
use ipfs_repo::disk::{Disk, RealDisk};
use rustix::fs::{Advice, AtFlags, CWD, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT};
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Files larger than this are pushed out of the page cache while they are written.
const CACHE_BYTES: u64 = 96 << 20;
/// So many bytes are written between two pushes.
const PUSH_BYTES: u64 = 16 << 20;
/// A file that is being written.
pub(super) struct Out<'a> {
    file: File,
    path: &'a Path,
    expected: u64,
    written: u64,
    pushed: u64,
}

impl Out<'_> {
    /// Says how many bytes will come.
    pub(super) fn expect(&mut self, bytes: u64) {
        self.expected = bytes;
    }

    /// Writes the next bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all_at(bytes, self.written)
            .map_err(|error| path_error("write", self.path, &error))?;
        self.written += bytes.len() as u64;
        if self.expected > CACHE_BYTES && self.written - self.pushed >= PUSH_BYTES {
            push(&self.file);
            self.pushed = self.written;
        }
        Ok(())
    }

    /// How many bytes were written.
    pub(super) fn written(&self) -> u64 {
        self.written
    }
}

/// Makes a symbolic link in the place of whatever is there.
pub(super) fn symlink(to: &[u8], path: &Path, mtime: Option<Mtime>) -> Result<()> {
    remove(path)?;
    std::os::unix::fs::symlink(OsStr::from_bytes(to), path)
        .map_err(|error| path_error("symlink", path, &error))?;
    let Some(mtime) = mtime else { return Ok(()) };
    rustix::fs::utimensat(CWD, path, &times(mtime), AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|error| path_error("chtimes", path, &error.into()))
}

/// Writes a file: to a temporary one beside it first, so that no half file has its name.
// spec: get.complete-or-absent
pub(super) fn file(
    path: &Path,
    mode: u32,
    mtime: Option<Mtime>,
    content: impl FnOnce(&mut Out<'_>) -> Result<()>,
) -> Result<()> {
    remove_directory(path)?;
    let temporary = temporary_beside(path);
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .map_err(|error| path_error("open", &temporary, &error));
    let written = opened.and_then(|file| {
        let mut out = Out { file, path: &temporary, expected: 0, written: 0, pushed: 0 };
        content(&mut out)?;
        set_attributes(&out.file, &temporary, mode, mtime)?;
        RealDisk.rename(&temporary, path).map_err(|error| path_error("rename", &temporary, &error))
    });
    if written.is_err() {
        let _ = RealDisk.remove_file(&temporary);
    }
    written
}

/// An archive on its way to disk, under another name until it is complete.
pub(super) struct Saved {
    file: File,
    path: PathBuf,
    /// Its name until then; none if the path is a device or a pipe, which is written to directly.
    temporary: Option<PathBuf>,
}

impl Saved {
    /// Begins to write.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let special = std::fs::metadata(path).is_ok_and(|meta| !meta.is_file());
        let temporary = (!special).then(|| temporary_beside(path));
        let to = temporary.as_deref().unwrap_or(path);
        let file = File::create(to).map_err(|error| path_error("open", path, &error))?;
        Ok(Self { file, path: path.to_owned(), temporary })
    }

    /// All is written: the archive gets its name.
    // spec: get.complete-or-absent
    pub(super) fn keep(mut self) -> Result<()> {
        let Some(temporary) = self.temporary.take() else { return Ok(()) };
        let named = RealDisk.rename(&temporary, &self.path);
        named.map_err(|error| {
            let _ = RealDisk.remove_file(&temporary);
            path_error("rename", &temporary, &error)
        })
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = RealDisk.remove_file(temporary);
        }
    }
}

impl Write for Saved {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Starts write-back of what is dirty and drops what is clean.
fn push(file: &File) {
    let _ = rustix::fs::fadvise(file, 0, None, Advice::DontNeed);
}

/// A directory whose attributes are set when everything in it is written.
pub(super) struct Finished {
    path: PathBuf,
    mode: u32,
    mtime: Option<Mtime>,
}

impl Finished {
    pub(super) fn new(path: PathBuf, mode: u32, mtime: Option<Mtime>) -> Self {
        Self { path, mode, mtime }
    }

    // spec: get.attributes
    pub(super) fn apply(&self) -> Result<()> {
        // A hostile graph may have put a link in the place of the directory.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = rustix::fs::open(&self.path, flags, Mode::empty())
            .map_err(|error| path_error("open", &self.path, &error.into()))?;
        set_attributes(&directory, &self.path, self.mode, self.mtime)
    }
}

fn set_attributes(file: impl AsFd, path: &Path, mode: u32, mtime: Option<Mtime>) -> Result<()> {
    rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))
        .map_err(|error| path_error("chmod", path, &error.into()))?;
    let Some(mtime) = mtime else { return Ok(()) };
    rustix::fs::futimens(&file, &times(mtime))
        .map_err(|error| path_error("chtimes", path, &error.into()))
}

/// Makes a directory, or takes the one that is there.
pub(super) fn directory(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| path_error("mkdir", path, &error))?;
    let meta = path.symlink_metadata().map_err(|error| path_error("lstat", path, &error))?;
    match meta.is_dir() {
        true => Ok(()),
        false => Err(Error::new("cannot extract to symlink")),
    }
}

/// Removes what is in the way. An empty directory goes, too, as in the reference.
fn remove(path: &Path) -> Result<()> {
    let Ok(meta) = path.symlink_metadata() else { return Ok(()) };
    let removed =
        if meta.is_dir() { std::fs::remove_dir(path) } else { std::fs::remove_file(path) };
    removed.map_err(|error| path_error("remove", path, &error))
}

/// An empty directory makes room for a file; a file stays until the new one is complete.
fn remove_directory(path: &Path) -> Result<()> {
    match path.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
        true => remove(path),
        false => Ok(()),
    }
}

fn times(mtime: Mtime) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec {
            tv_sec: mtime.seconds,
            tv_nsec: mtime.nanos.unwrap_or_default().into(),
        },
    }
}

fn temporary_beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    let full = path.file_name().unwrap_or_default().as_bytes();
    // Long names leave no room for more characters.
    name.push(OsStr::from_bytes(&full[..full.len().min(200)]));
    name.push(format!(".ipfs-get-{}", std::process::id()));
    path.with_file_name(name)
}
