//! Spec: spec/repo/leveldb-log.md
//!
//! The content of a log record: changes that take effect together.

use super::coding::{DELETION, SEQUENCE_MAX, VALUE, put_bytes, take_bytes};

/// Bytes in front of the changes: sequence number and count.
const HEADER_BYTES: usize = 12;

/// Changes in the form a log record has, without its header.
#[derive(Debug, Default)]
pub(super) struct Batch {
    data: Vec<u8>,
    count: u32,
}

impl Batch {
    /// Sets a key.
    pub(super) fn put(&mut self, key: &[u8], value: &[u8]) {
        self.data.push(VALUE);
        put_bytes(&mut self.data, key);
        put_bytes(&mut self.data, value);
        self.count += 1;
    }

    /// Removes a key.
    pub(super) fn delete(&mut self, key: &[u8]) {
        self.data.push(DELETION);
        put_bytes(&mut self.data, key);
        self.count += 1;
    }

    /// Number of changes.
    pub(super) fn len(&self) -> u64 {
        u64::from(self.count)
    }

    /// Encoded size without header.
    pub(super) fn bytes(&self) -> usize {
        self.data.len()
    }

    /// One record of several batches, the first change having sequence number `sequence`.
    pub(super) fn record<'a>(
        batches: impl Iterator<Item = &'a Batch> + Clone,
        sequence: u64,
    ) -> Vec<u8> {
        let bytes: usize = batches.clone().map(Batch::bytes).sum();
        let count: u32 = batches.clone().map(|batch| batch.count).sum();
        let mut out = Vec::with_capacity(HEADER_BYTES + bytes);
        out.extend_from_slice(&sequence.to_le_bytes());
        out.extend_from_slice(&count.to_le_bytes());
        for batch in batches {
            out.extend_from_slice(&batch.data);
        }
        out
    }
}

/// One change of a decoded record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change<'a> {
    /// The user key.
    pub(super) key: &'a [u8],
    /// The new value; `None` removes the key.
    pub(super) value: Option<&'a [u8]>,
}

/// A decoded record: its first sequence number and its changes. `None` if it is malformed in any
/// place: a record takes effect as a whole or not at all.
pub(super) fn decode(record: &[u8]) -> Option<(u64, Vec<Change<'_>>)> {
    let (header, mut rest) = record.split_at_checked(HEADER_BYTES)?;
    let sequence = u64::from_le_bytes(header[..8].try_into().ok()?);
    let count = u64::from(u32::from_le_bytes(header[8..].try_into().ok()?));
    if sequence.checked_add(count)? > SEQUENCE_MAX {
        return None;
    }
    let mut changes = Vec::new();
    while let Some((&kind, after)) = rest.split_first() {
        rest = after;
        let key = take_bytes(&mut rest)?;
        let value = match kind {
            VALUE => Some(take_bytes(&mut rest)?),
            DELETION => None,
            _ => return None,
        };
        changes.push(Change { key, value });
    }
    // spec: leveldb-log.whole-batches
    (changes.len() as u64 == count).then_some((sequence, changes))
}
