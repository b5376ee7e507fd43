//! Spec: spec/data/crypt.md
//!
//! The encrypted file: a header that names method and recipient, then chunks in the STREAM
//! construction, of which the last is marked. Memory is bounded by two chunks.

use super::hpke::{self, Keys};
use super::{Aead, Error, kem};
use crate::cid;
use crate::key::{PeerId, PrivateKey, PublicKey};
use aead::KeyInit;
use aead::stream::{DecryptorBE32, EncryptorBE32};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::ChaCha20Poly1305;
use rand_core::CryptoRngCore;
use std::io::{Read, Write};
use zeroize::Zeroizing;

/// Data bytes of every chunk but the last, which has fewer or as many.
pub const CHUNK_BYTES: usize = 64 << 10;
const TAG_BYTES: usize = 16;
const MAGIC: &[u8; 12] = b"ipfs-crypt\x00\x01";
/// The STREAM nonce has this many bytes in front of the counter and the end mark.
const NONCE_PREFIX_BYTES: usize = 7;

/// What stands in front of the encrypted data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    kem_id: u16,
    aead: Aead,
    recipient: PeerId,
    encapsulated: Vec<u8>,
}

impl Header {
    /// Reads the header from the front of `input`, which then is at the first chunk.
    pub fn read(input: &mut impl Read) -> Result<Self, Error> {
        let mut start = [0; MAGIC.len() + 5];
        input.read_exact(&mut start).map_err(|error| eof(error, Error::NotEncrypted))?;
        if start[..MAGIC.len()] != *MAGIC {
            return Err(Error::NotEncrypted);
        }
        let [kem_high, kem_low, aead_high, aead_low, recipient_bytes] =
            start.last_chunk().copied().unwrap_or_default();
        let kem_id = u16::from_be_bytes([kem_high, kem_low]);
        let aead = Aead::from_number(u16::from_be_bytes([aead_high, aead_low]))
            .ok_or(Error::UnknownMethod)?;
        let mut recipient = vec![0; usize::from(recipient_bytes)];
        read_whole(input, &mut recipient)?;
        let recipient = PeerId::from_bytes(&recipient).map_err(|_| Error::UnknownMethod)?;
        let mut length = [0; 2];
        read_whole(input, &mut length)?;
        let length = usize::from(u16::from_be_bytes(length));
        if length > kem::ENCAPSULATED_BYTES_MAX {
            return Err(Error::UnknownMethod);
        }
        let mut encapsulated = vec![0; length];
        read_whole(input, &mut encapsulated)?;
        Ok(Self { kem_id, aead, recipient, encapsulated })
    }

    /// Whose key opens the file.
    pub fn recipient(&self) -> &PeerId {
        &self.recipient
    }

    /// How the data is protected.
    pub fn aead(&self) -> Aead {
        self.aead
    }

    /// The part that is bound into the keys: everything before the encapsulated key.
    fn info(&self) -> Vec<u8> {
        let recipient = self.recipient.to_bytes();
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.kem_id.to_be_bytes());
        out.extend_from_slice(&(self.aead as u16).to_be_bytes());
        // Peer IDs have at most 130 bytes: code, length, digest of up to 128.
        out.push(recipient.len() as u8);
        out.extend_from_slice(&recipient);
        out
    }

    fn write(&self, output: &mut impl Write) -> Result<(), Error> {
        output.write_all(&self.info())?;
        output.write_all(&(self.encapsulated.len() as u16).to_be_bytes())?;
        Ok(output.write_all(&self.encapsulated)?)
    }

    fn keys(&self, secret: &[u8; 32]) -> Keys {
        hpke::schedule(self.kem_id, self.aead, secret, &self.info())
    }
}

fn eof(error: std::io::Error, replacement: Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => replacement,
        _ => Error::Io(error),
    }
}

fn read_whole(input: &mut impl Read, out: &mut [u8]) -> Result<(), Error> {
    input.read_exact(out).map_err(|error| eof(error, Error::Truncated))
}

/// Encrypts `input` so that only the holder of the recipient's private key can read it.
pub fn encrypt(
    recipient: &PublicKey,
    aead: Aead,
    rng: &mut impl CryptoRngCore,
    input: &mut impl Read,
    output: &mut impl Write,
) -> Result<(), Error> {
    let (secret, encapsulated) = kem::encapsulate(recipient, rng)?;
    let kem_id = kem::id(recipient.key_type());
    let header = Header { kem_id, aead, recipient: recipient.peer_id(), encapsulated };
    header.write(output)?;
    seal(&header.keys(&secret), aead, input, output)
}

/// Decrypts what follows the header. Output is authentic as far as it goes; only `Ok` says that it
/// is whole, so write to a place that can be discarded.
// spec: crypt.truncation
pub fn decrypt(
    header: &Header,
    key: &PrivateKey,
    input: &mut impl Read,
    output: &mut impl Write,
) -> Result<(), Error> {
    if key.peer_id() != header.recipient {
        return Err(Error::OtherRecipient { recipient: Box::new(header.recipient) });
    }
    if kem::id(key.key_type()) != header.kem_id {
        return Err(Error::UnknownMethod);
    }
    let secret = kem::decapsulate(key, &header.encapsulated)?;
    open(&header.keys(&secret), header.aead, input, output)
}

