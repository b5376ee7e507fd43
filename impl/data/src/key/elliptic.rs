//! Spec: spec/data/key.md
//!
//! The three elliptic curves: encodings and signatures.

use super::{Error, KeyType};
use pkcs8::der::{self, Decode, Encode};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// `id-ecPublicKey`
pub(super) const EC_PUBLIC_KEY: pkcs8::ObjectIdentifier =
    pkcs8::ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `prime256v1`, also called P-256
pub(super) const P256: pkcs8::ObjectIdentifier =
    pkcs8::ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// `secp256k1`
pub(super) const SECP256K1: pkcs8::ObjectIdentifier =
    pkcs8::ObjectIdentifier::new_unwrap("1.3.132.0.10");

// ---- Ed25519

pub(super) fn ed25519_private(data: &[u8]) -> Result<ed25519_dalek::SigningKey, Error> {
    let pair: &[u8; 64] = match data.len() {
        // Old files repeat the public key.
        96 if data[32..64] != data[64..] => return Err(Error::Ed25519Redundant),
        64 | 96 => data.first_chunk().ok_or(Error::Ed25519PrivateSize(data.len()))?,
        other => return Err(Error::Ed25519PrivateSize(other)),
    };
    // spec: key.ed25519-halves-match
    ed25519_dalek::SigningKey::from_keypair_bytes(pair).map_err(|_| Error::Ed25519Mismatch)
}

pub(super) fn ed25519_generate(rng: &mut impl CryptoRngCore) -> ed25519_dalek::SigningKey {
    let mut seed = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *seed);
    ed25519_dalek::SigningKey::from_bytes(&seed)
}

pub(super) fn ed25519_sign(key: &ed25519_dalek::SigningKey, message: &[u8]) -> Vec<u8> {
    use ed25519_dalek::Signer;
    key.sign(message).to_bytes().to_vec()
}

pub(super) fn ed25519_verify(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    use ed25519_dalek::Verifier;
    let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(key) else { return false };
    let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else { return false };
    key.verify(message, &signature).is_ok()
}

// ---- secp256k1

pub(super) fn secp256k1_public(data: &[u8]) -> Result<k256::ecdsa::VerifyingKey, Error> {
    const MALFORMED: Error = Error::Malformed(KeyType::Secp256k1);
    let mut point = data.to_vec();
    match (point.first().copied(), point.len()) {
        (Some(2 | 3), 33) | (Some(4), 65) => {}
        // The hybrid form: uncompressed, with the parity of y in the tag.
        (Some(tag @ (6 | 7)), 65) if point[64] & 1 == tag & 1 => point[0] = 4,
        _ => return Err(MALFORMED),
    }
    k256::ecdsa::VerifyingKey::from_sec1_bytes(&point).map_err(|_| MALFORMED)
}

pub(super) fn secp256k1_private(data: &[u8]) -> Result<k256::ecdsa::SigningKey, Error> {
    if data.len() != 32 {
        return Err(Error::Secp256k1Size);
    }
    k256::ecdsa::SigningKey::from_slice(data).map_err(|_| Error::Malformed(KeyType::Secp256k1))
}

pub(super) fn secp256k1_sign(
    key: &k256::ecdsa::SigningKey,
    message: &[u8],
) -> Result<Vec<u8>, Error> {
    use k256::ecdsa::signature::Signer;
    let signature: k256::ecdsa::Signature = key
        .try_sign(message)
        .map_err(|error| Error::Operation(KeyType::Secp256k1, error.to_string()))?;
    Ok(signature.to_der().as_bytes().to_vec())
}

