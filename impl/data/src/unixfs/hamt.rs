//! Spec: spec/data/hamt.md
//!
//! Directories in many blocks: a trie over the hashes of the names.

use super::{CidBuilder, Error, Kind, Mtime, Node};
use crate::block::{Block, Source, Store};
use crate::cid::Cid;
use crate::dag_pb::{self, Link};
use crate::multihash::murmur3_x64_64;
use std::ops::ControlFlow;

/// Usual number of slots in a shard.
pub const FANOUT: u64 = 256;

/// Most slots in a shard.
pub const FANOUT_MAX: u64 = 1024;

/// The multihash code of the only hash function.
const MURMUR3: u64 = 0x22;

/// Bits of a name's hash: shards nest until they are used up.
const HASH_BITS: u32 = 64;

/// Whether shards can have so many slots: a power of two from 8 on.
pub fn is_fanout(slots: u64) -> bool {
    slots.is_power_of_two() && (8..=FANOUT_MAX).contains(&slots)
}

/// What a saved node is in its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Its CID.
    pub cid: Cid,
    /// Bytes of its block and of all below it.
    pub tsize: u64,
}

/// A trie, loaded as far as it was looked at.
#[derive(Debug)]
pub struct Hamt {
    shape: Shape,
    root: Shard,
    /// Permission bits of the directory; 0 for none.
    pub mode: u32,
    /// Time of the directory.
    pub mtime: Option<Mtime>,
}

/// What all shards of a trie share.
#[derive(Debug, Clone, Copy)]
struct Shape {
    fanout: u64,
    bits: u32,
    /// Hexadecimal digits before each name.
    prefix: usize,
}

#[derive(Debug)]
struct Shard {
    builder: CidBuilder,
    /// Ascending by slot.
    slots: Vec<(u16, Child)>,
}

#[derive(Debug)]
enum Child {
    /// An entry, its link named without prefix.
    Entry(Link),
    /// A shard that was not looked at yet.
    Stored(Saved),
    /// A shard, and what it is in storage unless it was changed.
    Loaded(Box<Shard>, Option<Saved>),
}

impl Child {
    /// The block of a shard that was not looked at yet.
    fn stored(&self) -> Option<Cid> {
        match self {
            Self::Stored(saved) => Some(saved.cid),
            _ => None,
        }
    }
}

// spec: hamt.slot
/// The slots that a name falls into, level by level.
#[derive(Clone, Copy)]
struct Path {
    hash: u64,
    left: u32,
}

impl Path {
    fn of(name: &[u8]) -> Self {
        Self { hash: murmur3_x64_64(name), left: HASH_BITS }
    }

    fn next(&mut self, bits: u32) -> Result<u16, Error> {
        // spec: hamt.depth
        self.left = self.left.checked_sub(bits).ok_or(Error::TooDeep)?;
        Ok((self.hash >> self.left) as u16 & ((1u32 << bits) - 1) as u16)
    }
}

impl Shape {
    fn new(fanout: u64) -> Result<Self, Error> {
        if !is_fanout(fanout) {
            return Err(Error::Fanout(fanout));
        }
        let prefix = format!("{:X}", fanout - 1).len();
        Ok(Self { fanout, bits: fanout.trailing_zeros(), prefix })
    }

    fn link_name(&self, slot: u16, name: &[u8]) -> Vec<u8> {
        let mut out = format!("{slot:0width$X}", width = self.prefix).into_bytes();
        out.extend_from_slice(name);
        out
    }

    /// The bit field of the used slots: big endian, without leading zero bytes.
    fn bit_field(&self, shard: &Shard) -> Vec<u8> {
        let mut field = vec![0u8; self.fanout as usize / 8];
        let last = field.len() - 1;
        for (slot, _) in &shard.slots {
            field[last - usize::from(slot / 8)] |= 1 << (slot % 8);
        }
        let used = field.iter().position(|&byte| byte != 0).unwrap_or(field.len());
        field.split_off(used)
    }

