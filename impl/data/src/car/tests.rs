use super::*;
use bytes::Bytes;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::io::Read;

fn block(data: &[u8]) -> Block {
    let digest = Sha256::digest(data);
    let hash = cid::Multihash::wrap(cid::hash::SHA2_256, &digest).unwrap();
    Block { cid: Cid::new_v1(cid::codec::RAW, hash), data: Bytes::copy_from_slice(data) }
}

fn archive(roots: &[Cid], blocks: &[Block]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), roots).unwrap();
    for block in blocks {
        writer.write(&block.cid, &block.data).unwrap();
    }
    writer.finish().unwrap()
}

/// The same archive as version 2, with padding before the payload and an index behind it.
fn version_2(payload: &[u8], padding: usize) -> Vec<u8> {
    let mut out = b"\x0a\xa1gversion\x02".to_vec();
    out.extend_from_slice(&[0; 16]);
    out.extend_from_slice(&(51 + padding as u64).to_le_bytes());
    out.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    out.extend_from_slice(&((51 + padding + payload.len()) as u64).to_le_bytes());
    out.resize(51 + padding, 0);
    out.extend_from_slice(payload);
    out.extend_from_slice(b"\x80\x04index index");
    out
}

fn read(bytes: &[u8]) -> Result<(Vec<Cid>, Vec<Block>), Error> {
    let mut reader = Reader::new(bytes)?;
    let mut blocks = Vec::new();
    while let Some(block) = reader.next_block()? {
        blocks.push(block);
    }
    Ok((reader.roots().to_vec(), blocks))
}

