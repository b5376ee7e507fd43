//! Spec: spec/data/multihash.md
//!
//! Hash functions by multihash code: names, digests, and which of them name content.

mod murmur3;

pub use murmur3::murmur3_x64_64;

use crate::cid::{DIGEST_BYTES_MAX, Multihash, hash};
use sha2::Digest;

/// Smallest digest that names content, in bytes. Identity digests may be shorter.
pub const DIGEST_BYTES_MIN: usize = 20;

/// `blake2b-8`; the code of `blake2b-8n` is this plus n-1, n up to 64.
const BLAKE2B_MIN: u64 = 0xb201;
const BLAKE2B_MAX: u64 = 0xb240;
/// `blake2s-8`; the code of `blake2s-8n` is this plus n-1, n up to 32.
const BLAKE2S_MIN: u64 = 0xb241;
const BLAKE2S_MAX: u64 = 0xb260;
const MURMUR3: u64 = 0x22;
const MD5: u64 = 0xd5;
const DBL_SHA2_256: u64 = 0x56;

/// Names of the functions other than BLAKE2, by code.
const NAMES: [(u64, &str); 21] = [
    (0x00, "identity"),
    (0x11, "sha1"),
    (0x12, "sha2-256"),
    (0x13, "sha2-512"),
    (0x14, "sha3-512"),
    (0x15, "sha3-384"),
    (0x16, "sha3-256"),
    (0x17, "sha3-224"),
    (0x18, "shake-128"),
    (0x19, "shake-256"),
    (0x1a, "keccak-224"),
    (0x1b, "keccak-256"),
    (0x1c, "keccak-384"),
    (0x1d, "keccak-512"),
    (0x1e, "blake3"),
    (0x22, "murmur3-x64-64"),
    (0x56, "dbl-sha2-256"),
    (0xd5, "md5"),
    (0x1012, "sha2-256-trunc254-padded"),
    (0x1100, "x11"),
    (0xb401, "poseidon-bls12_381-a2-fc1"),
];

/// Why no digest was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The function is not implemented.
    #[error("unknown multihash code {0} (0x{0:x}): no such hash registered")]
    UnknownCode(u64),
    /// The function gives fewer bytes than asked for.
    #[error("requested length was too large for digest")]
    Length,
    /// Identity digests have the length of the data.
    #[error(
        "the length of the identity hash ({length}) must be equal to the length of the data ({data})"
    )]
    IdentityLength {
        /// The length asked for.
        length: usize,
        /// The length of the data.
        data: usize,
    },
    /// The data is too long for an identity digest.
    #[error("digest too large: identity digest got {0} bytes, maximum {DIGEST_BYTES_MAX}")]
    IdentityTooLarge(usize),
}

/// The name of the function with this code.
pub fn name(code: u64) -> Option<String> {
    if (BLAKE2B_MIN..=BLAKE2B_MAX).contains(&code) {
        return Some(format!("blake2b-{}", (code - BLAKE2B_MIN + 1) * 8));
    }
    if (BLAKE2S_MIN..=BLAKE2S_MAX).contains(&code) {
        return Some(format!("blake2s-{}", (code - BLAKE2S_MIN + 1) * 8));
    }
    NAMES.iter().find(|row| row.0 == code).map(|row| row.1.to_owned())
}

/// The code of the function with this name; case matters. `sha3` is short for `sha3-512`.
pub fn code(name: &str) -> Option<u64> {
    let bits = |prefix: &str, min: u64, max: u64| {
        let text = name.strip_prefix(prefix)?;
        let bits: u64 = text.parse().ok()?;
        let code = min + (bits / 8).checked_sub(1)?;
        (bits.is_multiple_of(8) && code <= max && text == bits.to_string()).then_some(code)
    };
    if name == "sha3" {
        return Some(0x14);
    }
    let plain = NAMES.iter().find(|row| row.1 == name).map(|row| row.0);
    plain
        .or_else(|| bits("blake2b-", BLAKE2B_MIN, BLAKE2B_MAX))
        .or_else(|| bits("blake2s-", BLAKE2S_MIN, BLAKE2S_MAX))
}

/// Whether the function may name content: collision resistant, or identity, or `sha1` for git.
// spec: multihash.allowed
pub fn is_allowed(code: u64) -> bool {
    matches!(code, 0x00 | 0x11..=0x17 | 0x19..=0x1e | DBL_SHA2_256)
        || (BLAKE2B_MIN + 19..=BLAKE2B_MAX).contains(&code)
        || (BLAKE2S_MIN + 19..=BLAKE2S_MAX).contains(&code)
}

/// Codes of all functions with a name that may name content, ascending.
pub fn allowed() -> impl Iterator<Item = u64> {
    let plain = NAMES.iter().map(|row| row.0).filter(|&code| code < BLAKE2B_MIN);
    plain.chain(BLAKE2B_MIN..=BLAKE2S_MAX).filter(|&code| is_allowed(code))
}

