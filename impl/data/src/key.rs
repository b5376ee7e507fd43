//! Spec: spec/data/key.md
//!
//! The key pairs that name peers and IPNS records: Ed25519, RSA, secp256k1 and ECDSA over P-256, in
//! the encodings of libp2p. Secrets are wiped when dropped.

mod elliptic;
mod peer_id;
mod pem;
mod rsa;

pub use peer_id::{PeerId, PeerIdError};

pub use pem::{LABEL as PEM_LABEL, PemError};
pub(crate) use pem::{decode as pem_decode, encode as pem_encode};
pub(crate) use rsa::Blinding as RsaBlinding;

use crate::protobuf::{self, Fields, Value};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

/// Smallest RSA modulus in bits.
pub const RSA_BITS_MIN: usize = 2048;
/// Largest RSA modulus in bits.
pub const RSA_BITS_MAX: usize = 8192;
/// Largest encoded key that is looked at, in bytes. An RSA key of 8192 bits needs about 4700.
pub const ENCODED_BYTES_MAX: usize = 64 << 10;

/// The algorithm of a key, with the number that the protobuf form uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// RSA with PKCS#1 v1.5 signatures over SHA-256.
    Rsa = 0,
    /// Ed25519 (RFC 8032).
    Ed25519 = 1,
    /// ECDSA over secp256k1 with SHA-256.
    Secp256k1 = 2,
    /// ECDSA over NIST P-256 with SHA-256.
    Ecdsa = 3,
}

impl KeyType {
    fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            0 => Self::Rsa,
            1 => Self::Ed25519,
            2 => Self::Secp256k1,
            3 => Self::Ecdsa,
            _ => return None,
        })
    }
}

impl std::fmt::Display for KeyType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
            Self::Secp256k1 => "secp256k1",
            Self::Ecdsa => "ecdsa",
        })
    }
}

/// Why bytes are not a key, or a key could not be made or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The outer message is not valid protobuf.
    #[error("proto: cannot parse invalid wire-format data")]
    Protobuf,
    /// A required field of the outer message is absent.
    #[error("proto: required field {0} not set")]
    FieldMissing(&'static str),
    /// The key is larger than any supported key can be.
    #[error("encoded key has {0} bytes, more than the limit of 65536")]
    TooLarge(usize),
    /// An RSA modulus below [`RSA_BITS_MIN`].
    #[error("rsa keys must be >= 2048 bits to be useful")]
    RsaTooSmall,
    /// An RSA modulus above [`RSA_BITS_MAX`].
    #[error("rsa keys must be <= 8192 bits")]
    RsaTooBig,
    /// A public key of the wrong length.
    #[error("expect ed25519 public key data size to be 32")]
    Ed25519PublicSize,
    /// A private key of the wrong length.
    #[error("expected ed25519 data size to be 64 or 96, got {0}")]
    Ed25519PrivateSize(usize),
    /// The 96-byte form repeats the public key; here the two differ.
    #[error("expected redundant ed25519 public key to be redundant")]
    Ed25519Redundant,
    /// The public half does not belong to the private half.
    #[error("ed25519 private key carries a public key that is not its own")]
    Ed25519Mismatch,
    /// A private key of the wrong length.
    #[error("expected secp256k1 data size to be 32")]
    Secp256k1Size,
    /// The inner encoding is broken or its numbers are out of range.
    #[error("malformed {0} key")]
    Malformed(KeyType),
    /// The operation of the algorithm failed.
    #[error("{0} key could not be used: {1}")]
    Operation(KeyType, String),
    /// A signature that is not even of the right form; for RSA also one that does not match.
    #[error("{0}")]
    Signature(&'static str),
    /// The peer ID is a hash of its key, so that the key must come from elsewhere.
    #[error("public key is not embedded in peer ID")]
    NotInPeerId,
}

/// The public half of a key pair.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(pub(crate) Public);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Public {
    Rsa(::rsa::RsaPublicKey),
    /// Not checked to be a point of the curve until it is used, as the reference does.
    Ed25519([u8; 32]),
    Secp256k1(k256::ecdsa::VerifyingKey),
    Ecdsa(p256::ecdsa::VerifyingKey),
}