fn message(bytes: &[u8]) -> String {
    match read(bytes) {
        Ok((_, blocks)) => format!("{} blocks", blocks.len()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_header_is_canonical_dag_cbor() {
    let empty: [u8; 18] = *b"\x11\xa2eroots\x80gversion\x01";
    assert_eq!(header_bytes(&[]), empty);
    let one = header_bytes(&[block(b"a").cid]);
    assert_eq!(&one[..14], b"\x3a\xa2eroots\x81\xd8\x2a\x58\x25\x00");
}

#[test]
fn a_header_in_another_order_is_read() {
    assert_eq!(message(b"\x11\xa2gversion\x01eroots\x80"), "0 blocks");
}

#[test]
fn reads_version_1_and_2() {
    let blocks = [block(b"one"), block(b""), block(&[7; 300_000])];
    let roots = [blocks[2].cid, blocks[0].cid];
    let first = archive(&roots, &blocks);
    for bytes in [first.clone(), version_2(&first, 0), version_2(&first, 4096)] {
        let (got_roots, got_blocks) = read(&bytes).unwrap();
        assert_eq!(got_roots, roots);
        assert_eq!(got_blocks, blocks);
    }
}

/// spec: car.truncation
#[test]
fn every_truncation_is_an_error_except_between_sections() {
    let blocks = [block(b"one"), block(&[1; 200])];
    let whole = archive(&[blocks[0].cid], &blocks);
    let header = header_bytes(&[blocks[0].cid]).len();
    let second = header + section_bytes(&blocks[0].cid, &blocks[0].data).len();
    for length in 0..whole.len() {
        let expected = match length {
            0 => "EOF",
            at if at == header => "0 blocks",
            at if at == second => "1 blocks",
            _ => "unexpected EOF",
        };
        assert_eq!(message(&whole[..length]), expected, "{length}");
    }
    let wrapped = version_2(&whole, 3);
    for length in 1..wrapped.len() - 13 {
        assert_eq!(message(&wrapped[..length]), "unexpected EOF", "{length}");
    }
}

/// spec: car.section-bytes-max
#[test]
fn hostile_lengths_are_refused_before_anything_is_allocated() {
    let section = |prefix: &[u8]| [&header_bytes(&[])[..], prefix].concat();
    let too_large = "invalid section data, length of read beyond allowable maximum";
    assert_eq!(message(&section(b"\x81\x80\x80\x04")), too_large);
    assert_eq!(message(&section(b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f")), too_large);
    assert_eq!(message(&section(b"\x80\x80\x80\x04")), "unexpected EOF");
    assert_eq!(
        message(b"\xff\xff\xff\xff\x0f"),
        "invalid header data, length of read beyond allowable maximum"
    );
    assert_eq!(
        message(&section(b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")),
        "varints larger than uint63 not supported"
    );
    assert_eq!(message(&section(b"\x80\x00")), "varint not minimally encoded");
    assert!(message(&section(b"\x00")).starts_with("invalid cid"));
    // A header that declares 2^32 roots, and one whose root declares 2^63 bytes.
    assert_eq!(message(b"\x0c\xa2eroots\x9a\xff\xff\xff\xff"), "invalid header: ends early");
    assert_eq!(
        message(b"\x13\xa2eroots\x81\xd8\x2a\x5b\x7f\xff\xff\xff\xff\xff\xff\xff"),
        "invalid header: ends early"
    );
}

/// spec: car.verify
#[test]
fn blocks_are_verified() {
    let mut block = block(b"data");
    assert!(verify(&block).is_ok());
    block.data = Bytes::from_static(b"other");
    let error = verify(&block).unwrap_err().to_string();
    assert!(error.starts_with(&format!("mismatch in content integrity, expected: {}", block.cid)));
    let hash = cid::Multihash::wrap(0x3fff, &[1; 32]).unwrap();
    block.cid = Cid::new_v1(cid::codec::RAW, hash);
    assert!(matches!(verify(&block), Err(Error::Hash(_))));
}

#[test]
fn hostile_version_2_headers_are_refused() {
    let whole = archive(&[], &[block(b"x")]);
    let with = |at: usize, value: u64| {
        let mut bytes = version_2(&whole, 0);
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        message(&bytes)
    };
    assert_eq!(with(27, 50), "invalid data payload offset: 50");
    assert_eq!(with(27, u64::MAX), format!("invalid data payload offset: {}", u64::MAX));
    assert_eq!(with(27, 1 << 40), "unexpected EOF");
    assert_eq!(with(35, 0), "invalid data payload size: 0");
    assert_eq!(with(35, 1 << 63), format!("invalid data payload size: {}", 1u64 << 63));
    assert_eq!(with(43, u64::MAX), format!("invalid index offset: {}", u64::MAX));
    assert_eq!(with(35, 5), "unexpected EOF");
    assert_eq!(message(b"\x0a\xa1gversion\x03"), "invalid car version: 3");
    let nested = version_2(&version_2(&whole, 0), 0);
    assert_eq!(message(&nested), "invalid data payload header version; expected 1, got 2");
}

/// A stream that gives one byte at a time.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = out.len().min(1);
        self.0.read(&mut out[..length])
    }
}

#[test]
fn reads_from_a_stream_that_gives_single_bytes() {
    let whole = archive(&[], &[block(b"slow"), block(b"stream")]);
    let mut reader = Reader::new(Trickle(&whole)).unwrap();
    assert_eq!(reader.next_block().unwrap().unwrap().data, "slow");
    assert_eq!(reader.next_block().unwrap().unwrap().data, "stream");
    assert!(reader.next_block().unwrap().is_none());
}

proptest! {
    #[test]
    fn round_trip(data: Vec<Vec<u8>>, padding in 0usize..100) {
        let blocks: Vec<_> = data.iter().map(|data| block(data)).collect();
        let roots: Vec<_> = blocks.iter().take(3).map(|block| block.cid).collect();
        let whole = archive(&roots, &blocks);
        prop_assert_eq!(&read(&whole).unwrap(), &(roots.clone(), blocks.clone()));
        prop_assert_eq!(&read(&version_2(&whole, padding)).unwrap(), &(roots, blocks));
    }

    #[test]
    fn never_panics(bytes: Vec<u8>, cut in 0usize..200, flip in 0usize..200, value: u8) {
        let _ = read(&bytes);
        let whole = archive(&[block(b"r").cid], &[block(b"a"), block(&[3; 60])]);
        for mut bytes in [whole.clone(), version_2(&whole, 5)] {
            bytes.truncate(cut);
            if let Some(byte) = bytes.get_mut(flip) {
                *byte = value;
            }
            let _ = read(&bytes);
        }
    }
}
