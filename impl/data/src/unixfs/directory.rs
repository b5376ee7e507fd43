//! Spec: spec/data/directory.md
//!
//! Directories that are edited: one block while they are small, a trie of blocks when they grow.

use super::hamt::{self, Hamt, Saved, put_node};
use super::{CidBuilder, Error, Kind, Mtime, Node};
use crate::block::{Source, Store};
use crate::cid::Cid;
use crate::dag_pb::{self, Link};
use bytes::Bytes;
use std::ops::ControlFlow;

/// Usual size, in bytes by the estimation, above which a directory becomes a trie.
pub const SHARDING_BYTES: u64 = 256 << 10;

/// How the size of a directory is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Estimation {
    /// Lengths of names and CIDs. The default of the reference.
    #[default]
    Links,
    /// The exact size of the block.
    Block,
    /// Not at all: only the number of links counts.
    Disabled,
}

/// Settings that nodes don't carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Most links of a directory in one block; 0 for any number.
    pub max_links: usize,
    /// Slots of a shard; 0 for [`hamt::FANOUT`].
    pub fanout: u64,
    /// Estimated bytes above which a directory becomes a trie; 0 for [`SHARDING_BYTES`].
    pub sharding_bytes: u64,
    /// How bytes are estimated.
    pub estimation: Estimation,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_links: 0, fanout: 0, sharding_bytes: 0, estimation: Estimation::Links }
    }
}

impl Options {
    fn threshold(&self) -> i64 {
        let bytes = if self.sharding_bytes == 0 { SHARDING_BYTES } else { self.sharding_bytes };
        i64::try_from(bytes).unwrap_or(i64::MAX)
    }

    fn too_many(&self, links: usize) -> bool {
        self.max_links > 0 && links > self.max_links
    }

    fn size_of(&self, link: &Link) -> i64 {
        self.size_with(link.name().len(), link)
    }

    /// The size of a link if its name had another length.
    fn size_with(&self, name: usize, link: &Link) -> i64 {
        match self.estimation {
            Estimation::Block => block_size(name, link),
            _ => link_size(name, link),
        }
    }
}

fn link_size(name: usize, link: &Link) -> i64 {
    (name + link.cid.encoded_len()) as i64
}

fn varint_len(value: u64) -> usize {
    (64 - value.leading_zeros() as usize).div_ceil(7).max(1)
}

fn block_size(name: usize, link: &Link) -> i64 {
    let cid = link.cid.encoded_len();
    let inner = 3
        + varint_len(cid as u64)
        + cid
        + varint_len(name as u64)
        + name
        + varint_len(link.tsize());
    (1 + varint_len(inner as u64) + inner) as i64
}

/// A directory being edited.
#[derive(Debug)]
pub struct Directory {
    /// Settings; they decide when the shape changes.
    pub options: Options,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Basic(Basic),
    Sharded(Sharded),
}

#[derive(Debug)]
struct Basic {
    builder: CidBuilder,
    /// The message, byte for byte as it was read.
    data: Bytes,
    mode: u32,
    mtime: Option<Mtime>,
    /// Ascending by name.
    links: Vec<Link>,
}

#[derive(Debug)]
struct Sharded {
    trie: Hamt,
    /// Bytes by which names and CIDs grew since the trie was made or read.
    growth: i64,
    /// Number of entries. For a trie that was read it is that of the root shard, as in the
    /// reference: shapes must not depend on who edits.
    total: usize,
}

impl Basic {
    fn new(builder: CidBuilder, mode: u32, mtime: Option<Mtime>) -> Self {
        let mut message = Node::new(Kind::Directory);
        message.set_permissions(mode);
        message.mtime = mtime;
        Self { builder, data: message.encode(), mode, mtime, links: Vec::new() }
    }

    fn position(&self, name: &[u8]) -> Option<usize> {
        let first = self.links.partition_point(|link| link.name() < name);
        self.links.get(first).is_some_and(|link| link.name() == name).then_some(first)
    }

    fn insert(&mut self, link: Link) {
        let first = self.links.partition_point(|present| present.name() < link.name());
        let end = self.links.partition_point(|present| present.name() <= link.name());
        self.links.splice(first..end, [link]);
    }

    fn estimate(&self, options: &Options) -> i64 {
        let links: i64 = self.links.iter().map(|link| options.size_of(link)).sum();
        match options.estimation {
            Estimation::Disabled => 0,
            Estimation::Links => links,
            Estimation::Block => links + data_size(self.mode, self.mtime),
        }
    }
}

/// Bytes of the data field of a directory in one block.
fn data_size(mode: u32, mtime: Option<Mtime>) -> i64 {
    let mut message = Node::new(Kind::Directory);
    message.set_permissions(mode);
    message.mtime = mtime;
    let inner = message.encode().len();
    (1 + varint_len(inner as u64) + inner) as i64
}

impl Directory {
    /// An empty directory. Zero `mode` and no `mtime` store none.
    pub fn new(builder: CidBuilder, mode: u32, mtime: Option<Mtime>, options: Options) -> Self {
        Self { options, shape: Shape::Basic(Basic::new(builder, mode, mtime)) }
    }

