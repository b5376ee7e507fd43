//! Spec: spec/command/get.md
//!
//! Writing a graph as files, directories and symbolic links.

use super::place;
use crate::content::local;
use crate::error::{Error, Result, path_error};
use crate::request::Cancel;
use bytes::Bytes;
use indicatif::ProgressBar;
use ipfs_data::block::Source;
use ipfs_data::cid::{Cid, codec};
use ipfs_data::unixfs::{self, Kind, Mtime, Node, read::Reader, resolve};
use ipfs_repo::disk::{Disk, RealDisk};
use rustix::fs::{Advice, AtFlags, CWD, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT};
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Permissions of what records none.
const FILE_MODE: u32 = 0o644;
const DIRECTORY_MODE: u32 = 0o755;
const SYMLINK_MODE: u32 = 0o777;
/// Files larger than this are pushed out of the page cache while they are written.
const CACHE_BYTES: u64 = 96 << 20;
/// So many bytes are written between two pushes.
const PUSH_BYTES: u64 = 16 << 20;
/// Deepest tree of directories.
const DEPTH_MAX: usize = 512;

/// What a node is for `get`.
pub(super) enum Item {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link to this target.
    Symlink(Vec<u8>),
}

/// What the first block of a node says.
pub(super) struct Inspected {
    /// What it is.
    pub(super) item: Item,
    /// Permission bits; 0 when none are stored.
    pub(super) mode: u32,
    /// Time of last change, if one is stored.
    pub(super) mtime: Option<Mtime>,
    cid: Cid,
    /// The block, if it was read.
    block: Option<Bytes>,
}

impl Inspected {
    /// The content of a file.
    pub(super) fn reader<'a>(&self, source: &'a dyn Source) -> Result<Reader<'a>> {
        match &self.block {
            Some(block) => Reader::open_block(source, &self.cid, block.clone()),
            None => Reader::open(source, &self.cid),
        }
        .map_err(local)
    }

    /// Permission bits, stored or usual.
    pub(super) fn permissions(&self) -> u32 {
        match (self.mode, &self.item) {
            (0, Item::File) => FILE_MODE,
            (0, Item::Directory) => DIRECTORY_MODE,
            (0, Item::Symlink(_)) => SYMLINK_MODE,
            (mode, _) => mode,
        }
    }
}

/// Kind, permissions and time of a node.
pub(super) fn inspect(source: &dyn Source, cid: &Cid) -> Result<Inspected> {
    match cid.codec() {
        codec::RAW => {
            let item = Item::File;
            return Ok(Inspected { item, mode: 0, mtime: None, cid: *cid, block: None });
        }
        codec::DAG_PB => {}
        _ => return Err(Error::new("unknown node type")),
    }
    let block = source.get(cid).map_err(local)?;
    let node = ipfs_data::dag_pb::decode(&block)?;
    let node = Node::decode(&node.data.unwrap_or_default())?;
    let item = match node.kind {
        Kind::Directory | Kind::HamtShard => Item::Directory,
        Kind::Symlink => Item::Symlink(node.data().to_vec()),
        Kind::File | Kind::Raw | Kind::Metadata => Item::File,
    };
    let (mode, mtime) = (node.permissions(), node.mtime);
    Ok(Inspected { item, mode, mtime, cid: *cid, block: Some(block) })
}

/// Writes trees below one path.
pub(super) struct Extractor<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) cancel: &'a Cancel,
    pub(super) bar: Option<ProgressBar>,
}

/// A directory whose attributes are set when everything in it is written.
struct Finished {
    path: PathBuf,
    mode: u32,
    mtime: Option<Mtime>,
}

