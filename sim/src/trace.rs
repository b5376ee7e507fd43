//! Spec: spec/sim/run.md
//!
//! The trace: a record of everything that happened, in order. Its hash names the run; as text it
//! can be read and compared.

use crate::time::Time;
use std::fmt;
use std::io::Write;

/// What happened. The numbers are part of every hash: never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Kind {
    Connected = 1,
    Disconnected = 2,
    DialFailed = 3,
    Dial = 4,
    Send = 5,
    Receive = 6,
    Blocks = 7,
    Wanted = 8,
    Unwanted = 9,
    Stored = 10,
    Lookup = 11,
    LookedUp = 12,
    Read = 13,
    Want = 14,
    FetchBegins = 15,
    FetchEnds = 16,
    FindProviders = 17,
    Providers = 18,
    Close = 19,
    Refused = 20,
    Limit = 21,
    Sent = 22,
    Stops = 23,
    Starts = 24,
    Collected = 25,
    Timer = 26,
    Divided = 27,
    Found = 28,
    Malformed = 29,
    Protect = 30,
    Unprotect = 31,
}

impl Kind {
    fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }
}

/// One line of the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub time: Time,
    /// Where.
    pub node: u32,
    /// What.
    pub kind: Kind,
    /// With whom or which.
    pub subject: u64,
    /// How much, or a fingerprint of what.
    pub value: u64,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time, node, kind, subject, value } = self;
        write!(f, "{time} node {node} {} {subject} {value:x}", kind.name())
    }
}

impl Record {
    fn bytes(&self) -> [u8; 29] {
        let mut bytes = [0; 29];
        bytes[..8].copy_from_slice(&self.time.0.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.node.to_le_bytes());
        bytes[12] = self.kind as u8;
        bytes[13..21].copy_from_slice(&self.subject.to_le_bytes());
        bytes[21..].copy_from_slice(&self.value.to_le_bytes());
        bytes
    }
}

/// Bytes of records that are hashed at once.
const BUFFER_BYTES: usize = 64 << 10;

/// Hashes records, and hands them on as text where somebody wants them.
pub struct Trace {
    hasher: blake3::Hasher,
    buffer: Vec<u8>,
    count: u64,
    text: Option<Box<dyn Write + Send>>,
    failed: Option<std::io::Error>,
    recent: Option<Vec<Record>>,
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace").field("count", &self.count).finish_non_exhaustive()
    }
}

impl Default for Trace {
    fn default() -> Self {
        Self {
            hasher: blake3::Hasher::new(),
            buffer: Vec::with_capacity(BUFFER_BYTES + 32),
            count: 0,
            text: None,
            failed: None,
            recent: None,
        }
    }
}

impl Trace {
    /// Also writes every record as a line of text.
    pub fn with_text(sink: Box<dyn Write + Send>) -> Self {
        Self { text: Some(sink), ..Self::default() }
    }

    /// Also keeps the records until [`Trace::take_recent`].
    pub fn with_recent() -> Self {
        Self { recent: Some(Vec::new()), ..Self::default() }
    }

    /// Adds a record.
    // spec: run.trace-hash
    pub fn add(&mut self, record: Record) {
        self.count += 1;
        self.buffer.extend_from_slice(&record.bytes());
        if self.buffer.len() >= BUFFER_BYTES {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
        if let Some(sink) = &mut self.text
            && let Err(error) = writeln!(sink, "{record}")
        {
            self.failed = Some(error);
            self.text = None;
        }
        if let Some(recent) = &mut self.recent {
            recent.push(record);
        }
    }

    /// The records since the last call, where they are kept.
    pub fn take_recent(&mut self) -> Vec<Record> {
        self.recent.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// How many records there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The hash of all records, and the error that ended the writing of text.
    pub fn finish(mut self) -> (String, Option<std::io::Error>) {
        self.hasher.update(&self.buffer);
        let flushed = self.text.as_mut().map(|sink| sink.flush()).and_then(Result::err);
        (self.hasher.finalize().to_hex().to_string(), self.failed.or(flushed))
    }
}

/// Mixes values into one fingerprint, in order.
pub fn fold(seed: u64, values: impl IntoIterator<Item = u64>) -> u64 {
    values
        .into_iter()
        .fold(seed, |sum, value| (sum.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: u64) -> Record {
        Record { time: Time(1_500_000_000), node: 7, kind: Kind::FetchEnds, subject: 3, value }
    }

    fn hash(values: &[u64]) -> String {
        let mut trace = Trace::default();
        values.iter().for_each(|value| trace.add(record(*value)));
        assert_eq!(trace.count(), values.len() as u64);
        trace.finish().0
    }

    #[test]
    fn order_and_content_decide_the_hash() {
        assert_eq!(hash(&[1, 2]), hash(&[1, 2]));
        assert_ne!(hash(&[1, 2]), hash(&[2, 1]));
        assert_ne!(hash(&[1]), hash(&[1, 1]));
        assert_ne!(fold(0, [1, 2]), fold(0, [2, 1]));
    }

    #[test]
    fn a_record_is_a_line() {
        assert_eq!(record(255).to_string(), "1.500000000 node 7 fetch-ends 3 ff");
    }
}
