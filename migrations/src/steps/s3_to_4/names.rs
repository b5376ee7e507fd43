//! Spec: spec/migrations/3-to-4.md
//!
//! The two names of a block file.

use crate::blocks::key::{
    SHA256_BYTES, base32, cleaned, from_base32, from_hex, hex, is_multihash, is_sha256,
    multihash_of_cid1, sha256,
};
use crate::blocks::relocate::{NameForContent, Place};

/// Where version 4 has a file of this name.
pub(super) fn forward(name: &str) -> Place {
    let base32_key = from_base32(name);
    if base32_key.is_some_and(|key| key.len() == SHA256_BYTES || is_whole_key(&key)) {
        // spec: 3-to-4.already-new
        return Place::Named(name.to_owned());
    }
    match from_hex(name) {
        Some(key) if key.len() == SHA256_BYTES => Place::Named(base32(&key)),
        // spec: 3-to-4.rehash
        Some(_) => Place::ByContent(NameForContent(by_content)),
        None => Place::Unknown,
    }
}

/// Cleaning has cut these keys, unless they never were sha2-256.
fn by_content(name: &str, content: &[u8]) -> String {
    let multihash = sha256(content);
    match from_hex(name) {
        Some(key) if is_whole_key(&key) && cleaned(&multihash).as_ref() != Some(&key) => {
            base32(&key)
        }
        _ => base32(&multihash),
    }
}

fn is_whole_key(key: &[u8]) -> bool {
    is_multihash(key) || multihash_of_cid1(key).is_some()
}

/// Where version 3 has a file of this name.
pub(super) fn revert(name: &str) -> Place {
    match from_base32(name) {
        Some(key) if is_sha256(&key) => {
            // spec: 3-to-4.revert-cleans
            let old = cleaned(&key).unwrap_or(key);
            Place::Named(hex(&old))
        }
        // spec: 3-to-4.revert-leaves
        _ => Place::Here,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_key_is_only_written_differently() {
        let key = sha256(b"plain");
        assert_eq!(forward(&hex(&key)), Place::Named(base32(&key)));
        assert_eq!(forward(&base32(&key)), Place::Named(base32(&key)));
        assert_eq!(revert(&base32(&key)), Place::Named(hex(&key)));
        assert_eq!(revert(&hex(&key)), Place::Here);
    }

    #[test]
    fn a_cut_key_is_found_again_by_its_content() {
        // The first number whose decimal text has a hash with `//`, `/./` or a final `/` in it.
        let (data, key) = (0..100_000)
            .map(|number: u32| number.to_string().into_bytes())
            .map(|data| (cleaned(&sha256(&data)), data))
            .find_map(|(key, data)| Some((data.clone(), key.filter(|key| *key != sha256(&data))?)))
            .expect("one in a few hundred is cut");
        assert_ne!(key.len(), SHA256_BYTES);
        let Place::ByContent(NameForContent(name)) = forward(&hex(&key)) else {
            panic!("not by content")
        };
        assert_eq!(name(&hex(&key), &data), base32(&sha256(&data)));
        assert_eq!(revert(&base32(&sha256(&data))), Place::Named(hex(&key)));
    }

    #[test]
    fn keys_of_later_versions_keep_their_names() {
        let cid = [&[1, 0x55][..], &sha256(b"raw")].concat();
        let blake = [&[0xa0, 0xe4, 2, 32][..], &[7; 32]].concat();
        for key in [cid, blake] {
            assert_eq!(forward(&base32(&key)), Place::Named(base32(&key)));
            assert_eq!(revert(&base32(&key)), Place::Here);
            let Place::ByContent(NameForContent(name)) = forward(&hex(&key)) else {
                panic!("not by content")
            };
            assert_eq!(name(&hex(&key), b"content"), base32(&key));
        }
    }

    #[test]
    fn other_names_are_unknown() {
        for name in ["notes", "0x12", "1220e"] {
            assert_eq!(forward(name), Place::Unknown);
        }
    }
}
