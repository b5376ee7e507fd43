//! Spec: spec/data/key.md
//!
//! PKCS#8 in PEM, in clear: what `openssl pkey` reads and writes.

use super::{Error, KeyType, Private, PrivateKey, elliptic, rsa};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pkcs8::der::{Decode, Encode};
use pkcs8::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

/// The label of an unencrypted private key.
pub const LABEL: &str = "PRIVATE KEY";
const ED25519: pkcs8::ObjectIdentifier = pkcs8::ObjectIdentifier::new_unwrap("1.3.101.112");
const LINE_CHARS: usize = 64;

/// Why a PEM file holds no key we can take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// No `-----BEGIN` block with its end and valid base64 between.
    #[error("PEM block not found in input data")]
    NotFound,
    /// A block of another kind.
    #[error("expected PRIVATE KEY type in PEM block but got: {0}")]
    Label(String),
    /// The bytes are not PKCS#8 of an algorithm we know.
    #[error("parsing PKCS8 format: {0}")]
    Pkcs8(&'static str),
    /// The key inside is refused.
    #[error("converting std Go key to libp2p key: {0}")]
    Key(#[from] Error),
}

impl PrivateKey {
    /// PKCS#8 DER, in clear.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let der = match &self.0 {
            Private::Rsa(key) => rsa::to_pkcs8(key),
            Private::Ed25519(key) => {
                let seed = Zeroizing::new([&[4, 32], &key.as_bytes()[..]].concat());
                info(ED25519, None, &seed)
            }
            Private::Secp256k1(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                elliptic::sec1_der(&Zeroizing::new(key.to_bytes()), point.as_bytes(), None)
                    .and_then(|inner| {
                        info(elliptic::EC_PUBLIC_KEY, Some(elliptic::SECP256K1), &inner)
                    })
            }
            Private::Ecdsa(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                elliptic::sec1_der(&Zeroizing::new(key.to_bytes()), point.as_bytes(), None)
                    .and_then(|inner| info(elliptic::EC_PUBLIC_KEY, Some(elliptic::P256), &inner))
            }
        };
        der.ok_or_else(|| Error::Operation(self.key_type(), "PKCS#8 encoding failed".into()))
    }

    /// The PEM file that `key export --format=pem-pkcs8-cleartext` writes.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, Error> {
        Ok(encode(LABEL, &self.to_pkcs8_der()?))
    }

    /// Reads the first PEM block of a file, which must be an unencrypted PKCS#8 key.
    pub fn from_pkcs8_pem(file: &[u8]) -> Result<Self, PemError> {
        let (label, der) = decode(file).ok_or(PemError::NotFound)?;
        if label != LABEL {
            return Err(PemError::Label(label));
        }
        Self::from_pkcs8_der(&der)
    }

    /// Reads PKCS#8 DER.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, PemError> {
        let info = pkcs8::PrivateKeyInfo::from_der(der)
            .map_err(|_| PemError::Pkcs8("not a PKCS#8 private key"))?;
        if info.algorithm.oid == pkcs1::ALGORITHM_OID {
            return Ok(Self(Private::Rsa(Box::new(rsa::private_from_der(info.private_key)?))));
        }
        if info.algorithm.oid == ED25519 {
            let Some(([4, 32], seed)) = info.private_key.split_first_chunk::<2>() else {
                return Err(PemError::Pkcs8("invalid Ed25519 private key"));
            };
            let seed: &[u8; 32] =
                seed.try_into().map_err(|_| PemError::Pkcs8("invalid Ed25519 private key"))?;
            return Ok(Self(Private::Ed25519(ed25519_dalek::SigningKey::from_bytes(seed))));
        }
        if info.algorithm.oid != elliptic::EC_PUBLIC_KEY {
            return Err(PemError::Pkcs8("key of an algorithm that is not supported"));
        }
        let curve = info.algorithm.parameters_oid().ok();
        let inner = sec1::EcPrivateKey::from_der(info.private_key)
            .map_err(|_| PemError::Pkcs8("invalid EC private key"))?;
        let scalar = elliptic::scalar_bytes(inner.private_key)
            .ok_or(PemError::Pkcs8("invalid EC private key length"))?;
        Ok(Self(match curve {
            Some(elliptic::SECP256K1) => Private::Secp256k1(
                k256::ecdsa::SigningKey::from_slice(&*scalar)
                    .map_err(|_| Error::Malformed(KeyType::Secp256k1))?,
            ),
            Some(elliptic::P256) => Private::Ecdsa(
                p256::ecdsa::SigningKey::from_slice(&*scalar)
                    .map_err(|_| Error::Malformed(KeyType::Ecdsa))?,
            ),
            _ => return Err(PemError::Pkcs8("unknown elliptic curve")),
        }))
    }
}

fn info(
    oid: pkcs8::ObjectIdentifier,
    curve: Option<pkcs8::ObjectIdentifier>,
    inner: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let parameters = curve.as_ref().map(Into::into);
    let algorithm = AlgorithmIdentifierRef { oid, parameters };
    pkcs8::PrivateKeyInfo::new(algorithm, inner).to_der().ok().map(Zeroizing::new)
}

/// One PEM block with lines of 64 characters.
pub(crate) fn encode(label: &str, der: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(STANDARD.encode(der));
    let mut out = Zeroizing::new(String::with_capacity(base64.len() * 66 / 64 + 128));
    let mut line = |parts: &[&str]| {
        parts.iter().for_each(|part| out.push_str(part));
        out.push('\n');
    };
    line(&["-----BEGIN ", label, "-----"]);
    for start in (0..base64.len()).step_by(LINE_CHARS) {
        line(&[&base64[start..base64.len().min(start + LINE_CHARS)]]);
    }
    line(&["-----END ", label, "-----"]);
    out
}

/// Label and content of the first complete PEM block. Text before and after is skipped, as are
/// RFC 1421 headers.
pub(crate) fn decode(file: &[u8]) -> Option<(String, Zeroizing<Vec<u8>>)> {
    if file.len() > super::ENCODED_BYTES_MAX {
        return None;
    }
    let text = Zeroizing::new(String::from_utf8_lossy(file).into_owned());
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let Some(label) = line.strip_prefix("-----BEGIN ").and_then(|l| l.strip_suffix("-----"))
        else {
            continue;
        };
        let mut base64 = Zeroizing::new(String::with_capacity(text.len()));
        for line in lines.by_ref() {
            if line.strip_prefix("-----END ").and_then(|l| l.strip_suffix("-----")) == Some(label) {
                let der = STANDARD.decode(base64.as_bytes()).ok().map(Zeroizing::new);
                if let Some(der) = der {
                    return Some((label.to_owned(), der));
                }
                break;
            }
            if !line.contains(':') {
                base64.push_str(line.trim());
            }
        }
    }
    None
}
