//! Spec: spec/node/limits.md
//!
//! Limits that a user set by hand: `libp2p-resource-limit-overrides.json` in the repository.

use super::super::PeerId;
use super::{Bound, LimitSet, ScopeLimits};
use serde_json::{Map, Value};

/// Largest file that is read, in bytes.
const FILE_BYTES_MAX: usize = 1 << 20;

/// Why the overrides can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("libp2p-resource-limit-overrides.json: {0}")]
pub struct OverrideError(String);

// spec: limits.overrides
impl LimitSet {
    /// Takes over what the file says; what it leaves out or calls `default` stays.
    ///
    /// # Errors
    /// When it is no JSON or a limit is none.
    pub fn override_with(&mut self, file: &[u8]) -> Result<(), OverrideError> {
        if file.len() > FILE_BYTES_MAX {
            return Err(OverrideError(format!("more than {FILE_BYTES_MAX} bytes")));
        }
        let file: Map<String, Value> =
            serde_json::from_slice(file).map_err(|error| OverrideError(error.to_string()))?;
        for (scope, value) in &file {
            match scope.as_str() {
                "System" => change(&mut self.system, scope, value)?,
                "Transient" => change(&mut self.transient, scope, value)?,
                "PeerDefault" => change(&mut self.peer_default, scope, value)?,
                "Peer" => {
                    for (peer, value) in object(scope, value)? {
                        let bad = |_| OverrideError(format!("Peer: {peer:?} is not a peer ID"));
                        let peer: PeerId = peer.parse().map_err(bad)?;
                        let mut limits = self.peer_default;
                        change(&mut limits, scope, value)?;
                        self.peers.insert(peer, limits);
                    }
                }
                // Services, protocols and single streams have no limits here.
                _ => drop(object(scope, value)?),
            }
        }
        Ok(())
    }
}

fn object<'a>(scope: &str, value: &'a Value) -> Result<&'a Map<String, Value>, OverrideError> {
    value.as_object().ok_or_else(|| OverrideError(format!("{scope} is not an object")))
}

fn change(limits: &mut ScopeLimits, scope: &str, value: &Value) -> Result<(), OverrideError> {
    for (name, value) in object(scope, value)? {
        let slot = match name.as_str() {
            "Memory" => &mut limits.memory,
            "FD" => &mut limits.descriptors,
            "Conns" => &mut limits.connections,
            "ConnsInbound" => &mut limits.connections_inbound,
            "ConnsOutbound" => &mut limits.connections_outbound,
            "Streams" => &mut limits.streams,
            "StreamsInbound" => &mut limits.streams_inbound,
            "StreamsOutbound" => &mut limits.streams_outbound,
            other => return Err(OverrideError(format!("{scope}.{other} is not a limit"))),
        };
        let bad = || OverrideError(format!("{scope}.{name}: {value} is not a limit"));
        if let Some(bound) = bound(value).ok_or_else(bad)? {
            *slot = bound;
        }
    }
    Ok(())
}

/// `None` is no limit at all; `Some(None)` keeps the default.
#[allow(clippy::option_option)]
fn bound(value: &Value) -> Option<Option<Bound>> {
    match value {
        Value::String(text) => match text.as_str() {
            "unlimited" => Some(Some(Bound::Unlimited)),
            "blockAll" => Some(Some(Bound::Max(0))),
            "default" => Some(None),
            number => number.parse().ok().map(|number| Some(Bound::Max(number))),
        },
        // Zero means "default" in the file of the reference.
        Value::Number(number) => match number.as_i64()? {
            0 => Some(None),
            -1 => Some(Some(Bound::Unlimited)),
            -2 => Some(Some(Bound::Max(0))),
            number => u64::try_from(number).ok().map(|number| Some(Bound::Max(number))),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// spec: limits.overrides
    #[test]
    fn what_is_said_replaces_the_default() {
        let mut set = LimitSet::unlimited();
        let peer = PeerId::random();
        let file = format!(
            r#"{{"System":{{"Memory":"123","FD":7,"Conns":0,"Streams":"blockAll"}},
                "PeerDefault":{{"ConnsInbound":3}},"Protocol":{{}},
                "Peer":{{"{peer}":{{"ConnsInbound":"unlimited","Streams":-2}}}}}}"#
        );
        set.override_with(file.as_bytes()).unwrap();
        assert_eq!((set.system.memory, set.system.descriptors), (Bound::Max(123), Bound::Max(7)));
        assert_eq!((set.system.connections, set.system.streams), (Bound::Unlimited, Bound::Max(0)));
        assert_eq!(set.peer_default.connections_inbound, Bound::Max(3));
        assert_eq!(set.peers[&peer].connections_inbound, Bound::Unlimited);
        assert_eq!(set.peers[&peer].streams, Bound::Max(0));
    }

    /// spec: limits.overrides
    #[test]
    fn nonsense_is_refused() {
        let fails = |file: &str| LimitSet::unlimited().override_with(file.as_bytes()).is_err();
        assert!(fails("[]") && fails("{") && fails(r#"{"System":3}"#));
        assert!(fails(r#"{"System":{"Conn":3}}"#) && fails(r#"{"System":{"Conns":"many"}}"#));
        assert!(fails(r#"{"System":{"Conns":-3}}"#) && fails(r#"{"Peer":{"x":{}}}"#));
    }
}
