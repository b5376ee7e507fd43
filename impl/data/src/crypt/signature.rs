//! Spec: spec/data/crypt.md
//!
//! Detached signatures of data of any length: the key signs a context string and the SHA-512 of the
//! data, so that the data is read once and the signature serves for nothing else.

use super::Error;
use crate::key::{PeerId, PrivateKey, PublicKey};
use crate::multibase::{self, Base};
use sha2::{Digest, Sha512};
use std::fmt;

const CONTEXT: &[u8] = b"ipfs crypt signature v1\0";
const FIRST_WORD: &str = "ipfs-crypt-signature-v1";
/// RSA with 8192 bits needs about 3 KiB.
const TEXT_BYTES_MAX: usize = 16 << 10;

/// Takes in the data, piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Digester(Sha512);

impl Digester {
    /// Before any data.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next piece.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// Signs all data seen so far.
    // spec: crypt.signed-statement
    pub fn sign(self, key: &PrivateKey) -> Result<SignatureFile, Error> {
        let signature = key.sign(&self.statement())?;
        Ok(SignatureFile { key: key.public(), signature })
    }

    fn statement(self) -> Vec<u8> {
        [CONTEXT, &self.0.finalize()[..]].concat()
    }
}

/// A signature with the public key that made it. `Display` gives the one line that files hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureFile {
    key: PublicKey,
    signature: Vec<u8>,
}

impl SignatureFile {
    /// Reads the line.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let text = Some(text)
            .filter(|text| text.len() <= TEXT_BYTES_MAX)
            .and_then(|text| std::str::from_utf8(text).ok())
            .ok_or(Error::NotASignature)?;
        let words: Vec<_> = text.split_ascii_whitespace().collect();
        let [FIRST_WORD, key, signature] = words[..] else { return Err(Error::NotASignature) };
        let bytes = |word: &str| {
            let decoded = multibase::decode(word.as_bytes());
            decoded.map(|(_, bytes)| bytes).map_err(|_| Error::NotASignature)
        };
        Ok(Self { key: PublicKey::from_protobuf(&bytes(key)?)?, signature: bytes(signature)? })
    }

    /// Who claims to have signed.
    pub fn signer(&self) -> PeerId {
        self.key.peer_id()
    }

    /// Whether `signer` signed the data that `digester` took in.
    pub fn verify(&self, digester: Digester, signer: &PeerId) -> Result<(), Error> {
        if self.signer() != *signer {
            return Err(Error::OtherSigner { signer: Box::new(self.signer()) });
        }
        match self.key.verify(&digester.statement(), &self.signature) {
            Ok(true) => Ok(()),
            _ => Err(Error::BadSignature),
        }
    }
}

impl fmt::Display for SignatureFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |bytes: &[u8]| {
            String::from_utf8_lossy(&multibase::encode(Base::Base64Url, bytes)).into_owned()
        };
        write!(f, "{FIRST_WORD} {} {}", word(&self.key.to_protobuf()), word(&self.signature))
    }
}
