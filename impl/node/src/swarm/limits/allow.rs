//! Spec: spec/node/limits.md
//!
//! Who is let in although the node is full: `Swarm.ResourceMgr.Allowlist`.

use super::super::filters::Filter;
use super::super::{Multiaddr, PeerId};
use libp2p::multiaddr::Protocol;
use std::net::IpAddr;
use std::str::FromStr;

/// A range of addresses, and perhaps the only peer that counts there:
/// `/ip4/10.0.0.0/ipcidr/8/p2p/PEER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    range: Filter,
    peer: Option<PeerId>,
}

/// Why an entry is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllowedError {
    /// The text is no address at all.
    #[error("not a multiaddr")]
    Text,
    /// It names no IP address.
    #[error("missing ip address")]
    NoIp,
    /// The range has more bits than the address.
    #[error("invalid CIDR address: {0}")]
    Range(String),
}

impl Allowed {
    /// The range, if everybody counts there.
    pub(super) fn of_everybody(&self) -> Option<Filter> {
        self.peer.is_none().then_some(self.range)
    }

    // spec: limits.allowlist
    /// Whether somebody at this address is meant, as far as is known who it is.
    pub(super) fn covers(&self, ip: IpAddr, peer: Option<PeerId>) -> bool {
        let meant = self.peer.is_none() || peer.is_none() || self.peer == peer;
        meant && self.range.covers(ip)
    }
}

impl FromStr for Allowed {
    type Err = AllowedError;

    /// An address of any kind: its IP address counts, its range and its peer.
    fn from_str(text: &str) -> Result<Self, AllowedError> {
        let (prefix, rest) = without_range(text)?;
        let address: Multiaddr = rest.parse().map_err(|_| AllowedError::Text)?;
        if address.is_empty() {
            return Err(AllowedError::Text);
        }
        let ip = address.iter().find_map(|part| match part {
            Protocol::Ip4(ip) => Some(IpAddr::V4(ip)),
            Protocol::Ip6(ip) => Some(IpAddr::V6(ip)),
            _ => None,
        });
        let peer = address.iter().find_map(|part| match part {
            Protocol::P2p(peer) => Some(peer),
            _ => None,
        });
        let ip = ip.ok_or(AllowedError::NoIp)?;
        let (version, width) = if ip.is_ipv4() { ("ip4", 32) } else { ("ip6", 128) };
        let prefix = prefix.unwrap_or(width);
        let range = format!("/{version}/{ip}/ipcidr/{prefix}").parse();
        let range = range.map_err(|_| AllowedError::Range(format!("{ip}/{prefix}")))?;
        Ok(Self { range, peer })
    }
}

/// The bits of `/ipcidr/BITS`, if that is there, and the address without it.
fn without_range(text: &str) -> Result<(Option<u8>, String), AllowedError> {
    const RANGE: &str = "/ipcidr/";
    let Some((before, after)) = text.split_once(RANGE) else { return Ok((None, text.to_owned())) };
    let (bits, after) = match after.split_once('/') {
        Some((bits, after)) => (bits, format!("/{after}")),
        None => (after, String::new()),
    };
    let bits = bits.parse().map_err(|_| AllowedError::Text)?;
    Ok((Some(bits), format!("{before}{after}")))
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
        let long = format!("/ip4/10.0.0.0/ipcidr/8/tcp/4001/p2p/{a}");
        assert_eq!(allowed(&long), allowed(&format!("/ip4/10.0.0.0/ipcidr/8/p2p/{a}")));
        assert!(allowed("/ip6/2001:db8::/ipcidr/32").covers("2001:db8::1".parse().unwrap(), None));
        let error = |text: &str| text.parse::<Allowed>().unwrap_err();
        let bits = AllowedError::Range("1.2.3.4/99".to_owned());
        assert_eq!(error("/ip4/1.2.3.4/ipcidr/99"), bits);
        assert_eq!(error("/dns4/x"), AllowedError::NoIp);
        assert_eq!(error(&format!("/p2p/{a}")), AllowedError::NoIp);
        for text in ["", "x", "/ip4/1.1.1.1/p2p/x", "/ip4/1.1.1.1/ipcidr/x", "/ip4/1.1.1.1/ipcidr"]
        {
            assert_eq!(error(text), AllowedError::Text, "{text}");
        }
    }
}
