//! Spec: spec/gateway/trustless.md
//!
//! XXH64 with seed 0: names representations in entity tags. No security depends on it.

use twox_hash::XxHash64;

/// The hash of the bytes.
pub(crate) fn xxh64(bytes: &[u8]) -> u64 {
    XxHash64::oneshot(0, bytes)
}

/// A number in base 32 with the digits 0-9 and a-v, as entity tags have it.
pub(crate) fn base32(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(b"0123456789abcdefghijklmnopqrstuv"[(number % 32) as usize] as char);
        number /= 32;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        assert_eq!(xxh64(b""), 0xef46_db37_51d8_e999);
        assert_eq!(xxh64(b"a"), 0xd24e_c4f1_a98c_6e5b);
        assert_eq!(xxh64(b"abc"), 0x44bc_2cf5_ad77_0999);
        let long = b"Call me Ishmael. Some years ago--never mind how long precisely-";
        assert_eq!(xxh64(long), 0x02a2_e854_70d6_fd96);
    }

    #[test]
    fn digits() {
        assert_eq!(base32(0), "0");
        assert_eq!(base32(31), "v");
        assert_eq!(base32(32 * 32 + 10), "10a");
    }
}
