//! Small decoders of this suite's own, written from the published formats: base32, varint, CID,
//! protobuf. They read well-formed input; anything else is `None`.

use sha2::{Digest, Sha256};

/// A CID taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cid {
    /// 0 or 1.
    pub version: u64,
    /// Multicodec code.
    pub codec: u64,
    /// Multihash: code, length, digest.
    pub multihash: Vec<u8>,
}

/// Reads an unsigned varint and the rest.
pub fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    varint_within(bytes, 9)
}

fn varint_within(bytes: &[u8], length_max: usize) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(length_max) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

/// Reads the text of a CID, version 0 or 1.
pub fn cid(text: &str) -> Option<Cid> {
    if text.starts_with("Qm") && text.len() == 46 {
        let (_, multihash) = multibase::decode(format!("z{text}")).ok()?;
        return Some(Cid { version: 0, codec: 0x70, multihash });
    }
    let (_, bytes) = multibase::decode(text).ok()?;
    let (version, rest) = varint(&bytes)?;
    let (codec, multihash) = varint(rest)?;
    (version == 1).then(|| Cid { version, codec, multihash: multihash.to_vec() })
}

/// Base32 as in names of block files: upper case, no padding.
pub fn base32_upper(text: &str) -> Option<Vec<u8>> {
    multibase::decode(format!("B{text}")).ok().map(|(_, bytes)| bytes)
}

/// Base32, lower case, no padding.
pub fn base32(text: &str) -> Option<Vec<u8>> {
    multibase::decode(format!("b{text}")).ok().map(|(_, bytes)| bytes)
}

/// SHA-256 as a multihash.
pub fn sha256_multihash(bytes: &[u8]) -> Vec<u8> {
    let mut multihash = vec![0x12, 0x20];
    multihash.extend(Sha256::digest(bytes));
    multihash
}

/// Hexadecimal digits to bytes.
pub fn hex(text: &str) -> Option<Vec<u8>> {
    multibase::decode(format!("f{text}")).ok().map(|(_, bytes)| bytes)
}

/// The fields of a protobuf message: number and value. Varints come as their bytes' value, length
/// delimited fields as bytes.
pub fn protobuf(mut bytes: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (tag, rest) = varint(bytes)?;
        let (value, rest) = match tag & 7 {
            // Negative numbers take ten bytes.
            0 => varint_within(rest, 10).map(|(value, rest)| (Field::Varint(value), rest))?,
            2 => {
                let (length, rest) = varint(rest)?;
                let length = usize::try_from(length).ok()?;
                (Field::Bytes(rest.get(..length)?), &rest[length..])
            }
            _ => return None,
        };
        fields.push((tag >> 3, value));
        bytes = rest;
    }
    Some(fields)
}

/// A value in a protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 2.
    Bytes(&'a [u8]),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints() {
        assert_eq!(varint(&[0xac, 0x02, 7]), Some((300, &[7][..])));
        assert_eq!(varint(&[0x80]), None);
    }

    #[test]
    fn both_versions_of_a_cid() {
        let v0 = cid("QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o").unwrap();
        let v1 = cid("bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby").unwrap();
        assert_eq!((v0.codec, &v0.multihash), (v1.codec, &v1.multihash));
        assert_eq!((v0.version, v1.version), (0, 1));
        assert_eq!(cid("nonsense"), None);
    }

    #[test]
    fn a_message() {
        let fields = protobuf(&[0x08, 1, 0x12, 2, b'h', b'i']).unwrap();
        assert_eq!(fields, [(1, Field::Varint(1)), (2, Field::Bytes(b"hi"))]);
        assert_eq!(protobuf(&[0x12, 9, 1]), None);
    }
}