    // spec: hamt.hostile-shards
    fn parse(&self, cid: &Cid, node: dag_pb::Node, message: &Node) -> Result<Shard, Error> {
        if message.kind != Kind::HamtShard {
            return Err(Error::NotShard);
        }
        if message.hash_type != Some(MURMUR3) {
            return Err(Error::HashFunction);
        }
        let field = message.data();
        let used = (0..field.len() * 8)
            .filter(|slot| field[field.len() - 1 - slot / 8] >> (slot % 8) & 1 == 1);
        let slots: Vec<usize> = used.collect();
        let fits = slots.last().is_none_or(|&last| (last as u64) < self.fanout);
        if !fits || slots.len() != node.links.len() {
            return Err(Error::CorruptShard(*cid));
        }
        let slots = slots.into_iter().zip(node.links).map(|(slot, link)| {
            let name = link.name.clone().unwrap_or_default();
            if name.len() < self.prefix {
                return Err(Error::CorruptShard(*cid));
            }
            let child = match name.len() == self.prefix {
                true => Child::Stored(Saved { cid: link.cid, tsize: link.tsize() }),
                false => Child::Entry(Link { name: Some(name.slice(self.prefix..)), ..link }),
            };
            Ok((slot as u16, child))
        });
        Ok(Shard { builder: CidBuilder::of(cid), slots: slots.collect::<Result<_, Error>>()? })
    }

    fn load(&self, source: &dyn Source, cid: &Cid) -> Result<Shard, Error> {
        let node = dag_pb::decode(&source.get(cid)?)?;
        let message = Node::decode(&node.data.clone().unwrap_or_default())?;
        // The parent's width counts, so that a name's path is one for the whole trie.
        if message.fanout != Some(self.fanout) {
            return Err(Error::CorruptShard(*cid));
        }
        self.parse(cid, node, &message)
    }
}

impl Shard {
    fn position(&self, slot: u16) -> Result<usize, usize> {
        self.slots.binary_search_by_key(&slot, |(slot, _)| *slot)
    }
}

impl Child {
    /// The shard, loaded if need be; `None` for an entry.
    fn shard(&mut self, shape: &Shape, source: &dyn Source) -> Result<Option<&mut Shard>, Error> {
        if let Self::Stored(saved) = *self {
            let shard = Box::new(shape.load(source, &saved.cid)?);
            *self = Self::Loaded(shard, Some(saved));
        }
        Ok(match self {
            Self::Loaded(shard, _) => Some(shard),
            _ => None,
        })
    }
}

impl Hamt {
    /// An empty trie.
    pub fn new(fanout: u64, builder: CidBuilder) -> Result<Self, Error> {
        let root = Shard { builder, slots: Vec::new() };
        Ok(Self { shape: Shape::new(fanout)?, root, mode: 0, mtime: None })
    }

    /// The trie whose root shard is this node.
    pub fn from_node(cid: &Cid, node: dag_pb::Node, message: &Node) -> Result<Self, Error> {
        let shape = Shape::new(message.fanout.unwrap_or_default())?;
        let root = shape.parse(cid, node, message)?;
        Ok(Self { shape, root, mode: message.permissions(), mtime: message.mtime })
    }

    /// How the root shard is named.
    pub fn builder(&self) -> CidBuilder {
        self.root.builder
    }

    /// Names the root shard, and new shards below it, in another way.
    pub fn set_builder(&mut self, builder: CidBuilder) {
        self.root.builder = builder;
    }

    /// Hexadecimal digits before the name in each link of a shard.
    pub fn prefix_len(&self) -> usize {
        self.shape.prefix
    }

    /// Links of the root shard.
    pub fn root_links(&self) -> usize {
        self.root.slots.len()
    }

    /// The entry of that name.
    pub fn find(&mut self, source: &dyn Source, name: &[u8]) -> Result<Option<Link>, Error> {
        let mut path = Path::of(name);
        let mut shard = &mut self.root;
        loop {
            let Ok(position) = shard.position(path.next(self.shape.bits)?) else { return Ok(None) };
            let child = &mut shard.slots[position].1;
            if let Child::Entry(link) = child {
                return Ok((link.name() == name).then(|| link.clone()));
            }
            shard = child.shard(&self.shape, source)?.ok_or(Error::NotShard)?;
        }
    }

    /// Adds an entry or replaces the one of the same name, which is returned.
    pub fn insert(&mut self, source: &dyn Source, link: Link) -> Result<Option<Link>, Error> {
        insert(&self.shape, &mut self.root, source, Path::of(link.name()), link)
    }

    /// Removes an entry; shards that are left with one entry disappear.
    pub fn remove(&mut self, source: &dyn Source, name: &[u8]) -> Result<Option<Link>, Error> {
        remove(&self.shape, &mut self.root, source, Path::of(name), name)
    }

    /// Shows all entries in the order of their hashes. Shards that are read for it are not kept.
    pub fn for_each(
        &self,
        source: &dyn Source,
        each: &mut dyn FnMut(&Link) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        walk(&self.shape, &self.root, source, each).map(drop)
    }

