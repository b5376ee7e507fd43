//! Spec: spec/data/crypt.md
//!
//! Encrypting to and signing with libp2p keys, for files rather than for the network: HPKE
//! (RFC 9180) or RSA-OAEP agree on a key, an AEAD in the STREAM construction protects the data
//! chunk by chunk; private keys at rest are encrypted PKCS#8.

mod hpke;
mod kem;
mod key_file;
mod signature;
mod stream;

pub use key_file::{is_sealed, open_key, seal_key, sealed_peer_id};
pub use signature::{Digester, SignatureFile};
pub use stream::{CHUNK_BYTES, Header, decrypt, encrypt};

use crate::key::{self, KeyType};

/// The authenticated ciphers to choose from, with their numbers in the HPKE registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aead {
    /// AES with a key of 128 bits in Galois/counter mode.
    Aes128Gcm = 1,
    /// AES with a key of 256 bits in Galois/counter mode.
    Aes256Gcm = 2,
    /// ChaCha20 with Poly1305 (RFC 8439); the default.
    ChaCha20Poly1305 = 3,
}

impl Aead {
    const ALL: [Self; 3] = [Self::Aes128Gcm, Self::Aes256Gcm, Self::ChaCha20Poly1305];

    /// The choice that a cipher name (`aes-128`, `aes-256`, `chacha20`, also with the mode behind
    /// it) and a mode (`gcm`, `poly1305`) stand for; unset ones follow from the other.
    // spec: crypt.aead-only
    pub fn parse(cipher: Option<&str>, mode: Option<&str>) -> Result<Self, Error> {
        let cipher = cipher.unwrap_or_default().to_ascii_lowercase().replace('_', "-");
        let mode = mode.unwrap_or_default().to_ascii_lowercase();
        let unknown = || Error::UnknownCipher { cipher: cipher.clone(), mode: mode.clone() };
        let (found, its_mode) = match &*cipher {
            "aes-128" | "aes128" | "aes-128-gcm" => (Self::Aes128Gcm, "gcm"),
            "aes" | "aes-256" | "aes256" | "aes-256-gcm" => (Self::Aes256Gcm, "gcm"),
            "chacha20" | "chacha20-poly1305" => (Self::ChaCha20Poly1305, "poly1305"),
            "" if mode == "gcm" => (Self::Aes256Gcm, "gcm"),
            "" => (Self::ChaCha20Poly1305, "poly1305"),
            _ => return Err(unknown()),
        };
        if mode.is_empty() || mode == its_mode { Ok(found) } else { Err(unknown()) }
    }

    /// The usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "aes-128-gcm",
            Self::Aes256Gcm => "aes-256-gcm",
            Self::ChaCha20Poly1305 => "chacha20-poly1305",
        }
    }

    fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|aead| *aead as u16 == number)
    }

    fn key_bytes(self) -> usize {
        if self == Self::Aes128Gcm { 16 } else { 32 }
    }
}

/// Why something could not be encrypted, decrypted, signed or verified.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not one of the authenticated ciphers.
    #[error(
        "unknown cipher \"{cipher}\" with mode \"{mode}\": choose aes-128 or aes-256 with gcm, \
         or chacha20 with poly1305"
    )]
    UnknownCipher {
        /// As asked for.
        cipher: String,
        /// As asked for.
        mode: String,
    },
    /// The input does not begin like an encrypted file.
    #[error("not a file that 'ipfs crypt encrypt' made")]
    NotEncrypted,
    /// The file was made by something newer.
    #[error("encrypted with a method that this version does not know")]
    UnknownMethod,
    /// The input ends before its end mark.
    #[error("the encrypted data is cut off")]
    Truncated,
    /// Some byte was changed, or the key is not the right one.
    #[error("decryption failed: the data was changed, or it is not for this key")]
    Authentication,
    /// The key does not belong to the recipient of the file.
    #[error("encrypted for {recipient}, not for this key")]
    OtherRecipient {
        /// The peer ID in the file.
        recipient: Box<key::PeerId>,
    },
    /// The key cannot be used for this; its numbers make no secret.
    #[error("{0} key is not usable for encryption")]
    UnusableKey(KeyType),
    /// More data than the chunk counter can number: 256 TiB.
    #[error("more than 256 TiB of data")]
    TooLong,
    /// The passphrase does not open the key.
    #[error("wrong passphrase, or the key file is damaged")]
    Passphrase,
    /// The key file is not one we can read.
    #[error("encrypted key file: {0}")]
    KeyFile(&'static str),
    /// The text is not a signature file.
    #[error("not a signature that 'ipfs crypt sign' made")]
    NotASignature,
    /// The signature is of another key.
    #[error("signed by {signer}, not by the given key")]
    OtherSigner {
        /// The peer ID in the signature.
        signer: Box<key::PeerId>,
    },
    /// The signature does not match the data.
    #[error("the signature does not match the data")]
    BadSignature,
    /// The key failed.
    #[error(transparent)]
    Key(#[from] key::Error),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

#[cfg(test)]
mod tests;
