//! Spec: spec/node/swarm.md
//!
//! Private networks: the key file `swarm.key` and its fingerprint.

use libp2p::pnet::PreSharedKey;
use std::fmt;

/// First line of a key file.
const HEADER: &str = "/key/swarm/psk/1.0.0/";

/// Largest key file that is looked at.
const FILE_BYTES_MAX: usize = 1024;

/// A key that all nodes of a private network share.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NetworkKey([u8; 32]);

impl fmt::Debug for NetworkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NetworkKey({})", self.fingerprint())
    }
}

/// Why a key file makes no key. The texts are those of the reference's library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Far more than a key.
    #[error("the key file has more than {FILE_BYTES_MAX} bytes")]
    Large,
    /// Another first line.
    #[error("expected file header {HEADER}, got: {0}")]
    Header(String),
    /// A second line that is none of the three.
    #[error("unknown encoding: {0}")]
    Encoding(String),
    /// Fewer lines than three.
    #[error("EOF")]
    Short,
    /// Not 32 bytes.
    #[error("unexpected EOF")]
    Key,
}

impl NetworkKey {
    // spec: swarm.pnet-key-file
    /// Reads a key file: header, encoding and key, each on a line.
    ///
    /// # Errors
    /// When it is no key file of version 1.
    pub fn parse(file: &[u8]) -> Result<Self, KeyError> {
        if file.len() > FILE_BYTES_MAX {
            return Err(KeyError::Large);
        }
        let (header, rest) = line(file).ok_or(KeyError::Short)?;
        if header != HEADER.as_bytes() {
            return Err(KeyError::Header(String::from_utf8_lossy(header).into_owned()));
        }
        let (encoding, rest) = line(rest).ok_or(KeyError::Short)?;
        let text = || {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let line = &rest[..end];
            line.strip_suffix(b"\r").unwrap_or(line)
        };
        let key = match encoding {
            b"/base16/" => text().get(..64).and_then(base16),
            b"/base64/" => base64(text()),
            b"/bin/" => rest.get(..32).map(<[u8]>::to_vec),
            other => return Err(KeyError::Encoding(String::from_utf8_lossy(other).into_owned())),
        };
        let key = key.and_then(|key| <[u8; 32]>::try_from(key).ok());
        key.map(Self).ok_or(KeyError::Key)
    }

    pub(super) fn pre_shared_key(self) -> PreSharedKey {
        PreSharedKey::new(self.0)
    }

    // spec: swarm.pnet-fingerprint
    /// What may be shown of the key: equal for equal keys, useless for joining.
    pub fn fingerprint(self) -> String {
        self.pre_shared_key().fingerprint().to_string()
    }
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = &bytes[..end];
    Some((line.strip_suffix(b"\r").unwrap_or(line), &bytes[end + 1..]))
}

fn base16(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.chunks(2).map(pair).collect()
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = [b"M", text].concat();
    ipfs_data::multibase::decode(&text).ok().map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(rest: &[u8]) -> Result<NetworkKey, String> {
        NetworkKey::parse(rest).map_err(|error| error.to_string())
    }

    /// spec: swarm.pnet-key-file, swarm.pnet-fingerprint
    #[test]
    fn all_encodings_of_a_key() {
        let hex = "ab".repeat(32);
        let key = parse(format!("{HEADER}\n/base16/\n{hex}\n").as_bytes()).unwrap();
        assert_eq!(key, NetworkKey([0xab; 32]));
        assert_eq!(parse(format!("{HEADER}\r\n/base16/\r\n{hex}").as_bytes()), Ok(key));
        let base64 = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=";
        assert_eq!(parse(format!("{HEADER}\n/base64/\n{base64}\n").as_bytes()), Ok(key));
        let bin = [HEADER.as_bytes(), b"\n/bin/\n", &[0xab; 32]].concat();
        assert_eq!(parse(&bin), Ok(key));
        assert_eq!(key.fingerprint().len(), 32);
        assert_ne!(key.fingerprint(), NetworkKey([0xac; 32]).fingerprint());
        assert!(!format!("{key:?}").contains("abab"));
    }

    /// spec: swarm.pnet-key-file
    #[test]
    fn what_is_no_key() {
        let fails = |file: String, why: &str| {
            let error = parse(file.as_bytes()).unwrap_err();
            assert_eq!(error, format!("{why}"));
        };
        fails("x\n".to_owned(), &format!("expected file header {HEADER}, got: x"));
        fails(format!("{HEADER}\n/base2/\n1"), "unknown encoding: /base2/");
        fails(format!("{HEADER}\n/base16/\nabcd\n"), "unexpected EOF");
        fails(HEADER.to_owned(), "EOF");
        fails("x".repeat(5000), "the key file has more than 1024 bytes");
    }
}
