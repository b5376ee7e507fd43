//! Spec: spec/data/unixfs.md
//!
//! Reading files: the content in order, as slices of blocks, from any offset. Memory is the path
//! from the root to the current leaf; the next leaves are announced to the source ahead of time.

use super::{Error, Kind, Loaded, Mtime, decode, load};
use crate::block::Source;
use crate::cid::{Cid, codec};
use bytes::Bytes;
use std::sync::Arc;

/// Leaves that are announced to the source before they are read.
pub const PREFETCH_BLOCKS: usize = 16;

/// Deepest file graph that is read.
const DEPTH_MAX: usize = 128;

/// A node whose children are being read.
#[derive(Debug)]
struct Level {
    children: Vec<Cid>,
    /// Bytes of the file below each child; empty when the node does not say.
    bytes: Vec<u64>,
    next: usize,
    announced: usize,
}

/// Whose source a reader reads from.
enum Handle<'a> {
    Borrowed(&'a dyn Source),
    Shared(Arc<dyn Source>),
}

impl Handle<'_> {
    fn get(&self) -> &dyn Source {
        match self {
            Self::Borrowed(source) => *source,
            Self::Shared(source) => source.as_ref(),
        }
    }
}

/// A file that is being read.
pub struct Reader<'a> {
    source: Handle<'a>,
    levels: Vec<Level>,
    ready: Option<Bytes>,
    file_bytes: u64,
    mode: u32,
    mtime: Option<Mtime>,
    root: Cid,
    root_block: Bytes,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("root", &self.root).finish_non_exhaustive()
    }
}

impl<'a> Reader<'a> {
    /// Opens a file at its start. Reads the root block only.
    pub fn open(source: &'a dyn Source, cid: &Cid) -> Result<Self, Error> {
        Self::open_block(source, cid, source.get(cid)?)
    }

    /// [`Reader::open`] for who has the root block already.
    pub fn open_block(source: &'a dyn Source, cid: &Cid, block: Bytes) -> Result<Self, Error> {
        Self::start(Handle::Borrowed(source), cid, block)
    }

    /// [`Reader::open_block`] for a reader that outlives its maker.
    pub fn open_shared(
        source: Arc<dyn Source>,
        cid: &Cid,
        block: Bytes,
    ) -> Result<Reader<'static>, Error> {
        Reader::start(Handle::Shared(source), cid, block)
    }

    fn start(source: Handle<'a>, cid: &Cid, block: Bytes) -> Result<Self, Error> {
        let mut reader = Self {
            source,
            levels: Vec::new(),
            ready: None,
            file_bytes: 0,
            mode: 0,
            mtime: None,
            root: *cid,
            root_block: block.clone(),
        };
        match decode(cid, block)? {
            Loaded::Raw(content) => reader.file_bytes = content.len() as u64,
            Loaded::Proto(node, data) => match data.kind {
                Kind::File | Kind::Raw => {
                    reader.file_bytes = data.size();
                    reader.mode = data.permissions();
                    reader.mtime = data.mtime;
                }
                Kind::Directory | Kind::HamtShard => return Err(Error::IsDirectory),
                Kind::Symlink => return Err(Error::IsSymlink),
                // spec: unixfs.metadata-read
                // Metadata describes the one node it links to.
                Kind::Metadata => {
                    let child = node.links.first().ok_or(Error::UnknownKind)?.cid;
                    if child.codec() == codec::DAG_PB && child == *cid {
                        return Err(Error::UnknownKind);
                    }
                    return Self::open_below_metadata(reader.source, &child);
                }
            },
        }
        reader.seek(0)?;
        Ok(reader)
    }

    fn open_below_metadata(source: Handle<'a>, cid: &Cid) -> Result<Self, Error> {
        let block = source.get().get(cid)?;
        match decode(cid, block.clone())? {
            Loaded::Proto(_, data) if data.kind == Kind::Metadata => Err(Error::UnknownKind),
            _ => Self::start(source, cid, block),
        }
    }

    /// Length of the file in bytes, as its root says.
    pub fn size(&self) -> u64 {
        self.file_bytes
    }

    /// Permission bits recorded on the root; 0 when there are none.
    pub fn mode(&self) -> u32 {
        self.mode
    }

    /// Modification time recorded on the root.
    pub fn mtime(&self) -> Option<Mtime> {
        self.mtime
    }

    /// Goes to an offset from the start. Beyond the end there is nothing to read.
    pub fn seek(&mut self, offset: u64) -> Result<(), Error> {
        self.levels.clear();
        self.ready = None;
        let root = self.root;
        self.enter(&root, offset)
    }

    /// Enters a node and skips its first `skip` bytes.
    fn enter(&mut self, cid: &Cid, mut skip: u64) -> Result<(), Error> {
        let mut cid = *cid;
        loop {
            // spec: unixfs.hostile-file
            if self.levels.len() >= DEPTH_MAX {
                return Err(Error::FileTooDeep);
            }
            let (content, level) = self.open_node(&cid)?;
            let length = content.len() as u64;
            if skip < length {
                self.ready = Some(content.slice(skip as usize..));
                skip = 0;
            } else {
                skip -= length;
            }
            let Some(mut level) = level else { return Ok(()) };
            while skip > 0 && level.next < level.children.len() {
                let bytes = *level
                    .bytes
                    .get(level.next)
                    .ok_or(Error::CorruptFile(cid, "block sizes and links differ in number"))?;
                if skip < bytes {
                    break;
                }
                skip -= bytes;
                level.next += 1;
            }
            let child = level.children.get(level.next).copied();
            level.next += usize::from(skip > 0 && child.is_some());
            level.announced = level.next;
            self.levels.push(level);
            match child {
                Some(child) if skip > 0 => cid = child,
                _ => return Ok(()),
            }
        }
    }

    fn open_node(&self, cid: &Cid) -> Result<(Bytes, Option<Level>), Error> {
        let loaded = match *cid == self.root {
            true => decode(cid, self.root_block.clone())?,
            false => load(self.source.get(), cid)?,
        };
        match loaded {
            Loaded::Raw(content) => Ok((content, None)),
            Loaded::Proto(node, data) => {
                if !matches!(data.kind, Kind::File | Kind::Raw) {
                    return Err(Error::CorruptFile(*cid, "no part of a file below a file"));
                }
                let level = (!node.links.is_empty()).then(|| Level {
                    children: node.links.iter().map(|link| link.cid).collect(),
                    bytes: data.blocksizes,
                    next: 0,
                    announced: 0,
                });
                Ok((data.data.unwrap_or_default(), level))
            }
        }
    }

    /// The next piece of the content, never empty; `None` at the end. Pieces are as large as
    /// blocks.
    pub fn next_piece(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            if let Some(content) = self.ready.take().filter(|content| !content.is_empty()) {
                return Ok(Some(content));
            }
            let Some(level) = self.levels.last_mut() else { return Ok(None) };
            let Some(child) = level.children.get(level.next).copied() else {
                self.levels.pop();
                continue;
            };
            level.next += 1;
            // Announce in halves of the window, so that the source gets batches.
            if level.announced < level.next + PREFETCH_BLOCKS / 2 {
                let from = level.announced.max(level.next);
                let to = (level.next + PREFETCH_BLOCKS).min(level.children.len());
                if from < to {
                    self.source.get().prefetch(&level.children[from..to]);
                }
                level.announced = to.max(level.announced);
            }
            self.enter(&child, 0)?;
        }
    }
}