    /// All entries in the order of their hashes, one at a time, as [`Entries::next_entry`] is
    /// asked.
    pub fn into_entries(self, cid: &Cid) -> Entries {
        let root = Open { cid: *cid, slots: self.root.slots.into_iter(), at: 0 };
        Entries { shape: self.shape, open: vec![root] }
    }

    /// Writes the changed shards. The root shard is written, too, without being asked for.
    pub fn save(&mut self, store: &dyn Store) -> Result<Saved, Error> {
        save(&self.shape, &mut self.root, store, (self.mode, self.mtime))
    }
}

/// The entries of a trie, read as they are asked for. Memory is one path of shards.
#[derive(Debug)]
pub struct Entries {
    shape: Shape,
    open: Vec<Open>,
}

/// A shard whose entries are being read.
#[derive(Debug)]
struct Open {
    cid: Cid,
    slots: std::vec::IntoIter<(u16, Child)>,
    /// The slot that is being looked at.
    at: u16,
}

impl Entries {
    /// The next entry; `None` at the end. An entry that its name's hash would not lead to, and a
    /// shard without entries, are refused: few blocks could stand for endless entries otherwise.
    // spec: hamt.hostile-shards
    pub fn next_entry(&mut self, source: &dyn Source) -> Result<Option<Link>, Error> {
        loop {
            let Some(open) = self.open.last_mut() else { return Ok(None) };
            let Some((slot, child)) = open.slots.next() else {
                self.open.pop();
                continue;
            };
            open.at = slot;
            match child {
                Child::Entry(link) => {
                    let mut path = Path::of(link.name());
                    for open in &self.open {
                        if path.next(self.shape.bits)? != open.at {
                            return Err(Error::CorruptShard(open.cid));
                        }
                    }
                    return Ok(Some(link));
                }
                Child::Stored(saved) => self.enter(source, &saved.cid)?,
                Child::Loaded(shard, _) => {
                    let open = Open { cid: open.cid, slots: shard.slots.into_iter(), at: 0 };
                    self.open.push(open);
                }
            }
        }
    }

    fn enter(&mut self, source: &dyn Source, cid: &Cid) -> Result<(), Error> {
        if self.open.len() as u32 >= HASH_BITS / self.shape.bits {
            return Err(Error::TooDeep);
        }
        let shard = self.shape.load(source, cid)?;
        if shard.slots.is_empty() {
            return Err(Error::CorruptShard(*cid));
        }
        let below: Vec<Cid> = shard.slots.iter().filter_map(|(_, child)| child.stored()).collect();
        source.prefetch(&below);
        self.open.push(Open { cid: *cid, slots: shard.slots.into_iter(), at: 0 });
        Ok(())
    }
}

fn insert(
    shape: &Shape,
    shard: &mut Shard,
    source: &dyn Source,
    mut path: Path,
    link: Link,
) -> Result<Option<Link>, Error> {
    let slot = path.next(shape.bits)?;
    let position = match shard.position(slot) {
        Ok(position) => position,
        Err(position) => {
            shard.slots.insert(position, (slot, Child::Entry(link)));
            return Ok(None);
        }
    };
    let builder = shard.builder;
    let child = &mut shard.slots[position].1;
    if let Child::Entry(present) = child {
        if present.name() == link.name() {
            return Ok(Some(std::mem::replace(present, link)));
        }
        let present = present.clone();
        let mut below = Shard { builder, slots: Vec::new() };
        let mut present_path = Path::of(present.name());
        present_path.left = path.left;
        insert(shape, &mut below, source, path, link)?;
        insert(shape, &mut below, source, present_path, present)?;
        *child = Child::Loaded(Box::new(below), None);
        return Ok(None);
    }
    let below = child.shard(shape, source)?.ok_or(Error::NotShard)?;
    let old = insert(shape, below, source, path, link)?;
    mark_changed(child);
    Ok(old)
}

fn mark_changed(child: &mut Child) {
    if let Child::Loaded(_, saved) = child {
        *saved = None;
    }
}

