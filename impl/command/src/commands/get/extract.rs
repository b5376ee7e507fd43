//! Spec: spec/command/get.md
//!
//! Writing a graph as files, directories and symbolic links.

use super::place;
use super::write::{self, Finished};
use crate::content::local;
use crate::error::{Error, Result};
use crate::request::Cancel;
use bytes::Bytes;
use indicatif::ProgressBar;
use ipfs_data::block::Source;
use ipfs_data::cid::{Cid, codec};
use ipfs_data::unixfs::{self, Kind, Mtime, Node, read::Reader, resolve};
use std::path::Path;

/// Permissions of what records none.
const FILE_MODE: u32 = 0o644;
const DIRECTORY_MODE: u32 = 0o755;
const SYMLINK_MODE: u32 = 0o777;
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
        self.leaf(&node, &place::of_leaf(target, name)?)
    }

    fn directory(
        &self,
        root: &Cid,
        target: &Path,
        node: &Inspected,
        finished: &mut Vec<Finished>,
    ) -> Result<()> {
        write::directory(target)?;
        finished.push(Finished::new(target.to_path_buf(), node.permissions(), node.mtime));
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
                    write::directory(&path).map_err(Stop::Command)?;
                    finished.push(Finished::new(path, node.permissions(), node.mtime));
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
        if let Item::Symlink(to) = &node.item {
            return write::symlink(to, path, node.mtime);
        }
        write::file(path, node.permissions(), node.mtime, |out| {
            let mut reader = node.reader(self.source)?;
            out.expect(reader.size());
            while let Some(piece) = reader.next_piece().map_err(local)? {
                self.cancel.check()?;
                out.write(&piece)?;
                if let Some(bar) = &self.bar {
                    bar.inc(piece.len() as u64);
                }
            }
            // spec: get.size-checked
            match out.written() == reader.size() {
                true => Ok(()),
                false => {
                    let (cid, size, found) = (node.cid, reader.size(), out.written());
                    Err(Error::new(format!("{cid}: says {size} bytes but has {found}")))
                }
            }
        })
    }
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
