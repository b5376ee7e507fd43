//! Spec: spec/repo/leveldb-log.md
//!
//! The record format of logs and MANIFESTs: 32 KiB blocks of checksummed chunks.

use super::coding::{masked_crc, word32};
use crate::disk::File;
use std::io;

/// Bytes of a block.
pub(super) const BLOCK_BYTES: usize = 32 * 1024;
/// Bytes of a chunk's header: checksum, length, kind.
const HEADER_BYTES: usize = 7;
const FULL: u8 = 1;
const FIRST: u8 = 2;
const MIDDLE: u8 = 3;
const LAST: u8 = 4;

/// Appends records to a file that nobody else has written to.
#[derive(Debug)]
pub(super) struct LogWriter {
    file: Box<dyn File>,
    bytes: u64,
    state: Tail,
}

/// What is known about the end of a file being written.
#[derive(Debug, PartialEq, Eq)]
enum Tail {
    /// It ends with the last good record.
    Clean,
    /// Part of a record follows, which has to be cut off.
    Torn,
    /// Unknown after a failed sync.
    Unknown,
}

impl LogWriter {
    /// A writer for a new, empty file.
    pub(super) fn new(file: Box<dyn File>) -> Self {
        Self { file, bytes: 0, state: Tail::Clean }
    }

    /// Length of the file so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Appends one record and puts it on the disk. After an error the record is not in the log,
    /// or, if that can't be known, the writer refuses further records.
    pub(super) fn append(&mut self, record: &[u8]) -> io::Result<()> {
        match self.state {
            Tail::Clean => {}
            Tail::Torn => self.file.set_len(self.bytes)?,
            Tail::Unknown => {
                let text = "an earlier sync failed; open the database again";
                return Err(io::Error::other(text));
            }
        }
        let framed = frame(record, (self.bytes % BLOCK_BYTES as u64) as usize);
        // A torn record in front of good ones would hide them from readers.
        self.state = Tail::Torn;
        if let Err(error) = self.file.write_at(&framed, self.bytes) {
            if self.file.set_len(self.bytes).is_ok() {
                self.state = Tail::Clean;
            }
            return Err(error);
        }
        // spec: leveldb.failed-sync
        self.state = Tail::Unknown;
        self.file.sync()?;
        self.state = Tail::Clean;
        self.bytes += framed.len() as u64;
        Ok(())
    }
}

/// The chunks of a record that starts at `offset` in a block.
fn frame(record: &[u8], offset: usize) -> Vec<u8> {
    let chunks = record.len() / (BLOCK_BYTES - HEADER_BYTES) + 3;
    let mut out = Vec::with_capacity(record.len() + chunks * HEADER_BYTES);
    let mut at = offset;
    let mut rest = record;
    let mut first = true;
    loop {
        if BLOCK_BYTES - at < HEADER_BYTES {
            // spec: leveldb-log.block-end-zeros
            out.resize(out.len() + BLOCK_BYTES - at, 0);
            at = 0;
        }
        let length = rest.len().min(BLOCK_BYTES - at - HEADER_BYTES);
        let (chunk, after) = rest.split_at(length);
        let kind = match (first, after.is_empty()) {
            (true, true) => FULL,
            (true, false) => FIRST,
            (false, false) => MIDDLE,
            (false, true) => LAST,
        };
        out.extend_from_slice(&masked_crc(&[kind], chunk).to_le_bytes());
        out.extend_from_slice(&(length as u16).to_le_bytes());
        out.push(kind);
        out.extend_from_slice(chunk);
        at = (at + HEADER_BYTES + length) % BLOCK_BYTES;
        rest = after;
        first = false;
        if rest.is_empty() {
            return out;
        }
    }
}

/// What a reader had to leave out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Damage {
    /// Something was cut off or unreadable.
    pub(super) any: bool,
    /// Some of it was not at the end of the file, so that good records may be lost.
    pub(super) inside: bool,
}

/// Reads records, skipping what is damaged.
#[derive(Debug)]
pub(super) struct LogReader<'a> {
    file: &'a dyn File,
    block: Vec<u8>,
    at: usize,
    offset: u64,
    ended: bool,
    damage: Damage,
}

enum Chunk {
    Good(u8, std::ops::Range<usize>),
    Bad,
    End,
}

impl<'a> LogReader<'a> {
    /// A reader from the start of the file.
    pub(super) fn new(file: &'a dyn File) -> Self {
        let damage = Damage::default();
        Self { file, block: Vec::new(), at: 0, offset: 0, ended: false, damage }
    }

    /// What was left out so far.
    pub(super) fn damage(&self) -> Damage {
        self.damage
    }

    /// The next whole record; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut record: Option<Vec<u8>> = None;
        loop {
            match self.chunk()? {
                Chunk::End => {
                    self.damage.any |= record.is_some();
                    return Ok(None);
                }
                Chunk::Bad => record = None,
                Chunk::Good(FULL, range) => {
                    self.damage.any |= record.is_some();
                    return Ok(Some(self.block[range].to_vec()));
                }
                Chunk::Good(FIRST, range) => {
                    self.damage.any |= record.is_some();
                    record = Some(self.block[range].to_vec());
                }
                Chunk::Good(kind, range) => match &mut record {
                    Some(record_so_far) => {
                        record_so_far.extend_from_slice(&self.block[range]);
                        if kind == LAST {
                            return Ok(record);
                        }
                    }
                    // Its beginning was lost with an earlier block.
                    None => self.damage.any = true,
                },
            }
        }
    }

    fn chunk(&mut self) -> io::Result<Chunk> {
        while self.at + HEADER_BYTES > self.block.len() {
            if self.ended {
                self.damage.any |= self.at < self.block.len();
                self.at = self.block.len();
                return Ok(Chunk::End);
            }
            self.read_block()?;
        }
        let start = self.at;
        let header = &self.block[start..start + HEADER_BYTES];
        let length = usize::from(u16::from_le_bytes([header[4], header[5]]));
        let kind = header[6];
        let payload = start + HEADER_BYTES..start + HEADER_BYTES + length;
        let good = (FULL..=LAST).contains(&kind)
            && self
                .block
                .get(payload.clone())
                .is_some_and(|chunk| word32(header, 0) == Some(masked_crc(&[kind], chunk)));
        if good {
            self.at = payload.end;
            return Ok(Chunk::Good(kind, payload));
        }
        // spec: leveldb-log.bad-block-skipped
        let after = self.block.get(payload.end..).unwrap_or(&[]);
        let rest_is_zero = |rest: &[u8]| rest.iter().all(|&byte| byte == 0);
        let tail = self.ended && (rest_is_zero(after) || rest_is_zero(&self.block[start..]));
        self.damage.any = true;
        self.damage.inside |= !tail;
        self.at = self.block.len();
        Ok(Chunk::Bad)
    }

    fn read_block(&mut self) -> io::Result<()> {
        self.block.resize(BLOCK_BYTES, 0);
        let mut filled = 0;
        while filled < BLOCK_BYTES {
            match self.file.read_at(&mut self.block[filled..], self.offset)? {
                0 => break,
                count => {
                    filled += count;
                    self.offset += count as u64;
                }
            }
        }
        self.block.truncate(filled);
        self.at = 0;
        self.ended = filled < BLOCK_BYTES || self.offset >= self.file.len()?;
        Ok(())
    }
}
