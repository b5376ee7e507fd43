//! Signed IPNS records, valid ones and such that must not be believed.

use super::{Cbor, Cid, LIBP2P_KEY, field_bytes, field_varint, identity};
use ed25519_dalek::{Signer, SigningKey};

/// An Ed25519 key made from a number.
#[derive(Debug, Clone)]
pub struct Key(SigningKey);

impl Key {
    /// The key of this number.
    pub fn new(number: u8) -> Self {
        Self(SigningKey::from_bytes(&[number; 32]))
    }

    /// The public key in its protobuf envelope.
    pub fn public(&self) -> Vec<u8> {
        let mut envelope = Vec::new();
        field_varint(&mut envelope, 1, 1);
        field_bytes(&mut envelope, 2, self.0.verifying_key().as_bytes());
        envelope
    }

    /// The name, as a CID.
    pub fn cid(&self) -> Cid {
        Cid::v1(LIBP2P_KEY, &identity(&self.public()))
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(bytes).to_bytes().to_vec()
    }
}

/// What a record says, and how it is to be broken.
#[derive(Debug, Clone)]
pub struct Record {
    /// Where the name points.
    pub value: String,
    /// Time to live, in nanoseconds.
    pub ttl_ns: u64,
    /// Sequence number.
    pub sequence: u64,
    /// The end of validity, RFC 3339.
    pub validity: String,
    /// Whether the fields and the signature of version 1 are there.
    pub v1: bool,
    /// Whether the signed data and the signature of version 2 are there.
    pub v2: bool,
    /// A value in the unsigned field that differs from the signed one.
    pub unsigned_value: Option<String>,
    /// Whether the signature of version 2 is wrong.
    pub broken_v2: bool,
    /// Whether the signature of version 1 is wrong.
    pub broken_v1: bool,
}

impl Record {
    /// A valid record of both versions.
    pub fn new(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            ttl_ns: 0,
            sequence: 1,
            validity: "2100-01-02T03:04:05.000000006Z".to_owned(),
            v1: true,
            v2: true,
            unsigned_value: None,
            broken_v2: false,
            broken_v1: false,
        }
    }

    /// The bytes, signed by a key.
    pub fn sign(&self, key: &Key) -> Vec<u8> {
        let data = Cbor::Map(vec![
            ("TTL", Cbor::Uint(self.ttl_ns)),
            ("Value", Cbor::Bytes(self.value.clone().into_bytes())),
            ("Sequence", Cbor::Uint(self.sequence)),
            ("Validity", Cbor::Bytes(self.validity.clone().into_bytes())),
            ("ValidityType", Cbor::Uint(0)),
        ])
        .encode();
        let mut record = Vec::new();
        if self.v1 {
            let value = self.unsigned_value.as_ref().unwrap_or(&self.value);
            let mut signature =
                key.sign(&[value.as_bytes(), self.validity.as_bytes(), b"0"].concat());
            signature[0] ^= u8::from(self.broken_v1);
            field_bytes(&mut record, 1, value.as_bytes());
            field_bytes(&mut record, 2, &signature);
            field_varint(&mut record, 3, 0);
            field_bytes(&mut record, 4, self.validity.as_bytes());
            field_varint(&mut record, 5, self.sequence);
            field_varint(&mut record, 6, self.ttl_ns);
        }
        if self.v2 {
            let mut signature = key.sign(&[b"ipns-signature:", data.as_slice()].concat());
            signature[0] ^= u8::from(self.broken_v2);
            field_bytes(&mut record, 8, &signature);
            field_bytes(&mut record, 9, &data);
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_ed25519_keys() {
        let name = Key::new(1).cid();
        assert!(name.base36().starts_with("k51qzi5uqu5d"), "{}", name.base36());
        assert!(name.base58().starts_with("12D3KooW"), "{}", name.base58());
    }

    #[test]
    fn records_are_the_same_at_every_run() {
        let record = Record::new("/ipfs/bafkqaaa").sign(&Key::new(1));
        assert_eq!(record, Record::new("/ipfs/bafkqaaa").sign(&Key::new(1)));
        assert!(record.starts_with(b"\x0a\x0e/ipfs/bafkqaaa"));
    }
}
