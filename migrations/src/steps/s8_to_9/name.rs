//! Spec: spec/migrations/8-to-9.md
//!
//! `key_` and the lower-case base32 form (RFC 4648, no padding) of a name.

const PREFIX: &[u8] = b"key_";
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The file name for a key's name.
pub(super) fn encoded(name: &[u8]) -> Vec<u8> {
    let mut out = PREFIX.to_vec();
    for group in name.chunks(5) {
        let mut bits = [0u8; 8];
        bits[3..3 + group.len()].copy_from_slice(group);
        let value = u64::from_be_bytes(bits);
        let digits = (group.len() * 8).div_ceil(5);
        for index in 0..digits {
            out.push(ALPHABET[(value >> (35 - 5 * index)) as usize & 31]);
        }
    }
    out
}

/// The key's name for a file name; `None` if it is none that [`encoded`] could give, upper case
/// aside.
pub(super) fn decoded(name: &[u8]) -> Option<Vec<u8>> {
    let digits = name.strip_prefix(PREFIX)?.to_ascii_lowercase();
    let mut out = Vec::with_capacity(digits.len() * 5 / 8);
    for group in digits.chunks(8) {
        let mut value = 0u64;
        for index in 0..8 {
            let digit = match group.get(index) {
                Some(byte) => ALPHABET.iter().position(|letter| letter == byte)? as u64,
                None => 0,
            };
            value = value << 5 | digit;
        }
        out.extend_from_slice(&value.to_be_bytes()[3..3 + group.len() * 5 / 8]);
    }
    let again = encoded(&out);
    (!out.is_empty() && again[PREFIX.len()..] == digits[..]).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names() {
        for (name, file) in [
            ("thisISKey1", "key_orugs42jknfwk6jr"),
            ("key2", "key_nnsxsmq"),
            ("mykey", "key_nv4wwzlz"),
        ] {
            assert_eq!(encoded(name.as_bytes()), file.as_bytes());
            assert_eq!(decoded(file.as_bytes()), Some(name.as_bytes().to_vec()));
            assert_eq!(
                decoded(file.to_uppercase().replace("KEY_", "key_").as_bytes()),
                Some(name.as_bytes().to_vec())
            );
        }
        for other in ["key_", "key_a", "key_ab1", "key2", "nv4wwzlz"] {
            assert_eq!(decoded(other.as_bytes()), None, "{other}");
        }
    }
}
