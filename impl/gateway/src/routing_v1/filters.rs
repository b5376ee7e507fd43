//! Spec: spec/gateway/routing-v1.md
//!
//! Leaving out peers and addresses that the client has no use for.

use super::Peer;

/// Stands for peers of whom nothing is known.
const UNKNOWN: &str = "unknown";

/// What the client asked for. Empty lists filter nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    addrs: Vec<String>,
    protocols: Vec<String>,
}

impl Filters {
    /// The values of `filter-addrs` and `filter-protocols`.
    pub fn parse(addrs: &str, protocols: &str) -> Self {
        let list = |text: &str| match text {
            "" => Vec::new(),
            text => text.to_ascii_lowercase().split(',').map(str::to_owned).collect(),
        };
        Self { addrs: list(addrs), protocols: list(protocols) }
    }

    /// The peer with the addresses that pass; none if it does not pass itself.
    // spec: routing-v1.filter-protocols
    // spec: routing-v1.filter-addrs
    pub fn apply(&self, mut peer: Peer) -> Option<Peer> {
        let wanted = |filter: &String| match peer.protocols.is_empty() {
            true => filter == UNKNOWN,
            false => peer.protocols.iter().any(|name| name.eq_ignore_ascii_case(filter)),
        };
        if !self.protocols.is_empty() && !self.protocols.iter().any(wanted) {
            return None;
        }
        if self.addrs.is_empty() {
            return Some(peer);
        }
        if peer.addrs.is_empty() {
            return self.addrs.iter().any(|filter| filter == UNKNOWN).then_some(peer);
        }
        peer.addrs.retain(|addr| self.passes(addr));
        (!peer.addrs.is_empty()).then_some(peer)
    }

    fn passes(&self, addr: &str) -> bool {
        let has = |name: &str| components(addr).any(|part| part.eq_ignore_ascii_case(name));
        let mut only_negative = true;
        let mut positive = false;
        for filter in &self.addrs {
            match filter.strip_prefix('!') {
                Some(name) if has(name) => return false,
                Some(_) => {}
                None => {
                    only_negative = false;
                    positive |= has(filter);
                }
            }
        }
        only_negative || positive
    }
}

/// Names of the protocols in an address. What follows a protocol that takes a value is no name.
fn components(addr: &str) -> impl Iterator<Item = &str> {
    const WITHOUT_VALUE: [&str; 17] = [
        "quic",
        "quic-v1",
        "webtransport",
        "webrtc",
        "webrtc-direct",
        "ws",
        "wss",
        "tls",
        "noise",
        "http",
        "https",
        "p2p-circuit",
        "p2p-webrtc-star",
        "p2p-websocket-star",
        "p2p-webrtc-direct",
        "p2p-stardust",
        "utp",
    ];
    let mut parts = addr.split('/').filter(|part| !part.is_empty());
    std::iter::from_fn(move || {
        let name = parts.next()?;
        if !WITHOUT_VALUE.contains(&name) && name != "plaintextv2" && name != "udt" {
            parts.next();
        }
        Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(addrs: &[&str], protocols: &[&str]) -> Peer {
        let list = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Peer { id: "12D".into(), addrs: list(addrs), protocols: list(protocols), ..Peer::default() }
    }

    const TCP: &str = "/ip4/1.2.3.4/tcp/4001";
    const QUIC: &str = "/ip6/::1/udp/4001/quic-v1";
    const TLS: &str = "/dns4/tcp/tcp/443/tls/ws";

    fn addrs(filter: &str) -> Option<Vec<String>> {
        let peer = peer(&[TCP, QUIC, TLS], &[]);
        Filters::parse(filter, "").apply(peer).map(|peer| peer.addrs)
    }

    #[test]
    fn addresses() {
        assert_eq!(addrs("").map(|all| all.len()), Some(3));
        assert_eq!(addrs("tcp").as_deref(), Some(&[TCP.to_owned(), TLS.to_owned()][..]));
        assert_eq!(addrs("TLS,quic-v1").as_deref(), Some(&[QUIC.to_owned(), TLS.to_owned()][..]));
        assert_eq!(addrs("!tcp").as_deref(), Some(&[QUIC.to_owned()][..]));
        assert_eq!(addrs("tcp,!tls").as_deref(), Some(&[TCP.to_owned()][..]));
        assert_eq!(addrs("unknown"), None);
        assert_eq!(addrs("webrtc"), None);
        let unknown = peer(&[], &[]);
        assert_eq!(Filters::parse("tcp", "").apply(unknown.clone()), None);
        assert_eq!(Filters::parse("tcp,unknown", "").apply(unknown.clone()), Some(unknown));
    }

    #[test]
    fn protocols_are_kept_whole() {
        let both = peer(&[TCP], &["transport-bitswap", "other"]);
        let apply = |filter: &str, peer: &Peer| Filters::parse("", filter).apply(peer.clone());
        assert_eq!(apply("Transport-Bitswap", &both), Some(both.clone()));
        assert_eq!(apply("unknown", &both), None);
        let none = peer(&[TCP], &[]);
        assert_eq!(apply("unknown,other", &none), Some(none.clone()));
        assert_eq!(apply("other", &none), None);
    }
}
