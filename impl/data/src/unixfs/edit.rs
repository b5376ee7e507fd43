//! Spec: spec/data/unixfs.md
//!
//! Changing files in place: overwriting, appending, truncating. Only blocks on the path of a change
//! are written again. The shape that results is the reference's, appended data and the holes before
//! it included, so that the same edits give the same CIDs.

use super::build::{LINKS_DEFAULT, Options, Parent, Part};
use super::{CidBuilder, Error, Kind, Loaded, Mtime, load, trickle};
use crate::block::{Block, Store};
use crate::chunker::Chunker;
use crate::cid::{Cid, codec};
use bytes::Bytes;
use std::io::Read;

/// Written data is put into the graph when more than this many bytes have gathered.
const BUFFER_BYTES_MAX: usize = 2 << 20;

/// Writes are taken in pieces of this many bytes; together with [`BUFFER_BYTES_MAX`] it decides
/// where the chunks of a long append begin.
const PIECE_BYTES: usize = 32 << 10;

/// Chunk size of the zeros that fill a hole, in bytes.
const HOLE_CHUNK_BYTES: usize = 4096;

/// Deepest file graph that is changed.
const DEPTH_MAX: usize = 128;

/// A node and the block that it was read from, or is going to be.
#[derive(Debug, Clone)]
enum Current {
    Raw { cid: Cid, content: Bytes },
    Proto { builder: CidBuilder, parent: Parent },
}

/// How a file is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EditOptions {
    /// Cuts appended data.
    pub chunker: Chunker,
    /// Names new blocks; without it they are named as the file is.
    pub builder: Option<CidBuilder>,
    /// Whether new leaves are raw; without it, files of CID version 1 get raw leaves.
    pub raw_leaves: Option<bool>,
    /// Most links of a new node.
    pub links_max: usize,
    /// Replaces a recorded modification time; files without one stay without.
    pub now: Mtime,
}

impl EditOptions {
    /// The defaults of the reference.
    pub fn new(now: Mtime) -> Self {
        Self {
            chunker: Chunker::default(),
            builder: None,
            raw_leaves: None,
            links_max: LINKS_DEFAULT,
            now,
        }
    }
}

/// A file that is being changed. Nothing of it is the file's new state before [`Editor::finish`].
pub struct Editor<'a> {
    store: &'a dyn Store,
    current: Current,
    options: Options,
    chunker: Chunker,
    now: Mtime,
    /// Where `buffer` begins in the file.
    start: u64,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for Editor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Editor").field("start", &self.start).finish_non_exhaustive()
    }
}

impl<'a> Editor<'a> {
    /// Opens the file below `cid`, positioned at its start.
    pub fn open(store: &'a dyn Store, cid: &Cid, options: EditOptions) -> Result<Self, Error> {
        let current = open(store, cid)?;
        let builder = options.builder.unwrap_or_else(|| CidBuilder::of(cid));
        let raw_leaves = options.raw_leaves.unwrap_or(builder.v1);
        Ok(Self {
            store,
            current,
            options: Options {
                builder,
                raw_leaves,
                links_max: options.links_max,
                // Appended leaves are those of the trickle layout, whatever the file's own layout.
                layout: super::build::Layout::Trickle,
                mode: 0,
                mtime: None,
            },
            chunker: options.chunker,
            now: options.now,
            start: 0,
            buffer: Vec::new(),
        })
    }

    /// Length of the file in bytes, written data included.
    pub fn size(&self) -> u64 {
        let stored = size(&self.current);
        if self.buffer.is_empty() {
            stored
        } else {
            stored.max(self.start + self.buffer.len() as u64)
        }
    }

    /// Goes to an offset from the start. A hole up to it is filled with zeros.
    pub fn seek(&mut self, offset: u64) -> Result<(), Error> {
        self.apply()?;
        let size = self.size();
        if offset > size {
            self.fill_hole(offset - size)?;
        }
        self.start = offset;
        Ok(())
    }

    /// Writes at the current position, which moves on.
    pub fn write(&mut self, data: &[u8]) -> Result<(), Error> {
        for piece in data.chunks(PIECE_BYTES) {
            self.buffer.extend_from_slice(piece);
            if self.buffer.len() > BUFFER_BYTES_MAX {
                self.apply()?;
            }
        }
        Ok(())
    }

    /// Cuts the file, or extends it with zeros.
    pub fn truncate(&mut self, bytes: u64) -> Result<(), Error> {
        self.apply()?;
        let size = self.size();
        if bytes > size {
            return self.fill_hole(bytes - size);
        }
        if bytes < size {
            self.current = self.cut(self.current.clone(), bytes, 0)?;
            self.save_current()?;
        }
        Ok(())
    }

    /// Applies what is pending and gives the new file. Its blocks are in the store.
    pub fn finish(mut self) -> Result<Part, Error> {
        self.apply()?;
        let root = self.save_current()?;
        Ok(self.collapsed()?.unwrap_or(root))
    }

