//! Spec: spec/data/crypt.md
//!
//! Agreeing on a secret with the holder of a libp2p key: DHKEM for the elliptic curves (Ed25519
//! keys serve as their X25519 twins), OAEP for RSA.

use super::{Error, hpke};
use crate::key::{KeyType, Private, PrivateKey, Public, PublicKey, RsaBlinding};
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Longest encapsulated key: that of RSA with 8192 bits.
pub(super) const ENCAPSULATED_BYTES_MAX: usize = 1024;

type Secret = Zeroizing<[u8; 32]>;

/// The number of the method: from the HPKE registry, and one for RSA from outside its range.
// spec: crypt.kem
pub(super) fn id(key_type: KeyType) -> u16 {
    match key_type {
        KeyType::Ecdsa => 0x0010,
        KeyType::Secp256k1 => 0x0016,
        KeyType::Ed25519 => 0x0020,
        KeyType::Rsa => 0xff01,
    }
}

/// Makes a secret; gives it and what the recipient needs to find it, too.
pub(super) fn encapsulate(
    recipient: &PublicKey,
    rng: &mut impl CryptoRngCore,
) -> Result<(Secret, Vec<u8>), Error> {
    match &recipient.0 {
        Public::Rsa(key) => {
            let mut secret = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut *secret);
            let sealed = key
                .encrypt(rng, rsa::Oaep::new::<Sha256>(), &*secret)
                .map_err(|_| Error::UnusableKey(KeyType::Rsa))?;
            Ok((derive_rsa(recipient, &*secret, &sealed), sealed))
        }
        Public::Ed25519(_) => {
            let ephemeral = x25519_dalek::StaticSecret::random_from_rng(rng);
            x25519(recipient, &ephemeral)
        }
        Public::Secp256k1(_) => {
            let ephemeral = k256::SecretKey::random(rng);
            secp256k1(recipient, &ephemeral)
        }
        Public::Ecdsa(_) => {
            let ephemeral = p256::SecretKey::random(rng);
            ecdsa(recipient, &ephemeral)
        }
    }
}

/// Finds the secret again.
pub(super) fn decapsulate(key: &PrivateKey, encapsulated: &[u8]) -> Result<Secret, Error> {
    let public = key.public();
    match &key.0 {
        Private::Rsa(private) => {
            let mut blinding = RsaBlinding::new(private, &Sha256::digest(encapsulated));
            let secret = private
                .decrypt_blinded(&mut blinding, rsa::Oaep::new::<Sha256>(), encapsulated)
                .map(Zeroizing::new)
                .map_err(|_| Error::Authentication)?;
            Ok(derive_rsa(&public, &secret, encapsulated))
        }
        Private::Ed25519(private) => {
            let peer: [u8; 32] = encapsulated.try_into().map_err(|_| Error::Authentication)?;
            let scalar = Zeroizing::new(private.to_scalar_bytes());
            let shared = x25519_dalek::StaticSecret::from(*scalar)
                .diffie_hellman(&x25519_dalek::PublicKey::from(peer));
            if !shared.was_contributory() {
                return Err(Error::Authentication);
            }
            let own = private.verifying_key().to_montgomery().to_bytes();
            Ok(derive(KeyType::Ed25519, shared.as_bytes(), &peer, &own))
        }
        Private::Secp256k1(private) => {
            let peer = uncompressed(encapsulated)
                .and_then(|bytes| k256::PublicKey::from_sec1_bytes(bytes).ok())
                .ok_or(Error::Authentication)?;
            let shared = k256::ecdh::diffie_hellman(private.as_nonzero_scalar(), peer.as_affine());
            let own = private.verifying_key().to_encoded_point(false);
            let secret = shared.raw_secret_bytes();
            Ok(derive(KeyType::Secp256k1, secret, encapsulated, own.as_bytes()))
        }
        Private::Ecdsa(private) => {
            let peer = uncompressed(encapsulated)
                .and_then(|bytes| p256::PublicKey::from_sec1_bytes(bytes).ok())
                .ok_or(Error::Authentication)?;
            let shared = p256::ecdh::diffie_hellman(private.as_nonzero_scalar(), peer.as_affine());
            let own = private.verifying_key().to_encoded_point(false);
            let secret = shared.raw_secret_bytes();
            Ok(derive(KeyType::Ecdsa, secret, encapsulated, own.as_bytes()))
        }
    }
}

