//! Spec: spec/data/key.md
//!
//! RSA: encodings, the size limits that apply before any arithmetic, signatures.

use super::{Error, KeyType, RSA_BITS_MAX, RSA_BITS_MIN};
use pkcs1::der::{Decode, Encode};
use rand_core::{CryptoRng, CryptoRngCore, RngCore};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

const MALFORMED: Error = Error::Malformed(KeyType::Rsa);

pub(super) fn bits(key: &RsaPublicKey) -> usize {
    key.n().bits()
}

// spec: key.rsa-size
fn check_bits(bits: usize) -> Result<(), Error> {
    match bits {
        ..RSA_BITS_MIN => Err(Error::RsaTooSmall),
        RSA_BITS_MIN..=RSA_BITS_MAX => Ok(()),
        _ => Err(Error::RsaTooBig),
    }
}

/// Bits of a big-endian integer without leading zero bytes.
fn bits_of(integer: &pkcs1::UintRef<'_>) -> usize {
    let bytes = integer.as_bytes();
    bytes.first().map_or(0, |first| bytes.len() * 8 - first.leading_zeros() as usize)
}

fn number(integer: &pkcs1::UintRef<'_>) -> BigUint {
    BigUint::from_bytes_be(integer.as_bytes())
}

pub(super) fn generate(bits: usize, rng: &mut impl CryptoRngCore) -> Result<RsaPrivateKey, Error> {
    check_bits(bits)?;
    RsaPrivateKey::new(rng, bits).map_err(|error| Error::Operation(KeyType::Rsa, error.to_string()))
}

pub(super) fn public_from_der(der: &[u8]) -> Result<RsaPublicKey, Error> {
    let outer = pkcs8::SubjectPublicKeyInfoRef::from_der(der).map_err(|_| MALFORMED)?;
    if outer.algorithm != pkcs1::ALGORITHM_ID {
        return Err(MALFORMED);
    }
    let inner = outer.subject_public_key.as_bytes().ok_or(MALFORMED)?;
    let key = pkcs1::RsaPublicKey::from_der(inner).map_err(|_| MALFORMED)?;
    check_bits(bits_of(&key.modulus))?;
    RsaPublicKey::new_with_max_size(
        number(&key.modulus),
        number(&key.public_exponent),
        RSA_BITS_MAX,
    )
    .map_err(|_| MALFORMED)
}

pub(super) fn public_to_der(key: &RsaPublicKey) -> Vec<u8> {
    use pkcs8::EncodePublicKey;
    // Fails only for lengths that no key of at most 8192 bits reaches.
    key.to_public_key_der().map(|document| document.into_vec()).unwrap_or_default()
}

pub(super) fn private_from_der(der: &[u8]) -> Result<RsaPrivateKey, Error> {
    let key = pkcs1::RsaPrivateKey::from_der(der).map_err(|_| MALFORMED)?;
    if key.version() != pkcs1::Version::TwoPrime {
        return Err(MALFORMED);
    }
    check_bits(bits_of(&key.modulus))?;
    let too_long = |part: &pkcs1::UintRef<'_>| bits_of(part) > RSA_BITS_MAX;
    if [&key.public_exponent, &key.private_exponent, &key.prime1, &key.prime2]
        .into_iter()
        .any(too_long)
    {
        return Err(MALFORMED);
    }
    // An even or tiny prime would fail (or loop) inside the arithmetic.
    for prime in [&key.prime1, &key.prime2] {
        if bits_of(prime) < 2 || prime.as_bytes().last().is_none_or(|low| low & 1 == 0) {
            return Err(MALFORMED);
        }
    }
    let private = RsaPrivateKey::from_components(
        number(&key.modulus),
        number(&key.public_exponent),
        number(&key.private_exponent),
        vec![number(&key.prime1), number(&key.prime2)],
    )
    .map_err(|_| MALFORMED)?;
    private.validate().map_err(|_| MALFORMED)?;
    private.crt_coefficient().ok_or(MALFORMED)?;
    Ok(private)
}

pub(super) fn private_to_der(key: &RsaPrivateKey) -> Zeroizing<Vec<u8>> {
    use pkcs8::EncodePrivateKey;
    // The inner half of PKCS#8 is PKCS#1. Fails only without a CRT coefficient, which
    // `private_from_der` refuses and `generate` never makes.
    let outer = key.to_pkcs8_der();
    let inner = outer.as_ref().ok().and_then(|document| {
        pkcs8::PrivateKeyInfo::from_der(document.as_bytes())
            .ok()
            .map(|info| Zeroizing::new(info.private_key.to_vec()))
    });
    inner.unwrap_or_default()
}

pub(super) fn verify(key: &RsaPublicKey, message: &[u8], signature: &[u8]) -> Result<bool, Error> {
    key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), signature)
        .map(|()| true)
        .map_err(|_| Error::Signature("crypto/rsa: verification error"))
}

pub(super) fn sign(key: &RsaPrivateKey, message: &[u8]) -> Result<Vec<u8>, Error> {
    let digest = Sha256::digest(message);
    let mut blinding = Blinding::new(key, &digest);
    key.sign_with_rng(&mut blinding, Pkcs1v15Sign::new::<Sha256>(), &digest)
        .map_err(|error| Error::Operation(KeyType::Rsa, error.to_string()))
}

/// Blinding factors against timing attacks, derived from key and message: this crate has no
/// randomness of its own, and the signature does not depend on them.
pub(crate) struct Blinding {
    seed: [u8; 32],
    counter: u64,
}

impl Blinding {
    pub(crate) fn new(key: &RsaPrivateKey, input: &[u8]) -> Self {
        let secret = Zeroizing::new(key.d().to_bytes_be());
        let seed = Sha256::new()
            .chain_update(b"ipfs rsa blinding")
            .chain_update((secret.len() as u64).to_be_bytes())
            .chain_update(&*secret)
            .chain_update(input)
            .finalize()
            .into();
        Self { seed, counter: 0 }
    }
}

impl Drop for Blinding {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

impl CryptoRng for Blinding {}

impl RngCore for Blinding {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let block =
                Sha256::new().chain_update(self.seed).chain_update(self.counter.to_be_bytes());
            chunk.copy_from_slice(&block.finalize()[..chunk.len()]);
            self.counter += 1;
        }
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

/// PKCS#8 of the key, for export.
pub(super) fn to_pkcs8(key: &RsaPrivateKey) -> Option<Zeroizing<Vec<u8>>> {
    let inner = private_to_der(key);
    let info = pkcs8::PrivateKeyInfo::new(pkcs1::ALGORITHM_ID, &inner);
    info.to_der().ok().map(Zeroizing::new)
}
