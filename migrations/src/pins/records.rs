//! Spec: spec/migrations/10-to-11.md
//!
//! The pins from version 11 on: a record for each, and indexes to them.

use super::set::Mode;
use multibase::Base;
use sha2::{Digest, Sha256};

/// Above all records.
pub const RECORDS: &[u8] = b"/pins/pin/";
/// Above all index entries.
pub const INDEXES: &[u8] = b"/pins/index/";
/// One byte, 1 while indexes and records may disagree.
pub const DIRTY: &[u8] = b"/pins/state/dirty";
/// Above the index by name.
pub const BY_NAME: &[u8] = b"/pins/index/nameIndex/";
/// Deepest nesting accepted in a record's metadata.
const DEPTH_MAX: usize = 32;

/// Above the index by key of one mode.
pub fn by_key(mode: Mode) -> &'static [u8] {
    match mode {
        Mode::Recursive => b"/pins/index/cidRindex/",
        Mode::Direct => b"/pins/index/cidDindex/",
    }
}

/// What a record says that indexes repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The binary CID.
    pub key: Vec<u8>,
    /// The mode.
    pub mode: Mode,
    /// The name, often none.
    pub name: Vec<u8>,
    /// Whether there is more than key and mode.
    pub extra: bool,
}

// spec: 10-to-11.record
/// The record of a pin without name.
pub fn encode(mode: Mode, key: &[u8]) -> Vec<u8> {
    let mut out = vec![0xa2, 0x63];
    out.extend_from_slice(b"cid");
    let length = key.len();
    match length {
        0..24 => out.push(0x40 | length as u8),
        24..256 => out.extend([0x58, length as u8]),
        _ => out.extend([0x59, (length >> 8) as u8, length as u8]),
    }
    out.extend_from_slice(key);
    out.push(0x64);
    out.extend_from_slice(b"mode");
    out.push(match mode {
        Mode::Recursive => 0,
        Mode::Direct => 1,
    });
    out
}

/// Reads a record; `None` if it is none.
pub fn decode(bytes: &[u8]) -> Option<Record> {
    let mut reader = Reader(bytes);
    let (5, entries) = reader.head()? else { return None };
    let (mut key, mut mode, mut name, mut extra) = (None, None, Vec::new(), false);
    for _ in 0..entries {
        match reader.string(3)? {
            b"cid" => key = Some(reader.string(2)?.to_vec()),
            b"mode" => {
                mode = match reader.head()? {
                    (0, 0) => Some(Mode::Recursive),
                    (0, 1) => Some(Mode::Direct),
                    _ => return None,
                }
            }
            b"name" => {
                name = reader.string(3)?.to_vec();
                extra |= !name.is_empty();
            }
            _ => {
                reader.skip(0)?;
                extra = true;
            }
        }
    }
    let key = key.filter(|key| !key.is_empty())?;
    reader.0.is_empty().then_some(Record { key, mode: mode?, name, extra })
}

/// Reads CBOR.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(bytes).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    /// Major type and argument of the next item.
    fn head(&mut self) -> Option<(u8, u64)> {
        let first = self.take(1)?[0];
        let argument = match first & 0x1f {
            small @ 0..24 => u64::from(small),
            size @ 24..28 => {
                let bytes = self.take(1 << (size - 24))?;
                bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
            }
            _ => return None,
        };
        Some((first >> 5, argument))
    }

    fn string(&mut self, major: u8) -> Option<&'a [u8]> {
        let (found, length) = self.head()?;
        if found == major { self.take(length) } else { None }
    }

    fn skip(&mut self, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match self.head()? {
            (2 | 3, length) => self.take(length).map(|_| ()),
            (4, items) => (0..items).try_for_each(|_| self.skip(depth + 1)),
            (5, items) => (0..items).try_for_each(|_| {
                self.skip(depth + 1)?;
                self.skip(depth + 1)
            }),
            (6, _) => self.skip(depth + 1),
            _ => Some(()),
        }
    }
}

