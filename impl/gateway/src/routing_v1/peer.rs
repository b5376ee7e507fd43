//! Spec: spec/gateway/routing-v1.md
//!
//! What an answer says of a peer.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// A record of schema `peer`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Peer {
    /// The peer ID, in base58btc.
    pub id: String,
    /// Its addresses as text.
    pub addrs: Vec<String>,
    /// Names of the transfer protocols it speaks; empty when nobody knows.
    pub protocols: Vec<String>,
    /// Fields that this program knows nothing of; handed on as they are.
    pub extra: Map<String, Value>,
}

impl Serialize for Peer {
    // spec: routing-v1.peer-schema
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.addrs.is_empty() {
            map.serialize_entry("Addrs", &self.addrs)?;
        }
        map.serialize_entry("ID", &self.id)?;
        if !self.protocols.is_empty() {
            map.serialize_entry("Protocols", &self.protocols)?;
        }
        map.serialize_entry("Schema", "peer")?;
        for (name, value) in &self.extra {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
