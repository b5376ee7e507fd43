//! Spec: spec/data/unixfs.md
//!
//! Building files. Leaves are made one by one ([`Leaves::make`], from any thread) and joined in
//! order by [`layout`], which holds one node of each level: memory does not grow with the file.

use super::{CidBuilder, Error, Kind, Mtime, Node, trickle};
use crate::block::{Block, Sink};
use crate::cid::{Cid, codec};
use crate::{dag_pb, multihash, protobuf};
use bytes::{Bytes, BytesMut};
use std::ops::Range;

/// Links of a node where nothing else is said.
pub const LINKS_DEFAULT: usize = 174;

/// How leaves become a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// All leaves at the same depth.
    Balanced,
    /// Early leaves close to the root: for streams and appends.
    Trickle,
}

/// How a file is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Names of the blocks.
    pub builder: CidBuilder,
    /// Leaves without dag-pb wrapping.
    pub raw_leaves: bool,
    /// Most links of a node; at least 2 for a balanced tree.
    pub links_max: usize,
    /// Shape of the tree.
    pub layout: Layout,
    /// Permission bits to record on the root; 0 records nothing.
    pub mode: u32,
    /// Modification time to record on the root.
    pub mtime: Option<Mtime>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            builder: CidBuilder::V0,
            raw_leaves: false,
            links_max: LINKS_DEFAULT,
            layout: Layout::Balanced,
            mode: 0,
            mtime: None,
        }
    }
}

/// A node of the tree, as its parent needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The node's CID.
    pub cid: Cid,
    /// Bytes of the file below it.
    pub file_bytes: u64,
    /// Bytes of the blocks below it.
    pub tsize: u64,
}

/// A leaf: its block, and what its parent needs.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The block to store.
    pub block: Block,
    /// The entry in the parent.
    pub part: Part,
}

impl Options {
    /// Makes one leaf. Safe to call from several threads.
    pub fn leaf(&self, content: Bytes) -> Result<Leaf, Error> {
        self.named_leaf(content, CidBuilder::cid)
    }

    /// [`Options::leaf`] with [`CidBuilder::cid_or_hash`].
    pub(super) fn leaf_or_hash(&self, content: Bytes) -> Result<Leaf, Error> {
        self.named_leaf(content, CidBuilder::cid_or_hash)
    }

    fn named_leaf(
        &self,
        content: Bytes,
        name: fn(&CidBuilder, u64, &[u8]) -> Result<Cid, multihash::Error>,
    ) -> Result<Leaf, Error> {
        let file_bytes = content.len() as u64;
        let (code, data) = if self.raw_leaves {
            (codec::RAW, content)
        } else {
            // spec: unixfs.leaf-type
            let kind = match self.layout {
                Layout::Balanced => Kind::File,
                Layout::Trickle => Kind::Raw,
            };
            let node = dag_pb::Node::with_data(leaf_message(kind, content).encode());
            (codec::DAG_PB, dag_pb::encode(&node).into())
        };
        let cid = name(&self.builder, code, &data)?;
        let part = Part { cid, file_bytes, tsize: data.len() as u64 };
        Ok(Leaf { block: Block { cid, data }, part })
    }

    /// [`Options::leaf`] of content that lies in a buffer. The second value gives the memory back
    /// once the block is stored.
    pub fn leaf_in(&self, buffer: LeafBuffer) -> Result<(Leaf, Used), Error> {
        let file_bytes = buffer.content as u64;
        let (code, (whole, used)) = if self.raw_leaves {
            (codec::RAW, buffer.frame(&[], &[]))
        } else {
            let (before, behind) = self.headers(buffer.content);
            (codec::DAG_PB, buffer.frame(&before, &behind))
        };
        let data = whole.slice(used);
        let cid = self.builder.cid(code, &data)?;
        let part = Part { cid, file_bytes, tsize: data.len() as u64 };
        Ok((Leaf { block: Block { cid, data }, part }, Used(whole)))
    }

    /// What stands before and behind the content in a wrapped leaf.
    fn headers(&self, content: usize) -> (Vec<u8>, Vec<u8>) {
        let kind = match self.layout {
            Layout::Balanced => Kind::File,
            Layout::Trickle => Kind::Raw,
        };
        let mut message = vec![0x08, kind as u8];
        if content > 0 {
            message.push(0x12);
            protobuf::varint(&mut message, content as u64);
        }
        let mut behind = vec![0x18];
        protobuf::varint(&mut behind, content as u64);
        let mut before = vec![0x0a];
        protobuf::varint(&mut before, (message.len() + content + behind.len()) as u64);
        before.extend_from_slice(&message);
        (before, behind)
    }

