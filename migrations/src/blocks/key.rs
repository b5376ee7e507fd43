//! Spec: spec/migrations/blocks.md
//!
//! The bytes of block keys, and the two ways to write them in file names.

use sha2::{Digest, Sha256};

/// Bytes of a sha2-256 multihash.
pub const SHA256_BYTES: usize = 34;
/// Its first two bytes: the hash function and the digest's length.
const SHA256_HEAD: [u8; 2] = [0x12, 0x20];

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &[u8; 16] = b"0123456789abcdef";

// spec: blocks.base32
/// Upper case base32 without padding (RFC 4648).
pub fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity((bytes.len() * 8).div_ceil(5));
    let (mut buffer, mut bits) = (0_u32, 0);
    for &byte in bytes {
        buffer = buffer << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(BASE32[(buffer >> bits) as usize & 31]));
        }
        buffer &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(char::from(BASE32[(buffer << (5 - bits)) as usize & 31]));
    }
    out
}

/// The bytes of [`base32`]; `None` for anything that it can't have written.
pub fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 5 / 8);
    let (mut buffer, mut bits) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        buffer = buffer << 5 | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    // What is left over is less than one character, and zero.
    (bits < 5 && buffer == 0).then_some(out)
}

/// Lower case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(HEX[usize::from(digit)])).collect()
}

/// The bytes of hexadecimal digits in either case.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// The sha2-256 multihash of a block.
pub fn sha256(data: &[u8]) -> Vec<u8> {
    let mut out = SHA256_HEAD.to_vec();
    out.extend_from_slice(&Sha256::digest(data));
    out
}

/// Whether these bytes have the form of a sha2-256 multihash.
pub fn is_sha256(bytes: &[u8]) -> bool {
    bytes.len() == SHA256_BYTES && bytes.starts_with(&SHA256_HEAD)
}

// spec: blocks.cid1
/// The multihash in a binary CIDv1; `None` if the bytes are anything else.
pub fn multihash_of_cid1(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.starts_with(&SHA256_HEAD) {
        return None;
    }
    let (version, rest) = varint(bytes)?;
    let (_codec, rest) = varint(rest)?;
    (version == 1 && is_multihash(rest)).then_some(rest)
}

/// Whether these bytes are exactly one multihash.
pub fn is_multihash(bytes: &[u8]) -> bool {
    let parts = varint(bytes).and_then(|(_function, rest)| varint(rest));
    parts.is_some_and(|(length, digest)| digest.len() as u64 == length)
}

/// The codec of a binary CIDv1.
pub fn codec(cid1: &[u8]) -> Option<u64> {
    let (_version, rest) = varint(cid1)?;
    Some(varint(rest)?.0)
}

/// Longest unsigned varint, in bytes.
const VARINT_BYTES_MAX: usize = 9;

/// Takes a minimally encoded unsigned varint from the front.
pub fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().enumerate().take(VARINT_BYTES_MAX) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return (byte != 0 || index == 0).then_some((value, &bytes[index + 1..]));
        }
    }
    None
}

// spec: blocks.cleaned-keys
/// The key under which programs before version 4 kept a block: they cleaned the raw bytes like a
/// path. `None` where nothing would be left of it or it would leave its namespace; then it is used
/// as it is.
pub fn cleaned(key: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in key.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join(&b'/'))
}

/// Whether `data` is what a key of the versions before 4 stands for.
pub fn is_old_key_of(key: &[u8], data: &[u8]) -> bool {
    let multihash = sha256(data);
    key == multihash || cleaned(&multihash).as_deref() == Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_alphabets_round_trip(bytes: Vec<u8>) {
            prop_assert_eq!(from_base32(&base32(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(from_hex(&hex(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(from_hex(&hex(&bytes).to_uppercase()), Some(bytes));
        }

        #[test]
        fn decoding_never_panics(text: String, bytes: Vec<u8>) {
            if let Some(decoded) = from_base32(&text) {
                prop_assert_eq!(base32(&decoded), text.clone());
            }
            let _ = from_hex(&text);
            let _ = multihash_of_cid1(&bytes);
            if let Some(clean) = cleaned(&bytes) {
                prop_assert_eq!(cleaned(&clean), Some(clean));
            }
        }
    }

    #[test]
    fn the_empty_block_has_its_known_name() {
        assert_eq!(base32(&sha256(b"")), "CIQOHMGEIKMPYHAUTL57JSEZN64SIJ5OIHSGJG4TJSSJLGI3PBJLQVI");
    }

    #[test]
    fn a_cid1_gives_its_multihash_and_nothing_else_does() {
        let multihash = sha256(b"x");
        let cid = [&[1, 0x55][..], &multihash].concat();
        assert_eq!(multihash_of_cid1(&cid), Some(&multihash[..]));
        assert_eq!(codec(&cid), Some(0x55));
        assert_eq!(multihash_of_cid1(&multihash), None);
        assert_eq!(multihash_of_cid1(&cid[..cid.len() - 1]), None);
        assert_eq!(multihash_of_cid1(&[&cid[..], &[0]].concat()), None);
        assert_eq!(multihash_of_cid1(&[2, 0x55, 0, 0]), None);
        // Codec 0x0155 in two bytes; version 1 in two bytes is not minimal.
        assert!(multihash_of_cid1(&[1, 0xd5, 2, 0, 1, 7]).is_some());
        assert_eq!(multihash_of_cid1(&[0x81, 0, 0x55, 0, 1, 7]), None);
    }

    #[test]
    fn cleaning_is_that_of_paths() {
        let clean =
            |text: &str| cleaned(text.as_bytes()).map(|key| String::from_utf8(key).unwrap());
        assert_eq!(clean("a//b/./c/"), Some("a/b/c".into()));
        assert_eq!(clean("a/../d8"), Some("d8".into()));
        assert_eq!(clean("a/../../d8"), None);
        assert_eq!(clean("a/.."), None);
        assert_eq!(clean("a"), Some("a".into()));
    }
}
