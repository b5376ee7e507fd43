//! Spec: spec/migrations/6-to-7.md
//!
//! Private keys in the form of libp2p: what identifies them, and signing.

use crate::protobuf::{Fields, Value, put_bytes, put_number};
use k256::ecdsa::signature::Signer;
use pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::EncodePublicKey;
use rsa::signature::SignatureEncoding;
use sha2::{Digest, Sha256};

/// Largest encoded key that is looked at, in bytes. An RSA key of 16384 bits needs 9300.
const ENCODED_BYTES_MAX: usize = 64 * 1024;
/// Longest encoded public key that is its own peer ID, in bytes.
const INLINE_BYTES_MAX: usize = 42;

/// Why bytes are no usable key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The outer message is broken.
    #[error("it is no key")]
    Malformed,
    /// The key's kind came later, so that no version before 8 can have used it.
    #[error("keys of type {0} are unknown")]
    Kind(u64),
    /// The inner form is broken.
    #[error("malformed {0} key")]
    Inner(&'static str),
    /// The algorithm failed.
    #[error("signing failed: {0}")]
    Signing(String),
}

enum Secret {
    Rsa(Box<rsa::RsaPrivateKey>),
    Ed25519(ed25519_dalek::SigningKey),
    Secp256k1(k256::ecdsa::SigningKey),
}

/// A private key.
pub struct PrivateKey {
    secret: Secret,
    public: Vec<u8>,
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrivateKey").field("public", &self.public).finish_non_exhaustive()
    }
}

fn ed25519(data: &[u8]) -> Option<ed25519_dalek::SigningKey> {
    // spec: 6-to-7.ed25519-forms
    let public = match data.len() {
        64 => &data[32..],
        // Seed, public key, public key again.
        96 if data[32..64] == data[64..] => &data[32..64],
        _ => return None,
    };
    let key = ed25519_dalek::SigningKey::from_bytes(data[..32].try_into().ok()?);
    (key.verifying_key().as_bytes() == public).then_some(key)
}

impl PrivateKey {
    /// Reads the protobuf form.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > ENCODED_BYTES_MAX {
            return Err(Error::Malformed);
        }
        let (mut kind, mut data) = (None, None);
        for field in Fields::new(bytes) {
            match field.map_err(|_| Error::Malformed)? {
                (1, Value::Number(number)) => kind = Some(number),
                (2, Value::Bytes(bytes)) => data = Some(bytes),
                _ => {}
            }
        }
        let (Some(kind), Some(data)) = (kind, data) else { return Err(Error::Malformed) };
        let (secret, public) = match kind {
            0 => {
                let key = rsa::RsaPrivateKey::from_pkcs1_der(data);
                let key = key.map_err(|_| Error::Inner("RSA"))?;
                let public = key.to_public_key().to_public_key_der();
                let public = public.map_err(|_| Error::Inner("RSA"))?.into_vec();
                (Secret::Rsa(Box::new(key)), public)
            }
            1 => {
                let key = ed25519(data).ok_or(Error::Inner("ed25519"))?;
                let public = key.verifying_key().to_bytes().to_vec();
                (Secret::Ed25519(key), public)
            }
            2 => {
                let key = k256::ecdsa::SigningKey::from_slice(data);
                let key = key.map_err(|_| Error::Inner("secp256k1"))?;
                let public = key.verifying_key().to_encoded_point(true).as_bytes().to_vec();
                (Secret::Secp256k1(key), public)
            }
            kind => return Err(Error::Kind(kind)),
        };
        let mut message = Vec::new();
        put_number(&mut message, 1, kind);
        put_bytes(&mut message, 2, &public);
        Ok(Self { secret, public: message })
    }

    /// The hash of the public key: what all programs of that time took for the peer ID.
    pub fn hashed_id(&self) -> Vec<u8> {
        [&[0x12, 0x20][..], &Sha256::digest(&self.public)].concat()
    }

    // spec: 6-to-7.both-ids
    /// All forms of the peer ID: the hash and, for small keys, the form of later programs that
    /// holds the public key itself.
    pub fn ids(&self) -> Vec<Vec<u8>> {
        let mut ids = vec![self.hashed_id()];
        if self.public.len() <= INLINE_BYTES_MAX {
            ids.push([&[0, self.public.len() as u8][..], &self.public].concat());
        }
        ids
    }

    /// Signs; the same message gives the same signature.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |error: rsa::signature::Error| Error::Signing(error.to_string());
        Ok(match &self.secret {
            Secret::Rsa(key) => {
                let key = SigningKey::<Sha256>::new((**key).clone());
                key.try_sign(message).map_err(failed)?.to_vec()
            }
            Secret::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Secret::Secp256k1(key) => {
                let signature: k256::ecdsa::Signature = key.try_sign(message).map_err(failed)?;
                signature.to_der().as_bytes().to_vec()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(kind: u64, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_number(&mut bytes, 1, kind);
        put_bytes(&mut bytes, 2, data);
        bytes
    }

    #[test]
    fn both_forms_of_an_ed25519_key_are_one() {
        let secret = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let public = secret.verifying_key().to_bytes();
        let short = PrivateKey::decode(&key(1, &[[7; 32], public].concat())).unwrap();
        let long = PrivateKey::decode(&key(1, &[[7; 32], public, public].concat())).unwrap();
        assert_eq!(short.ids(), long.ids());
        assert_eq!(short.ids()[1][..6], [0, 36, 8, 1, 18, 32]);
        assert_eq!(short.sign(b"m"), long.sign(b"m"));
        let other = key(1, &[[7; 32], public, [8; 32]].concat());
        assert_eq!(PrivateKey::decode(&other).unwrap_err(), Error::Inner("ed25519"));
    }

    #[test]
    fn secp256k1_keys_sign() {
        let secret = PrivateKey::decode(&key(2, &[9; 32])).unwrap();
        let signature = secret.sign(b"message").unwrap();
        let signature = k256::ecdsa::Signature::from_der(&signature).unwrap();
        let verifying = k256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
        use k256::ecdsa::signature::Verifier;
        verifying.verifying_key().verify(b"message", &signature).unwrap();
    }

    #[test]
    fn unknown_kinds_are_named() {
        assert_eq!(PrivateKey::decode(&key(3, &[1])).unwrap_err(), Error::Kind(3));
        assert_eq!(PrivateKey::decode(&[]).unwrap_err(), Error::Malformed);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(kind in 0u64..4, data: Vec<u8>) {
            let _ = PrivateKey::decode(&key(kind, &data));
            let _ = PrivateKey::decode(&data);
        }
    }
}
