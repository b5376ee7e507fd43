//! Spec: spec/data/cid.md
//!
//! Which CIDs may name content.

use super::{Cid, DIGEST_BYTES_MAX, hash};
use crate::multihash::{self, DIGEST_BYTES_MIN};

/// Why a CID may not name content. The texts are those that clients of the reference see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Insecure {
    /// Collisions of the hash function can be made.
    #[error("potentially insecure hash functions not allowed")]
    Function,
    /// The digest is cut too short.
    #[error("digest too small: {name} digest got {got} bytes, minimum {DIGEST_BYTES_MIN}")]
    TooSmall {
        /// The hash function.
        name: String,
        /// Bytes of the digest.
        got: usize,
    },
    /// The digest is longer than any that is needed.
    #[error("digest too large: {name} digest got {got} bytes, maximum {DIGEST_BYTES_MAX}")]
    TooLarge {
        /// The hash function.
        name: String,
        /// Bytes of the digest.
        got: usize,
    },
}

/// Refuses CIDs whose digest could be forged.
// spec: cid.allowed-hashes
// spec: cid.digest-min-20
pub fn validate(cid: &Cid) -> Result<(), Insecure> {
    let code = cid.hash().code();
    if !multihash::is_allowed(code) {
        return Err(Insecure::Function);
    }
    let got = cid.hash().digest().len();
    let name = || multihash::name(code).unwrap_or(format!("unknown({code})"));
    if got < DIGEST_BYTES_MIN && code != hash::IDENTITY {
        return Err(Insecure::TooSmall { name: name(), got });
    }
    if got > DIGEST_BYTES_MAX {
        return Err(Insecure::TooLarge { name: name(), got });
    }
    Ok(())
}
