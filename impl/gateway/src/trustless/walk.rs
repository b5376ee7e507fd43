//! Spec: spec/gateway/trustless.md
//!
//! Archives as streams: blocks are read when the stream is asked for more, so that memory is flat
//! and a client that leaves ends the work.

use super::params::{CarParams, Scope};
use super::pending::{Follow, Links, PENDING_BYTES_MAX, Pending};
use super::range::Resolved;
use super::seen::{Full, Mark, REMEMBERED_MAX, Seen};
use bytes::{Bytes, BytesMut};
use ipfs_data::block::{self, Source};
use ipfs_data::car;
use ipfs_data::cid::{self, Cid, codec, hash};
use ipfs_data::unixfs::{self, Kind, hamt};
use ipfs_data::{codec as codecs, dag_pb};
use std::collections::VecDeque;
use std::sync::Arc;

/// Blocks from this size on are handed on as they are; smaller ones are gathered. Bytes.
const GATHER_BYTES: usize = 16 << 10;
/// Size of a gathered chunk, in bytes.
const CHUNK_BYTES: usize = 64 << 10;

/// Why an archive ends early.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// A block is missing or can't be read.
    #[error(transparent)]
    Block(#[from] block::Error),
    /// A link that may not name content.
    #[error("{0}: {1}")]
    Insecure(Cid, cid::Insecure),
    /// A block whose links can't be read.
    #[error("{0}: {1}")]
    Codec(Cid, Box<codecs::Error>),
    /// A part of a file or directory that is none.
    #[error("{0}: {1}")]
    Unixfs(Cid, Box<unixfs::Error>),
    /// More links than [`PENDING_BYTES_MAX`] wait.
    #[error("links that wait to be followed need more than {PENDING_BYTES_MAX} bytes")]
    Pending,
    /// Too many different blocks.
    #[error(transparent)]
    Full(#[from] Full),
}

/// The range has no byte in common with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("entity-bytes range is outside of the entity, which has {0} bytes")]
pub struct Outside(pub u64);

/// Where the path of a request ends.
#[derive(Debug, Clone)]
pub struct Terminus {
    /// The last block.
    pub cid: Cid,
    /// Its bytes.
    pub data: Bytes,
    /// Whether the path goes on inside the block.
    pub inside: bool,
}

/// An archive that is being made. Its items are the bytes in order; after an error there is nothing
/// more.
pub struct CarStream {
    source: Arc<dyn Source>,
    path: VecDeque<Cid>,
    terminus: Option<(Terminus, Option<Follow>)>,
    pending: Pending,
    /// None: blocks are repeated.
    seen: Option<Seen>,
    ready: VecDeque<Result<Bytes, WalkError>>,
    gathered: BytesMut,
    done: bool,
}

impl std::fmt::Debug for CarStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CarStream").field("done", &self.done).finish_non_exhaustive()
    }
}

impl CarStream {
    /// An archive of the blocks of a path and of what the scope says of its terminus; without
    /// terminus it proves that the path leads nowhere.
    // spec: trustless.car-roots
    // spec: trustless.car-absence
    pub fn open(
        source: Arc<dyn Source>,
        path: Vec<Cid>,
        terminus: Option<Terminus>,
        params: &CarParams,
    ) -> Result<Self, Outside> {
        let root = terminus.as_ref().map_or_else(nothing, |terminus| terminus.cid);
        let terminus = match terminus {
            Some(terminus) => {
                let follow = follow(&terminus, params)?;
                Some((terminus, follow))
            }
            None => None,
        };
        Ok(Self {
            source,
            path: path.into(),
            terminus,
            pending: Pending::new(PENDING_BYTES_MAX),
            seen: (!params.dups).then(|| Seen::new(REMEMBERED_MAX)),
            ready: VecDeque::new(),
            gathered: BytesMut::from(&car::header_bytes(&[root])[..]),
            done: false,
        })
    }

