//! Spec: spec/repo/leveldb.md
//!
//! Walking over entries in key order: one interface for memory, blocks, tables and levels, and the
//! merge of several.

use super::coding::compare;
use crate::datastore::Result;
use std::cmp::Ordering;

/// A position in an ordered sequence of internal keys and values.
pub(super) trait Cursor: Send {
    /// Goes to the first entry.
    fn seek_first(&mut self) -> Result<()>;

    /// Goes to the first entry that is not before `target`, an internal key.
    fn seek(&mut self, target: &[u8]) -> Result<()>;

    /// Goes to the next entry. Must be at one.
    fn next(&mut self) -> Result<()>;

    /// The entry here: internal key and value; `None` behind the last.
    fn entry(&self) -> Option<(&[u8], &[u8])>;
}

/// Several cursors as one, in order. Equal keys: the earlier child first.
pub(super) struct Merge {
    children: Vec<Box<dyn Cursor>>,
    /// Indices of children that are at an entry, the smallest key at the root of a binary heap.
    heap: Vec<usize>,
}

impl Merge {
    /// A merge that is not at any entry yet.
    pub(super) fn new(children: Vec<Box<dyn Cursor>>) -> Self {
        Self { children, heap: Vec::new() }
    }

    fn less(&self, a: usize, b: usize) -> bool {
        match (self.children[a].entry(), self.children[b].entry()) {
            (Some((x, _)), Some((y, _))) => compare(x, y).then(a.cmp(&b)) == Ordering::Less,
            (x, _) => x.is_some(),
        }
    }

    fn sift_down(&mut self, mut at: usize) {
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let mut least = at;
            for child in [left, right] {
                if child < self.heap.len() && self.less(self.heap[child], self.heap[least]) {
                    least = child;
                }
            }
            if least == at {
                return;
            }
            self.heap.swap(at, least);
            at = least;
        }
    }

    fn build(&mut self) {
        self.heap =
            (0..self.children.len()).filter(|&i| self.children[i].entry().is_some()).collect();
        for at in (0..self.heap.len() / 2).rev() {
            self.sift_down(at);
        }
    }
}

impl Cursor for Merge {
    fn seek_first(&mut self) -> Result<()> {
        self.heap.clear();
        for child in &mut self.children {
            child.seek_first()?;
        }
        self.build();
        Ok(())
    }

    fn seek(&mut self, target: &[u8]) -> Result<()> {
        self.heap.clear();
        for child in &mut self.children {
            child.seek(target)?;
        }
        self.build();
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        let Some(&least) = self.heap.first() else { return Ok(()) };
        self.children[least].next()?;
        if self.children[least].entry().is_none() {
            self.heap.swap_remove(0);
        }
        self.sift_down(0);
        Ok(())
    }

    fn entry(&self) -> Option<(&[u8], &[u8])> {
        self.children[*self.heap.first()?].entry()
    }
}