    /// A file of one raw leaf, with raw leaves wanted and no attributes, is that leaf.
    // spec: unixfs.edit-collapse
    fn collapsed(&self) -> Result<Option<Part>, Error> {
        let Current::Proto { parent, .. } = &self.current else { return Ok(None) };
        let [only] = parent.node.links.as_slice() else { return Ok(None) };
        let plain = parent.message.permissions() == 0 && parent.message.mtime.is_none();
        if !self.options.raw_leaves || !plain || only.cid.codec() != codec::RAW {
            return Ok(None);
        }
        let bytes = self.store.size(&only.cid)?;
        Ok(Some(Part { cid: only.cid, file_bytes: bytes, tsize: bytes }))
    }

    fn save_current(&self) -> Result<Part, Error> {
        save(self.store, &self.current)
    }

    /// Puts the buffer into the graph: over what is there, then behind it.
    fn apply(&mut self) -> Result<(), Error> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let stored = size(&self.current);
        if stored < self.start {
            self.fill_hole(self.start - stored)?;
        }
        let buffer = std::mem::take(&mut self.buffer);
        let mut rest = &buffer[..];
        self.overwrite_root(&mut rest)?;
        if !rest.is_empty() {
            self.append(self.chunker, rest)?;
            self.save_current()?;
        }
        self.start += buffer.len() as u64;
        Ok(())
    }

    fn overwrite_root(&mut self, rest: &mut &[u8]) -> Result<(), Error> {
        let root = self.save_current()?.cid;
        let cid = self.overwrite(&root, self.start, rest, 0)?;
        self.current = open(self.store, &cid)?;
        Ok(())
    }

    /// Overwrites the graph below `cid` from `offset` on with as much of `rest` as fits.
    fn overwrite(
        &self,
        cid: &Cid,
        offset: u64,
        rest: &mut &[u8],
        depth: usize,
    ) -> Result<Cid, Error> {
        if depth > DEPTH_MAX {
            return Err(Error::FileTooDeep);
        }
        match load(self.store, cid)? {
            Loaded::Raw(content) => {
                let content = overwritten(&content, offset, rest);
                let new = CidBuilder::of(cid).cid_or_hash(codec::RAW, &content)?;
                self.store.put(Block { cid: new, data: content })?;
                Ok(new)
            }
            Loaded::Proto(node, mut message) if node.links.is_empty() => {
                message.data =
                    message.data.take().map(|content| overwritten(&content, offset, rest));
                if message.mtime.is_some() {
                    message.mtime = Some(self.now);
                }
                let leaf = Parent { node, message };
                Ok(leaf.store(self.store, &CidBuilder::of(cid))?.cid)
            }
            Loaded::Proto(node, message) => {
                self.overwrite_children(cid, Parent { node, message }, offset, rest, depth)
            }
        }
    }

    fn overwrite_children(
        &self,
        cid: &Cid,
        mut parent: Parent,
        mut offset: u64,
        rest: &mut &[u8],
        depth: usize,
    ) -> Result<Cid, Error> {
        // spec: unixfs.edit-inline-root
        let own = parent.message.data.take();
        let mut position = own.as_ref().map_or(0, Bytes::len) as u64;
        let inside = offset < position;
        parent.message.data = own.map(|content| match inside {
            true => overwritten(&content, offset, rest),
            false => content,
        });
        if inside {
            offset = position;
        }
        for (index, bytes) in parent.message.blocksizes.iter().enumerate() {
            if rest.is_empty() {
                break;
            }
            let end = position.saturating_add(*bytes);
            if end > offset {
                let link = parent
                    .node
                    .links
                    .get_mut(index)
                    .ok_or(Error::CorruptFile(*cid, "block sizes and links differ in number"))?;
                // The claimed size of the child stays as it was, as in the reference.
                link.cid = self.overwrite(&link.cid, offset - position, rest, depth + 1)?;
                offset = end;
            }
            position = end;
        }
        Ok(parent.store(self.store, &CidBuilder::of(cid))?.cid)
    }

    // spec: unixfs.edit-hole
    fn fill_hole(&mut self, bytes: u64) -> Result<(), Error> {
        self.append(Chunker::Size(HOLE_CHUNK_BYTES), std::io::repeat(0).take(bytes))?;
        self.save_current().map(drop)
    }

    // spec: unixfs.edit-append
    fn append(&mut self, chunker: Chunker, data: impl Read) -> Result<(), Error> {
        let mut options = self.options;
        let (builder, mut parent) = match self.current.clone() {
            Current::Proto { builder, parent } => (builder, parent),
            Current::Raw { cid, content } => {
                let bytes = content.len() as u64;
                let mut parent = Parent::new();
                parent.push(&Part { cid, file_bytes: bytes, tsize: bytes });
                options.raw_leaves = true;
                (options.builder, parent)
            }
        };
        let mut parts = chunker.chunks(data).map(|chunk| {
            // The data is in memory or made up: reading it can't fail.
            let leaf = options.leaf_or_hash(chunk.unwrap_or_default())?;
            self.store.put(leaf.block)?;
            Ok(leaf.part)
        });
        trickle::append(&options, self.store, &mut parent, &mut parts, self.now)?;
        drop(parts);
        self.current = Current::Proto { builder, parent };
        Ok(())
    }

    /// The first `bytes` of a node, which is longer. Changed nodes below it are stored, itself not.
    // spec: unixfs.edit-truncate
    fn cut(&self, current: Current, bytes: u64, depth: usize) -> Result<Current, Error> {
        if depth > DEPTH_MAX {
            return Err(Error::FileTooDeep);
        }
        let (builder, mut parent) = match current {
            Current::Raw { cid, content } => {
                let content = content.slice(..(bytes as usize).min(content.len()));
                let cid = CidBuilder::of(&cid).cid_or_hash(codec::RAW, &content)?;
                return Ok(Current::Raw { cid, content });
            }
            Current::Proto { parent, .. } if parent.node.links.is_empty() => {
                return Ok(self.cut_leaf(parent, bytes));
            }
            Current::Proto { builder, parent } => (builder, parent),
        };
        let links = std::mem::take(&mut parent.node.links);
        let own = parent.message.data.as_ref().map_or(0, |data| data.len() as u64);
        parent.message.blocksizes.clear();
        parent.message.filesize = Some(own);
        // spec: unixfs.edit-inline-root
        if own > 0 && bytes <= own {
            let kept = parent.message.data.take().map(|data| data.slice(..bytes as usize));
            parent.message.data = kept;
            parent.message.filesize = Some(bytes);
            return Ok(Current::Proto { builder, parent });
        }
        let mut position = own;
        for link in links {
            let child = open(self.store, &link.cid)?;
            let child_bytes = size(&child);
            if bytes < position + child_bytes {
                let cut = self.cut(child, bytes - position, depth + 1)?;
                let part = save(self.store, &cut)?;
                parent.push(&Part { file_bytes: bytes - position, ..part });
                return Ok(Current::Proto { builder, parent });
            }
            position += child_bytes;
            parent.node.links.push(link);
            parent.message.blocksizes.push(child_bytes);
            let sum = parent.message.filesize.unwrap_or_default().saturating_add(child_bytes);
            parent.message.filesize = Some(sum);
        }
        Err(Error::NotFile)
    }

    /// The reference gives a cut dag-pb leaf a version 0 CID.
    fn cut_leaf(&self, mut leaf: Parent, bytes: u64) -> Current {
        let content = leaf.message.data.take().unwrap_or_default();
        let content = content.slice(..(bytes as usize).min(content.len()));
        leaf.message.filesize = Some(content.len() as u64);
        leaf.message.data = Some(content);
        if leaf.message.mtime.is_some() {
            leaf.message.mtime = Some(self.now);
        }
        Current::Proto { builder: CidBuilder::V0, parent: leaf }
    }
}