impl PublicKey {
    /// The algorithm.
    pub fn key_type(&self) -> KeyType {
        match self.0 {
            Public::Rsa(_) => KeyType::Rsa,
            Public::Ed25519(_) => KeyType::Ed25519,
            Public::Secp256k1(_) => KeyType::Secp256k1,
            Public::Ecdsa(_) => KeyType::Ecdsa,
        }
    }

    /// Size in bits: of the modulus for RSA, of the curve otherwise.
    pub fn bits(&self) -> usize {
        match &self.0 {
            Public::Rsa(key) => rsa::bits(key),
            _ => 256,
        }
    }

    /// Reads the libp2p protobuf form. The result may differ from the input when encoded again.
    pub fn from_protobuf(bytes: &[u8]) -> Result<Self, Error> {
        let (key_type, data) = envelope(bytes, "PublicKey")?;
        Ok(Self(match key_type {
            KeyType::Rsa => Public::Rsa(rsa::public_from_der(data)?),
            KeyType::Ed25519 => {
                Public::Ed25519(data.try_into().map_err(|_| Error::Ed25519PublicSize)?)
            }
            KeyType::Secp256k1 => Public::Secp256k1(elliptic::secp256k1_public(data)?),
            KeyType::Ecdsa => Public::Ecdsa(elliptic::ecdsa_public(data)?),
        }))
    }

    /// The libp2p protobuf form.
    pub fn to_protobuf(&self) -> Vec<u8> {
        to_envelope(self.key_type(), &self.raw()).to_vec()
    }

    /// The key's own encoding without the envelope: PKIX for RSA and ECDSA, the 32 bytes of
    /// Ed25519, the compressed point of secp256k1.
    pub fn raw(&self) -> Vec<u8> {
        match &self.0 {
            Public::Rsa(key) => rsa::public_to_der(key),
            Public::Ed25519(bytes) => bytes.to_vec(),
            Public::Secp256k1(key) => key.to_encoded_point(true).as_bytes().to_vec(),
            Public::Ecdsa(key) => elliptic::ecdsa_public_to_der(key),
        }
    }

    /// The peer ID, which is also the IPNS name.
    pub fn peer_id(&self) -> PeerId {
        PeerId::of(self)
    }

    /// Whether `signature` is this key's signature of `message`. As in the reference, a malformed
    /// signature is an error, and with RSA one that does not match as well.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<bool, Error> {
        match &self.0 {
            Public::Rsa(key) => rsa::verify(key, message, signature),
            Public::Ed25519(bytes) => Ok(elliptic::ed25519_verify(bytes, message, signature)),
            Public::Secp256k1(key) => elliptic::secp256k1_verify(key, message, signature),
            Public::Ecdsa(key) => elliptic::ecdsa_verify(key, message, signature),
        }
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({}, {})", self.key_type(), self.peer_id())
    }
}

/// A private key. Wiped when dropped; never printed by `Debug`.
#[derive(Clone)]
pub struct PrivateKey(pub(crate) Private);

#[derive(Clone)]
pub(crate) enum Private {
    Rsa(Box<::rsa::RsaPrivateKey>),
    Ed25519(ed25519_dalek::SigningKey),
    Secp256k1(k256::ecdsa::SigningKey),
    Ecdsa(p256::ecdsa::SigningKey),
}

