use super::*;
use crate::cid::codec;
use crate::multibase::Base;
use proptest::prelude::*;
use rand_core::{CryptoRng, RngCore};

const VECTORS: &str = include_str!("../../../../conformance/vectors/data/key/kubo-keys.json");

/// A repeatable stand-in for randomness (xorshift64*).
pub(crate) struct TestRng(pub(crate) u64);

impl CryptoRng for TestRng {}

impl RngCore for TestRng {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    fn next_u64(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        rand_core::impls::fill_bytes_via_next(self, out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

struct Vector(serde_json::Value);

impl Vector {
    fn all() -> Vec<Self> {
        let parsed: Vec<serde_json::Value> = serde_json::from_str(VECTORS).unwrap();
        assert!(parsed.len() >= 6);
        parsed.into_iter().map(Self).collect()
    }

    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap()
    }

    fn private(&self) -> PrivateKey {
        PrivateKey::from_protobuf(&unhex(self.text("private_hex"))).unwrap()
    }
}

/// spec: key.envelope
#[test]
fn reads_and_writes_the_references_keys_byte_for_byte() {
    for vector in Vector::all() {
        let key = vector.private();
        let name = vector.text("name");
        assert_eq!(*key.to_protobuf(), unhex(vector.text("private_hex")), "{name}");
        let pem = vector.text("pkcs8_pem");
        assert_eq!(key.to_pkcs8_pem().unwrap().as_str(), pem, "{name}");
        let again = PrivateKey::from_pkcs8_pem(pem.as_bytes()).unwrap();
        assert_eq!(again.to_protobuf(), key.to_protobuf(), "{name}");
        let public = PublicKey::from_protobuf(&key.public().to_protobuf()).unwrap();
        assert_eq!(public, key.public(), "{name}");
    }
}

/// spec: key.peer-id, key.peer-id-text
#[test]
fn peer_ids_are_those_of_the_reference_in_every_form() {
    for vector in Vector::all() {
        let id = vector.private().peer_id();
        let ids = &vector.0["ids"];
        assert_eq!(id.to_string(), ids["b58mh"]);
        assert_eq!(id.to_name(), ids["base36"]);
        for (base, text) in ids.as_object().unwrap() {
            assert_eq!(PeerId::parse(text.as_str().unwrap()), Ok(id));
            if base != "b58mh" {
                assert_eq!(id.to_cid_text(Base::from_name(base).unwrap()), *text);
            }
        }
        assert_eq!(PeerId::from_bytes(&id.to_bytes()), Ok(id));
        assert_eq!(PeerId::from_cid(&id.to_cid()), Ok(id));
        match id.public_key() {
            Ok(key) => assert_eq!(key, vector.private().public()),
            Err(error) => {
                assert_eq!(error, Error::NotInPeerId);
                assert_eq!(id.multihash().code(), crate::cid::hash::SHA2_256);
            }
        }
    }
}

/// spec: key.signatures
#[test]
fn signatures_of_the_reference_verify_and_ours_are_deterministic() {
    for vector in Vector::all() {
        let (key, message) = (vector.private(), vector.text("message").as_bytes());
        let theirs = unhex(vector.text("signature_hex"));
        assert_eq!(key.public().verify(message, &theirs), Ok(true));
        let ours = key.sign(message).unwrap();
        assert_eq!(key.public().verify(message, &ours), Ok(true));
        assert_eq!(key.sign(message).unwrap(), ours);
        // All but P-256 are deterministic in the reference as well.
        assert_eq!(ours == theirs, key.key_type() != KeyType::Ecdsa, "{}", vector.text("name"));
        assert!(key.public().verify(b"something else", &ours) != Ok(true));
        for at in [0, ours.len() / 2, ours.len() - 1] {
            let mut broken = ours.clone();
            broken[at] ^= 1;
            assert!(key.public().verify(message, &broken) != Ok(true));
        }
        assert!(key.public().verify(message, &[]) != Ok(true));
    }
}

#[test]
fn generated_keys_work_and_are_what_was_asked_for() {
    for key_type in [KeyType::Ed25519, KeyType::Secp256k1, KeyType::Ecdsa] {
        let key = PrivateKey::generate(key_type, None, &mut TestRng(7)).unwrap();
        assert_eq!((key.key_type(), key.public().bits()), (key_type, 256));
        let signature = key.sign(b"m").unwrap();
        assert_eq!(key.public().verify(b"m", &signature), Ok(true));
        let same = PrivateKey::generate(key_type, None, &mut TestRng(7)).unwrap();
        assert_eq!(same.to_protobuf(), key.to_protobuf());
        let other = PrivateKey::generate(key_type, None, &mut TestRng(8)).unwrap();
        assert_ne!(other.to_protobuf(), key.to_protobuf());
    }
    let rsa = PrivateKey::generate(KeyType::Rsa, None, &mut TestRng(9)).unwrap();
    assert_eq!(rsa.public().bits(), 2048);
    let again = PrivateKey::from_protobuf(&rsa.to_protobuf()).unwrap();
    assert_eq!(again.peer_id(), rsa.peer_id());
}

/// spec: key.rsa-size
#[test]
fn rsa_of_a_refused_size_never_reaches_the_arithmetic() {
    for (bits, expected) in [
        (512, Error::RsaTooSmall),
        (2047, Error::RsaTooSmall),
        (8193, Error::RsaTooBig),
        (1 << 40, Error::RsaTooBig),
    ] {
        let made = PrivateKey::generate(KeyType::Rsa, Some(bits), &mut TestRng(1));
        assert_eq!(made.unwrap_err(), expected);
    }
    // Public keys of 1024, 2047, 8200 and 32768 bits, all bits set.
    for (bits, expected) in [
        (1024, Error::RsaTooSmall),
        (2047, Error::RsaTooSmall),
        (8193, Error::RsaTooBig),
        (32_768, Error::RsaTooBig),
    ] {
        assert_eq!(PublicKey::from_protobuf(&rsa_public(bits)).unwrap_err(), expected);
    }
    assert_eq!(PublicKey::from_protobuf(&rsa_public(8192)).unwrap().bits(), 8192);
    assert_eq!(PublicKey::from_protobuf(&rsa_public(2048)).unwrap().bits(), 2048);
}

/// The protobuf form of an RSA public key with `bits` one bits as modulus.
pub(crate) fn rsa_public(bits: usize) -> Vec<u8> {
    use pkcs1::der::{Encode, asn1::BitStringRef};
    let mut modulus = vec![0xff; bits.div_ceil(8)];
    modulus[0] >>= (8 - bits % 8) % 8;
    let key = pkcs1::RsaPublicKey {
        modulus: pkcs1::UintRef::new(&modulus).unwrap(),
        public_exponent: pkcs1::UintRef::new(&[1, 0, 1]).unwrap(),
    };
    let inner = key.to_der().unwrap();
    let outer = pkcs8::SubjectPublicKeyInfoRef {
        algorithm: pkcs1::ALGORITHM_ID,
        subject_public_key: BitStringRef::from_bytes(&inner).unwrap(),
    };
    to_envelope(KeyType::Rsa, &outer.to_der().unwrap()).to_vec()
}

#[test]
fn malformed_keys_give_the_references_errors() {
    let parse = |bytes: &[u8]| PrivateKey::from_protobuf(bytes).unwrap_err().to_string();
    assert_eq!(parse(b"\xff\xff"), "proto: cannot parse invalid wire-format data");
    assert_eq!(parse(b""), "proto: required field crypto.pb.PrivateKey.Type not set");
    assert_eq!(parse(b"\x08\x01"), "proto: required field crypto.pb.PrivateKey.Data not set");
    assert_eq!(
        parse(b"\x08\x09\x12\x00"),
        "proto: required field crypto.pb.PrivateKey.Type not set"
    );
    assert_eq!(parse(b"\x08\x01\x12\x01\x00"), "expected ed25519 data size to be 64 or 96, got 1");
    assert_eq!(parse(b"\x08\x02\x12\x01\x00"), "expected secp256k1 data size to be 32");
    assert_eq!(parse(b"\x08\x00\x12\x01\x00"), "malformed rsa key");
    assert_eq!(parse(b"\x08\x03\x12\x01\x00"), "malformed ecdsa key");
    let zero = to_envelope(KeyType::Secp256k1, &[0; 32]);
    assert_eq!(parse(&zero), "malformed secp256k1 key");
    assert_eq!(parse(&vec![0; ENCODED_BYTES_MAX + 1]), Error::TooLarge(65_537).to_string());
    let public = PublicKey::from_protobuf(b"\x08\x01\x12\x01\x00").unwrap_err();
    assert_eq!(public, Error::Ed25519PublicSize);
}

/// spec: key.ed25519-halves-match
#[test]
fn ed25519_keys_with_foreign_public_halves_are_refused() {
    let key = PrivateKey::generate(KeyType::Ed25519, None, &mut TestRng(3)).unwrap();
    let raw = key.raw();
    let wrap = |data: &[u8]| PrivateKey::from_protobuf(&to_envelope(KeyType::Ed25519, data));
    let old_form = [&raw[..], &raw[32..]].concat();
    assert_eq!(wrap(&old_form).unwrap().to_protobuf(), key.to_protobuf());
    let mut broken = old_form.clone();
    broken[95] ^= 1;
    assert_eq!(wrap(&broken).unwrap_err(), Error::Ed25519Redundant);
    let mut foreign = raw.to_vec();
    foreign[63] ^= 1;
    assert_eq!(wrap(&foreign).unwrap_err(), Error::Ed25519Mismatch);
}

#[test]
fn secp256k1_points_in_any_form_name_the_same_peer() {
    let key = PrivateKey::generate(KeyType::Secp256k1, None, &mut TestRng(5)).unwrap();
    let Public::Secp256k1(point) = key.public().0 else { unreachable!() };
    let long = point.to_encoded_point(false).as_bytes().to_vec();
    let mut hybrid = long.clone();
    hybrid[0] = 6 | long[64] & 1;
    for form in [&long, &hybrid] {
        let parsed = PublicKey::from_protobuf(&to_envelope(KeyType::Secp256k1, form)).unwrap();
        assert_eq!(parsed.peer_id(), key.peer_id());
    }
    hybrid[0] ^= 1;
    assert!(PublicKey::from_protobuf(&to_envelope(KeyType::Secp256k1, &hybrid)).is_err());
}

#[test]
fn peer_id_errors() {
    let error = |text| PeerId::parse(text).unwrap_err().to_string();
    assert!(error("Qm0").starts_with("failed to parse peer ID: "));
    assert!(error("1").starts_with("failed to parse peer ID: "));
    assert_eq!(error(""), "failed to parse peer ID: invalid cid: cid too short");
    assert_eq!(error("bafkqaaa"), "can't convert CID of type \"raw\" to a peer ID");
    assert!(PeerId::from_bytes(&[0x12, 0x20, 1]).is_err());
    assert!(PeerId::from_bytes(&[0, 1, 2, 3]).is_err());
    assert_eq!(PeerId::parse("bafzaaaa").unwrap().to_cid().codec(), codec::LIBP2P_KEY);
}

#[test]
fn pem_files_with_anything_else_are_refused() {
    let error = |text: &str| PrivateKey::from_pkcs8_pem(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(error("no pem"), "PEM block not found in input data");
    assert_eq!(error("-----BEGIN PRIVATE KEY-----\nAA"), "PEM block not found in input data");
    assert_eq!(
        error("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
        "expected PRIVATE KEY type in PEM block but got: PUBLIC KEY"
    );
    assert_eq!(
        error("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        "parsing PKCS8 format: not a PKCS#8 private key"
    );
    let key = PrivateKey::generate(KeyType::Ed25519, None, &mut TestRng(3)).unwrap();
    let pem = key.to_pkcs8_pem().unwrap();
    let dressed = format!("comment\r\n{}\r\ntrailer", pem.replace('\n', "\r\n"));
    let read = PrivateKey::from_pkcs8_pem(dressed.as_bytes()).unwrap();
    assert_eq!(read.to_protobuf(), key.to_protobuf());
}

#[test]
fn debug_shows_no_secret() {
    let key = PrivateKey::generate(KeyType::Ed25519, None, &mut TestRng(3)).unwrap();
    assert_eq!(format!("{key:?}"), format!("PrivateKey(ed25519, {})", key.peer_id()));
}

proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, key_type in 0u8..4, text: String) {
        let _ = PublicKey::from_protobuf(&bytes);
        let wrapped = [&[8, key_type, 0x12, bytes.len().min(127) as u8], &bytes[..]].concat();
        let _ = PublicKey::from_protobuf(&wrapped);
        let _ = PrivateKey::from_protobuf(&wrapped);
        let _ = PrivateKey::from_pkcs8_der(&bytes);
        let _ = PrivateKey::from_pkcs8_pem(&bytes);
        let _ = PeerId::parse(&text);
        let _ = PeerId::from_bytes(&bytes);
    }

    #[test]
    fn changed_keys_never_panic(which in 0usize..6, at: prop::sample::Index, value: u8) {
        let vector = &Vector::all()[which];
        let mut bytes = unhex(vector.text("private_hex"));
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(key) = PrivateKey::from_protobuf(&bytes) {
            let _ = key.to_pkcs8_pem();
            let _ = key.peer_id();
            let _ = key.sign(b"x");
        }
    }
}
