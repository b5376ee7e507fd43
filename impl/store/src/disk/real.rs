//! Spec: spec/repo/disk.md
//!
//! The operating system's files.

use super::{Disk, Entry, File, Held, Kind, Meta, Open};
use rustix::fs as os;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Threads that give removed directories' space back.
const FREEING_THREADS: usize = 8;
/// Directories that one of them gets at least: below that, starting it takes longer.
const FREED_PER_THREAD_MIN: usize = 8;
/// Removed directories that are held open at once.
const HELD_MAX: usize = 256;

/// The disk of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

#[derive(Debug)]
struct RealFile(std::fs::File);

impl File for RealFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        loop {
            match self.0.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn write_at(&self, data: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(data, offset)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn start_write_back(&self) {
        // On dirty pages this advice starts their write-back and returns at once.
        let _ = os::fadvise(&self.0, 0, None, os::Advice::DontNeed);
    }

    fn drop_cache(&self) {
        let _ = os::fadvise(&self.0, 0, None, os::Advice::DontNeed);
    }

    fn will_need(&self) {
        let _ = os::fadvise(&self.0, 0, None, os::Advice::WillNeed);
    }
}

const EACCES: i32 = rustix::io::Errno::ACCESS.raw_os_error();
const EROFS: i32 = rustix::io::Errno::ROFS.raw_os_error();

/// The lock goes with the file handle.
#[derive(Debug)]
struct HeldFile {
    _file: std::fs::File,
}

impl Held for HeldFile {}

/// Holds a directory without reading it.
const HOLDING: os::OFlags = os::OFlags::PATH.union(os::OFlags::NOFOLLOW).union(os::OFlags::CLOEXEC);

/// Closes files in several threads.
fn close_all(mut held: Vec<OwnedFd>) {
    let share = held.len().div_ceil(FREEING_THREADS).max(FREED_PER_THREAD_MIN);
    std::thread::scope(|scope| {
        while held.len() > share {
            let part = held.split_off(held.len() - share);
            // Where no thread can be had the files are closed here, with the closure.
            let _ = std::thread::Builder::new().spawn_scoped(scope, move || drop(part));
        }
        drop(held);
    });
}

fn kind(file_type: std::fs::FileType) -> Kind {
    if file_type.is_file() {
        Kind::File
    } else if file_type.is_dir() {
        Kind::Directory
    } else {
        Kind::Other
    }
}

impl Disk for RealDisk {
    fn open(&self, path: &Path, open: Open) -> io::Result<Box<dyn File>> {
        let mut options = std::fs::OpenOptions::new();
        options.read(true);
        match open {
            Open::Read => &mut options,
            Open::ReadWrite => options.write(true),
            Open::CreateNew(mode) => options.write(true).create_new(true).mode(mode),
            Open::Truncate(mode) => options.write(true).create(true).truncate(true).mode(mode),
        };
        Ok(Box::new(RealFile(options.open(path)?)))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir(path)
    }

    // Where a file system tells the device of every block that is freed, removing a directory waits
    // for the device, with the parent locked. Of a directory that is open only the name goes at
    // once; the rest is up to whoever closes it, and several can at the same time.
    fn remove_dirs(&self, paths: &[PathBuf]) -> Vec<io::Result<()>> {
        let mut results = Vec::with_capacity(paths.len());
        for chunk in paths.chunks(HELD_MAX) {
            let mut held = Vec::with_capacity(chunk.len());
            for path in chunk {
                // Without it the removal is only slower.
                held.extend(os::open(path, HOLDING, os::Mode::empty()));
                results.push(self.remove_dir(path));
            }
            close_all(held);
        }
        results
    }

    fn create_dir(&self, path: &Path, mode: u32) -> io::Result<()> {
        std::fs::DirBuilder::new().mode(mode).create(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        std::fs::read_dir(path)?
            .map(|entry| {
                let entry = entry?;
                Ok(Entry { name: entry.file_name(), kind: kind(entry.file_type()?) })
            })
            .collect()
    }

    fn meta(&self, path: &Path) -> io::Result<Meta> {
        let meta = std::fs::metadata(path)?;
        Ok(Meta {
            bytes: meta.len(),
            kind: kind(meta.file_type()),
            mode: meta.mode() & 0o7777,
            mtime_s: meta.mtime(),
        })
    }

    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        std::fs::File::open(path)?.sync_all()
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<bool> {
        use rustix::io::Errno;
        match os::renameat_with(os::CWD, from, os::CWD, to, os::RenameFlags::NOREPLACE) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            // Not every file system knows the flag.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => match self.meta(to) {
                Ok(_) => Ok(false),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.rename(from, to).map(|()| true)
                }
                Err(error) => Err(error),
            },
            Err(errno) => Err(errno.into()),
        }
    }

    fn sync_all(&self, path: &Path) -> io::Result<()> {
        Ok(os::syncfs(std::fs::File::open(path)?)?)
    }

    fn free_bytes(&self, path: &Path) -> io::Result<Option<u64>> {
        let found = os::statvfs(path)?;
        Ok(Some(found.f_bavail.saturating_mul(found.f_frsize)))
    }

    fn lock(&self, path: &Path, mode: u32) -> io::Result<Box<dyn Held>> {
        let mut options = std::fs::OpenOptions::new();
        let file = match options.read(true).write(true).create(true).mode(mode).open(path) {
            // A repo that may only be read can still be locked.
            Err(error) if matches!(error.raw_os_error(), Some(EACCES | EROFS)) => {
                std::fs::File::open(path)?
            }
            file => file?,
        };
        os::flock(&file, os::FlockOperation::NonBlockingLockExclusive)?;
        Ok(Box::new(HeldFile { _file: file }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_directories_are_removed_and_full_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> =
            (0..2 * HELD_MAX + 3).map(|number| folder.path().join(number.to_string())).collect();
        for path in &paths {
            std::fs::create_dir(path).unwrap();
        }
        let (full, absent) = (7, HELD_MAX + 1);
        std::fs::write(paths[full].join("file"), b"").unwrap();
        std::fs::remove_dir(&paths[absent]).unwrap();
        let results = RealDisk.remove_dirs(&paths);
        assert_eq!(results.len(), paths.len());
        for (index, (path, result)) in paths.iter().zip(results).enumerate() {
            let error = result.err().map(|error| error.kind());
            let expected = match index {
                _ if index == full => Some(io::ErrorKind::DirectoryNotEmpty),
                _ if index == absent => Some(io::ErrorKind::NotFound),
                _ => None,
            };
            assert_eq!((error, path.exists()), (expected, index == full), "{index}");
        }
    }
}
