//! Spec: spec/protocol/bitswap.md
//!
//! What is to be said to one peer: one answer for a CID, in the order of the wants' priorities.

use super::codec::presence_bytes;
use ipfs_data::cid::Cid;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// An answer. A later one is worth more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    DontHave,
    Have,
    /// The block, of this many bytes.
    Block(u32),
}

impl Answer {
    fn rank(self) -> u8 {
        match self {
            Self::DontHave => 0,
            Self::Have => 1,
            Self::Block(_) => 2,
        }
    }

    /// Bytes it takes in a message, about.
    pub(super) fn bytes(self, cid: &Cid) -> usize {
        match self {
            Self::Block(size) => size as usize,
            _ => presence_bytes(cid),
        }
    }
}

type Key = (Reverse<i32>, u64);

/// Answers that wait.
#[derive(Debug, Default)]
pub(super) struct TaskQueue {
    by_order: BTreeMap<Key, (Cid, Answer)>,
    by_cid: BTreeMap<Cid, Key>,
    last: u64,
    block_bytes: u64,
}

impl TaskQueue {
    // spec: bitswap.priority
    /// Adds an answer. One that is worth as much or more stays.
    pub(super) fn push(&mut self, cid: Cid, priority: i32, answer: Answer) {
        if let Some(key) = self.by_cid.get(&cid)
            && let Some((_, queued)) = self.by_order.get_mut(key)
        {
            if answer.rank() > queued.rank() {
                self.block_bytes += size(answer);
                *queued = answer;
            }
            return;
        }
        self.last += 1;
        let key = (Reverse(priority), self.last);
        self.by_order.insert(key, (cid, answer));
        self.by_cid.insert(cid, key);
        self.block_bytes += size(answer);
    }

    /// The first answer, unless it takes more than `room` bytes.
    pub(super) fn pop(&mut self, room: usize) -> Option<(Cid, Answer)> {
        let (_, (cid, answer)) = self.by_order.first_key_value()?;
        if answer.bytes(cid) > room {
            return None;
        }
        let (_, (cid, answer)) = self.by_order.pop_first()?;
        self.by_cid.remove(&cid);
        self.block_bytes -= size(answer);
        Some((cid, answer))
    }

    pub(super) fn remove(&mut self, cid: &Cid) {
        if let Some(key) = self.by_cid.remove(cid)
            && let Some((_, answer)) = self.by_order.remove(&key)
        {
            self.block_bytes -= size(answer);
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }

    pub(super) fn has(&self, cid: &Cid) -> bool {
        self.by_cid.contains_key(cid)
    }

    pub(super) fn len(&self) -> usize {
        self.by_order.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_order.is_empty()
    }

    /// Bytes of all blocks that wait.
    pub(super) fn block_bytes(&self) -> u64 {
        self.block_bytes
    }
}

fn size(answer: Answer) -> u64 {
    match answer {
        Answer::Block(size) => u64::from(size),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bitswap::testing::cid;

    #[test]
    fn higher_priorities_come_first_then_older_ones() {
        let mut queue = TaskQueue::default();
        queue.push(cid(1), 1, Answer::Have);
        queue.push(cid(2), 9, Answer::Block(100));
        queue.push(cid(3), 9, Answer::DontHave);
        let order: Vec<Cid> = std::iter::from_fn(|| queue.pop(1000)).map(|(cid, _)| cid).collect();
        assert_eq!(order, [cid(2), cid(3), cid(1)]);
    }

    #[test]
    fn a_better_answer_takes_the_place_of_a_worse_one() {
        let mut queue = TaskQueue::default();
        queue.push(cid(1), 1, Answer::Have);
        queue.push(cid(1), 1, Answer::Block(100));
        queue.push(cid(1), 1, Answer::DontHave);
        assert_eq!((queue.len(), queue.block_bytes()), (1, 100));
        assert_eq!(queue.pop(99), None);
        assert_eq!(queue.pop(100), Some((cid(1), Answer::Block(100))));
        assert_eq!((queue.is_empty(), queue.block_bytes()), (true, 0));
    }

    #[test]
    fn removed_ones_are_gone() {
        let mut queue = TaskQueue::default();
        queue.push(cid(1), 1, Answer::Block(7));
        queue.remove(&cid(1));
        assert!(!queue.has(&cid(1)) && queue.is_empty() && queue.block_bytes() == 0);
    }
}
