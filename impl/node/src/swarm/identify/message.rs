//! Spec: spec/protocol/identify.md
//!
//! The message of identify.

use super::super::{Multiaddr, PeerId};
use ipfs_data::protobuf::{Fields, Invalid, Value, put_bytes};
use libp2p::core::{PeerRecord, SignedEnvelope};
use libp2p::identity::{Keypair, PublicKey};
use std::collections::BTreeSet;

// spec: identify.size-max
/// Largest message that is read, in bytes.
pub(in super::super) const MESSAGE_BYTES_MAX: usize = 8 << 10;

/// Largest message that is sent whole; a signed record then goes into one of its own.
const WHOLE_BYTES_MAX: usize = 2 << 10;

/// Bytes of addresses that are sent: other implementations read no more than 4 KiB at once.
const ADDRESS_BYTES_MAX: usize = 2 << 10;

// spec: identify.size-max
/// Protocols remembered of one peer.
const PROTOCOLS_MAX: usize = 1024;

/// Addresses remembered of one peer.
const ADDRESSES_MAX: usize = 128;

/// Bytes of a name that are remembered.
const NAME_BYTES_MAX: usize = 256;

/// What a peer told about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Info {
    /// The public key in its protobuf form; empty if none was sent.
    pub public_key: Vec<u8>,
    /// The program.
    pub agent_version: String,
    /// The family of protocols.
    pub protocol_version: String,
    /// What it answers, sorted.
    pub protocols: BTreeSet<String>,
    /// Where it listens.
    pub listen_addresses: Vec<Multiaddr>,
    /// How it sees this node.
    pub observed_address: Option<Multiaddr>,
    /// The envelope with its addresses, checked and signed by it.
    pub signed_record: Option<Vec<u8>>,
}