impl std::io::Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some(mut piece) = self.next_piece().map_err(std::io::Error::other)? else {
            return Ok(0);
        };
        let length = piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&piece.split_to(length));
        self.ready = Some(piece);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{MemoryStore, Sink};
    use crate::chunker::Chunker;
    use crate::unixfs::build::{self, Layout, Options};

    fn content(bytes: usize) -> Vec<u8> {
        (0..bytes as u64).map(|n| (n.wrapping_mul(0x9e37_79b9) >> 7) as u8).collect()
    }

    fn all(reader: &mut Reader<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(piece) = reader.next_piece().expect("blocks are there") {
            out.extend_from_slice(&piece);
        }
        out
    }

    #[test]
    fn reads_from_every_offset_in_every_shape() {
        let data = content(1000);
        for layout in [Layout::Balanced, Layout::Trickle] {
            for raw_leaves in [false, true] {
                let options = Options { layout, raw_leaves, links_max: 3, ..Options::default() };
                let store = MemoryStore::new();
                let chunks = Chunker::Size(17).chunks(&data[..]);
                let chunks = chunks.map(|chunk| chunk.map_err(|_| Error::UnknownKind));
                let root = build::file::<Error>(&options, &store, chunks).expect("builds");
                let mut reader = Reader::open(&store, &root.cid).expect("opens");
                assert_eq!(reader.size(), 1000);
                for offset in (0..1005).step_by(7) {
                    reader.seek(offset).expect("seeks");
                    let wanted = data.get(offset as usize..).unwrap_or_default();
                    assert_eq!(all(&mut reader), wanted, "{layout:?} {raw_leaves} {offset}");
                }
            }
        }
    }

    #[test]
    fn a_directory_is_no_file() {
        let store = MemoryStore::new();
        let node = crate::unixfs::Node::new(Kind::Directory).encode();
        let (cid, data) = crate::unixfs::CidBuilder::V0
            .node(&crate::dag_pb::Node::with_data(node))
            .expect("sha2-256 is there");
        store.put(crate::block::Block { cid, data }).expect("memory takes all");
        assert!(matches!(Reader::open(&store, &cid), Err(Error::IsDirectory)));
    }
}