fn open(store: &dyn Store, cid: &Cid) -> Result<Current, Error> {
    match load(store, cid)? {
        Loaded::Raw(content) => Ok(Current::Raw { cid: *cid, content }),
        Loaded::Proto(node, message) => match message.kind {
            Kind::File | Kind::Raw => Ok(Current::Proto {
                builder: CidBuilder::of(cid),
                parent: Parent { node, message },
            }),
            Kind::Directory | Kind::HamtShard => Err(Error::IsDirectory),
            Kind::Symlink => Err(Error::IsSymlink),
            Kind::Metadata => Err(Error::UnknownKind),
        },
    }
}

fn save(store: &dyn Store, current: &Current) -> Result<Part, Error> {
    match current {
        Current::Raw { cid, content } => {
            let bytes = content.len() as u64;
            store.put(Block { cid: *cid, data: content.clone() })?;
            Ok(Part { cid: *cid, file_bytes: bytes, tsize: bytes })
        }
        Current::Proto { builder, parent } => parent.clone().store(store, builder),
    }
}

fn size(current: &Current) -> u64 {
    match current {
        Current::Raw { content, .. } => content.len() as u64,
        Current::Proto { parent, .. } => parent.message.size(),
    }
}

/// `content` with the start of `rest`, as far as it fits, put at `offset`; `rest` moves on.
fn overwritten(content: &Bytes, offset: u64, rest: &mut &[u8]) -> Bytes {
    let start = (offset as usize).min(content.len());
    let length = rest.len().min(content.len() - start);
    if length == 0 {
        return content.clone();
    }
    let mut out = content.to_vec();
    let (now, later) = rest.split_at(length);
    out[start..start + length].copy_from_slice(now);
    *rest = later;
    out.into()
}

#[cfg(test)]
mod tests;
