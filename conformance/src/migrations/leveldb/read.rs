//! What a LevelDB holds that nobody has open: of each key the newest entry of all logs and tables.

use super::{BLOCK_BYTES, HEADER_BYTES};
use std::collections::BTreeMap;
use std::path::Path;

/// Two places of blocks and the magic number at the end of a table.
const FOOTER_BYTES: usize = 48;
/// Compression and checksum behind each block of a table.
const TRAILER_BYTES: usize = 5;
/// Sequence number and kind behind each key of a table.
const MARK_BYTES: usize = 8;

/// Of each key the number of its newest entry, and the value unless that deletes it.
type Newest = BTreeMap<Vec<u8>, (u64, Option<Vec<u8>>)>;

/// All keys and values; `None` if a file is no part of a LevelDB.
pub(in crate::migrations) fn read(directory: &Path) -> Option<BTreeMap<Vec<u8>, Vec<u8>>> {
    let mut newest = Newest::new();
    for file in std::fs::read_dir(directory).ok()?.flatten() {
        let path = file.path();
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("log") => log(&std::fs::read(path).ok()?, &mut newest)?,
            Some("ldb" | "sst") => table(&std::fs::read(path).ok()?, &mut newest)?,
            _ => {}
        }
    }
    let there = newest.into_iter().filter_map(|(key, (_, value))| Some((key, value?)));
    Some(there.collect())
}

fn add(newest: &mut Newest, key: &[u8], number: u64, value: Option<&[u8]>) {
    if newest.get(key).is_none_or(|(there, _)| *there <= number) {
        newest.insert(key.to_vec(), (number, value.map(<[u8]>::to_vec)));
    }
}

fn varint(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if *first < 0x80 {
            return usize::try_from(value).ok();
        }
    }
    None
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(head)
}

fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

fn log(bytes: &[u8], newest: &mut Newest) -> Option<()> {
    let mut record = Vec::new();
    for mut block in bytes.chunks(BLOCK_BYTES) {
        while block.len() >= HEADER_BYTES {
            let head = take(&mut block, HEADER_BYTES)?;
            let length = usize::from(u16::from_le_bytes([head[4], head[5]]));
            record.extend_from_slice(take(&mut block, length)?);
            match head[6] {
                // The rest of the block, or of the file, is filled up.
                0 => break,
                1 | 4 => batch(&std::mem::take(&mut record), newest)?,
                _ => {}
            }
        }
    }
    Some(())
}

fn batch(mut bytes: &[u8], newest: &mut Newest) -> Option<()> {
    let mut at = number(take(&mut bytes, 8)?)?;
    take(&mut bytes, 4)?;
    while let Some((kind, rest)) = bytes.split_first() {
        bytes = rest;
        let length = varint(&mut bytes)?;
        let key = take(&mut bytes, length)?;
        let value = match kind {
            0 => None,
            _ => {
                let length = varint(&mut bytes)?;
                Some(take(&mut bytes, length)?)
            }
        };
        add(newest, key, at, value);
        at += 1;
    }
    Some(())
}

fn table(bytes: &[u8], newest: &mut Newest) -> Option<()> {
    let mut footer = bytes.get(bytes.len().checked_sub(FOOTER_BYTES)?..)?;
    let (_, _) = (varint(&mut footer)?, varint(&mut footer)?);
    let index = block(bytes, &mut footer)?;
    for (_, mut place) in entries(&index)? {
        for (mut key, value) in entries(&block(bytes, &mut place)?)? {
            let mark = key.split_off(key.len().checked_sub(MARK_BYTES)?);
            let mark = number(&mark)?;
            add(newest, &key, mark >> 8, (mark & 0xff == 1).then_some(value));
        }
    }
    Some(())
}

/// The block at a place: its offset and its length.
fn block(table: &[u8], place: &mut &[u8]) -> Option<Vec<u8>> {
    let (offset, length) = (varint(place)?, varint(place)?);
    let mut bytes = table.get(offset..)?;
    let content = take(&mut bytes, length)?;
    match take(&mut bytes, TRAILER_BYTES)?[0] {
        0 => Some(content.to_vec()),
        _ => snap::raw::Decoder::new().decompress_vec(content).ok(),
    }
}

/// Keys share their beginnings with those before them.
fn entries(block: &[u8]) -> Option<Vec<(Vec<u8>, &[u8])>> {
    let end = block.len().checked_sub(4)?;
    let restarts = u32::from_le_bytes(block[end..].try_into().ok()?) as usize;
    let mut bytes = block.get(..end.checked_sub(restarts.checked_mul(4)?)?)?;
    let (mut all, mut key) = (Vec::new(), Vec::new());
    while !bytes.is_empty() {
        let (shared, own) = (varint(&mut bytes)?, varint(&mut bytes)?);
        let length = varint(&mut bytes)?;
        key.truncate(shared);
        key.extend_from_slice(take(&mut bytes, own)?);
        all.push((key.clone(), take(&mut bytes, length)?));
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_the_newest_counts() {
        let folder = tempfile::tempdir().unwrap();
        let long = vec![7; 100_000];
        let entries = [(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), long.clone())];
        super::super::write(folder.path(), &entries).unwrap();
        let read = read(folder.path()).unwrap();
        assert_eq!(read.into_iter().collect::<Vec<_>>(), entries);
        let mut newest = Newest::new();
        for (number, value) in [(2, Some(&b"new"[..])), (1, Some(b"old")), (3, None)] {
            add(&mut newest, b"key", number, value);
        }
        assert_eq!(newest[&b"key"[..]], (3, None));
    }

    #[test]
    fn a_table_is_read() {
        let entry = |shared: u8, own: &[u8], value: &[u8]| {
            [&[shared, own.len() as u8, value.len() as u8], own, value].concat()
        };
        let mark = |number: u64, kind: u64| (number << 8 | kind).to_le_bytes().to_vec();
        let end = [0, 0, 0, 0, 1, 0, 0, 0];
        let data = [
            entry(0, &[b"ab".to_vec(), mark(5, 1)].concat(), b"one"),
            entry(1, &[b"c".to_vec(), mark(6, 0)].concat(), b""),
            end.to_vec(),
        ]
        .concat();
        let index = [entry(0, b"z", &[0, data.len() as u8]), end.to_vec()].concat();
        let trailer = [0; TRAILER_BYTES];
        let mut footer = vec![0, 0, (data.len() + TRAILER_BYTES) as u8, index.len() as u8];
        footer.resize(FOOTER_BYTES, 0);
        let bytes = [&data[..], &trailer, &index, &trailer, &footer].concat();
        let mut newest = Newest::new();
        table(&bytes, &mut newest).unwrap();
        assert_eq!(newest[&b"ab"[..]], (5, Some(b"one".to_vec())));
        assert_eq!(newest[&b"ac"[..]], (6, None));
    }
}