    /// The directory with this CID. Only its first block is read.
    pub fn load(source: &dyn Source, cid: &Cid, options: Options) -> Result<Self, Error> {
        Self::from_node(cid, dag_pb::decode(&source.get(cid)?)?, options)
    }

    /// The directory that this node begins.
    pub fn from_node(cid: &Cid, node: dag_pb::Node, options: Options) -> Result<Self, Error> {
        let data = node.data.clone().unwrap_or_default();
        let message = Node::decode(&data)?;
        let shape = match message.kind {
            Kind::Directory => {
                let mut links = node.links;
                // spec: directory.sorted
                links.sort_by(|a, b| a.name().cmp(b.name()));
                let (mode, mtime) = (message.permissions(), message.mtime);
                Shape::Basic(Basic { builder: CidBuilder::of(cid), data, mode, mtime, links })
            }
            Kind::HamtShard => {
                let trie = Hamt::from_node(cid, node, &message)?;
                let total = trie.root_links();
                Shape::Sharded(Sharded { trie, growth: 0, total })
            }
            _ => return Err(Error::NotDirectory),
        };
        Ok(Self { options, shape })
    }

    /// Whether it is a trie now.
    pub fn is_sharded(&self) -> bool {
        matches!(self.shape, Shape::Sharded(_))
    }

    /// How its node is named.
    pub fn builder(&self) -> CidBuilder {
        match &self.shape {
            Shape::Basic(basic) => basic.builder,
            Shape::Sharded(sharded) => sharded.trie.builder(),
        }
    }

    /// Names its node in another way from now on.
    pub fn set_builder(&mut self, builder: CidBuilder) {
        match &mut self.shape {
            Shape::Basic(basic) => basic.builder = builder,
            Shape::Sharded(sharded) => sharded.trie.set_builder(builder),
        }
    }

    /// Permission bits (0 for none) and time.
    pub fn stat(&self) -> (u32, Option<Mtime>) {
        match &self.shape {
            Shape::Basic(basic) => (basic.mode, basic.mtime),
            Shape::Sharded(sharded) => (sharded.trie.mode, sharded.trie.mtime),
        }
    }

    /// Sets permission bits (0 removes them) and time (none removes it).
    pub fn set_stat(&mut self, mode: u32, mtime: Option<Mtime>) -> Result<(), Error> {
        match &mut self.shape {
            Shape::Basic(basic) => {
                let mut message = Node::decode(&basic.data)?;
                message.set_permissions(mode);
                message.mtime = mtime;
                (basic.data, basic.mode, basic.mtime) = (message.encode(), mode, mtime);
            }
            Shape::Sharded(sharded) => {
                (sharded.trie.mode, sharded.trie.mtime) = (mode, mtime);
                (sharded.growth, sharded.total) = (0, sharded.trie.root_links());
            }
        }
        Ok(())
    }

    /// The entry of that name.
    pub fn find(&mut self, source: &dyn Source, name: &[u8]) -> Result<Option<Link>, Error> {
        match &mut self.shape {
            Shape::Basic(basic) => Ok(basic.position(name).map(|at| basic.links[at].clone())),
            Shape::Sharded(sharded) => sharded.trie.find(source, name),
        }
    }

    /// Shows all entries: by name in one block, by hash in a trie.
    pub fn for_each(
        &self,
        source: &dyn Source,
        each: &mut dyn FnMut(&Link) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        match &self.shape {
            Shape::Basic(basic) => {
                let _ = basic.links.iter().try_for_each(each);
                Ok(())
            }
            Shape::Sharded(sharded) => sharded.trie.for_each(source, each),
        }
    }

    /// All entries.
    pub fn entries(&self, source: &dyn Source) -> Result<Vec<Link>, Error> {
        let mut entries = Vec::new();
        self.for_each(source, &mut |link| {
            entries.push(link.clone());
            ControlFlow::Continue(())
        })?;
        Ok(entries)
    }

    /// Adds an entry, or replaces the one of the same name.
    // spec: directory.grow
    pub fn insert(&mut self, source: &dyn Source, link: Link) -> Result<(), Error> {
        match &mut self.shape {
            Shape::Basic(basic) if !grows_out(basic, &self.options, &link) => basic.insert(link),
            Shape::Basic(basic) => {
                let mut sharded = shard(basic, &self.options)?;
                sharded.insert(source, link)?;
                self.shape = Shape::Sharded(sharded);
            }
            Shape::Sharded(sharded) => {
                if !sharded.fits(&self.options, source, link.name(), Some(&link))? {
                    return sharded.insert(source, link);
                }
                let mut basic = sharded.unshard(source)?;
                basic.insert(link);
                self.shape = Shape::Basic(basic);
                // As in the reference: this way of shrinking forgets the setting.
                self.options.sharding_bytes = 0;
            }
        }
        Ok(())
    }

