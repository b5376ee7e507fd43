//! Spec: spec/migrations/verify.md
//!
//! What a thing is called in an inventory: the same in all versions.

use crate::blocks::key::hex;
use crate::keys::dht_record;
use crate::protobuf::{Fields, Value, take_varint};
use multibase::Base;
use sha2::{Digest, Sha256};

/// What the names of key files begin with from version 9 on.
const KEY_FILE_PREFIX: &str = "key_";

/// The digest of some content, in hexadecimal digits.
pub(super) fn digest(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

fn is_multihash(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let (Some(_code), Some(length)) = (take_varint(&mut rest), take_varint(&mut rest)) else {
        return false;
    };
    rest.len() as u64 == length && length > 0
}

// spec: verify.block-identity
/// The multihash in a block's key; `None` if the key is damaged, as programs up to version 3 left
/// some.
pub(super) fn multihash(key: &[u8]) -> Option<&[u8]> {
    if let Some(mut rest) = key.strip_prefix(&[1])
        && take_varint(&mut rest).is_some()
        && is_multihash(rest)
    {
        return Some(rest);
    }
    is_multihash(key).then_some(key)
}

/// The key in a block file's name (without `.data`), in either way of writing.
pub(super) fn block_key(name: &str) -> Option<Vec<u8>> {
    let hexadecimal = name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let base = if hexadecimal { Base::Base16Lower } else { Base::Base32Upper };
    base.decode(name).ok().filter(|key| !key.is_empty())
}

/// Whether a block has the content that its multihash says; `None` for hash functions not known
/// here.
pub(super) fn is_intact(multihash: &[u8], content: &[u8]) -> Option<bool> {
    match multihash {
        [0x12, 0x20, digest @ ..] => Some(*digest == *Sha256::digest(content)),
        _ => None,
    }
}

/// The name of a key whose file has this name.
pub(super) fn key_name(version: u32, file: &str) -> String {
    let decoded = file
        .strip_prefix(KEY_FILE_PREFIX)
        .filter(|_| version >= 9)
        .and_then(|text| Base::Base32Lower.decode(text.to_ascii_lowercase()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.unwrap_or_else(|| file.to_owned())
}

/// An IPNS entry: whose, how new, and the digest of its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ipns {
    pub(super) id: Vec<u8>,
    pub(super) sequence: u64,
    pub(super) digest: String,
}

// spec: verify.ipns-identity
/// The IPNS entry in a stored value: bare, or in a DHT record. `key` is what follows `/ipns/` in
/// the value's key, or the whole key of a DHT record.
pub(super) fn ipns(key: &[u8], value: &[u8]) -> Option<Ipns> {
    let mut name = None;
    for field in Fields::new(value) {
        if let (1, Value::Bytes(bytes)) = field.ok()? {
            name = bytes.strip_prefix(b"/ipns/");
        }
    }
    let decoded = std::str::from_utf8(key).ok().and_then(|key| Base::Base32Upper.decode(key).ok());
    let decoded = decoded.unwrap_or_else(|| key.to_vec());
    let own = decoded.strip_prefix(b"/ipns/").unwrap_or(&decoded);
    // An entry's first field is the path that it names, which may begin the same way.
    let record = name.filter(|name| *name == own || is_multihash(name));
    let (id, entry) = match record.zip(dht_record::entry(value).ok()) {
        Some((id, entry)) => (id, entry),
        None => (own, value),
    };
    let sequence = dht_record::sequence(entry).unwrap_or(0);
    Some(Ipns { id: id.to_vec(), sequence, digest: digest(entry) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protobuf::{put_bytes, put_number};

    #[test]
    fn a_block_has_one_identity_in_all_versions() {
        let hash = [&[0x12, 0x20][..], &[7; 32]].concat();
        let cid = [&[1, 0x55][..], &hash].concat();
        assert_eq!(multihash(&hash), Some(&hash[..]));
        assert_eq!(multihash(&cid), Some(&hash[..]));
        assert_eq!(multihash(&hash[..33]), None);
        for name in [Base::Base32Upper.encode(&hash), hex(&hash)] {
            assert_eq!(block_key(&name), Some(hash.clone()));
        }
        assert_eq!(block_key("put-123"), None);
    }

    #[test]
    fn key_files_are_decoded_from_version_9_on() {
        assert_eq!(key_name(9, "key_nv4wwzlz"), "mykey");
        assert_eq!(key_name(8, "key_nv4wwzlz"), "key_nv4wwzlz");
        assert_eq!(key_name(9, "key_!"), "key_!");
    }

    #[test]
    fn an_entry_is_the_same_in_a_record() {
        let id = [&[0x12, 0x20][..], &[7; 32]].concat();
        let mut entry = Vec::new();
        put_bytes(&mut entry, 1, b"/ipns/elsewhere");
        put_bytes(&mut entry, 2, b"signature");
        put_number(&mut entry, 5, 3);
        let mut record = Vec::new();
        put_bytes(&mut record, 1, &dht_record::name(&id));
        put_bytes(&mut record, 2, &entry);
        let whole = Base::Base32Upper.encode(dht_record::name(&id));
        let bare = Base::Base32Upper.encode(&id);
        let expected = Some(Ipns { id: id.clone(), sequence: 3, digest: digest(&entry) });
        assert_eq!(ipns(whole.as_bytes(), &record), expected);
        assert_eq!(ipns(bare.as_bytes(), &entry), expected);
        assert_eq!(ipns(&id, &record), expected);
        assert_eq!(ipns(b"x", b"\xff"), None);
    }
}
