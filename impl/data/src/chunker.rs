//! Spec: spec/data/chunker.md
//!
//! Cutting a stream into chunks: fixed size, Rabin fingerprints, buzhash. Where the cuts fall
//! decides the CID of every file.

mod buzhash;
mod rabin;

use bytes::Bytes;
use std::io::{self, Read};

/// Largest chunk, in bytes: a block with room for its dag-pb wrapping.
pub const CHUNK_BYTES_MAX: usize = crate::block::BLOCK_BYTES_MAX - 256;

/// Chunk size where nothing else is said, in bytes.
pub const SIZE_DEFAULT: usize = 256 << 10;

/// Which chunker, with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunker {
    /// Chunks of that many bytes; the last may be shorter.
    Size(usize),
    /// Cuts where the Rabin fingerprint of the last 16 bytes says so.
    Rabin {
        /// Shortest chunk but for the last, in bytes.
        min: usize,
        /// Average, of which the largest power of two below counts.
        avg: usize,
        /// Longest chunk, in bytes.
        max: usize,
    },
    /// Cuts where the buzhash of the last 32 bytes says so; 128 KiB to 512 KiB.
    Buzhash,
}

// spec: chunker.error-texts
/// Why a chunker's name can't be used. The texts are the reference's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No such chunker.
    #[error("unrecognized chunker option: {0}")]
    Unknown(String),
    /// `size-` with the wrong number of parts.
    #[error("incorrect chunker string format (expected size-{{size}})")]
    SizeFormat,
    /// Size zero or negative.
    #[error("chunker size must be greater than 0")]
    SizeZero,
    /// Beyond [`CHUNK_BYTES_MAX`].
    #[error("chunker parameters may not exceed the maximum chunk size of {CHUNK_BYTES_MAX}")]
    TooLarge,
    /// Not a number.
    #[error("strconv.Atoi: parsing {0:?}: {1}")]
    Number(String, &'static str),
    /// `rabin-` with the wrong number of parts.
    #[error("incorrect format (expected 'rabin' 'rabin-[avg]' or 'rabin-[min]-[avg]-[max]'")]
    RabinFormat,
    /// The window needs 16 bytes.
    #[error("rabin min must be greater than 16")]
    RabinMin,
    /// Minimum, average and maximum out of order.
    #[error("incorrect format: rabin-{0} must be smaller than rabin-{1}")]
    RabinOrder(&'static str, &'static str),
    /// A label that is not its parameter's.
    #[error("{0} label must be {1}")]
    RabinLabel(&'static str, &'static str),
}

impl Default for Chunker {
    fn default() -> Self {
        Self::Size(SIZE_DEFAULT)
    }
}

impl std::str::FromStr for Chunker {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = text.split('-').collect();
        match parts[0] {
            "" | "default" if parts.len() == 1 => Ok(Self::default()),
            "size" => size(&parts),
            "rabin" => rabin(&parts),
            "buzhash" => Ok(Self::Buzhash),
            _ => Err(Error::Unknown(text.to_owned())),
        }
    }
}

fn number(text: &str) -> Result<i64, Error> {
    let error = |reason| Error::Number(text.to_owned(), reason);
    text.parse().map_err(|problem: std::num::ParseIntError| match problem.kind() {
        std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
            error("value out of range")
        }
        _ => error("invalid syntax"),
    })
}

// spec: chunker.size
fn size(parts: &[&str]) -> Result<Chunker, Error> {
    let [_, size] = parts else { return Err(Error::SizeFormat) };
    match number(size)? {
        ..=0 => Err(Error::SizeZero),
        // spec: chunker.limit
        size if size > CHUNK_BYTES_MAX as i64 => Err(Error::TooLarge),
        size => Ok(Chunker::Size(size as usize)),
    }
}

// spec: chunker.rabin
fn rabin(parts: &[&str]) -> Result<Chunker, Error> {
    let around = |avg: i64| {
        // `differs:` below 48 the reference computes a minimum shorter than its window and then
        // never cuts where it should.
        if avg < 48 {
            return Err(Error::RabinMin);
        }
        let avg = avg as usize;
        Ok(Chunker::Rabin { min: avg / 3, avg, max: avg + avg / 2 })
    };
    match parts {
        [_] => around(SIZE_DEFAULT as i64),
        [_, avg] => match number(avg)? {
            avg if avg.saturating_mul(3) / 2 > CHUNK_BYTES_MAX as i64 => Err(Error::TooLarge),
            avg => around(avg),
        },
        [_, min, avg, max] => {
            let min = labelled(min, "first", "min")?;
            if min < 16 {
                return Err(Error::RabinMin);
            }
            let avg = labelled(avg, "second", "avg")?;
            let max = labelled(max, "final", "max")?;
            if min >= avg {
                return Err(Error::RabinOrder("min", "avg"));
            }
            if avg >= max {
                return Err(Error::RabinOrder("avg", "max"));
            }
            if max > CHUNK_BYTES_MAX as i64 {
                return Err(Error::TooLarge);
            }
            Ok(Chunker::Rabin { min: min as usize, avg: avg as usize, max: max as usize })
        }
        _ => Err(Error::RabinFormat),
    }
}

fn labelled(text: &str, place: &'static str, label: &'static str) -> Result<i64, Error> {
    match text.split_once(':') {
        Some((found, _)) if found != label => Err(Error::RabinLabel(place, label)),
        _ => number(text.rsplit(':').next().unwrap_or_default()),
    }
}

impl Chunker {
    /// Longest chunk, in bytes.
    pub fn bytes_max(&self) -> usize {
        match *self {
            Self::Size(size) => size,
            Self::Rabin { max, .. } => max,
            Self::Buzhash => buzhash::MAX,
        }
    }

    /// Chunks of a stream. Holds at most two chunks and a read buffer.
    pub fn chunks<R: Read>(self, input: R) -> Chunks<R> {
        Chunks { chunker: self, input, buffer: Vec::new(), ended: false }
    }

    /// Length of the first chunk of `data`, which holds at least [`Chunker::bytes_max`] bytes or
    /// all that is left.
    fn cut(&self, data: &[u8]) -> usize {
        match *self {
            Self::Size(size) => size.min(data.len()),
            Self::Rabin { min, avg, max } => rabin::cut(data, min, avg, max),
            Self::Buzhash => buzhash::cut(data),
        }
    }
}

/// See [`Chunker::chunks`].
#[derive(Debug)]
pub struct Chunks<R> {
    chunker: Chunker,
    input: R,
    buffer: Vec<u8>,
    ended: bool,
}

impl<R: Read> Chunks<R> {
    fn fill(&mut self, bytes: usize) -> io::Result<()> {
        while !self.ended && self.buffer.len() < bytes {
            let start = self.buffer.len();
            self.buffer.resize(bytes, 0);
            let read = loop {
                match self.input.read(&mut self.buffer[start..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    result => break result,
                }
            };
            self.buffer.truncate(start + *read.as_ref().unwrap_or(&0));
            self.ended = read? == 0;
        }
        Ok(())
    }
}

impl<R: Read> Iterator for Chunks<R> {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.fill(self.chunker.bytes_max()) {
            self.ended = true;
            self.buffer.clear();
            return Some(Err(error));
        }
        if self.buffer.is_empty() {
            return None;
        }
        let length = self.chunker.cut(&self.buffer);
        let rest = self.buffer.split_off(length);
        Some(Ok(std::mem::replace(&mut self.buffer, rest).into()))
    }
}

#[cfg(test)]
mod tests;