impl Info {
    /// Takes in a further message.
    pub(super) fn merge(&mut self, message: &[u8]) -> Result<(), Invalid> {
        for field in Fields::of(message) {
            let (number, Value::Bytes(bytes)) = field? else { continue };
            match number {
                1 => self.public_key = bytes.to_vec(),
                2 => self.add_address(bytes),
                3 if self.protocols.len() < PROTOCOLS_MAX => {
                    self.protocols.extend(name(bytes).filter(|name| !name.is_empty()));
                }
                4 => self.observed_address = Multiaddr::try_from(bytes.to_vec()).ok(),
                5 => self.protocol_version = name(bytes).unwrap_or_default(),
                6 => self.agent_version = name(bytes).unwrap_or_default(),
                8 => self.signed_record = Some(bytes.to_vec()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Addresses of kinds that are not known here are left out.
    fn add_address(&mut self, bytes: &[u8]) {
        let Ok(address) = Multiaddr::try_from(bytes.to_vec()) else { return };
        let address = super::super::behaviour::without_peer(&address);
        if self.listen_addresses.len() < ADDRESSES_MAX && !self.listen_addresses.contains(&address)
        {
            self.listen_addresses.push(address);
        }
    }

    // spec: identify.foreign-key
    /// Whether key and record, if sent, are those of the peer; a record decides about addresses.
    pub(super) fn check_key(&mut self, peer: PeerId) -> Result<(), ()> {
        if !self.public_key.is_empty() {
            let key = PublicKey::try_decode_protobuf(&self.public_key).map_err(drop)?;
            if key.to_peer_id() != peer {
                return Err(());
            }
        }
        let Some(record) = &self.signed_record else { return Ok(()) };
        let envelope = SignedEnvelope::from_protobuf_encoding(record).ok();
        let record =
            envelope.and_then(|envelope| PeerRecord::from_signed_envelope_interop(envelope).ok());
        match record {
            Some(record) if record.peer_id() == peer => {
                let signed = record.addresses().iter().take(ADDRESSES_MAX);
                self.listen_addresses = signed.map(super::super::behaviour::without_peer).collect();
                Ok(())
            }
            // What is signed for somebody else is not taken over.
            _ => {
                self.signed_record = None;
                Ok(())
            }
        }
    }
}

/// A text of bearable length.
fn name(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    (text.len() <= NAME_BYTES_MAX).then(|| text.to_owned())
}

/// What this node tells.
#[derive(Clone)]
pub(in super::super) struct Own {
    pub(in super::super) key: Keypair,
    pub(in super::super) agent_version: String,
    pub(in super::super) protocols: Vec<String>,
    pub(in super::super) addresses: Vec<Multiaddr>,
}

impl Own {
    // spec: identify.agent, identify.addresses, identify.protocols, identify.public-key
    // spec: identify.signed-record
    /// The messages for a peer seen at `observed`: one, or two if one would be too large.
    pub(super) fn encode(&self, observed: &Multiaddr) -> Vec<Vec<u8>> {
        let mut message = Vec::new();
        put_bytes(&mut message, 1, &self.key.public().encode_protobuf());
        let mut room = ADDRESS_BYTES_MAX;
        let mut sent = Vec::new();
        for address in &self.addresses {
            let Some(left) = room.checked_sub(address.len()) else { continue };
            room = left;
            put_bytes(&mut message, 2, address.as_ref());
            sent.push(address.clone());
        }
        self.protocols.iter().for_each(|name| put_bytes(&mut message, 3, name.as_bytes()));
        put_bytes(&mut message, 4, observed.as_ref());
        put_bytes(&mut message, 6, self.agent_version.as_bytes());
        let mut signed = Vec::new();
        if let Ok(record) = PeerRecord::new_interop(&self.key, sent) {
            let envelope = record.to_signed_envelope().into_protobuf_encoding();
            put_bytes(&mut signed, 8, &envelope);
        }
        if message.len() + signed.len() <= WHOLE_BYTES_MAX {
            message.extend_from_slice(&signed);
            return vec![message];
        }
        vec![message, signed]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(addresses: usize) -> Own {
        Own {
            key: Keypair::generate_ed25519(),
            agent_version: "agent/1".to_owned(),
            protocols: vec!["/a".to_owned(), "/b/1".to_owned()],
            addresses: (0..addresses)
                .map(|port| format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap())
                .collect(),
        }
    }

    fn read(own: &Own) -> Info {
        let mut info = Info::default();
        let observed = "/ip4/1.2.3.4/tcp/5".parse().unwrap();
        for message in own.encode(&observed) {
            assert!(message.len() <= 4096, "{}", message.len());
            info.merge(&message).unwrap();
        }
        info
    }

    /// spec: identify.agent, identify.addresses
    #[test]
    fn what_is_told_is_understood() {
        for addresses in [2, 300] {
            let own = own(addresses);
            let mut info = read(&own);
            assert_eq!(info.check_key(own.key.public().to_peer_id()), Ok(()));
            assert_eq!(info.agent_version, "agent/1");
            assert_eq!(info.protocols.iter().collect::<Vec<_>>(), ["/a", "/b/1"]);
            assert_eq!(info.listen_addresses.len(), addresses.min(ADDRESSES_MAX));
            assert_eq!(info.observed_address, "/ip4/1.2.3.4/tcp/5".parse().ok());
            assert!(info.signed_record.is_some());
        }
    }

    /// spec: identify.foreign-key
    #[test]
    fn the_key_of_somebody_else_is_refused() {
        let mut info = read(&own(1));
        assert_eq!(info.check_key(PeerId::random()), Err(()));
        let (honest, other) = (own(1), own(2));
        let mut info = read(&honest);
        info.signed_record = read(&other).signed_record;
        assert_eq!(info.check_key(honest.key.public().to_peer_id()), Ok(()));
        assert_eq!((info.signed_record.is_none(), info.listen_addresses.len()), (true, 1));
    }

    /// spec: identify.size-max
    #[test]
    fn floods_are_cut() {
        let mut info = Info::default();
        for round in 0..100 {
            let mut message = Vec::new();
            for number in 0..400 {
                put_bytes(&mut message, 3, format!("/p/{round}/{number}").as_bytes());
                let address: Multiaddr =
                    format!("/ip4/1.1.{round}.2/tcp/{number}").parse().unwrap();
                put_bytes(&mut message, 2, address.as_ref());
            }
            info.merge(&message).unwrap();
        }
        assert_eq!(
            (info.protocols.len(), info.listen_addresses.len()),
            (PROTOCOLS_MAX, ADDRESSES_MAX)
        );
    }

    /// spec: identify.size-max
    #[test]
    fn garbage_is_an_error() {
        assert!(Info::default().merge(&[0x0a, 0xff, 0xff, 0x03, 1]).is_err());
        assert!(Info::default().merge(&[0x0b]).is_err());
    }
}
