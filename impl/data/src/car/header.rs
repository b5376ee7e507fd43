//! Spec: spec/data/car.md
//!
//! The header: DAG-CBOR of a map with `roots` and `version`. Read by a decoder of just that shape,
//! so that nothing can nest and nothing is allocated by a declared count.

use super::Error;
use crate::cid::{self, Cid};

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) version: u64,
    pub(super) roots: Vec<Cid>,
}

pub(super) fn encode(roots: &[Cid], out: &mut Vec<u8>) {
    out.push(0xa2);
    put_text(out, "roots");
    put_head(out, 4, roots.len() as u64);
    for root in roots {
        // Tag 42, then bytes that begin with the multibase prefix zero.
        out.extend_from_slice(&[0xd8, 0x2a]);
        let mut bytes = vec![0];
        cid::write(root, &mut bytes);
        put_head(out, 2, bytes.len() as u64);
        out.extend_from_slice(&bytes);
    }
    put_text(out, "version");
    put_head(out, 0, 1);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_head(out, 3, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn put_head(out: &mut Vec<u8>, major: u8, value: u64) {
    let bytes = value.to_be_bytes();
    let (info, tail) = match value {
        0..24 => (value as u8, &bytes[8..]),
        24..0x100 => (24, &bytes[7..]),
        0x100..0x1_0000 => (25, &bytes[6..]),
        0x1_0000..0x1_0000_0000 => (26, &bytes[4..]),
        _ => (27, &bytes[..]),
    };
    out.push(major << 5 | info);
    out.extend_from_slice(tail);
}

pub(super) fn decode(bytes: &[u8]) -> Result<Header, Error> {
    let mut cursor = Cursor(bytes);
    let entries = cursor.head(5)?;
    let (mut roots, mut version) = (None, None);
    for _ in 0..entries {
        let length = cursor.head(3)?;
        match cursor.take(length)? {
            b"roots" if roots.is_none() => roots = Some(cursor.roots()?),
            b"version" if version.is_none() => version = Some(cursor.head(0)?),
            _ => return Err(Error::Header("unknown or repeated key")),
        }
    }
    if !cursor.0.is_empty() {
        return Err(Error::Header("bytes after the map"));
    }
    // The pragma of version 2 is a header without roots.
    let version = version.ok_or(Error::Header("version is missing"))?;
    Ok(Header { version, roots: roots.unwrap_or_default() })
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], Error> {
        let (taken, rest) = usize::try_from(length)
            .ok()
            .and_then(|length| self.0.split_at_checked(length))
            .ok_or(Error::Header("ends early"))?;
        self.0 = rest;
        Ok(taken)
    }

    /// The value of an item's head, which must be of this major type.
    fn head(&mut self, major: u8) -> Result<u64, Error> {
        let first = self.take(1)?[0];
        if first >> 5 != major {
            return Err(Error::Header("item of an unexpected type"));
        }
        let tail = match first & 0x1f {
            info @ 0..24 => return Ok(u64::from(info)),
            24 => self.take(1)?,
            25 => self.take(2)?,
            26 => self.take(4)?,
            27 => self.take(8)?,
            _ => return Err(Error::Header("item of indefinite length")),
        };
        Ok(tail.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    fn roots(&mut self) -> Result<Vec<Cid>, Error> {
        let count = self.head(4)?;
        let mut roots = Vec::new();
        for _ in 0..count {
            if self.head(6)? != 42 {
                return Err(Error::Header("root is not a link"));
            }
            let length = self.head(2)?;
            let [0, bytes @ ..] = self.take(length)? else {
                return Err(Error::Header("root is not a link"));
            };
            roots.push(cid::cast(bytes).map_err(|_| Error::Header("root is not a valid CID"))?);
        }
        Ok(roots)
    }
}