    /// Removes an entry. Whether there was one.
    // spec: directory.shrink
    pub fn remove(&mut self, source: &dyn Source, name: &[u8]) -> Result<bool, Error> {
        match &mut self.shape {
            Shape::Basic(basic) => {
                let found = basic.position(name).is_some();
                basic.links.retain(|link| link.name() != name);
                Ok(found)
            }
            Shape::Sharded(sharded) => {
                if !sharded.fits(&self.options, source, name, None)? {
                    return sharded.remove(source, name);
                }
                let mut basic = sharded.unshard(source)?;
                let found = basic.position(name).is_some();
                basic.links.retain(|link| link.name() != name);
                if found {
                    self.shape = Shape::Basic(basic);
                }
                Ok(found)
            }
        }
    }

    /// Writes what changed.
    pub fn save(&mut self, store: &dyn Store) -> Result<Saved, Error> {
        match &mut self.shape {
            Shape::Basic(basic) => {
                let node =
                    dag_pb::Node { links: basic.links.clone(), data: Some(basic.data.clone()) };
                put_node(store, &basic.builder, &node)
            }
            Shape::Sharded(sharded) => sharded.trie.save(store),
        }
    }
}

fn grows_out(basic: &Basic, options: &Options, link: &Link) -> bool {
    let present = basic.position(link.name()).map(|at| &basic.links[at]);
    let too_many = present.is_none() && options.too_many(basic.links.len() + 1);
    if options.estimation == Estimation::Disabled {
        return too_many;
    }
    let change = options.size_of(link) - present.map_or(0, |link| options.size_of(link));
    too_many || basic.estimate(options) + change > options.threshold()
}

fn shard(basic: &Basic, options: &Options) -> Result<Sharded, Error> {
    let fanout = if hamt::is_fanout(options.fanout) { options.fanout } else { hamt::FANOUT };
    let mut trie = Hamt::new(fanout, basic.builder)?;
    // spec: directory.attributes-kept
    (trie.mode, trie.mtime) = (basic.mode, basic.mtime);
    let nothing = crate::block::MemoryStore::new();
    for link in &basic.links {
        // Nothing is stored yet, so nothing is read.
        trie.insert(&nothing, link.clone())?;
    }
    Ok(Sharded { trie, growth: 0, total: basic.links.len() })
}

impl Sharded {
    /// Length of a name as its link has it in a shard: with the slot in front.
    fn stored_name(&self, link: &Link) -> usize {
        self.trie.prefix_len() + link.name().len()
    }

    fn insert(&mut self, source: &dyn Source, link: Link) -> Result<(), Error> {
        self.growth += link_size(link.name().len(), &link);
        match self.trie.insert(source, link)? {
            Some(old) => self.growth -= link_size(self.stored_name(&old), &old),
            None => self.total += 1,
        }
        Ok(())
    }

    fn remove(&mut self, source: &dyn Source, name: &[u8]) -> Result<bool, Error> {
        let Some(old) = self.trie.remove(source, name)? else { return Ok(false) };
        self.growth -= link_size(self.stored_name(&old), &old);
        self.total = self.total.saturating_sub(1);
        Ok(true)
    }

    /// Whether one block is enough after `name` was replaced by `new` or removed. As in the
    /// reference the old link counts with its slot and the new one without its name: shapes, and so
    /// CIDs, depend on it.
    // spec: directory.shrink-estimate
    fn fits(
        &mut self,
        options: &Options,
        source: &dyn Source,
        name: &[u8],
        new: Option<&Link>,
    ) -> Result<bool, Error> {
        let old = self.trie.find(source, name)?;
        let links =
            (self.total + usize::from(new.is_some())).saturating_sub(usize::from(old.is_some()));
        let few = !options.too_many(links);
        if options.estimation == Estimation::Disabled {
            return Ok(few && options.max_links > 0);
        }
        let added = new.map_or(0, |link| options.size_with(0, link));
        let removed =
            old.as_ref().map_or(0, |link| options.size_with(self.stored_name(link), link));
        let change = added - removed;
        // Walking over all shards is worth it only when the directory became smaller.
        Ok(self.growth + change < 0 && self.is_below(options, source, change)? && few)
    }

    fn is_below(&self, options: &Options, source: &dyn Source, change: i64) -> Result<bool, Error> {
        let mut sum = match options.estimation {
            Estimation::Block => data_size(self.trie.mode, self.trie.mtime),
            _ => 0,
        };
        let mut below = true;
        self.trie.for_each(source, &mut |link| {
            sum += options.size_of(link);
            below = sum + change <= options.threshold();
            if below { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(below)
    }

    fn unshard(&self, source: &dyn Source) -> Result<Basic, Error> {
        let mut basic = Basic::new(self.trie.builder(), self.trie.mode, self.trie.mtime);
        self.trie.for_each(source, &mut |link| {
            basic.links.push(link.clone());
            ControlFlow::Continue(())
        })?;
        basic.links.sort_by(|a, b| a.name().cmp(b.name()));
        Ok(basic)
    }
}