    /// Makes the only leaf of a balanced file: the root, with the attributes. A raw leaf has no
    /// room for them.
    pub fn sole_leaf(&self, content: Bytes) -> Result<Leaf, Error> {
        if self.raw_leaves {
            return self.leaf(content);
        }
        let file_bytes = content.len() as u64;
        let mut message = leaf_message(Kind::File, content);
        self.set_attributes(&mut message);
        let block: Bytes = dag_pb::encode(&dag_pb::Node::with_data(message.encode())).into();
        let cid = self.builder.cid(codec::DAG_PB, &block)?;
        let part = Part { cid, file_bytes, tsize: block.len() as u64 };
        Ok(Leaf { block: Block { cid, data: block }, part })
    }

    // spec: unixfs.attributes-on-root
    pub(super) fn set_attributes(&self, message: &mut Node) {
        message.set_permissions(self.mode);
        message.mtime = self.mtime;
    }
}

/// Room before the content for the headers of a wrapped leaf, in bytes.
const HEAD_BYTES: usize = 32;
/// Room behind it.
const TAIL_BYTES: usize = 16;

/// Content that becomes a leaf where it lies: the headers are written around it, and the memory is
/// used again for the next chunk. (Fresh memory costs more than hashing on many machines.)
#[derive(Debug, Default)]
pub struct LeafBuffer {
    bytes: BytesMut,
    content: usize,
}

/// The memory of a leaf whose block was stored.
#[derive(Debug)]
pub struct Used(Bytes);

impl LeafBuffer {
    /// Room for so many bytes of content, to be filled. What was there before is undefined.
    pub fn content(&mut self, bytes: usize) -> &mut [u8] {
        self.bytes.resize(HEAD_BYTES + bytes + TAIL_BYTES, 0);
        self.content = bytes;
        &mut self.bytes[HEAD_BYTES..HEAD_BYTES + bytes]
    }

    /// Takes content that lies elsewhere.
    pub fn fill(&mut self, content: &[u8]) {
        self.content(content.len()).copy_from_slice(content);
    }

    /// Writes `before` and `behind` around the content; gives the whole and the part that counts.
    fn frame(mut self, before: &[u8], behind: &[u8]) -> (Bytes, Range<usize>) {
        let start = HEAD_BYTES - before.len();
        let end = HEAD_BYTES + self.content;
        self.bytes[start..HEAD_BYTES].copy_from_slice(before);
        self.bytes[end..end + behind.len()].copy_from_slice(behind);
        (self.bytes.freeze(), start..end + behind.len())
    }
}

impl Used {
    /// The memory, if nobody else holds the block any more; else fresh one.
    pub fn reclaim(self) -> LeafBuffer {
        let bytes = self.0.try_into_mut().unwrap_or_default();
        LeafBuffer { bytes, content: 0 }
    }
}

/// A part of a file with the given content (absent when empty) and no links.
fn leaf_message(kind: Kind, content: Bytes) -> Node {
    Node {
        filesize: Some(content.len() as u64),
        data: (!content.is_empty()).then_some(content),
        ..Node::new(kind)
    }
}

/// An inner node that grows.
#[derive(Debug, Clone)]
pub(super) struct Parent {
    pub(super) node: dag_pb::Node,
    pub(super) message: Node,
}

impl Parent {
    pub(super) fn new() -> Self {
        Self { node: dag_pb::Node::default(), message: Node::empty_file() }
    }

    pub(super) fn push(&mut self, part: &Part) {
        self.node.links.push(dag_pb::Link::new(part.cid, Bytes::new(), part.tsize));
        self.message.blocksizes.push(part.file_bytes);
        let sum = self.message.filesize.unwrap_or_default().saturating_add(part.file_bytes);
        self.message.filesize = Some(sum);
    }

    pub(super) fn pop(&mut self) {
        self.node.links.pop();
        let bytes = self.message.blocksizes.pop().unwrap_or_default();
        let sum = self.message.filesize.unwrap_or_default().saturating_sub(bytes);
        self.message.filesize = Some(sum);
    }

    pub(super) fn len(&self) -> usize {
        self.message.blocksizes.len()
    }

    pub(super) fn file_bytes(&self) -> u64 {
        self.message.filesize.unwrap_or_default()
    }

    pub(super) fn store(mut self, sink: &dyn Sink, builder: &CidBuilder) -> Result<Part, Error> {
        let file_bytes = self.file_bytes();
        self.node.data = Some(self.message.encode());
        let block = dag_pb::encode(&self.node);
        let cid = builder.cid_or_hash(codec::DAG_PB, &block)?;
        let tsize = super::tsize(&self.node, block.len());
        sink.put(Block { cid, data: block.into() })?;
        Ok(Part { cid, file_bytes, tsize })
    }
}

/// The sequence of leaves, in file order; their blocks are stored by whoever makes them.
pub type Parts<'a> = dyn Iterator<Item = Result<Part, Error>> + 'a;