impl Extractor<'_> {
    /// Writes the graph to `target`. A file goes into `target` under `name` if that is a directory.
    pub(super) fn extract(&self, cid: &Cid, target: &Path, name: &[u8]) -> Result<()> {
        // spec: get.null-device
        if target == Path::new("/dev/null") {
            return Ok(());
        }
        let node = inspect(self.source, cid)?;
        if let Item::Directory = node.item {
            let mut finished = Vec::new();
            let result = self.directory(cid, target, &node, &mut finished);
            // Also after an error: what was written gets its attributes.
            finished.iter().rev().try_for_each(Finished::apply)?;
            return result;
        }
        let into = target.symlink_metadata().is_ok_and(|meta| meta.is_dir());
        let path = match into {
            true => place::on_disk(target, &place::join(b"", name)?)?,
            false => target.to_path_buf(),
        };
        self.leaf(&node, &path)
    }

    fn directory(
        &self,
        root: &Cid,
        target: &Path,
        node: &Inspected,
        finished: &mut Vec<Finished>,
    ) -> Result<()> {
        make_directory(target)?;
        finished.push(Finished::new(target.to_path_buf(), node));
        let mut open = vec![(*root, Vec::new(), 0)];
        while let Some((cid, inside, depth)) = open.pop() {
            if depth > DEPTH_MAX {
                return Err(Error::new(format!("directories nest deeper than {DEPTH_MAX} levels")));
            }
            let mut below = Vec::new();
            let visit = &mut |link: ipfs_data::dag_pb::Link| -> std::result::Result<(), Stop> {
                self.cancel.check().map_err(Stop::Command)?;
                let inside = place::join(&inside, link.name()).map_err(Stop::Command)?;
                let path = place::on_disk(target, &inside).map_err(Stop::Command)?;
                let node = inspect(self.source, &link.cid).map_err(Stop::Command)?;
                if let Item::Directory = node.item {
                    make_directory(&path).map_err(Stop::Command)?;
                    finished.push(Finished::new(path, &node));
                    below.push((link.cid, inside, depth + 1));
                    return Ok(());
                }
                self.leaf(&node, &path).map_err(Stop::Command)
            };
            resolve::entries(self.source, &cid, visit).map_err(Stop::into_error)?;
            open.extend(below.into_iter().rev());
        }
        Ok(())
    }

    fn leaf(&self, node: &Inspected, path: &Path) -> Result<()> {
        let Item::Symlink(to) = &node.item else {
            remove_directory(path)?;
            return self.file(node, path);
        };
        remove(path)?;
        std::os::unix::fs::symlink(OsStr::from_bytes(to), path)
            .map_err(|error| path_error("symlink", path, &error))?;
        let Some(mtime) = node.mtime else { return Ok(()) };
        rustix::fs::utimensat(CWD, path, &times(mtime), AtFlags::SYMLINK_NOFOLLOW)
            .map_err(|error| path_error("chtimes", path, &error.into()))
    }

    /// Writes to a temporary file beside the target first, so that no half file has its name.
    // spec: get.complete-or-absent
    fn file(&self, node: &Inspected, path: &Path) -> Result<()> {
        let temporary = temporary_beside(path);
        let written = self.content(node, &temporary).and_then(|()| {
            RealDisk
                .rename(&temporary, path)
                .map_err(|error| path_error("rename", &temporary, &error))
        });
        if written.is_err() {
            let _ = RealDisk.remove_file(&temporary);
        }
        written
    }

    fn content(&self, node: &Inspected, path: &Path) -> Result<()> {
        let write = |error: std::io::Error| path_error("write", path, &error);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
            .map_err(|error| path_error("open", path, &error))?;
        let mut reader = node.reader(self.source)?;
        let large = reader.size() > CACHE_BYTES;
        let (mut offset, mut pushed) = (0, 0);
        while let Some(piece) = reader.next_piece().map_err(local)? {
            self.cancel.check()?;
            file.write_all_at(&piece, offset).map_err(write)?;
            offset += piece.len() as u64;
            if large && offset - pushed >= PUSH_BYTES {
                push(&file);
                pushed = offset;
            }
            if let Some(bar) = &self.bar {
                bar.inc(piece.len() as u64);
            }
        }
        // spec: get.size-checked
        if offset != reader.size() {
            let (cid, size) = (node.cid, reader.size());
            return Err(Error::new(format!("{cid}: says {size} bytes but has {offset}")));
        }
        set_attributes(&file, path, node.permissions(), node.mtime)
    }
}

/// Starts write-back of what is dirty and drops what is clean.
fn push(file: &File) {
    let _ = rustix::fs::fadvise(file, 0, None, Advice::DontNeed);
}

/// Why a walk stopped.
enum Stop {
    Command(Error),
    Walk(unixfs::Error),
}

impl Stop {
    fn into_error(self) -> Error {
        match self {
            Self::Command(error) => error,
            Self::Walk(error) => local(error),
        }
    }
}

impl From<unixfs::Error> for Stop {
    fn from(error: unixfs::Error) -> Self {
        Self::Walk(error)
    }
}

impl Finished {
    fn new(path: PathBuf, node: &Inspected) -> Self {
        Self { path, mode: node.permissions(), mtime: node.mtime }
    }

    // spec: get.attributes
    fn apply(&self) -> Result<()> {
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

fn make_directory(path: &Path) -> Result<()> {
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