    /// Does a little; false at the end.
    // spec: trustless.car-order-dfs
    fn step(&mut self) -> Result<bool, WalkError> {
        // spec: trustless.car-path-blocks
        if let Some(cid) = self.path.pop_front() {
            let data = self.source.get(&cid)?;
            self.send(&cid, data)?;
            return Ok(true);
        }
        if let Some((terminus, follow)) = self.terminus.take() {
            if let (Some(Follow::Bytes(0, u64::MAX)), Some(seen)) = (follow, &mut self.seen) {
                seen.insert(&terminus.cid, Mark::Walked)?;
            }
            self.send(&terminus.cid, terminus.data.clone())?;
            if let Some(follow) = follow {
                self.pending.push(links(&terminus.cid, &terminus.data, follow)?)?;
            }
            return Ok(true);
        }
        let source = &self.source;
        match self.pending.next(&|ahead| source.prefetch(ahead)) {
            Some((cid, follow)) => self.visit(cid, follow).map(|()| true),
            None => Ok(false),
        }
    }

    fn visit(&mut self, cid: Cid, follow: Follow) -> Result<(), WalkError> {
        let leaf = cid.codec() == codec::RAW;
        if let Some(seen) = &mut self.seen {
            let new = match follow {
                // Its blocks may have been sent in part, for another range.
                Follow::Bytes(from, to) if !leaf => {
                    (from, to) != (0, u64::MAX) || seen.insert(&cid, Mark::Walked)?
                }
                _ => seen.insert(&cid, Mark::Sent)?,
            };
            if !new {
                return Ok(());
            }
        }
        cid::validate(&cid).map_err(|error| WalkError::Insecure(cid, error))?;
        let data = self.source.get(&cid)?;
        match follow {
            Follow::Bytes(..) if !leaf => self.send(&cid, data.clone())?,
            _ => self.append(&cid, data.clone()),
        }
        self.pending.push(links(&cid, &data, follow)?)
    }

    /// Sends a block unless it was sent before and once is enough.
    // spec: trustless.car-dups-n
    // spec: trustless.car-dups-y
    fn send(&mut self, cid: &Cid, data: Bytes) -> Result<(), WalkError> {
        let new = match &mut self.seen {
            Some(seen) => seen.insert(cid, Mark::Sent)?,
            None => true,
        };
        if new {
            self.append(cid, data);
        }
        Ok(())
    }

    fn append(&mut self, cid: &Cid, data: Bytes) {
        // spec: trustless.car-no-identity
        if cid.hash().code() == hash::IDENTITY {
            return;
        }
        let mut head = Vec::with_capacity(64);
        car::section_head(cid, data.len(), &mut head);
        self.gathered.extend_from_slice(&head);
        if data.len() >= GATHER_BYTES {
            self.flush();
            self.ready.push_back(Ok(data));
        } else {
            self.gathered.extend_from_slice(&data);
        }
        if self.gathered.len() >= CHUNK_BYTES {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.gathered.is_empty() {
            self.ready.push_back(Ok(self.gathered.split().freeze()));
        }
    }
}

impl Iterator for CarStream {
    type Item = Result<Bytes, WalkError>;

    // spec: trustless.car-truncated
    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.done {
            match self.step() {
                Ok(true) => {}
                Ok(false) => {
                    self.done = true;
                    self.flush();
                }
                Err(error) => {
                    self.done = true;
                    self.flush();
                    self.ready.push_back(Err(error));
                }
            }
        }
        self.ready.pop_front()
    }
}

/// The CID of no bytes.
fn nothing() -> Cid {
    let none = cid::Multihash::wrap(hash::IDENTITY, &[]).unwrap_or_default();
    Cid::new_v1(codec::RAW, none)
}

