//! Spec: spec/repo/leveldb.md
//!
//! Walking over live keys as they were at one moment.

use super::coding::{seek_key, tag, user_key};
use super::cursor::{Cursor, Merge};
use super::memtable::MemCursor;
use super::state::{Inner, is_value};
use crate::datastore::Result;

/// Keys and values in key order, from a snapshot.
pub(super) struct Scan {
    merge: Merge,
    sequence: u64,
    /// The first key that is not wanted.
    end: Option<Vec<u8>>,
    last: Option<Vec<u8>>,
    keys_only: bool,
    ended: bool,
}

impl Scan {
    /// All keys that begin with `prefix`.
    pub(super) fn new(inner: &Inner, prefix: &[u8], keys_only: bool) -> Result<Self> {
        // spec: leveldb.query-snapshot
        let (view, sequence) = inner.view();
        let mut children: Vec<Box<dyn Cursor>> = Vec::new();
        for mem in std::iter::once(&view.mem).chain(&view.frozen) {
            if !mem.is_empty() {
                children.push(Box::new(MemCursor::new(mem.clone())));
            }
        }
        children.extend(view.version.cursors(&inner.tables)?);
        let mut merge = Merge::new(children);
        merge.seek(&seek_key(prefix, sequence))?;
        Ok(Self { merge, sequence, end: end_of(prefix), last: None, keys_only, ended: false })
    }

    fn step(&mut self) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
        while let Some((key, value)) = self.merge.entry() {
            let user = user_key(key);
            if self.end.as_deref().is_some_and(|end| user >= end) {
                break;
            }
            let newest = tag(key) >> 8 <= self.sequence && self.last.as_deref() != Some(user);
            let mut found = None;
            if newest {
                self.last = Some(user.to_vec());
                if is_value(tag(key)) {
                    let value = if self.keys_only { Vec::new() } else { value.to_vec() };
                    found = Some((user.to_vec(), value));
                }
            }
            self.merge.next()?;
            if found.is_some() {
                return Ok(found);
            }
        }
        self.ended = true;
        Ok(None)
    }
}

impl Iterator for Scan {
    type Item = Result<(Vec<u8>, Vec<u8>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let step = self.step();
        self.ended |= step.is_err();
        step.transpose()
    }
}

/// The first key behind all that begin with `prefix`; `None` if there is no such key.
fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let at = prefix.iter().rposition(|&byte| byte != 0xff)?;
    let mut end = prefix[..=at].to_vec();
    end[at] += 1;
    Some(end)
}
