//! Spec: spec/migrations/pinset.md
//!
//! The pin set of versions 3 to 10: two sets of keys as trees of nodes, below one root.

use super::key_list::{KeyList, Keys};
use crate::block_access::Blocks;
use crate::dag_pb::{Link, Node};
use crate::error::Error;
use crate::protobuf::{Fields, Malformed, Value, put_number, put_varint, take_varint};
use multibase::Base;
use sha2::{Digest, Sha256};

/// Subtrees of a node.
const FANOUT: usize = 256;
/// A node holds fewer keys than this; a set with more has them all in its subtrees.
const ITEMS_MAX: u64 = 8192;
/// Deepest tree that is read or written. 256 to this power times [`ITEMS_MAX`] keys fit.
const DEPTH_MAX: u32 = 16;
/// Keys that are held in memory to be distributed to subtrees.
const HELD_KEYS_MAX: u64 = 200_000;
/// Longest header of a node's data, in bytes; the known one has at most 20.
const HEADER_BYTES_MAX: u64 = 1024;

/// The key of the node without links and data, which stands where there is no subtree.
pub const EMPTY_NODE: [u8; 34] = [
    0x12, 0x20, 0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f,
    0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
    0xb8, 0x55,
];

/// Why a pin set can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// A node of the set is not in the repository.
    #[error(
        "pin set: block {} is missing. Without it no one can tell which pins it held; nothing was \
         changed", key_text(.0)
    )]
    Missing(Vec<u8>),
    /// A node has another content than its key says.
    #[error("pin set: block {} is damaged; nothing was changed", key_text(.0))]
    Damaged(Vec<u8>),
    /// A node is none of a set.
    #[error("pin set: block {}: {reason}", key_text(.key))]
    Malformed {
        /// The node.
        key: Vec<u8>,
        /// What is wrong.
        reason: &'static str,
    },
}

/// A binary CID as text: base58 for CIDv0, else base32 with its prefix.
pub fn key_text(key: &[u8]) -> String {
    match key {
        [0x12, 0x20, ..] => Base::Base58Btc.encode(key),
        key => multibase::encode(Base::Base32Lower, key),
    }
}

/// A pin's mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// With everything below.
    Recursive,
    /// The block alone.
    Direct,
}

impl Mode {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Recursive, Self::Direct];

    /// As links and lists name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recursive => "recursive",
            Self::Direct => "direct",
        }
    }
}

/// A pin set that is stored.
#[derive(Debug)]
pub struct PinSet<'a> {
    blocks: &'a dyn Blocks,
    root: Vec<u8>,
}

impl<'a> PinSet<'a> {
    /// The set whose root has the key `root`.
    pub fn new(blocks: &'a dyn Blocks, root: Vec<u8>) -> Self {
        Self { blocks, root }
    }

    /// The keys pinned in one mode.
    pub fn mode(&self, mode: Mode) -> SetKeys<'_> {
        SetKeys { set: self, mode }
    }
}

/// The keys of one mode of a pin set.
#[derive(Debug)]
pub struct SetKeys<'a> {
    set: &'a PinSet<'a>,
    mode: Mode,
}

impl Keys for SetKeys<'_> {
    // spec: pinset.read
    fn each(&self, visit: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        let blocks = self.set.blocks;
        let root = read(blocks, &self.set.root)?;
        let named = root.links.iter().find(|link| link.name == self.mode.name().as_bytes());
        let Some(link) = named else {
            return Err(malformed(&self.set.root, "no link for this kind of pins"));
        };
        walk(blocks, &link.hash, 0, visit)
    }
}

fn malformed(key: &[u8], reason: &'static str) -> Error {
    Error::other(SetError::Malformed { key: key.to_vec(), reason })
}

fn read(blocks: &dyn Blocks, key: &[u8]) -> Result<Node, Error> {
    let Some(bytes) = blocks.get(key)? else {
        if key == EMPTY_NODE {
            return Ok(Node::default());
        }
        return Err(Error::other(SetError::Missing(key.to_vec())));
    };
    // spec: pinset.checked
    if let Some(digest) = key.strip_prefix(&[0x12, 0x20])
        && *digest != *Sha256::digest(&bytes)
    {
        return Err(Error::other(SetError::Damaged(key.to_vec())));
    }
    Node::decode(&bytes).map_err(|Malformed| malformed(key, "it is no node"))
}

/// The number of subtrees of a node.
fn fanout(key: &[u8], node: &Node) -> Result<usize, Error> {
    let bad = |reason| malformed(key, reason);
    let mut data = &node.data[..];
    let length = take_varint(&mut data).ok_or_else(|| bad("no header length"))?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length as u64 > HEADER_BYTES_MAX || length > data.len() {
        return Err(bad("impossibly large header length"));
    }
    let (mut version, mut fanout) = (0, 0);
    for field in Fields::new(&data[..length]) {
        match field.map_err(|Malformed| bad("malformed header"))? {
            (1, Value::Number(number)) => version = number,
            (2, Value::Number(number)) => fanout = number,
            _ => {}
        }
    }
    if version != 1 {
        return Err(bad("unsupported version of the set"));
    }
    match usize::try_from(fanout) {
        Ok(fanout) if fanout <= node.links.len() => Ok(fanout),
        _ => Err(bad("impossibly large fanout")),
    }
}

