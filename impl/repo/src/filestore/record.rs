//! Spec: spec/repo/filestore.md
//!
//! A reference as stored: a protobuf message with path (1), offset (2) and size (3).

/// Where the bytes of a block lie outside the repo.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// A path relative to the directory that contains the repo, or a URL.
    pub path: String,
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub size: u64,
}

impl Reference {
    // spec: filestore.record
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.path.len() + 24);
        out.push(0x0a);
        varint(&mut out, self.path.len() as u64);
        out.extend_from_slice(self.path.as_bytes());
        out.push(0x10);
        varint(&mut out, self.offset);
        out.push(0x18);
        varint(&mut out, self.size);
        out
    }

    /// Reads any protobuf message; unknown fields are skipped, of repeated ones the last counts.
    pub(super) fn decode(data: &[u8]) -> Option<Self> {
        let mut reader = Reader(data);
        let mut found = Self { path: String::new(), offset: 0, size: 0 };
        while !reader.0.is_empty() {
            let tag = reader.varint()?;
            match (tag >> 3, tag & 7) {
                (0, _) => return None,
                (1, 2) => found.path = String::from_utf8(reader.bytes()?.to_vec()).ok()?,
                (2, 0) => found.offset = reader.varint()?,
                (3, 0) => found.size = reader.varint()?,
                (_, 0) => drop(reader.varint()?),
                (_, 1) => drop(reader.take(8)?),
                (_, 2) => drop(reader.bytes()?),
                (_, 5) => drop(reader.take(4)?),
                _ => return None,
            }
        }
        Some(found)
    }

    /// Whether the bytes lie on a web server.
    pub fn is_url(&self) -> bool {
        is_url(&self.path)
    }
}

/// Whether a path is a URL with at least one character after `http://` or `https://`.
pub fn is_url(path: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| path.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for (index, byte) in self.0.iter().enumerate().take(10) {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.0 = &self.0[index + 1..];
                return (index < 9 || *byte <= 1).then_some(value);
            }
        }
        None
    }

    fn take(&mut self, count: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(count).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let count = self.varint()?;
        self.take(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn zero_offset_is_written() {
        let record = Reference { path: "d/f".into(), offset: 0, size: 300 };
        assert_eq!(record.encode(), b"\x0a\x03d/f\x10\x00\x18\xac\x02");
    }

    #[test]
    fn unknown_fields_are_skipped() {
        let data = b"\x22\x01x\x0a\x01f\x29\0\0\0\0\0\0\0\0\x18\x05\x35\0\0\0\0";
        let wanted = Reference { path: "f".into(), offset: 0, size: 5 };
        assert_eq!(Reference::decode(data), Some(wanted));
    }

    proptest! {
        #[test]
        fn decoding_never_panics(data in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Reference::decode(&data);
        }

        #[test]
        fn records_round_trip(path in ".{0,40}", offset: u64, size: u64) {
            let record = Reference { path, offset, size };
            prop_assert_eq!(Reference::decode(&record.encode()), Some(record));
        }
    }
}
