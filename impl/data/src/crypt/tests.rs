use super::*;
use crate::key::tests::{TestRng, unhex};
use crate::key::{PeerId, PrivateKey, Public, PublicKey};
use proptest::prelude::*;
use serde_json::Value as Json;

const HPKE: &str = include_str!("../../../../conformance/vectors/data/crypt/hpke.json");
const KEY_FILES: &str = include_str!("../../../../conformance/vectors/data/crypt/key-files.json");
const MESSAGES: &str = include_str!("../../../../conformance/vectors/data/crypt/messages.json");

fn hex(json: &Json) -> Vec<u8> {
    unhex(json.as_str().unwrap())
}

fn vectors(text: &str) -> Vec<Json> {
    serde_json::from_str(text).unwrap()
}

fn key(key_type: KeyType) -> PrivateKey {
    if key_type == KeyType::Rsa {
        // Made once, because that takes a second.
        static RSA: std::sync::OnceLock<PrivateKey> = std::sync::OnceLock::new();
        let make = || PrivateKey::generate(key_type, None, &mut TestRng(11)).unwrap();
        return RSA.get_or_init(make).clone();
    }
    PrivateKey::generate(key_type, None, &mut TestRng(11)).unwrap()
}

fn sealed(key: &PrivateKey, aead: Aead, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encrypt(&key.public(), aead, &mut TestRng(5), &mut &data[..], &mut out).unwrap();
    out
}

fn opened(key: &PrivateKey, file: &[u8]) -> Result<Vec<u8>, Error> {
    let mut input = file;
    let header = Header::read(&mut input)?;
    let mut out = Vec::new();
    decrypt(&header, key, &mut input, &mut out)?;
    Ok(out)
}

/// spec: crypt.kem
#[test]
fn key_agreement_is_that_of_rfc_9180() {
    for vector in vectors(HPKE) {
        let ephemeral: [u8; 32] = hex(&vector["ephemeral"]).try_into().unwrap();
        let recipient = hex(&vector["recipient"]);
        let (secret, encapsulated) = if vector["kem"] == 32 {
            let recipient: [u8; 32] = recipient.try_into().unwrap();
            kem::x25519_to(&recipient, &ephemeral.into()).unwrap()
        } else {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&recipient).unwrap();
            let ephemeral = p256::SecretKey::from_slice(&ephemeral).unwrap();
            kem::ecdsa(&PublicKey(Public::Ecdsa(key)), &ephemeral).unwrap()
        };
        assert_eq!(encapsulated, hex(&vector["encapsulated"]));
        assert_eq!(secret.to_vec(), hex(&vector["shared_secret"]));
        let aead = Aead::from_number(vector["aead"].as_u64().unwrap() as u16).unwrap();
        let kem_id = vector["kem"].as_u64().unwrap() as u16;
        let keys = hpke::schedule(kem_id, aead, &secret, &hex(&vector["info"]));
        assert_eq!(*keys.key, hex(&vector["key"]));
        assert_eq!(keys.base_nonce.to_vec(), hex(&vector["base_nonce"]));
    }
}

#[test]
fn files_of_earlier_versions_stay_readable() {
    let vectors = vectors(MESSAGES);
    assert_eq!(vectors.len(), 6);
    for vector in vectors {
        let key = PrivateKey::from_protobuf(&hex(&vector["private_hex"])).unwrap();
        let data = opened(&key, &hex(&vector["file_hex"])).unwrap();
        assert_eq!(data, hex(&vector["data_hex"]), "{}", vector["name"]);
    }
}

#[test]
fn every_kind_of_key_and_cipher_round_trips() {
    let types = [KeyType::Ed25519, KeyType::Secp256k1, KeyType::Ecdsa, KeyType::Rsa];
    for key in types.map(key) {
        for aead in Aead::ALL {
            for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
                let data: Vec<u8> = (0..length).map(|at| at as u8).collect();
                let file = sealed(&key, aead, &data);
                assert_eq!(opened(&key, &file).unwrap(), data);
                assert!(file.len() < length + 16 * (length / CHUNK_BYTES + 1) + 500);
            }
        }
    }
}

#[test]
fn two_encryptions_of_the_same_data_differ() {
    let key = key(KeyType::Ed25519);
    let mut rng = TestRng(5);
    let mut seal = || {
        let mut out = Vec::new();
        let aead = Aead::ChaCha20Poly1305;
        encrypt(&key.public(), aead, &mut rng, &mut &b"data"[..], &mut out).unwrap();
        out
    };
    assert_ne!(seal(), seal());
}

