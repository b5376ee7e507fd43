//! The smallest LevelDB that others read: a manifest, and everything in one log.

mod read;

pub(super) use read::read;

use std::path::Path;

/// Bytes of a block of a log.
const BLOCK_BYTES: usize = 32 * 1024;
/// Checksum, length and type before each piece of a record.
const HEADER_BYTES: usize = 7;

/// Writes a new database with these entries.
pub(super) fn write(directory: &Path, entries: &[(Vec<u8>, Vec<u8>)]) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let mut edit = Vec::new();
    put_bytes(&mut edit, 1, b"leveldb.BytewiseComparator");
    // The log's number, the next file's, the last sequence number.
    for (tag, number) in [(2, 1), (3, 3), (4, 0)] {
        varint(&mut edit, tag);
        varint(&mut edit, number);
    }
    let mut batch = 1u64.to_le_bytes().to_vec();
    batch.extend_from_slice(&(entries.len() as u32).to_le_bytes());
    for (key, value) in entries {
        put_bytes(&mut batch, 1, key);
        varint(&mut batch, value.len() as u64);
        batch.extend_from_slice(value);
    }
    std::fs::write(directory.join("000001.log"), log(&batch))?;
    std::fs::write(directory.join("MANIFEST-000002"), log(&edit))?;
    std::fs::write(directory.join("CURRENT"), "MANIFEST-000002\n")?;
    std::fs::write(directory.join("LOCK"), "")
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_bytes(out: &mut Vec<u8>, tag: u64, bytes: &[u8]) {
    varint(out, tag);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A log with one record.
fn log(record: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let pieces: Vec<&[u8]> = record.chunks(BLOCK_BYTES - HEADER_BYTES).collect();
    for (index, piece) in pieces.iter().enumerate() {
        let kind = match (index == 0, index + 1 == pieces.len()) {
            (true, true) => 1,
            (true, false) => 2,
            (false, false) => 3,
            (false, true) => 4,
        };
        let checked = [&[kind][..], piece].concat();
        out.extend_from_slice(&masked(crc32c(&checked)).to_le_bytes());
        out.extend_from_slice(&(piece.len() as u16).to_le_bytes());
        out.extend_from_slice(&checked);
    }
    out
}

fn masked(sum: u32) -> u32 {
    sum.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The Castagnoli checksum, bit by bit: the databases are small.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { sum >> 1 ^ 0x82f6_3b78 } else { sum >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_of_the_nine_digits() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }
}
