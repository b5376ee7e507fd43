//! Spec: spec/protocol/peer.md
//!
//! What names a peer here: the bytes of its libp2p peer ID, which only shells look into.

use std::fmt;

/// Longest peer ID, in bytes. Those of all key types are at most 44 long.
pub const PEER_ID_BYTES_MAX: usize = 47;

/// The bytes of a peer ID. Cheap to copy and to compare.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId {
    bytes: [u8; PEER_ID_BYTES_MAX],
    length: u8,
}

/// The bytes are more than a peer ID has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("peer ID of {0} bytes: at most {PEER_ID_BYTES_MAX} are allowed")]
pub struct TooLong(pub usize);

impl PeerId {
    // spec: peer.id-bytes
    /// The peer of these bytes.
    ///
    /// # Errors
    /// When there are more than [`PEER_ID_BYTES_MAX`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TooLong> {
        let mut own = [0; PEER_ID_BYTES_MAX];
        own.get_mut(..bytes.len()).ok_or(TooLong(bytes.len()))?.copy_from_slice(bytes);
        Ok(Self { bytes: own, length: bytes.len() as u8 })
    }

    /// A peer for simulations and tests: the eight bytes of `number`.
    pub fn from_number(number: u64) -> Self {
        let mut bytes = [0; PEER_ID_BYTES_MAX];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Self { bytes, length: 8 }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = &self.as_bytes()[self.as_bytes().len().saturating_sub(4)..];
        f.write_str("peer-")?;
        tail.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_too_many_are_refused() {
        let peer = PeerId::from_bytes(&[1, 2, 3]).unwrap();
        assert_eq!(peer.as_bytes(), [1, 2, 3]);
        assert_ne!(peer, PeerId::from_bytes(&[1, 2, 3, 0]).unwrap());
        assert_eq!(PeerId::from_bytes(&[0; 48]), Err(TooLong(48)));
    }
}
