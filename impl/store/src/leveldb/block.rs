//! Spec: spec/repo/leveldb-table.md
//!
//! Blocks of a table: sorted entries with shared prefixes and restart points.

use super::coding::{compare, is_internal_key, put_varint, take_varint, word32};
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

/// Writes a block.
#[derive(Debug)]
pub(super) struct BlockBuilder {
    data: Vec<u8>,
    restarts: Vec<u32>,
    restart_interval: usize,
    entries: usize,
    last_key: Vec<u8>,
}

impl BlockBuilder {
    /// An empty block with a restart point at every `restart_interval`th entry.
    pub(super) fn new(restart_interval: usize) -> Self {
        let (data, restarts, last_key) = Default::default();
        Self { data, restarts, restart_interval, entries: 0, last_key }
    }

    /// Adds an entry; keys must come in order.
    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) {
        let shared = if self.entries.is_multiple_of(self.restart_interval) {
            self.restarts.push(self.data.len() as u32);
            0
        } else {
            self.last_key.iter().zip(key).take_while(|(a, b)| a == b).count()
        };
        put_varint(&mut self.data, shared as u64);
        put_varint(&mut self.data, (key.len() - shared) as u64);
        put_varint(&mut self.data, value.len() as u64);
        self.data.extend_from_slice(&key[shared..]);
        self.data.extend_from_slice(value);
        self.last_key.truncate(shared);
        self.last_key.extend_from_slice(&key[shared..]);
        self.entries += 1;
    }

    /// Whether there are no entries.
    pub(super) fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// The key added last.
    pub(super) fn last_key(&self) -> &[u8] {
        &self.last_key
    }

    /// The size that [`Self::finish`] would give.
    pub(super) fn bytes(&self) -> usize {
        self.data.len() + 4 * self.restarts.len().max(1) + 4
    }

    /// The block's bytes; the builder is empty afterwards.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        let mut out = std::mem::take(&mut self.data);
        if self.restarts.is_empty() {
            self.restarts.push(0);
        }
        for restart in &self.restarts {
            out.extend_from_slice(&restart.to_le_bytes());
        }
        out.extend_from_slice(&(self.restarts.len() as u32).to_le_bytes());
        self.restarts.clear();
        self.entries = 0;
        out
    }
}

/// The bytes of a block whose restart list was checked.
#[derive(Debug)]
pub(super) struct Block {
    data: Vec<u8>,
    restarts_at: usize,
    restarts: usize,
}

impl Block {
    /// Checks the restart list. The error says what is wrong.
    pub(super) fn new(data: Vec<u8>) -> Result<Self, &'static str> {
        let count_at = data.len().checked_sub(4).ok_or("block too short")?;
        let restarts = word32(&data, count_at).ok_or("block too short")? as usize;
        let restarts_at = restarts
            .checked_mul(4)
            .and_then(|bytes| count_at.checked_sub(bytes))
            .ok_or("block with more restart points than bytes")?;
        if restarts == 0 {
            return Err("block without restart points");
        }
        Ok(Self { data, restarts_at, restarts })
    }

    /// Bytes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.data.len()
    }

    fn restart(&self, index: usize) -> usize {
        word32(&self.data, self.restarts_at + 4 * index).unwrap_or(u32::MAX) as usize
    }
}

/// Walks over a block of internal keys.
#[derive(Debug)]
pub(super) struct BlockCursor {
    block: Arc<Block>,
    next: usize,
    key: Vec<u8>,
    value: Option<Range<usize>>,
}

impl BlockCursor {
    /// A cursor that is not at any entry yet.
    pub(super) fn new(block: Arc<Block>) -> Self {
        Self { block, next: 0, key: Vec::new(), value: None }
    }

    fn jump(&mut self, offset: usize) -> Result<(), &'static str> {
        self.key.clear();
        self.next = offset;
        self.step()
    }

    fn step(&mut self) -> Result<(), &'static str> {
        self.value = None;
        if self.next == self.block.restarts_at {
            return Ok(());
        }
        let entries = &self.block.data[..self.block.restarts_at];
        let mut input = entries.get(self.next..).ok_or("restart point outside of its block")?;
        let malformed = "malformed block entry";
        let mut number =
            || usize::try_from(take_varint(&mut input).ok_or(malformed)?).map_err(|_| malformed);
        let (shared, own, value) = (number()?, number()?, number()?);
        let key_at = entries.len() - input.len();
        let value_at = key_at.checked_add(own).ok_or(malformed)?;
        let end = value_at.checked_add(value).ok_or(malformed)?;
        if end > entries.len() || shared > self.key.len() {
            return Err(malformed);
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(&entries[key_at..value_at]);
        if !is_internal_key(&self.key) {
            return Err("block entry with a malformed key");
        }
        self.value = Some(value_at..end);
        self.next = end;
        Ok(())
    }

    /// Goes to the first entry.
    pub(super) fn seek_first(&mut self) -> Result<(), &'static str> {
        self.jump(0)
    }

    /// Goes to the first entry that is not before `target`.
    pub(super) fn seek(&mut self, target: &[u8]) -> Result<(), &'static str> {
        let (mut low, mut high) = (0, self.block.restarts);
        while high - low > 1 {
            let middle = low.midpoint(high);
            self.jump(self.block.restart(middle))?;
            match self.entry() {
                Some((key, _)) if compare(key, target) == Ordering::Less => low = middle,
                _ => high = middle,
            }
        }
        self.jump(self.block.restart(low))?;
        while self.entry().is_some_and(|(key, _)| compare(key, target) == Ordering::Less) {
            self.step()?;
        }
        Ok(())
    }

    /// Goes to the next entry.
    pub(super) fn next(&mut self) -> Result<(), &'static str> {
        self.step()
    }

    /// The entry here.
    pub(super) fn entry(&self) -> Option<(&[u8], &[u8])> {
        Some((&self.key, &self.block.data[self.value.clone()?]))
    }
}