// spec: 10-to-11.pin-id
/// The ID of a pin: upstream draws it, here it follows from the pin, so that an interrupted run
/// finds its own records again. Has the form of a random UUID without dashes.
pub fn id(mode: Mode, key: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(mode.name());
    hash.update([0]);
    hash.update(key);
    let mut id: [u8; 16] = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    id[6] = id[6] & 0x0f | 0x40;
    id[8] = id[8] & 0x3f | 0x80;
    Base::Base16Lower.encode(id)
}

fn part(bytes: &[u8]) -> String {
    multibase::encode(Base::Base64Url, bytes)
}

fn unpart(part: &[u8]) -> Option<Vec<u8>> {
    let (base, bytes) = multibase::decode(std::str::from_utf8(part).ok()?).ok()?;
    (base == Base::Base64Url).then_some(bytes)
}

/// Where a record is.
pub fn record_key(id: &str) -> Vec<u8> {
    [RECORDS, id.as_bytes()].concat()
}

/// Above the index entries of a pinned key.
pub fn key_entries(mode: Mode, key: &[u8]) -> Vec<u8> {
    [by_key(mode), part(key).as_bytes(), b"/"].concat()
}

/// The index entry of a pin by its key.
pub fn key_entry(mode: Mode, key: &[u8], id: &str) -> Vec<u8> {
    [key_entries(mode, key), part(id.as_bytes()).into_bytes()].concat()
}

/// The index entry of a pin by its name.
pub fn name_entry(name: &[u8], id: &str) -> Vec<u8> {
    [BY_NAME, part(name).as_bytes(), b"/", part(id.as_bytes()).as_bytes()].concat()
}

/// What an index entry (without what lies above all of its index) points from and to: key or name,
/// and the pin's ID, which upstream's 10-to-11 writes with a leading slash.
pub fn parse_entry(entry: &[u8]) -> Option<(Vec<u8>, String)> {
    let slash = entry.iter().position(|byte| *byte == b'/')?;
    let id = String::from_utf8(unpart(&entry[slash + 1..])?).ok()?;
    Some((unpart(&entry[..slash])?, id.trim_start_matches('/').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn records_are_what_upstream_writes() {
        let key = super::super::set::EMPTY_NODE;
        let bytes = encode(Mode::Direct, &key);
        assert_eq!(bytes[..7], [0xa2, 0x63, b'c', b'i', b'd', 0x58, 34]);
        assert_eq!(bytes[bytes.len() - 6..], [0x64, b'm', b'o', b'd', b'e', 1]);
        let record = Record { key: key.into(), mode: Mode::Direct, name: vec![], extra: false };
        assert_eq!(decode(&bytes), Some(record));
    }

    #[test]
    fn names_and_metadata_are_noticed() {
        let named = b"\xa3\x63cid\x41\x07\x64mode\x00\x64name\x62ab";
        let record = decode(named).unwrap();
        assert_eq!((record.key, record.name, record.extra), (vec![7], b"ab".to_vec(), true));
        let described = b"\xa3\x63cid\x41\x07\x68metadata\xa1\x61a\x81\xf6\x64mode\x00";
        assert!(decode(described).unwrap().extra);
    }

    #[test]
    fn an_id_with_a_leading_slash_is_the_same() {
        let id = id(Mode::Recursive, b"k");
        assert_eq!(id.len(), 32);
        for stored in [id.clone(), format!("/{id}")] {
            let entry = key_entry(Mode::Recursive, b"k", &stored);
            let rest = entry.strip_prefix(by_key(Mode::Recursive)).unwrap();
            assert_eq!(parse_entry(rest), Some((b"k".to_vec(), id.clone())));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = decode(&bytes);
            let _ = parse_entry(&bytes);
        }

        #[test]
        fn records_round_trip(key in prop::collection::vec(any::<u8>(), 1..400)) {
            let record = decode(&encode(Mode::Recursive, &key)).unwrap();
            prop_assert_eq!(record.key, key);
            prop_assert!(!record.extra);
        }
    }
}