fn remove(
    shape: &Shape,
    shard: &mut Shard,
    source: &dyn Source,
    mut path: Path,
    name: &[u8],
) -> Result<Option<Link>, Error> {
    let Ok(position) = shard.position(path.next(shape.bits)?) else { return Ok(None) };
    let child = &mut shard.slots[position].1;
    if let Child::Entry(link) = child {
        if link.name() != name {
            return Ok(None);
        }
        let link = link.clone();
        shard.slots.remove(position);
        return Ok(Some(link));
    }
    let below = child.shard(shape, source)?.ok_or(Error::NotShard)?;
    let Some(old) = remove(shape, below, source, path, name)? else { return Ok(None) };
    // spec: hamt.shrink
    match below.slots.as_slice() {
        [] => drop(shard.slots.remove(position)),
        [(_, Child::Entry(link))] => *child = Child::Entry(link.clone()),
        _ => mark_changed(child),
    }
    Ok(Some(old))
}

fn walk(
    shape: &Shape,
    shard: &Shard,
    source: &dyn Source,
    each: &mut dyn FnMut(&Link) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Error> {
    Walk { shape, source, each, slots: Vec::new() }.shard(shard, None)
}

/// A walk over a trie, at one path of slots.
struct Walk<'a> {
    shape: &'a Shape,
    source: &'a dyn Source,
    each: &'a mut dyn FnMut(&Link) -> ControlFlow<()>,
    slots: Vec<u16>,
}

impl Walk<'_> {
    /// Visits what is below a shard; `stored` names the block that it has just been read from.
    // spec: hamt.hostile-shards
    fn shard(&mut self, shard: &Shard, stored: Option<&Cid>) -> Result<ControlFlow<()>, Error> {
        // The nesting of stored shards is bounded like that of paths: by the bits of a hash.
        if self.slots.len() as u32 >= HASH_BITS / self.shape.bits {
            return Err(Error::TooDeep);
        }
        let below: Vec<Cid> = shard.slots.iter().filter_map(|(_, child)| child.stored()).collect();
        self.source.prefetch(&below);
        for (slot, child) in &shard.slots {
            self.slots.push(*slot);
            let flow = match child {
                Child::Entry(link) => {
                    if let Some(cid) = stored
                        && !self.leads_to(link)?
                    {
                        return Err(Error::CorruptShard(*cid));
                    }
                    (self.each)(link)
                }
                Child::Loaded(shard, _) => self.shard(shard, None)?,
                Child::Stored(saved) => {
                    let shard = self.shape.load(self.source, &saved.cid)?;
                    if shard.slots.is_empty() {
                        return Err(Error::CorruptShard(saved.cid));
                    }
                    self.shard(&shard, Some(&saved.cid))?
                }
            };
            self.slots.pop();
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Whether the hash of an entry's name leads to where the entry is.
    fn leads_to(&self, link: &Link) -> Result<bool, Error> {
        let mut path = Path::of(link.name());
        for slot in &self.slots {
            if path.next(self.shape.bits)? != *slot {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn save(
    shape: &Shape,
    shard: &mut Shard,
    store: &dyn Store,
    (mode, mtime): (u32, Option<Mtime>),
) -> Result<Saved, Error> {
    let mut node = dag_pb::Node::default();
    for (slot, child) in &mut shard.slots {
        let link = match child {
            Child::Entry(link) => {
                Link { name: Some(shape.link_name(*slot, link.name()).into()), ..link.clone() }
            }
            Child::Stored(saved) => Link::new(saved.cid, shape.link_name(*slot, b""), saved.tsize),
            Child::Loaded(below, saved) => {
                let link = match *saved {
                    Some(saved) => saved,
                    None => save(shape, below, store, (0, None))?,
                };
                *saved = Some(link);
                Link::new(link.cid, shape.link_name(*slot, b""), link.tsize)
            }
        };
        node.links.push(link);
    }
    let field = shape.bit_field(shard);
    let message = Node {
        data: (!field.is_empty()).then(|| field.into()),
        hash_type: Some(MURMUR3),
        fanout: Some(shape.fanout),
        mode: (mode != 0).then_some(mode),
        mtime,
        ..Node::new(Kind::HamtShard)
    };
    node.data = Some(message.encode());
    put_node(store, &shard.builder, &node)
}

/// Stores a node; its total size is the sum of its block and of what its links claim.
pub(super) fn put_node(
    store: &dyn Store,
    builder: &CidBuilder,
    node: &dag_pb::Node,
) -> Result<Saved, Error> {
    let (cid, data) = builder.node(node)?;
    let claimed = node.links.iter().map(Link::tsize).fold(0, u64::saturating_add);
    let tsize = claimed.saturating_add(data.len() as u64);
    store.put(Block { cid, data })?;
    Ok(Saved { cid, tsize })
}

#[cfg(test)]
mod tests;
