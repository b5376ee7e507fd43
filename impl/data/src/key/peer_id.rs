//! Spec: spec/data/key.md
//!
//! Peer IDs: multihashes of public keys, in their two text forms.

use super::{Error, PublicKey};
use crate::cid::{self, Cid, Multihash, codec, hash};
use crate::multibase::{self, Base};
use crate::multicodec;
use sha2::{Digest, Sha256};
use std::fmt;

/// Longest encoded public key that a peer ID carries in itself, in bytes.
const INLINE_BYTES_MAX: usize = 42;

/// Why a text or bytes are no peer ID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeerIdError {
    /// Neither base58 of a multihash nor a CID.
    #[error("failed to parse peer ID: {0}")]
    Parse(String),
    /// A CID of something else than a key.
    #[error("can't convert CID of type \"{0}\" to a peer ID")]
    Codec(String),
    /// The bytes are no multihash.
    #[error(transparent)]
    Multihash(#[from] cid::MultihashError),
    /// Bytes follow the multihash.
    #[error("input isn't valid multihash")]
    Trailing,
}

/// The name of a peer: a multihash of its public key. `Display` gives the base58btc form.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId(Multihash);

impl PeerId {
    /// The peer ID of a key: the key itself if short, its SHA2-256 otherwise.
    // spec: key.peer-id
    pub fn of(key: &PublicKey) -> Self {
        let encoded = key.to_protobuf();
        let digest = Sha256::digest(&encoded);
        let (code, digest) = if encoded.len() <= INLINE_BYTES_MAX {
            (hash::IDENTITY, &encoded[..])
        } else {
            (hash::SHA2_256, &digest[..])
        };
        // Both digests are below the multihash's capacity of 128 bytes.
        Self(Multihash::wrap(code, digest).unwrap_or_default())
    }

    /// Reads a multihash that fills `bytes`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PeerIdError> {
        let (hash, length) = cid::read_multihash(bytes)?;
        if length != bytes.len() {
            return Err(PeerIdError::Trailing);
        }
        Ok(Self(hash))
    }

    /// Reads any text form: base58btc of the multihash (`Qm..`, `1..`) or a CID of codec
    /// `libp2p-key` in any base.
    // spec: key.peer-id-text
    pub fn parse(text: &str) -> Result<Self, PeerIdError> {
        if text.starts_with("Qm") || text.starts_with('1') {
            let (_, bytes) = multibase::decode(format!("z{text}").as_bytes())
                .map_err(|e| PeerIdError::Parse(e.to_string()))?;
            return Self::from_bytes(&bytes).map_err(|e| PeerIdError::Parse(e.to_string()));
        }
        let cid = cid::parse(text).map_err(|e| PeerIdError::Parse(e.to_string()))?;
        Self::from_cid(&cid)
    }

    /// The peer ID inside a CID of codec `libp2p-key`.
    pub fn from_cid(cid: &Cid) -> Result<Self, PeerIdError> {
        if cid.codec() == codec::LIBP2P_KEY {
            return Ok(Self(*cid.hash()));
        }
        Err(PeerIdError::Codec(multicodec::name(cid.codec())))
    }

    /// The multihash.
    pub fn multihash(&self) -> &Multihash {
        &self.0
    }

    /// The multihash as bytes.
    pub fn to_bytes(self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// CID version 1 with codec `libp2p-key`.
    pub fn to_cid(self) -> Cid {
        Cid::new_v1(codec::LIBP2P_KEY, self.0)
    }

    /// The CID form in the given base.
    pub fn to_cid_text(self, base: Base) -> String {
        cid::to_string(&self.to_cid(), base)
    }

    /// The canonical IPNS name: the CID form in base36 (`k51..`).
    pub fn to_name(self) -> String {
        self.to_cid_text(Base::Base36)
    }

    /// The key inside, if the peer ID is not a hash of it.
    pub fn public_key(&self) -> Result<PublicKey, Error> {
        if self.0.code() != hash::IDENTITY {
            return Err(Error::NotInPeerId);
        }
        PublicKey::from_protobuf(self.0.digest())
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = multibase::encode(Base::Base58Btc, &self.to_bytes());
        // The prefix `z` is left out; the rest is ASCII.
        f.write_str(&String::from_utf8_lossy(&text[1..]))
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerId({self})")
    }
}

impl std::str::FromStr for PeerId {
    type Err = PeerIdError;

    fn from_str(text: &str) -> Result<Self, PeerIdError> {
        Self::parse(text)
    }
}