pub(super) fn secp256k1_verify(
    key: &k256::ecdsa::VerifyingKey,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, Error> {
    use k256::ecdsa::signature::Verifier;
    let signature = k256::ecdsa::Signature::from_der(signature)
        .map_err(|_| Error::Signature("malformed signature: not a DER sequence of r and s"))?;
    // Signers of other implementations need not choose the smaller s.
    let signature = signature.normalize_s().unwrap_or(signature);
    Ok(key.verify(message, &signature).is_ok())
}

// ---- ECDSA over P-256

pub(super) fn ecdsa_public(der: &[u8]) -> Result<p256::ecdsa::VerifyingKey, Error> {
    const MALFORMED: Error = Error::Malformed(KeyType::Ecdsa);
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| MALFORMED)?;
    if info.algorithm.oids().ok() != Some((EC_PUBLIC_KEY, Some(P256))) {
        return Err(MALFORMED);
    }
    let point = info.subject_public_key.as_bytes().ok_or(MALFORMED)?;
    if !matches!((point.first(), point.len()), (Some(2 | 3), 33) | (Some(4), 65)) {
        return Err(MALFORMED);
    }
    p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| MALFORMED)
}

pub(super) fn ecdsa_public_to_der(key: &p256::ecdsa::VerifyingKey) -> Vec<u8> {
    let point = key.to_encoded_point(false);
    let encode = || -> der::Result<Vec<u8>> {
        SubjectPublicKeyInfoRef {
            algorithm: AlgorithmIdentifierRef {
                oid: EC_PUBLIC_KEY,
                parameters: Some((&P256).into()),
            },
            subject_public_key: der::asn1::BitStringRef::from_bytes(point.as_bytes())?,
        }
        .to_der()
    };
    // Fixed input sizes: the encoder has nothing to fail on.
    encode().unwrap_or_default()
}

pub(super) fn ecdsa_private(data: &[u8]) -> Result<p256::ecdsa::SigningKey, Error> {
    const MALFORMED: Error = Error::Malformed(KeyType::Ecdsa);
    let inner = sec1::EcPrivateKey::from_der(data).map_err(|_| MALFORMED)?;
    if inner.parameters.and_then(|parameters| parameters.named_curve()) != Some(P256) {
        return Err(MALFORMED);
    }
    let scalar = scalar_bytes(inner.private_key).ok_or(MALFORMED)?;
    p256::ecdsa::SigningKey::from_slice(&*scalar).map_err(|_| MALFORMED)
}

pub(super) fn ecdsa_private_to_der(key: &p256::ecdsa::SigningKey) -> Zeroizing<Vec<u8>> {
    let point = key.verifying_key().to_encoded_point(false);
    let scalar = Zeroizing::new(key.to_bytes());
    sec1_der(&scalar, point.as_bytes(), Some(P256)).unwrap_or_default()
}

pub(super) fn ecdsa_sign(key: &p256::ecdsa::SigningKey, message: &[u8]) -> Result<Vec<u8>, Error> {
    use p256::ecdsa::signature::Signer;
    let signature: p256::ecdsa::Signature = key
        .try_sign(message)
        .map_err(|error| Error::Operation(KeyType::Ecdsa, error.to_string()))?;
    Ok(signature.to_der().as_bytes().to_vec())
}

pub(super) fn ecdsa_verify(
    key: &p256::ecdsa::VerifyingKey,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, Error> {
    use p256::ecdsa::signature::hazmat::PrehashVerifier;
    let signature = p256::ecdsa::Signature::from_der(signature)
        .map_err(|_| Error::Signature("asn1: structure error: not a sequence of r and s"))?;
    Ok(key.verify_prehash(&Sha256::digest(message), &signature).is_ok())
}

// ---- SEC 1 and PKCS#8

/// A scalar of at most 32 bytes, padded in front.
pub(super) fn scalar_bytes(scalar: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let mut out = Zeroizing::new([0; 32]);
    out[32usize.checked_sub(scalar.len())?..].copy_from_slice(scalar);
    Some(out)
}

/// `ECPrivateKey` of RFC 5915 with the uncompressed public point.
pub(super) fn sec1_der(
    scalar: &[u8],
    point: &[u8],
    curve: Option<pkcs8::ObjectIdentifier>,
) -> Option<Zeroizing<Vec<u8>>> {
    sec1::EcPrivateKey {
        private_key: scalar,
        parameters: curve.map(sec1::EcParameters::NamedCurve),
        public_key: Some(point),
    }
    .to_der()
    .ok()
    .map(Zeroizing::new)
}
