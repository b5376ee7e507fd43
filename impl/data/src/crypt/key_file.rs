//! Spec: spec/data/crypt.md
//!
//! Private keys under a passphrase: encrypted PKCS#8 in PEM (RFC 5958, RFC 8018 PBES2 with scrypt
//! and AES-256-CBC), which `openssl pkey` reads. A line in front names the peer ID: it can be shown
//! without the passphrase, and a key that was tampered with does not match it.

use super::Error;
use crate::key::{PeerId, PrivateKey, pem_decode, pem_encode};
use pkcs8::EncryptedPrivateKeyInfo;
use pkcs8::der::{Decode, Encode};
use pkcs8::pkcs5::{EncryptionScheme, pbes2};
use rand_core::CryptoRngCore;

const LABEL: &str = "ENCRYPTED PRIVATE KEY";
const PEER_ID_LINE: &str = "Peer-ID: ";

/// Cost of scrypt: 16 MiB of memory five times over, the most that openssl accepts by default.
const SCRYPT_N: u64 = 1 << 14;
const SCRYPT_R: u16 = 8;
const SCRYPT_P: u16 = 5;
/// Costs beyond these are refused when reading.
const SCRYPT_N_MAX: u64 = 1 << 20;
const SCRYPT_R_MAX: u16 = 32;
const SCRYPT_P_MAX: u16 = 64;
const PBKDF2_ROUNDS_MAX: u32 = 10_000_000;

/// Whether a file looks like an encrypted key, rather than a key in clear.
pub fn is_sealed(file: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";
    file.len() <= crate::key::ENCODED_BYTES_MAX
        && file.windows(BEGIN.len()).any(|window| window == BEGIN)
}

/// The peer ID that an encrypted key file names. Only opening it shows whether that is true.
pub fn sealed_peer_id(file: &[u8]) -> Option<PeerId> {
    if !is_sealed(file) {
        return None;
    }
    let line = file.split(|byte| *byte == b'\n').next()?;
    let text = std::str::from_utf8(line).ok()?.strip_prefix(PEER_ID_LINE)?;
    PeerId::parse(text.trim()).ok()
}

/// The key as an encrypted file.
// spec: crypt.key-file
pub fn seal_key(
    key: &PrivateKey,
    passphrase: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Result<String, Error> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut iv);
    let scrypt = pbes2::ScryptParams {
        salt: &salt,
        cost_parameter: SCRYPT_N,
        block_size: SCRYPT_R,
        parallelization: SCRYPT_P,
        key_length: None,
    };
    let encryption = pbes2::EncryptionScheme::Aes256Cbc { iv: &iv };
    let scheme = pbes2::Parameters { kdf: scrypt.into(), encryption };
    let failed = |_| Error::KeyFile("encryption failed");
    let encrypted_data = scheme.encrypt(passphrase, &key.to_pkcs8_der()?).map_err(failed)?;
    let info = EncryptedPrivateKeyInfo {
        encryption_algorithm: EncryptionScheme::from(scheme),
        encrypted_data: &encrypted_data,
    };
    let der = info.to_der().map_err(|_| Error::KeyFile("encryption failed"))?;
    Ok(format!("{PEER_ID_LINE}{}\n{}", key.peer_id(), *pem_encode(LABEL, &der)))
}

/// Decrypts a key file. Files that openssl wrote are taken as well.
pub fn open_key(file: &[u8], passphrase: &[u8]) -> Result<PrivateKey, Error> {
    let (label, der) = pem_decode(file).ok_or(Error::KeyFile("no PEM block"))?;
    if label != LABEL {
        return Err(Error::KeyFile("the PEM block is not an encrypted private key"));
    }
    let info = EncryptedPrivateKeyInfo::from_der(&der)
        .map_err(|_| Error::KeyFile("not PKCS#8, or a method we do not know"))?;
    check_cost(&info.encryption_algorithm)?;
    let plain = info.decrypt(passphrase).map_err(|_| Error::Passphrase)?;
    let key = PrivateKey::from_pkcs8_der(plain.as_bytes()).map_err(|_| Error::Passphrase)?;
    // spec: crypt.key-file-peer-id
    match sealed_peer_id(file) {
        Some(expected) if expected != key.peer_id() => Err(Error::Passphrase),
        _ => Ok(key),
    }
}

// spec: crypt.key-file-cost
fn check_cost(scheme: &EncryptionScheme<'_>) -> Result<(), Error> {
    let EncryptionScheme::Pbes2(parameters) = scheme else {
        return Err(Error::KeyFile("not PBES2: too weak"));
    };
    let in_bounds = match &parameters.kdf {
        pbes2::Kdf::Scrypt(scrypt) => {
            (2..=SCRYPT_N_MAX).contains(&scrypt.cost_parameter)
                && (1..=SCRYPT_R_MAX).contains(&scrypt.block_size)
                && (1..=SCRYPT_P_MAX).contains(&scrypt.parallelization)
        }
        pbes2::Kdf::Pbkdf2(pbkdf2) => (1..=PBKDF2_ROUNDS_MAX).contains(&pbkdf2.iteration_count),
        _ => false,
    };
    if in_bounds { Ok(()) } else { Err(Error::KeyFile("cost parameters out of bounds")) }
}
