//! Spec: spec/data/car.md
//!
//! Writing version 1.

use super::header;
use crate::cid::{self, Cid};
use std::io::{Result, Write};
use unsigned_varint::encode;

/// Writes a CAR of version 1. Does not buffer: give it a buffered writer.
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    scratch: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Writes the header.
    pub fn new(mut output: W, roots: &[Cid]) -> Result<Self> {
        output.write_all(&header_bytes(roots))?;
        Ok(Self { output, scratch: Vec::new() })
    }

    /// Writes one block. Neither checks the hash nor drops repetitions.
    pub fn write(&mut self, cid: &Cid, data: &[u8]) -> Result<()> {
        self.scratch.clear();
        section_head(cid, data.len(), &mut self.scratch);
        self.output.write_all(&self.scratch)?;
        self.output.write_all(data)
    }

    /// Flushes and gives the output back.
    pub fn finish(mut self) -> Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }
}

/// The header of version 1 with its length prefix.
pub fn header_bytes(roots: &[Cid]) -> Vec<u8> {
    let mut header = Vec::new();
    header::encode(roots, &mut header);
    let mut out = Vec::with_capacity(header.len() + 4);
    put_varint(&mut out, header.len());
    out.extend_from_slice(&header);
    out
}

/// One section: length prefix, CID, data.
pub fn section_bytes(cid: &Cid, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 64);
    section_head(cid, data.len(), &mut out);
    out.extend_from_slice(data);
    out
}

/// What stands before the data of a section: length prefix and CID.
pub fn section_head(cid: &Cid, data_bytes: usize, out: &mut Vec<u8>) {
    put_varint(out, cid.encoded_len() + data_bytes);
    cid::write(cid, out);
}

fn put_varint(out: &mut Vec<u8>, value: usize) {
    out.extend_from_slice(encode::usize(value, &mut encode::usize_buffer()));
}