/// The one form of a point that HPKE allows.
fn uncompressed(bytes: &[u8]) -> Option<&[u8]> {
    (bytes.len() == 65 && bytes[0] == 4).then_some(bytes)
}

/// The context binds the secret to both public values.
fn derive(key_type: KeyType, secret: &[u8], encapsulated: &[u8], recipient: &[u8]) -> Secret {
    hpke::shared_secret(id(key_type), secret, &[encapsulated, recipient].concat())
}

fn derive_rsa(recipient: &PublicKey, secret: &[u8], sealed: &[u8]) -> Secret {
    derive(KeyType::Rsa, secret, sealed, &recipient.peer_id().to_bytes())
}

pub(super) fn x25519(
    recipient: &PublicKey,
    ephemeral: &x25519_dalek::StaticSecret,
) -> Result<(Secret, Vec<u8>), Error> {
    const UNUSABLE: Error = Error::UnusableKey(KeyType::Ed25519);
    let Public::Ed25519(bytes) = &recipient.0 else { return Err(UNUSABLE) };
    let point = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| UNUSABLE)?;
    if point.is_weak() {
        return Err(UNUSABLE);
    }
    let (secret, encapsulated) =
        x25519_to(&point.to_montgomery().to_bytes(), ephemeral).ok_or(UNUSABLE)?;
    Ok((secret, encapsulated))
}

pub(super) fn x25519_to(
    recipient: &[u8; 32],
    ephemeral: &x25519_dalek::StaticSecret,
) -> Option<(Secret, Vec<u8>)> {
    let shared = ephemeral.diffie_hellman(&x25519_dalek::PublicKey::from(*recipient));
    let encapsulated = x25519_dalek::PublicKey::from(ephemeral).to_bytes();
    let secret = derive(KeyType::Ed25519, shared.as_bytes(), &encapsulated, recipient);
    shared.was_contributory().then(|| (secret, encapsulated.to_vec()))
}

fn secp256k1(
    recipient: &PublicKey,
    ephemeral: &k256::SecretKey,
) -> Result<(Secret, Vec<u8>), Error> {
    use k256::elliptic_curve::sec1::ToEncodedPoint;
    let Public::Secp256k1(key) = &recipient.0 else {
        return Err(Error::UnusableKey(KeyType::Secp256k1));
    };
    let shared = k256::ecdh::diffie_hellman(ephemeral.to_nonzero_scalar(), key.as_affine());
    let encapsulated = ephemeral.public_key().to_encoded_point(false).as_bytes().to_vec();
    let to = key.to_encoded_point(false);
    let secret = shared.raw_secret_bytes();
    Ok((derive(KeyType::Secp256k1, secret, &encapsulated, to.as_bytes()), encapsulated))
}

pub(super) fn ecdsa(
    recipient: &PublicKey,
    ephemeral: &p256::SecretKey,
) -> Result<(Secret, Vec<u8>), Error> {
    use p256::elliptic_curve::sec1::ToEncodedPoint;
    let Public::Ecdsa(key) = &recipient.0 else {
        return Err(Error::UnusableKey(KeyType::Ecdsa));
    };
    let shared = p256::ecdh::diffie_hellman(ephemeral.to_nonzero_scalar(), key.as_affine());
    let encapsulated = ephemeral.public_key().to_encoded_point(false).as_bytes().to_vec();
    let to = key.to_encoded_point(false);
    let secret = shared.raw_secret_bytes();
    Ok((derive(KeyType::Ecdsa, secret, &encapsulated, to.as_bytes()), encapsulated))
}
