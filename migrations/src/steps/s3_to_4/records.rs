//! Spec: spec/migrations/3-to-4.md
//!
//! Public keys and IPNS records in LevelDB: raw keys become base32 ones.

use super::{tell_gathered, tell_progress};
use crate::blocks::key::{SHA256_BYTES, base32, cleaned, from_base32, sha256};
use crate::context::Context;
use crate::error::Error;
use crate::step::Direction;
use ipfs_store::leveldb::LevelDb;

/// Records in one write of LevelDB.
const BATCH_RECORDS_MAX: usize = 1024;
/// Their bytes.
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// Which records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Public keys, by their hash.
    PublicKey,
    /// IPNS records, by peer ID.
    Ipns,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::PublicKey => "/pk/",
            Self::Ipns => "/ipns/",
        }
    }
}

/// What becomes of a record.
enum Fate {
    /// It is in the new form already.
    Skip,
    /// It can't be brought to the new form, and stays as it is.
    Malformed,
    /// Its new key.
    Move(Vec<u8>),
}

/// How many records will be moved.
pub(super) fn count(db: &LevelDb, direction: Direction) -> Result<u64, Error> {
    let mut count = 0;
    for kind in [Kind::PublicKey, Kind::Ipns] {
        for pair in db.scan_bytes(kind.prefix().as_bytes(), false).map_err(Error::other)? {
            let (key, value) = pair.map_err(Error::other)?;
            count += u64::from(matches!(fate(kind, direction, &key, &value), Fate::Move(_)));
        }
    }
    Ok(count)
}

fn is_new_form(name: &[u8]) -> bool {
    let key = std::str::from_utf8(name).ok().and_then(from_base32);
    key.is_some_and(|key| key.len() == SHA256_BYTES)
}

fn fate(kind: Kind, direction: Direction, key: &[u8], value: &[u8]) -> Fate {
    let prefix = kind.prefix().as_bytes();
    let Some(name) = key.strip_prefix(prefix).filter(|name| !name.is_empty()) else {
        return Fate::Skip;
    };
    let with_prefix = |name: &[u8]| Fate::Move([prefix, name].concat());
    match direction {
        Direction::Forward if is_new_form(name) => Fate::Skip,
        Direction::Revert if !is_new_form(name.rsplit(|b| *b == b'/').next().unwrap_or(name)) => {
            Fate::Skip
        }
        // spec: 3-to-4.public-keys
        Direction::Forward if kind == Kind::PublicKey => {
            with_prefix(base32(&sha256(value)).as_bytes())
        }
        Direction::Revert if kind == Kind::PublicKey => {
            let multihash = sha256(value);
            with_prefix(&cleaned(&multihash).unwrap_or(multihash))
        }
        // spec: 3-to-4.ipns, 3-to-4.malformed-kept
        Direction::Forward if name.len() == SHA256_BYTES => with_prefix(base32(name).as_bytes()),
        Direction::Revert if is_new_form(name) => {
            let raw = std::str::from_utf8(name).ok().and_then(from_base32).unwrap_or_default();
            with_prefix(&cleaned(&raw).unwrap_or(raw))
        }
        _ => Fate::Malformed,
    }
}

struct Record {
    old: Vec<u8>,
    new: Vec<u8>,
    value: Vec<u8>,
}

/// Stores all records of a kind under their new keys.
pub(super) fn run(
    context: &mut Context<'_>,
    db: &LevelDb,
    kind: Kind,
    direction: Direction,
) -> Result<(), Error> {
    let prefix = kind.prefix().as_bytes();
    let total = db.scan_bytes(prefix, true).map_err(Error::other)?.count() as u64;
    tell_gathered(context.report, total);
    let (mut batch, mut bytes, mut skipped, mut malformed) = (Vec::new(), 0, 0, 0_u64);
    for (index, pair) in db.scan_bytes(prefix, false).map_err(Error::other)?.enumerate() {
        let (old, value) = pair.map_err(Error::other)?;
        match fate(kind, direction, &old, &value) {
            Fate::Skip => skipped += 1,
            Fate::Malformed => {
                malformed += 1;
                let quoted = go_quoted_bytes(&old);
                context.report.log(&format!(" - skipping malformed ipns record: {quoted}"));
            }
            // Under its very key already.
            Fate::Move(new) if new == old => skipped += 1,
            Fate::Move(new) => {
                bytes += value.len();
                batch.push(Record { old, new, value });
            }
        }
        tell_progress(context.report, "records", index as u64 + 1, total, skipped);
        if batch.len() >= BATCH_RECORDS_MAX || bytes >= BATCH_BYTES_MAX {
            complete(context, db, &mut batch)?;
            bytes = 0;
        }
    }
    complete(context, db, &mut batch)?;
    context.report.log("");
    if malformed > 0 {
        let prefix = kind.prefix();
        context.report.note(&format!("kept {malformed} malformed records under {prefix}"));
    }
    Ok(())
}

