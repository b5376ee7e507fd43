//! Spec: spec/repo/disk.md
//!
//! The operating system's files.

use super::{Disk, Entry, File, Held, Kind, Meta, Open};
use rustix::fs as os;
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

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