/// The multihash of `data`. `length` cuts the digest to its first bytes; without it the digest has
/// the function's usual length.
pub fn sum(code: u64, data: &[u8], length: Option<usize>) -> Result<Multihash, Error> {
    let mut digest = [0u8; DIGEST_BYTES_MAX];
    let full = digest_into(code, data, length, &mut digest)?;
    let length = length.unwrap_or(full);
    if length > full {
        return Err(Error::Length);
    }
    Multihash::wrap(code, &digest[..length]).map_err(|_| Error::Length)
}

/// Whether `data` has this multihash.
pub fn verify(hash: &Multihash, data: &[u8]) -> Result<bool, Error> {
    if hash.code() == hash::IDENTITY {
        return Ok(hash.digest() == data);
    }
    Ok(sum(hash.code(), data, Some(hash.digest().len()))?.digest() == hash.digest())
}

// spec: multihash.functions
/// Writes the digest to the start of `out`; gives its length.
fn digest_into(
    code: u64,
    data: &[u8],
    length: Option<usize>,
    out: &mut [u8; DIGEST_BYTES_MAX],
) -> Result<usize, Error> {
    fn put<D: Digest>(data: &[u8], out: &mut [u8]) -> usize {
        let digest = D::digest(data);
        out[..digest.len()].copy_from_slice(&digest);
        digest.len()
    }
    Ok(match code {
        hash::SHA2_256 => put::<sha2::Sha256>(data, out),
        hash::IDENTITY => identity(data, length, out)?,
        hash::SHA1 => put::<sha1::Sha1>(data, out),
        hash::SHA2_512 => put::<sha2::Sha512>(data, out),
        0x20 => put::<sha2::Sha384>(data, out),
        0x1013 => put::<sha2::Sha224>(data, out),
        0x1014 => put::<sha2::Sha512_224>(data, out),
        0x1015 => put::<sha2::Sha512_256>(data, out),
        0x14 => put::<sha3::Sha3_512>(data, out),
        0x15 => put::<sha3::Sha3_384>(data, out),
        0x16 => put::<sha3::Sha3_256>(data, out),
        0x17 => put::<sha3::Sha3_224>(data, out),
        0x18 => shake::<sha3::Shake128>(data, 32, out),
        0x19 => shake::<sha3::Shake256>(data, 64, out),
        0x1b => put::<sha3::Keccak256>(data, out),
        0x1d => put::<sha3::Keccak512>(data, out),
        hash::BLAKE3 => blake3(data, length, out)?,
        MURMUR3 => {
            out[..8].copy_from_slice(&murmur3_x64_64(data).to_be_bytes());
            8
        }
        MD5 => put::<md5::Md5>(data, out),
        DBL_SHA2_256 => put::<sha2::Sha256>(&sha2::Sha256::digest(data), out),
        BLAKE2B_MIN..=BLAKE2B_MAX => {
            let length = (code - BLAKE2B_MIN + 1) as usize;
            let digest = blake2b_simd::Params::new().hash_length(length).hash(data);
            out[..length].copy_from_slice(digest.as_bytes());
            length
        }
        BLAKE2S_MAX => {
            out[..32].copy_from_slice(blake2s_simd::blake2s(data).as_bytes());
            32
        }
        other => return Err(Error::UnknownCode(other)),
    })
}

// spec: multihash.identity-max-128
fn identity(
    data: &[u8],
    length: Option<usize>,
    out: &mut [u8; DIGEST_BYTES_MAX],
) -> Result<usize, Error> {
    if let Some(length) = length.filter(|&length| length != data.len()) {
        return Err(match length > data.len() {
            true => Error::Length,
            false => Error::IdentityLength { length, data: data.len() },
        });
    }
    let room = out.get_mut(..data.len()).ok_or(Error::IdentityTooLarge(data.len()))?;
    room.copy_from_slice(data);
    Ok(data.len())
}

fn shake<D>(data: &[u8], length: usize, out: &mut [u8; DIGEST_BYTES_MAX]) -> usize
where
    D: Default + sha3::digest::Update + sha3::digest::ExtendableOutput,
{
    let mut hasher = D::default();
    hasher.update(data);
    hasher.finalize_xof_into(&mut out[..length]);
    length
}

// spec: multihash.blake3-length
fn blake3(
    data: &[u8],
    length: Option<usize>,
    out: &mut [u8; DIGEST_BYTES_MAX],
) -> Result<usize, Error> {
    let length = length.unwrap_or(32);
    if length == 0 || length > DIGEST_BYTES_MAX {
        return Err(Error::Length);
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(data);
    hasher.finalize_xof().fill(&mut out[..length]);
    Ok(length)
}

#[cfg(test)]
mod tests;