/// The three ciphers behind one call per chunk.
macro_rules! ciphers {
    ($name:ident, $stream:ident, $method:ident, $last:ident) => {
        enum $name {
            Aes128(Box<$stream<Aes128Gcm>>),
            Aes256(Box<$stream<Aes256Gcm>>),
            ChaCha(Box<$stream<ChaCha20Poly1305>>),
        }

        impl $name {
            fn new(aead: Aead, keys: &Keys) -> Result<Self, Error> {
                let key = &keys.key[..];
                let nonce = keys.base_nonce[..NONCE_PREFIX_BYTES].into();
                // The key schedule made the key as long as the cipher wants it.
                let bad = |_| Error::UnknownMethod;
                Ok(match aead {
                    Aead::Aes128Gcm => {
                        let cipher = Aes128Gcm::new_from_slice(key).map_err(bad)?;
                        Self::Aes128(Box::new($stream::from_aead(cipher, nonce)))
                    }
                    Aead::Aes256Gcm => {
                        let cipher = Aes256Gcm::new_from_slice(key).map_err(bad)?;
                        Self::Aes256(Box::new($stream::from_aead(cipher, nonce)))
                    }
                    Aead::ChaCha20Poly1305 => {
                        let cipher = ChaCha20Poly1305::new_from_slice(key).map_err(bad)?;
                        Self::ChaCha(Box::new($stream::from_aead(cipher, nonce)))
                    }
                })
            }

            fn next(&mut self, chunk: &mut Vec<u8>) -> Result<(), aead::Error> {
                match self {
                    Self::Aes128(stream) => stream.$method(b"", chunk),
                    Self::Aes256(stream) => stream.$method(b"", chunk),
                    Self::ChaCha(stream) => stream.$method(b"", chunk),
                }
            }

            fn last(self, chunk: &mut Vec<u8>) -> Result<(), aead::Error> {
                match self {
                    Self::Aes128(stream) => stream.$last(b"", chunk),
                    Self::Aes256(stream) => stream.$last(b"", chunk),
                    Self::ChaCha(stream) => stream.$last(b"", chunk),
                }
            }
        }
    };
}

ciphers!(Sealer, EncryptorBE32, encrypt_next_in_place, encrypt_last_in_place);
ciphers!(Opener, DecryptorBE32, decrypt_next_in_place, decrypt_last_in_place);

fn seal(
    keys: &Keys,
    aead: Aead,
    input: &mut impl Read,
    output: &mut impl Write,
) -> Result<(), Error> {
    let mut sealer = Sealer::new(aead, keys)?;
    let mut chunk = Zeroizing::new(Vec::with_capacity(CHUNK_BYTES + TAG_BYTES));
    let mut following = Zeroizing::new(Vec::with_capacity(CHUNK_BYTES + TAG_BYTES));
    fill(input, &mut chunk, CHUNK_BYTES)?;
    loop {
        // A chunk is the last when nothing follows it.
        if chunk.len() == CHUNK_BYTES {
            fill(input, &mut following, CHUNK_BYTES)?;
        }
        if following.is_empty() {
            sealer.last(&mut chunk).map_err(|_| Error::TooLong)?;
            return Ok(output.write_all(&chunk)?);
        }
        sealer.next(&mut chunk).map_err(|_| Error::TooLong)?;
        output.write_all(&chunk)?;
        std::mem::swap(&mut chunk, &mut following);
        following.clear();
    }
}

fn open(
    keys: &Keys,
    aead: Aead,
    input: &mut impl Read,
    output: &mut impl Write,
) -> Result<(), Error> {
    let sealed_bytes = CHUNK_BYTES + TAG_BYTES;
    let mut opener = Opener::new(aead, keys)?;
    let mut chunk = Zeroizing::new(Vec::with_capacity(sealed_bytes));
    let mut following = Zeroizing::new(Vec::with_capacity(sealed_bytes));
    fill(input, &mut chunk, sealed_bytes)?;
    if chunk.len() < TAG_BYTES {
        return Err(Error::Truncated);
    }
    loop {
        if chunk.len() == sealed_bytes {
            fill(input, &mut following, sealed_bytes)?;
        }
        if following.is_empty() {
            // Cut between two chunks, the one before is not marked as last and fails here.
            opener.last(&mut chunk).map_err(|_| Error::Authentication)?;
            return Ok(output.write_all(&chunk)?);
        }
        opener.next(&mut chunk).map_err(|_| Error::Authentication)?;
        output.write_all(&chunk)?;
        std::mem::swap(&mut chunk, &mut following);
        following.clear();
    }
}

/// Reads up to `length` bytes into an empty buffer; fewer only at the end of the input.
fn fill(input: &mut impl Read, out: &mut Vec<u8>, length: usize) -> Result<(), Error> {
    out.clear();
    input.take(length as u64).read_to_end(out)?;
    Ok(())
}

// The header has one byte for the length of a peer ID.
const _: () = assert!(cid::DIGEST_BYTES_MAX + 2 < 256);