fn walk(
    blocks: &dyn Blocks,
    key: &[u8],
    depth: u32,
    visit: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    if depth > DEPTH_MAX {
        return Err(malformed(key, "the set is too deep"));
    }
    let node = read(blocks, key)?;
    let fanout = fanout(key, &node)?;
    let (subtrees, items) = node.links.split_at(fanout);
    for item in items {
        visit(&item.hash)?;
    }
    for subtree in subtrees.iter().filter(|link| link.hash != EMPTY_NODE) {
        walk(blocks, &subtree.hash, depth + 1, visit)?;
    }
    Ok(())
}

/// Stores the pins as a set; gives the root's key. The same pins give the same blocks: what an
/// interrupted run has stored is found again.
pub fn store(
    blocks: &dyn Blocks,
    recursive: &dyn Keys,
    direct: &dyn Keys,
) -> Result<Vec<u8>, Error> {
    blocks.put(&EMPTY_NODE, &[])?;
    let mut root = Node::default();
    // Links are sorted by name.
    for (mode, keys) in [(Mode::Direct, direct), (Mode::Recursive, recursive)] {
        let mut count = 0;
        keys.each(&mut |_| {
            count += 1;
            Ok(())
        })?;
        let mut link = subtree(blocks, keys, count, 0)?;
        link.name = mode.name().into();
        root.links.push(link);
    }
    Ok(put(blocks, &root)?.hash)
}

/// Stores a node; gives an unnamed link to it.
fn put(blocks: &dyn Blocks, node: &Node) -> Result<Link, Error> {
    let bytes = node.encode();
    let mut hash = vec![0x12, 0x20];
    hash.extend_from_slice(&Sha256::digest(&bytes));
    blocks.put(&hash, &bytes)?;
    let size = bytes.len() as u64 + node.links.iter().map(|link| link.size).sum::<u64>();
    Ok(Link { hash, name: Vec::new(), size })
}

// spec: pinset.buckets
/// The subtree for a key: FNV-1a over the depth and the key, modulo the fanout.
fn bucket(depth: u32, key: &[u8]) -> usize {
    let hash = depth
        .to_le_bytes()
        .iter()
        .chain(key)
        .fold(0x811c_9dc5u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    hash as usize % FANOUT
}

fn header(depth: u32) -> Vec<u8> {
    let mut header = Vec::new();
    put_number(&mut header, 1, 1);
    put_number(&mut header, 2, FANOUT as u64);
    put_varint(&mut header, 3 << 3 | 5);
    header.extend_from_slice(&depth.to_le_bytes());
    let mut data = Vec::new();
    put_varint(&mut data, header.len() as u64);
    data.extend_from_slice(&header);
    data
}

/// Those of `keys` that belong into one subtree.
struct Bucket<'a> {
    keys: &'a dyn Keys,
    depth: u32,
    bucket: usize,
}

impl Keys for Bucket<'_> {
    fn each(&self, visit: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        self.keys.each(&mut |key| {
            if bucket(self.depth, key) == self.bucket { visit(key) } else { Ok(()) }
        })
    }
}

/// Stores `count` keys as a tree. Goes through them as often as it takes to hold no more than
/// [`HELD_KEYS_MAX`] at a time.
fn subtree(blocks: &dyn Blocks, keys: &dyn Keys, count: u64, depth: u32) -> Result<Link, Error> {
    let empty = Link { hash: EMPTY_NODE.to_vec(), ..Link::default() };
    let mut node = Node { links: vec![empty; FANOUT], data: header(depth) };
    // spec: pinset.leaf-order
    if count < ITEMS_MAX || depth == DEPTH_MAX {
        let mut list = KeyList::default();
        keys.each(&mut |key| list.push(key))?;
        list.sort();
        node.links.extend(list.iter().map(|key| Link { hash: key.to_vec(), ..Link::default() }));
        return put(blocks, &node);
    }
    let mut counts = [0u64; FANOUT];
    keys.each(&mut |key| {
        counts[bucket(depth, key)] += 1;
        Ok(())
    })?;
    let mut first = 0;
    while first < FANOUT {
        let mut end = first + 1;
        let mut held = counts[first];
        if held > HELD_KEYS_MAX {
            let part = Bucket { keys, depth, bucket: first };
            node.links[first] = subtree(blocks, &part, held, depth + 1)?;
            first = end;
            continue;
        }
        while end < FANOUT && held + counts[end] <= HELD_KEYS_MAX {
            held += counts[end];
            end += 1;
        }
        let mut lists = vec![KeyList::default(); end - first];
        keys.each(&mut |key| match bucket(depth, key) {
            bucket if (first..end).contains(&bucket) => lists[bucket - first].push(key),
            _ => Ok(()),
        })?;
        for (index, list) in lists.into_iter().enumerate().filter(|(_, list)| !list.is_empty()) {
            let count = list.len() as u64;
            node.links[first + index] = subtree(blocks, &list, count, depth + 1)?;
        }
        first = end;
    }
    put(blocks, &node)
}
