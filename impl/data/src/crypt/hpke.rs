//! Spec: spec/data/crypt.md
//!
//! The parts of HPKE (RFC 9180) in use: HKDF-SHA256 with labels, the last step of a DHKEM, and the
//! key schedule of the base mode.

use super::Aead;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

const VERSION: &[u8] = b"HPKE-v1";
/// HKDF-SHA256 in the registry.
const KDF_ID: u16 = 1;

/// Key and base nonce of one message.
pub(super) struct Keys {
    pub(super) key: Zeroizing<Vec<u8>>,
    pub(super) base_nonce: [u8; 12],
}

fn extract(suite: &[u8], salt: &[u8], label: &[u8], input: &[u8]) -> Hkdf<Sha256> {
    let input = Zeroizing::new([VERSION, suite, label, input].concat());
    Hkdf::new(Some(salt), &input)
}

fn extract_bytes(suite: &[u8], salt: &[u8], label: &[u8], input: &[u8]) -> Zeroizing<[u8; 32]> {
    let input = Zeroizing::new([VERSION, suite, label, input].concat());
    Zeroizing::new(Hkdf::<Sha256>::extract(Some(salt), &input).0.into())
}

fn expand(prk: &Hkdf<Sha256>, suite: &[u8], label: &[u8], info: &[u8], out: &mut [u8]) {
    let length = (out.len() as u16).to_be_bytes();
    // Fails only beyond 255 * 32 bytes.
    let _ = prk.expand_multi_info(&[&length, VERSION, suite, label, info], out);
}

/// `ExtractAndExpand` of section 4.1: the shared secret of a key encapsulation.
pub(super) fn shared_secret(kem_id: u16, secret: &[u8], context: &[u8]) -> Zeroizing<[u8; 32]> {
    let suite = [b"KEM", &kem_id.to_be_bytes()[..]].concat();
    let mut out = Zeroizing::new([0; 32]);
    let prk = extract(&suite, b"", b"eae_prk", secret);
    expand(&prk, &suite, b"shared_secret", context, &mut *out);
    out
}

/// `KeySchedule` of section 5.1 in base mode.
pub(super) fn schedule(kem_id: u16, aead: Aead, shared_secret: &[u8; 32], info: &[u8]) -> Keys {
    let ids = [kem_id, KDF_ID, aead as u16].map(u16::to_be_bytes).concat();
    let suite = [b"HPKE", &ids[..]].concat();
    let psk_id_hash = extract_bytes(&suite, b"", b"psk_id_hash", b"");
    let info_hash = extract_bytes(&suite, b"", b"info_hash", info);
    let context = [&[0], &psk_id_hash[..], &info_hash[..]].concat();
    let secret = extract(&suite, shared_secret, b"secret", b"");
    let mut keys = Keys { key: Zeroizing::new(vec![0; aead.key_bytes()]), base_nonce: [0; 12] };
    expand(&secret, &suite, b"key", &context, &mut keys.key);
    expand(&secret, &suite, b"base_nonce", &context, &mut keys.base_nonce);
    keys
}