// spec: 3-to-4.records-order
/// Puts a batch under the new keys, reads it back and deletes the old keys.
fn complete(context: &mut Context<'_>, db: &LevelDb, batch: &mut Vec<Record>) -> Result<(), Error> {
    let mut free = Vec::with_capacity(batch.len());
    for record in batch.drain(..) {
        match db.get_bytes(&record.new).map_err(Error::other)? {
            Some(there) if there != record.value => {
                let (old, new) = (go_quoted_bytes(&record.old), go_quoted_bytes(&record.new));
                context.report.note(&format!("kept {old}: {new} has another value already"));
            }
            _ => free.push(record),
        }
    }
    let puts = free.iter().map(|record| (&record.new[..], Some(&record.value[..])));
    db.write_bytes(puts).map_err(Error::other)?;
    for record in &free {
        if db.get_bytes(&record.new).map_err(Error::other)?.as_ref() != Some(&record.value) {
            let new = go_quoted_bytes(&record.new);
            return Err(Error::Step(format!("record {new}: other bytes were read back")));
        }
    }
    db.write_bytes(free.iter().map(|record| (&record.old[..], None))).map_err(Error::other)
}

/// Raw bytes in double quotes, with Go's escapes.
fn go_quoted_bytes(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' => out.extend(['\\', character]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x07' => out.push_str("\\a"),
                '\x08' => out.push_str("\\b"),
                '\x0b' => out.push_str("\\v"),
                '\x0c' => out.push_str("\\f"),
                c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
                c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
                c => out.push(c),
            }
        }
        out.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(kind: Kind, direction: Direction, key: &[u8], value: &[u8]) -> Option<Vec<u8>> {
        match fate(kind, direction, key, value) {
            Fate::Move(new) => Some(new),
            Fate::Skip | Fate::Malformed => None,
        }
    }

    #[test]
    fn a_public_key_is_found_by_its_value() {
        let value = b"public key";
        let new = moved(Kind::PublicKey, Direction::Forward, b"/pk/cut", value).expect("moved");
        assert_eq!(new, format!("/pk/{}", base32(&sha256(value))).into_bytes());
        assert!(moved(Kind::PublicKey, Direction::Forward, &new, value).is_none());
        let old = moved(Kind::PublicKey, Direction::Revert, &new, value).expect("moved");
        assert_eq!(old, [b"/pk/", &sha256(value)[..]].concat());
    }

    #[test]
    fn an_ipns_record_keeps_its_peer_id_and_a_malformed_one_its_key() {
        let old = [b"/ipns/", &sha256(b"peer")[..]].concat();
        let new = moved(Kind::Ipns, Direction::Forward, &old, b"record").expect("moved");
        assert_eq!(new, format!("/ipns/{}", base32(&sha256(b"peer"))).into_bytes());
        assert_eq!(moved(Kind::Ipns, Direction::Revert, &new, b"record"), Some(old.clone()));
        let short = &old[..old.len() - 1];
        assert!(matches!(fate(Kind::Ipns, Direction::Forward, short, b"record"), Fate::Malformed));
    }

    #[test]
    fn bytes_are_quoted_as_go_does() {
        assert_eq!(go_quoted_bytes(b"/a\"\x12\n\xff\xc3\xa9"), "\"/a\\\"\\x12\\n\\xff\u{e9}\"");
    }
}
