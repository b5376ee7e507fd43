//! Spec: spec/repo/leveldb.md
//!
//! Small encodings that all LevelDB files share: varints, masked checksums, internal keys.

use std::cmp::Ordering;

/// The kind byte of a deletion.
pub(super) const DELETION: u8 = 0;
/// The kind byte of a value.
pub(super) const VALUE: u8 = 1;
/// The largest sequence number: 56 bits, because the kind shares the word.
pub(super) const SEQUENCE_MAX: u64 = (1 << 56) - 1;
/// Bytes that an internal key has more than its user key.
pub(super) const TAG_BYTES: usize = 8;

/// Appends a LEB128 number.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends bytes with their length in front.
pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Takes a LEB128 number off the front. Longer than needed is fine, more than 64 bits is not.
pub(super) fn take_varint(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for (index, &byte) in input.iter().enumerate().take(10) {
        let bits = u64::from(byte & 0x7f);
        if index == 9 && bits > 1 {
            return None;
        }
        value |= bits << (7 * index);
        if byte < 0x80 {
            *input = &input[index + 1..];
            return Some(value);
        }
    }
    None
}

/// Takes bytes with their length in front.
pub(super) fn take_bytes<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_varint(input)?).ok()?;
    let (bytes, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(bytes)
}

/// A little-endian word at `at`.
pub(super) fn word32(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(data.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// CRC-32C over both parts, rotated and shifted so that checksums of data that holds checksums
/// stay good.
pub(super) fn masked_crc(first: &[u8], second: &[u8]) -> u32 {
    // spec: leveldb.crc-masked
    crc32c::crc32c_append(crc32c::crc32c(first), second).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// A user key with its sequence number and kind.
pub(super) fn internal_key(user: &[u8], sequence: u64, kind: u8) -> Vec<u8> {
    let mut key = Vec::with_capacity(user.len() + TAG_BYTES);
    key.extend_from_slice(user);
    key.extend_from_slice(&((sequence << 8) | u64::from(kind)).to_le_bytes());
    key
}

/// The first internal key of a user key, as seen at a sequence number.
pub(super) fn seek_key(user: &[u8], sequence: u64) -> Vec<u8> {
    internal_key(user, sequence, VALUE)
}

/// The user key of an internal key; all of it when it is too short to be one.
pub(super) fn user_key(internal: &[u8]) -> &[u8] {
    &internal[..internal.len().saturating_sub(TAG_BYTES)]
}

/// Sequence number and kind together, as stored.
pub(super) fn tag(internal: &[u8]) -> u64 {
    internal.last_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Whether the bytes are a possible internal key.
pub(super) fn is_internal_key(bytes: &[u8]) -> bool {
    bytes.len() >= TAG_BYTES && tag(bytes) as u8 <= VALUE
}

/// The order of internal keys: user keys as bytes, then the newest first.
pub(super) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    // spec: leveldb.order
    user_key(a).cmp(user_key(b)).then_with(|| tag(b).cmp(&tag(a)))
}

/// A short key that is not before `a` and before `b`: what an index entry needs.
pub(super) fn separator(a: &[u8], b: &[u8]) -> Vec<u8> {
    let (user_a, user_b) = (user_key(a), user_key(b));
    let same = user_a.iter().zip(user_b).take_while(|(x, y)| x == y).count();
    if let (Some(&x), Some(&y)) = (user_a.get(same), user_b.get(same))
        && x < 0xff
        && x + 1 < y
        && same + 1 < user_a.len()
    {
        let mut short = user_a[..same].to_vec();
        short.push(x + 1);
        return seek_key(&short, SEQUENCE_MAX);
    }
    a.to_vec()
}

/// A short key that is not before `a`.
pub(super) fn successor(a: &[u8]) -> Vec<u8> {
    let user = user_key(a);
    match user.iter().position(|&byte| byte != 0xff) {
        Some(at) if at + 1 < user.len() => {
            let mut short = user[..at].to_vec();
            short.push(user[at] + 1);
            seek_key(&short, SEQUENCE_MAX)
        }
        _ => a.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn masked_crc_of_the_published_example() {
        // CRC-32C of "123456789" is e3069283.
        let masked = masked_crc(b"1234", b"56789");
        assert_eq!(masked.wrapping_sub(0xa282_ead8).rotate_left(15), 0xe306_9283);
    }

    #[test]
    fn newest_comes_first() {
        let old = internal_key(b"k", 1, VALUE);
        let new = internal_key(b"k", 2, DELETION);
        assert_eq!(compare(&new, &old), Ordering::Less);
        assert_eq!(compare(&internal_key(b"j", 0, 0), &new), Ordering::Less);
    }

    #[test]
    fn varints_of_more_than_64_bits_are_refused() {
        assert_eq!(take_varint(&mut &[0xff; 10][..]), None);
        assert_eq!(take_varint(&mut &[0x80; 3][..]), None);
        assert_eq!(take_varint(&mut &[0x80, 0x00][..]), Some(0));
    }

    proptest! {
        #[test]
        fn varints_come_back(value: u64) {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            let mut input = &out[..];
            prop_assert_eq!(take_varint(&mut input), Some(value));
            prop_assert!(input.is_empty());
        }

        #[test]
        fn separators_lie_between(a: Vec<u8>, b: Vec<u8>, n in 0u64..9, m in 0u64..9) {
            let (a, b) = (internal_key(&a, n, VALUE), internal_key(&b, m, VALUE));
            if compare(&a, &b) == Ordering::Less {
                let between = separator(&a, &b);
                prop_assert_ne!(compare(&a, &between), Ordering::Greater);
                prop_assert_eq!(compare(&between, &b), Ordering::Less);
            }
            prop_assert_ne!(compare(&a, &successor(&a)), Ordering::Greater);
        }
    }
}