impl PrivateKey {
    /// Makes a new key from the caller's randomness. `bits` counts for RSA alone (default 2048).
    pub fn generate(
        key_type: KeyType,
        bits: Option<usize>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, Error> {
        Ok(Self(match key_type {
            KeyType::Rsa => {
                Private::Rsa(Box::new(rsa::generate(bits.unwrap_or(RSA_BITS_MIN), rng)?))
            }
            KeyType::Ed25519 => Private::Ed25519(elliptic::ed25519_generate(rng)),
            KeyType::Secp256k1 => Private::Secp256k1(k256::ecdsa::SigningKey::random(rng)),
            KeyType::Ecdsa => Private::Ecdsa(p256::ecdsa::SigningKey::random(rng)),
        }))
    }

    /// Reads the libp2p protobuf form: a keystore file, or `Identity.PrivKey` after base64.
    pub fn from_protobuf(bytes: &[u8]) -> Result<Self, Error> {
        let (key_type, data) = envelope(bytes, "PrivateKey")?;
        Ok(Self(match key_type {
            KeyType::Rsa => Private::Rsa(Box::new(rsa::private_from_der(data)?)),
            KeyType::Ed25519 => Private::Ed25519(elliptic::ed25519_private(data)?),
            KeyType::Secp256k1 => Private::Secp256k1(elliptic::secp256k1_private(data)?),
            KeyType::Ecdsa => Private::Ecdsa(elliptic::ecdsa_private(data)?),
        }))
    }

    /// The libp2p protobuf form.
    pub fn to_protobuf(&self) -> Zeroizing<Vec<u8>> {
        to_envelope(self.key_type(), &self.raw())
    }

    /// The algorithm.
    pub fn key_type(&self) -> KeyType {
        match self.0 {
            Private::Rsa(_) => KeyType::Rsa,
            Private::Ed25519(_) => KeyType::Ed25519,
            Private::Secp256k1(_) => KeyType::Secp256k1,
            Private::Ecdsa(_) => KeyType::Ecdsa,
        }
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(match &self.0 {
            Private::Rsa(key) => Public::Rsa(key.to_public_key()),
            Private::Ed25519(key) => Public::Ed25519(key.verifying_key().to_bytes()),
            Private::Secp256k1(key) => Public::Secp256k1(*key.verifying_key()),
            Private::Ecdsa(key) => Public::Ecdsa(*key.verifying_key()),
        })
    }

    /// The peer ID, which is also the IPNS name.
    pub fn peer_id(&self) -> PeerId {
        self.public().peer_id()
    }

    // spec: key.signatures
    /// Signs `message`. Deterministic: the same key and message give the same signature.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match &self.0 {
            Private::Rsa(key) => rsa::sign(key, message),
            Private::Ed25519(key) => Ok(elliptic::ed25519_sign(key, message)),
            Private::Secp256k1(key) => elliptic::secp256k1_sign(key, message),
            Private::Ecdsa(key) => elliptic::ecdsa_sign(key, message),
        }
    }

    /// The key's own encoding without the envelope: PKCS#1, seed and public key, the scalar, or
    /// SEC 1.
    fn raw(&self) -> Zeroizing<Vec<u8>> {
        match &self.0 {
            Private::Rsa(key) => rsa::private_to_der(key),
            Private::Ed25519(key) => Zeroizing::new(key.to_keypair_bytes().to_vec()),
            Private::Secp256k1(key) => Zeroizing::new(key.to_bytes().to_vec()),
            Private::Ecdsa(key) => elliptic::ecdsa_private_to_der(key),
        }
    }
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateKey({}, {})", self.key_type(), self.peer_id())
    }
}

// spec: key.envelope
fn envelope<'a>(bytes: &'a [u8], message: &'static str) -> Result<(KeyType, &'a [u8]), Error> {
    if bytes.len() > ENCODED_BYTES_MAX {
        return Err(Error::TooLarge(bytes.len()));
    }
    let (mut key_type, mut data) = (None, None);
    for field in Fields::of(bytes) {
        match field.map_err(|_| Error::Protobuf)? {
            // A number the schema does not list counts as unknown field: the type stays unset.
            (1, Value::Varint(number)) => key_type = KeyType::from_number(number).or(key_type),
            (2, Value::Bytes(value)) => data = Some(value),
            _ => {}
        }
    }
    let missing = |field| {
        Error::FieldMissing(match (message, field) {
            ("PublicKey", "Type") => "crypto.pb.PublicKey.Type",
            ("PublicKey", _) => "crypto.pb.PublicKey.Data",
            (_, "Type") => "crypto.pb.PrivateKey.Type",
            _ => "crypto.pb.PrivateKey.Data",
        })
    };
    Ok((key_type.ok_or_else(|| missing("Type"))?, data.ok_or_else(|| missing("Data"))?))
}

fn to_envelope(key_type: KeyType, data: &[u8]) -> Zeroizing<Vec<u8>> {
    // Room for all of it, so that no unwiped copy is left behind by growing.
    let mut out = Zeroizing::new(Vec::with_capacity(data.len() + 16));
    protobuf::put_varint(&mut out, 1, key_type as u64);
    protobuf::put_bytes(&mut out, 2, data);
    out
}

#[cfg(test)]
pub(crate) mod tests;