/// How the walk goes on from the terminus; none when it ends there.
fn follow(terminus: &Terminus, params: &CarParams) -> Result<Option<Follow>, Outside> {
    match params.scope {
        // spec: trustless.car-scope-block
        Scope::Block => return Ok(None),
        Scope::All => return Ok(Some(Follow::All)),
        Scope::Entity => {}
    }
    let range = |bytes| match params.range.map(|range| range.resolve(bytes)) {
        None => Ok(Some(Follow::Bytes(0, u64::MAX))),
        Some(Resolved::Bytes(from, to)) => Ok(Some(Follow::Bytes(from, to))),
        Some(Resolved::Nothing) => Ok(None),
        // spec: trustless.entity-bytes-outside
        Some(Resolved::Outside) => Err(Outside(bytes)),
    };
    // spec: trustless.car-scope-entity
    match terminus.cid.codec() {
        _ if terminus.inside => Ok(None),
        codec::RAW => range(terminus.data.len() as u64).map(|_| None),
        codec::DAG_PB => {
            let Some((_, node)) = unixfs_node(&terminus.data) else { return Ok(None) };
            match node.kind {
                Kind::File => range(node.size()),
                // spec: trustless.entity-bytes-ignored
                Kind::HamtShard => Ok(Some(Follow::Shard)),
                _ => Ok(None),
            }
        }
        _ => Ok(None),
    }
}

fn unixfs_node(block: &Bytes) -> Option<(dag_pb::Node, unixfs::Node)> {
    let node = dag_pb::decode(block).ok()?;
    let message = unixfs::Node::decode(node.data.as_ref()?).ok()?;
    Some((node, message))
}

/// The links of a block that are to be followed.
fn links(cid: &Cid, block: &Bytes, follow: Follow) -> Result<Links, WalkError> {
    let broken = |error: unixfs::Error| WalkError::Unixfs(*cid, error.into());
    let mut links = Links::default();
    if follow == Follow::All {
        codecs::for_each_link(cid.codec(), block, |link| links.push(&link, Follow::All))
            .map_err(|error| WalkError::Codec(*cid, error.into()))?;
        return Ok(links);
    }
    if cid.codec() == codec::RAW {
        return Ok(links);
    }
    let (node, message) = unixfs_node(block).ok_or_else(|| broken(unixfs::Error::UnknownKind))?;
    match (follow, message.kind) {
        (Follow::Bytes(from, to), Kind::File | Kind::Raw) => {
            part_of_file(&node, &message, from, to, &mut links)
                .map_err(|what| broken(unixfs::Error::CorruptFile(*cid, what)))?;
        }
        (Follow::Shard, Kind::HamtShard) => {
            let fanout = message.fanout.unwrap_or_default();
            if !hamt::is_fanout(fanout) {
                return Err(broken(unixfs::Error::Fanout(fanout)));
            }
            let prefix = format!("{:X}", fanout - 1).len();
            let shards = node.links.iter().filter(|link| link.name().len() == prefix);
            shards.for_each(|link| links.push(&link.cid, Follow::Shard));
        }
        _ => return Err(broken(unixfs::Error::UnknownKind)),
    }
    Ok(links)
}

// spec: trustless.entity-bytes-minimal
fn part_of_file(
    node: &dag_pb::Node,
    message: &unixfs::Node,
    from: u64,
    to: u64,
    links: &mut Links,
) -> Result<(), &'static str> {
    if (from, to) == (0, u64::MAX) {
        node.links.iter().for_each(|link| links.push(&link.cid, Follow::Bytes(0, u64::MAX)));
        return Ok(());
    }
    if node.links.len() != message.blocksizes.len() {
        return Err("block sizes and links differ in number");
    }
    let mut start = message.data().len() as u64;
    for (link, &bytes) in node.links.iter().zip(&message.blocksizes) {
        let end = start.saturating_add(bytes);
        if bytes > 0 && from < end && to >= start {
            let last = if to >= end - 1 { u64::MAX } else { to - start };
            links.push(&link.cid, Follow::Bytes(from.saturating_sub(start), last));
        }
        start = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