/// Joins leaves to a file and stores all inner nodes. The root is a [`Part`]. A balanced file of
/// one leaf is that leaf: make it with [`Options::sole_leaf`]; one without leaves does not exist.
// spec: unixfs.balanced
pub fn layout(options: &Options, sink: &dyn Sink, parts: &mut Parts<'_>) -> Result<Part, Error> {
    match options.layout {
        Layout::Balanced => balanced(options, sink, parts),
        Layout::Trickle => trickle::layout(options, sink, parts),
    }
}

/// A file from chunks, one after the other in this thread. The simplest way in, and the one for
/// small files.
pub fn file<E: From<Error>>(
    options: &Options,
    sink: &dyn Sink,
    mut chunks: impl Iterator<Item = Result<Bytes, E>>,
) -> Result<Part, E> {
    let first = chunks.next().transpose()?;
    let second = chunks.next().transpose()?;
    if options.layout == Layout::Balanced && second.is_none() {
        let leaf = options.sole_leaf(first.unwrap_or_default())?;
        sink.put(leaf.block).map_err(Error::from)?;
        return Ok(leaf.part);
    }
    let mut failed = None;
    let mut parts = first.into_iter().chain(second).map(Ok).chain(chunks).map_while(|chunk| {
        chunk.map_err(|error| failed = Some(error)).ok().map(|chunk| {
            let leaf = options.leaf(chunk)?;
            sink.put(leaf.block)?;
            Ok(leaf.part)
        })
    });
    let root = layout(options, sink, &mut parts);
    drop(parts);
    match failed {
        Some(error) => Err(error),
        None => Ok(root?),
    }
}

/// Nodes of each level that wait for their siblings: level 0 holds leaves. A full level is joined
/// when one more part arrives, not before: only at the end is it known which node is the root.
struct Levels<'a> {
    options: &'a Options,
    sink: &'a dyn Sink,
    waiting: Vec<Vec<Part>>,
}

impl Levels<'_> {
    fn push(&mut self, mut level: usize, mut part: Part) -> Result<(), Error> {
        loop {
            if self.waiting.len() == level {
                self.waiting.push(Vec::new());
            }
            if self.waiting[level].len() < self.options.links_max {
                self.waiting[level].push(part);
                return Ok(());
            }
            let full = std::mem::replace(&mut self.waiting[level], vec![part]);
            part = self.join(&full, false)?;
            level += 1;
        }
    }

    fn join(&self, parts: &[Part], root: bool) -> Result<Part, Error> {
        let mut parent = Parent::new();
        parts.iter().for_each(|part| parent.push(part));
        if root {
            self.options.set_attributes(&mut parent.message);
        }
        parent.store(self.sink, &self.options.builder)
    }

    fn finish(mut self) -> Result<Part, Error> {
        let mut level = 0;
        while level + 1 < self.waiting.len() {
            let parts = std::mem::take(&mut self.waiting[level]);
            let part = self.join(&parts, false)?;
            level += 1;
            self.push(level, part)?;
        }
        match self.waiting[level].as_slice() {
            [only] if level == 0 => Ok(*only),
            parts => self.join(parts, true),
        }
    }
}

fn balanced(options: &Options, sink: &dyn Sink, parts: &mut Parts<'_>) -> Result<Part, Error> {
    if options.links_max < 2 {
        return Err(Error::LinksMax);
    }
    let mut levels = Levels { options, sink, waiting: vec![Vec::new()] };
    for part in parts {
        levels.push(0, part?)?;
    }
    levels.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_in_its_buffer_is_the_same_leaf() {
        for (raw_leaves, layout) in
            [(true, Layout::Balanced), (false, Layout::Balanced), (false, Layout::Trickle)]
        {
            let options = Options { raw_leaves, layout, ..Options::default() };
            let mut buffer = LeafBuffer::default();
            for length in [0, 1, 127, 128, 300, 20_000, 7, 262_144] {
                let content: Vec<u8> = (0..length as u32).map(|n| n as u8).collect();
                let leaf = options.leaf(content.clone().into()).expect("makes");
                buffer.fill(&content);
                let (same, used) = options.leaf_in(buffer).expect("makes");
                assert_eq!((same.part, &same.block), (leaf.part, &leaf.block), "{length}");
                drop(same);
                buffer = used.reclaim();
                assert!(buffer.bytes.capacity() >= length);
            }
        }
    }

    #[test]
    fn memory_that_somebody_holds_is_not_used_again() {
        let mut buffer = LeafBuffer::default();
        buffer.fill(b"first");
        let (leaf, used) = Options::default().leaf_in(buffer).expect("makes");
        let mut buffer = used.reclaim();
        buffer.fill(b"other");
        assert!(leaf.block.data.windows(5).any(|window| window == b"first"));
    }
}
