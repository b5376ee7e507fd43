//! Spec: spec/repo/leveldb-manifest.md
//!
//! MANIFEST records: how the set of tables changes.

use super::coding::{is_internal_key, put_bytes, put_varint, take_bytes, take_varint};
use super::version::{LEVELS_MAX, TableMeta};
use std::sync::Arc;

/// The name of the only key order there is.
pub(super) const COMPARER: &str = "leveldb.BytewiseComparator";

const TAG_COMPARER: u64 = 1;
const TAG_LOG: u64 = 2;
const TAG_NEXT_FILE: u64 = 3;
const TAG_SEQUENCE: u64 = 4;
const TAG_COMPACT_POINTER: u64 = 5;
const TAG_DELETED: u64 = 6;
const TAG_ADDED: u64 = 7;
const TAG_PREVIOUS_LOG: u64 = 9;

/// One change of the set of tables and counters.
#[derive(Debug, Clone, Default)]
pub(super) struct Edit {
    /// The key order's name.
    pub(super) comparer: Option<String>,
    /// Logs with smaller numbers are in tables already.
    pub(super) log: Option<u64>,
    /// One more log that is needed (written by very old software only).
    pub(super) previous_log: Option<u64>,
    /// File numbers from here on are unused.
    pub(super) next_file: Option<u64>,
    /// No change in the tables is newer.
    pub(super) sequence: Option<u64>,
    /// Where the next compaction of a level begins.
    pub(super) compact_pointers: Vec<(usize, Vec<u8>)>,
    /// Level and number of tables that go.
    pub(super) deleted: Vec<(usize, u64)>,
    /// Level and table that come.
    pub(super) added: Vec<(usize, Arc<TableMeta>)>,
}

impl Edit {
    /// The record's bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(comparer) = &self.comparer {
            put_varint(&mut out, TAG_COMPARER);
            put_bytes(&mut out, comparer.as_bytes());
        }
        for (tag, number) in [
            (TAG_LOG, self.log),
            (TAG_PREVIOUS_LOG, self.previous_log),
            (TAG_NEXT_FILE, self.next_file),
            (TAG_SEQUENCE, self.sequence),
        ] {
            if let Some(number) = number {
                put_varint(&mut out, tag);
                put_varint(&mut out, number);
            }
        }
        for (level, key) in &self.compact_pointers {
            put_varint(&mut out, TAG_COMPACT_POINTER);
            put_varint(&mut out, *level as u64);
            put_bytes(&mut out, key);
        }
        for (level, number) in &self.deleted {
            put_varint(&mut out, TAG_DELETED);
            put_varint(&mut out, *level as u64);
            put_varint(&mut out, *number);
        }
        for (level, table) in &self.added {
            put_varint(&mut out, TAG_ADDED);
            put_varint(&mut out, *level as u64);
            put_varint(&mut out, table.number);
            put_varint(&mut out, table.bytes);
            put_bytes(&mut out, &table.smallest);
            put_bytes(&mut out, &table.largest);
        }
        out
    }

    /// Reads a record; `None` if it is malformed.
    pub(super) fn decode(mut input: &[u8]) -> Option<Self> {
        let mut edit = Self::default();
        let input = &mut input;
        while !input.is_empty() {
            match take_varint(input)? {
                TAG_COMPARER => {
                    edit.comparer = Some(String::from_utf8(take_bytes(input)?.to_vec()).ok()?);
                }
                TAG_LOG => edit.log = Some(take_number(input)?),
                TAG_PREVIOUS_LOG => edit.previous_log = Some(take_number(input)?),
                TAG_NEXT_FILE => edit.next_file = Some(take_number(input)?),
                TAG_SEQUENCE => edit.sequence = Some(take_varint(input)?),
                TAG_COMPACT_POINTER => {
                    edit.compact_pointers.push((take_level(input)?, take_key(input)?));
                }
                TAG_DELETED => edit.deleted.push((take_level(input)?, take_number(input)?)),
                TAG_ADDED => {
                    let level = take_level(input)?;
                    let (number, bytes) = (take_number(input)?, take_varint(input)?);
                    let (smallest, largest) = (take_key(input)?, take_key(input)?);
                    let table = TableMeta::new(number, bytes, smallest, largest);
                    edit.added.push((level, Arc::new(table)));
                }
                _ => return None,
            }
        }
        Some(edit)
    }
}

fn take_number(input: &mut &[u8]) -> Option<u64> {
    take_varint(input).filter(|&number| number <= i64::MAX as u64)
}

fn take_level(input: &mut &[u8]) -> Option<usize> {
    usize::try_from(take_varint(input)?).ok().filter(|&level| level < LEVELS_MAX)
}

fn take_key(input: &mut &[u8]) -> Option<Vec<u8>> {
    take_bytes(input).filter(|key| is_internal_key(key)).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leveldb::coding::internal_key;
    use proptest::prelude::*;

    #[test]
    fn an_edit_comes_back() {
        let table = TableMeta::new(7, 1000, internal_key(b"a", 1, 1), internal_key(b"z", 9, 0));
        let edit = Edit {
            comparer: Some(COMPARER.into()),
            log: Some(5),
            previous_log: Some(0),
            next_file: Some(300),
            sequence: Some(1 << 40),
            compact_pointers: vec![(1, internal_key(b"m", 3, 1))],
            deleted: vec![(0, 4)],
            added: vec![(2, Arc::new(table))],
        };
        let bytes = edit.encode();
        let back = Edit::decode(&bytes).expect("own encoding");
        assert_eq!(back.encode(), bytes);
        assert_eq!(back.next_file, Some(300));
        for cut in 1..bytes.len() {
            // A prefix is either refused or a shorter edit, never a panic.
            if let Some(shorter) = Edit::decode(&bytes[..cut]) {
                assert!(shorter.encode().len() < bytes.len());
            }
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(bytes: Vec<u8>) {
            let _ = Edit::decode(&bytes);
        }
    }
}
