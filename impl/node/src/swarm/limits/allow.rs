//! Spec: spec/node/limits.md
//!
//! Who is let in although the node is full: `Swarm.ResourceMgr.Allowlist`.

use super::super::PeerId;
use super::super::filters::{Filter, FilterError};
use std::net::IpAddr;
use std::str::FromStr;

/// A range of addresses, and perhaps the only peer that counts there:
/// `/ip4/10.0.0.0/ipcidr/8/p2p/PEER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    range: Filter,
    peer: Option<PeerId>,
}

impl Allowed {
    // spec: limits.allowlist
    /// Whether somebody at this address is meant, as far as is known who it is.
    pub(super) fn covers(&self, ip: IpAddr, peer: Option<PeerId>) -> bool {
        let meant = self.peer.is_none() || peer.is_none() || self.peer == peer;
        meant && self.range.covers(ip)
    }
}

impl FromStr for Allowed {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let (range, peer) = match text.split_once("/p2p/") {
            Some((range, peer)) => (range, Some(peer.parse().map_err(|_| FilterError)?)),
            None => (text, None),
        };
        let width = if range.starts_with("/ip4/") { 32 } else { 128 };
        let range = match range.contains("/ipcidr/") {
            true => range.parse()?,
            false => format!("{range}/ipcidr/{width}").parse()?,
        };
        Ok(Self { range, peer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// spec: limits.allowlist
    #[test]
    fn who_is_meant() {
        let (a, b) = (PeerId::random(), PeerId::random());
        let ip: IpAddr = "10.1.2.3".parse().unwrap();
        let allowed = |text: &str| text.parse::<Allowed>().unwrap();
        assert!(allowed("/ip4/10.0.0.0/ipcidr/8").covers(ip, Some(a)));
        assert!(allowed("/ip4/10.1.2.3").covers(ip, None));
        assert!(!allowed("/ip4/10.1.2.4").covers(ip, None));
        let only_a = allowed(&format!("/ip4/0.0.0.0/ipcidr/0/p2p/{a}"));
        assert!(only_a.covers(ip, Some(a)) && only_a.covers(ip, None));
        assert!(!only_a.covers(ip, Some(b)));
        assert!(
            "/dns4/x".parse::<Allowed>().is_err()
                && "/ip4/1.1.1.1/p2p/x".parse::<Allowed>().is_err()
        );
    }
}
