//! Spec: spec/data/car.md
//!
//! Reading a CAR front to back with bounded memory.

use super::{Error, HEADER_BYTES_MAX, SECTION_BYTES_MAX, header};
use crate::block::Block;
use crate::cid::{self, Cid, VarintError};
use bytes::Bytes;
use std::io::{BufRead, BufReader, Read};

const BUFFER_BYTES: usize = 256 << 10;
/// Memory taken on the word of a length prefix; more only as bytes arrive.
const TRUSTED_BYTES_MAX: u64 = 1 << 20;
/// Pragma and header of version 2.
const PREFIX_BYTES_V2: u64 = 11 + 40;

/// A CAR being read. Blocks come in the order of the file, unverified: the caller hashes them
/// (see [`Error::Mismatch`]), on other threads if it likes.
#[derive(Debug)]
pub struct Reader<R> {
    input: BufReader<R>,
    version: u64,
    roots: Vec<Cid>,
    /// Bytes left of a version 2 payload; `None` in version 1, which ends with the stream.
    payload_left: Option<u64>,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    pub fn new(input: R) -> Result<Self, Error> {
        let input = BufReader::with_capacity(BUFFER_BYTES, input);
        let mut reader = Self { input, version: 0, roots: Vec::new(), payload_left: None };
        let header = reader.header()?.ok_or(Error::Empty)?;
        reader.version = header.version;
        reader.roots = header.roots;
        match reader.version {
            1 => {}
            2 => reader.enter_payload()?,
            other => return Err(Error::Version(other)),
        }
        Ok(reader)
    }

    /// 1 or 2.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The roots named by the header; there may be none, and the file need not hold them.
    pub fn roots(&self) -> &[Cid] {
        &self.roots
    }

    /// The next block, or `None` at the end. After an error the reader is of no use.
    pub fn next_block(&mut self) -> Result<Option<Block>, Error> {
        let Some(length) = self.length()? else { return Ok(None) };
        // spec: car.section-bytes-max
        if length > SECTION_BYTES_MAX {
            return Err(Error::SectionTooLarge);
        }
        let section = Bytes::from(self.take(length)?);
        let (cid, cid_bytes) = cid::read(&section)?;
        Ok(Some(Block { cid, data: section.slice(cid_bytes..) }))
    }

    fn header(&mut self) -> Result<Option<header::Header>, Error> {
        let Some(length) = self.length()? else { return Ok(None) };
        if length > HEADER_BYTES_MAX {
            return Err(Error::HeaderTooLarge);
        }
        header::decode(&self.take(length)?).map(Some)
    }

    /// Version 2: header, padding, then the header of the payload.
    fn enter_payload(&mut self) -> Result<(), Error> {
        let mut fields = [0; 40];
        self.input.read_exact(&mut fields)?;
        let field = |at: usize| {
            fields[at..at + 8].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
        };
        let (offset, size, index) = (field(16), field(24), field(32));
        let limit = i64::MAX as u64;
        if !(PREFIX_BYTES_V2..=limit).contains(&offset) {
            return Err(Error::DataOffset(offset));
        }
        if size == 0 || size > limit {
            return Err(Error::DataSize(size));
        }
        if index > limit {
            return Err(Error::IndexOffset(index));
        }
        let padding = offset - PREFIX_BYTES_V2;
        let skipped = std::io::copy(&mut (&mut self.input).take(padding), &mut std::io::sink())?;
        if skipped < padding {
            return Err(Error::UnexpectedEof);
        }
        self.payload_left = Some(size);
        let header = self.header()?.ok_or(Error::UnexpectedEof)?;
        if header.version != 1 {
            return Err(Error::PayloadVersion(header.version));
        }
        self.roots = header.roots;
        Ok(())
    }

    /// A length prefix; `None` where the stream or payload ends before it.
    fn length(&mut self) -> Result<Option<u64>, Error> {
        let mut value = 0;
        for index in 0..9 {
            let byte = match self.byte()? {
                Some(byte) => byte,
                // spec: car.truncation
                None if index > 0 || self.payload_left.is_some_and(|left| left > 0) => {
                    return Err(Error::UnexpectedEof);
                }
                None => return Ok(None),
            };
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                if byte == 0 && index > 0 {
                    return Err(VarintError::NotMinimal.into());
                }
                return Ok(Some(value));
            }
        }
        Err(VarintError::Overflow.into())
    }

    fn byte(&mut self) -> Result<Option<u8>, Error> {
        if self.payload_left == Some(0) {
            return Ok(None);
        }
        let byte = loop {
            match self.input.fill_buf() {
                Ok(buffer) => break buffer.first().copied(),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        };
        if byte.is_some() {
            self.input.consume(1);
            self.payload_left = self.payload_left.map(|left| left - 1);
        }
        Ok(byte)
    }

    fn take(&mut self, length: u64) -> Result<Vec<u8>, Error> {
        if let Some(left) = &mut self.payload_left {
            *left = left.checked_sub(length).ok_or(Error::UnexpectedEof)?;
        }
        let mut bytes = Vec::with_capacity(length.min(TRUSTED_BYTES_MAX) as usize);
        (&mut self.input).take(length).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < length {
            return Err(Error::UnexpectedEof);
        }
        Ok(bytes)
    }
}