#[test]
fn any_changed_byte_is_noticed() {
    let key = key(KeyType::Ed25519);
    let file = sealed(&key, Aead::Aes256Gcm, b"some data");
    for at in 0..file.len() {
        for bit in [1, 0x80] {
            let mut changed = file.clone();
            changed[at] ^= bit;
            // The top bit of an X25519 point carries nothing; but the context has the bytes.
            assert!(opened(&key, &changed).is_err(), "byte {at}");
        }
    }
    let mut longer = file.clone();
    longer.push(0);
    assert!(matches!(opened(&key, &longer), Err(Error::Authentication)));
}

/// spec: crypt.truncation
#[test]
fn cut_or_reordered_chunks_are_noticed() {
    let key = key(KeyType::Ed25519);
    let data = vec![7; 2 * CHUNK_BYTES + 100];
    let file = sealed(&key, Aead::ChaCha20Poly1305, &data);
    let chunk = CHUNK_BYTES + 16;
    let header = file.len() - 2 * chunk - 116;
    for length in (0..=header + 20).chain([header + chunk, header + 2 * chunk, file.len() - 1]) {
        assert!(opened(&key, &file[..length]).is_err(), "{length}");
    }
    let (first, second) =
        (&file[header..header + chunk], &file[header + chunk..header + 2 * chunk]);
    let rest = &file[header + 2 * chunk..];
    let swapped = [&file[..header], second, first, rest].concat();
    assert!(matches!(opened(&key, &swapped), Err(Error::Authentication)));
    let dropped = [&file[..header], first, rest].concat();
    assert!(matches!(opened(&key, &dropped), Err(Error::Authentication)));
}

#[test]
fn other_keys_do_not_open_a_file() {
    let file = sealed(&key(KeyType::Ed25519), Aead::Aes128Gcm, b"x");
    let other = PrivateKey::generate(KeyType::Ed25519, None, &mut TestRng(99)).unwrap();
    assert!(matches!(opened(&other, &file), Err(Error::OtherRecipient { .. })));
    let header = Header::read(&mut &file[..]).unwrap();
    assert_eq!(*header.recipient(), key(KeyType::Ed25519).peer_id());
    assert_eq!(header.aead(), Aead::Aes128Gcm);
    assert!(matches!(opened(&other, b"plain text"), Err(Error::NotEncrypted)));
}

#[test]
fn weak_recipients_are_refused() {
    // The neutral element: everyone would know the secret.
    let mut weak = [0; 32];
    weak[0] = 1;
    let recipient = PublicKey(Public::Ed25519(weak));
    let aead = Aead::ChaCha20Poly1305;
    let mut rng = TestRng(1);
    let result = encrypt(&recipient, aead, &mut rng, &mut &b""[..], &mut Vec::new());
    assert!(matches!(result, Err(Error::UnusableKey(KeyType::Ed25519))));
}

/// spec: crypt.aead-only
#[test]
fn only_authenticated_ciphers_can_be_chosen() {
    for (cipher, mode, expected) in [
        (None, None, Aead::ChaCha20Poly1305),
        (Some("aes-256"), None, Aead::Aes256Gcm),
        (Some("AES-128"), Some("GCM"), Aead::Aes128Gcm),
        (None, Some("gcm"), Aead::Aes256Gcm),
        (Some("chacha20-poly1305"), None, Aead::ChaCha20Poly1305),
    ] {
        assert_eq!(Aead::parse(cipher, mode).unwrap(), expected);
    }
    for (cipher, mode) in [("aes-256", "cbc"), ("aes", "ctr"), ("chacha20", "gcm"), ("des", "")] {
        assert!(Aead::parse(Some(cipher), Some(mode)).is_err());
    }
    for aead in Aead::ALL {
        assert_eq!(Aead::parse(Some(aead.name()), None).unwrap(), aead);
    }
}

/// spec: crypt.key-file
#[test]
fn key_files_of_openssl_open() {
    for vector in vectors(KEY_FILES) {
        let file = vector["file"].as_str().unwrap().as_bytes();
        assert!(is_sealed(file));
        let passphrase = vector["passphrase"].as_str().unwrap().as_bytes();
        match open_key(file, passphrase) {
            Ok(key) => assert_eq!(*key.to_protobuf(), hex(&vector["private_hex"])),
            Err(error) => {
                assert!(matches!(error, Error::KeyFile(_)), "{error}");
                assert_eq!(vector["error"], true);
                continue;
            }
        }
        assert!(matches!(open_key(file, b"wrong"), Err(Error::Passphrase)));
    }
}

