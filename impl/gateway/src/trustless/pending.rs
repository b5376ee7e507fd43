//! Spec: spec/gateway/trustless.md
//!
//! Links that wait to be followed, level by level, in as few bytes as they need.

use super::walk::WalkError;
use ipfs_data::cid::{self, Cid};
use unsigned_varint::{decode, encode};

/// Most memory for links that wait, in bytes (32 MiB).
pub const PENDING_BYTES_MAX: usize = 32 << 20;

/// Links that the source is told about ahead of their turn.
const HINT_LINKS: usize = 16;

/// Why and how far a link is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    /// The block and everything below it.
    All,
    /// A shard of a directory, and shards below it.
    Shard,
    /// The part of a file with these bytes of it, first and last; `u64::MAX` is the end.
    Bytes(u64, u64),
}

/// Links of one node, in order.
#[derive(Debug, Default)]
pub(super) struct Links {
    encoded: Vec<u8>,
    at: usize,
    /// Where the links begin that the source does not know of yet.
    hinted: usize,
}

impl Links {
    pub(super) fn push(&mut self, cid: &Cid, follow: Follow) {
        match follow {
            Follow::All => self.encoded.push(0),
            Follow::Shard => self.encoded.push(1),
            Follow::Bytes(from, to) => {
                self.encoded.push(2);
                let mut buffer = encode::u64_buffer();
                self.encoded.extend_from_slice(encode::u64(from, &mut buffer));
                self.encoded.extend_from_slice(encode::u64(to, &mut buffer));
            }
        }
        cid::write(cid, &mut self.encoded);
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.encoded.capacity()
    }

    fn read(&self, at: usize) -> Option<(Cid, Follow, usize)> {
        let mut rest = self.encoded.get(at..).filter(|rest| !rest.is_empty())?;
        let kind = rest[0];
        rest = &rest[1..];
        let follow = match kind {
            0 => Follow::All,
            1 => Follow::Shard,
            _ => {
                let (from, after) = decode::u64(rest).ok()?;
                let (to, after) = decode::u64(after).ok()?;
                rest = after;
                Follow::Bytes(from, to)
            }
        };
        let (cid, length) = cid::read(rest).ok()?;
        Some((cid, follow, self.encoded.len() - rest.len() + length))
    }

    fn next(&mut self, hint: &dyn Fn(&[Cid])) -> Option<(Cid, Follow)> {
        let (cid, follow, next) = self.read(self.at)?;
        self.at = next;
        if self.hinted <= self.at {
            let mut ahead = Vec::new();
            self.hinted = self.at;
            while ahead.len() < HINT_LINKS
                && let Some((cid, _, next)) = self.read(self.hinted)
            {
                ahead.push(cid);
                self.hinted = next;
            }
            hint(&ahead);
        }
        Some((cid, follow))
    }
}

/// The links on the way from the terminus to the current block.
#[derive(Debug)]
pub(super) struct Pending {
    levels: Vec<Links>,
    bytes: usize,
    max: usize,
}

impl Pending {
    pub(super) fn new(max: usize) -> Self {
        Self { levels: Vec::new(), bytes: 0, max }
    }

    /// The links of the block that was last taken. Levels that are used up are gone already, so
    /// that a chain of blocks needs no memory.
    pub(super) fn push(&mut self, links: Links) -> Result<(), WalkError> {
        if links.encoded.is_empty() {
            return Ok(());
        }
        self.bytes += links.bytes();
        self.levels.push(links);
        match self.bytes > self.max {
            true => Err(WalkError::Pending),
            false => Ok(()),
        }
    }

    /// The next link to follow.
    pub(super) fn next(&mut self, hint: &dyn Fn(&[Cid])) -> Option<(Cid, Follow)> {
        loop {
            let level = self.levels.last_mut()?;
            let next = level.next(hint);
            if level.at >= level.encoded.len() || next.is_none() {
                self.bytes -= level.bytes();
                self.levels.pop();
            }
            if next.is_some() {
                return next;
            }
        }
    }
}