/// spec: crypt.key-file-peer-id
#[test]
fn sealed_keys_open_with_their_passphrase_only() {
    let key = key(KeyType::Ed25519);
    let file = seal_key(&key, b"pass \xff phrase", &mut TestRng(3)).unwrap();
    assert!(is_sealed(file.as_bytes()));
    assert_eq!(sealed_peer_id(file.as_bytes()), Some(key.peer_id()));
    let read = open_key(file.as_bytes(), b"pass \xff phrase").unwrap();
    assert_eq!(read.to_protobuf(), key.to_protobuf());
    assert!(matches!(open_key(file.as_bytes(), b"pass phrase"), Err(Error::Passphrase)));
    let other = PrivateKey::generate(KeyType::Ed25519, None, &mut TestRng(4)).unwrap();
    let swapped = file.replace(&key.peer_id().to_string(), &other.peer_id().to_string());
    assert_ne!(swapped, file);
    let error = open_key(swapped.as_bytes(), b"pass \xff phrase");
    assert!(matches!(error, Err(Error::Passphrase)));
    assert!(!is_sealed(&key.to_protobuf()));
    assert_eq!(sealed_peer_id(&key.to_protobuf()), None);
}

/// spec: crypt.key-file-cost
#[test]
fn key_files_with_absurd_costs_are_refused_at_once() {
    let file = vectors(KEY_FILES)[0]["file"].as_str().unwrap().to_owned();
    let (label, der) = crate::key::pem_decode(file.as_bytes()).unwrap();
    // INTEGER 1024, 8, 1.
    let at = der.windows(4).position(|window| window == [2, 2, 4, 0]).unwrap();
    for cost in [[0x7f, 0xff], [0, 0], [0, 1]] {
        let mut changed = der.to_vec();
        changed[at + 2..at + 4].copy_from_slice(&cost);
        let file = crate::key::pem_encode(&label, &changed);
        assert!(open_key(file.as_bytes(), b"correct horse").is_err());
    }
    let mut changed = der.to_vec();
    // Block size 127.
    changed[at + 6] = 127;
    let file = crate::key::pem_encode(&label, &changed);
    let error = open_key(file.as_bytes(), b"x").unwrap_err().to_string();
    assert_eq!(error, "encrypted key file: cost parameters out of bounds");
}

/// spec: crypt.signed-statement
#[test]
fn detached_signatures() {
    let digester = |data: &[u8]| {
        let mut digester = Digester::new();
        data.chunks(3).for_each(|piece| digester.update(piece));
        digester
    };
    for key_type in [KeyType::Ed25519, KeyType::Secp256k1, KeyType::Ecdsa, KeyType::Rsa] {
        let key = key(key_type);
        let line = digester(b"the data").sign(&key).unwrap().to_string();
        let file = SignatureFile::parse(format!("{line}\n").as_bytes()).unwrap();
        assert_eq!(file.signer(), key.peer_id());
        assert!(file.verify(digester(b"the data"), &key.peer_id()).is_ok());
        let changed = file.verify(digester(b"the date"), &key.peer_id());
        assert!(matches!(changed, Err(Error::BadSignature)));
        let other: PeerId = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN".parse().unwrap();
        let wrong = file.verify(digester(b"the data"), &other);
        assert!(matches!(wrong, Err(Error::OtherSigner { .. })));
        // Not usable as a signature of something else.
        assert!(key.public().verify(b"the data", &file_signature(&line)) != Ok(true));
    }
    for text in ["", "ipfs-crypt-signature-v1 uAA", "ipfs-crypt-signature-v2 uAA uAA"] {
        assert!(SignatureFile::parse(text.as_bytes()).is_err());
    }
}

fn file_signature(line: &str) -> Vec<u8> {
    let word = line.split(' ').nth(2).unwrap();
    crate::multibase::decode(word.as_bytes()).unwrap().1
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn never_panics(bytes: Vec<u8>, at: prop::sample::Index, value: u8) {
        let key = key(KeyType::Ed25519);
        let _ = opened(&key, &bytes);
        let _ = SignatureFile::parse(&bytes);
        let _ = open_key(&bytes, b"x");
        let mut file = sealed(&key, Aead::Aes128Gcm, b"x");
        let at = at.index(file.len());
        file[at] = value;
        let _ = opened(&key, &file);
    }
}

/// Prints `messages.json`: run by hand when a method is added, never to replace a file.
#[test]
#[ignore = "writes the vectors"]
fn print_messages() {
    let mut out = Vec::new();
    let types = [KeyType::Ed25519, KeyType::Secp256k1, KeyType::Ecdsa, KeyType::Rsa];
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut add = |key_type: KeyType, aead: Aead| {
        let key = key(key_type);
        let data = b"test vector";
        out.push(serde_json::json!({
            "name": format!("{key_type}, {}", aead.name()),
            "req": "crypt.kem",
            "private_hex": hex(&key.to_protobuf()),
            "data_hex": hex(data),
            "file_hex": hex(&sealed(&key, aead, data)),
        }));
    };
    types.into_iter().for_each(|key_type| add(key_type, Aead::ChaCha20Poly1305));
    add(KeyType::Ed25519, Aead::Aes128Gcm);
    add(KeyType::Ed25519, Aead::Aes256Gcm);
    println!("{}", serde_json::to_string_pretty(&out).unwrap());
}
