//! Spec: spec/command/swarm-command.md
//!
//! Addresses of peers as arguments: the reference's words for what is wrong with them.

use crate::error::{Error, Result};
use ipfs_data::key;
use ipfs_node::swarm::{Multiaddr, PeerId};

/// Protocols of addresses and whether a value follows them.
const PROTOCOLS: [(&str, bool); 30] = [
    ("ip4", true),
    ("ip6", true),
    ("ip6zone", true),
    ("ipcidr", true),
    ("dns", true),
    ("dns4", true),
    ("dns6", true),
    ("dnsaddr", true),
    ("tcp", true),
    ("udp", true),
    ("dccp", true),
    ("sctp", true),
    ("sni", true),
    ("p2p", true),
    ("ipfs", true),
    ("onion", true),
    ("onion3", true),
    ("garlic64", true),
    ("garlic32", true),
    ("certhash", true),
    ("http-path", true),
    ("tls", false),
    ("quic", false),
    ("quic-v1", false),
    ("ws", false),
    ("wss", false),
    ("http", false),
    ("https", false),
    ("p2p-circuit", false),
    ("webtransport", false),
];

/// An address of any kind.
///
/// # Errors
/// `failed to parse multiaddr "TEXT": REASON`
// spec: swarm-command.address
pub(crate) fn parse(text: &str) -> Result<Multiaddr> {
    let fail = |why: &str| {
        let text = crate::encode::quote(text);
        Error::new(format!("failed to parse multiaddr {text}: {why}"))
    };
    if !text.starts_with('/') {
        return Err(fail(if text.is_empty() { "empty multiaddr" } else { "must begin with /" }));
    }
    let trimmed = text.trim_end_matches('/');
    if trimmed.is_empty() {
        return Err(fail("empty multiaddr"));
    }
    let mut clean = String::with_capacity(trimmed.len());
    let mut parts = trimmed.split('/').skip(1);
    while let Some(name) = parts.next() {
        if matches!(name, "unix" | "webrtc-direct" | "webrtc" | "plaintextv2" | "noise" | "udt") {
            clean.push('/');
            clean.push_str(name);
            continue;
        }
        let known = PROTOCOLS.iter().find(|(known, _)| *known == name);
        let Some(&(_, has_value)) = known else {
            return Err(fail(&format!("unknown protocol {name}")));
        };
        clean.push('/');
        clean.push_str(if name == "ipfs" { "p2p" } else { name });
        if has_value {
            let value = parts.next().ok_or_else(|| fail("unexpected end of multiaddr"))?;
            clean.push('/');
            clean.push_str(&checked(name, value).map_err(|why| fail(&why))?);
        }
    }
    clean.parse().map_err(|error: <Multiaddr as std::str::FromStr>::Err| fail(&error.to_string()))
}

/// A value as the network writes it.
fn checked(name: &str, value: &str) -> std::result::Result<String, String> {
    let shown = crate::encode::quote(value);
    let invalid = |why: String| format!("invalid value {shown} for protocol {name}: {why}");
    match name {
        "p2p" | "ipfs" => match key::PeerId::parse(value) {
            Ok(id) => Ok(id.to_string()),
            Err(error) => {
                let why = error.to_string();
                let why = why.trim_start_matches("failed to parse peer ID: ");
                let why = format!("failed to parse p2p addr: {value} {why}");
                Err(format!("invalid value {shown} for protocol p2p: {why}"))
            }
        },
        "ip4" if value.parse::<std::net::Ipv4Addr>().is_err() => {
            Err(invalid(format!("failed to parse ip4 addr: {value}")))
        }
        "ip6" if value.parse::<std::net::Ipv6Addr>().is_err() => {
            Err(invalid(format!("failed to parse ip6 addr: {value}")))
        }
        "tcp" | "udp" => match value.parse::<i64>() {
            Ok(0..=65535) => Ok(value.to_owned()),
            Ok(_) => Err(invalid("failed to parse port addr: greater than 65536".to_owned())),
            Err(_) => Err(invalid(format!(
                "failed to parse port addr: strconv.Atoi: parsing {shown}: invalid syntax"
            ))),
        },
        _ => Ok(value.to_owned()),
    }
}

/// A peer and its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    /// Without `/p2p/ID`; none for `/p2p/ID` alone.
    pub(crate) addresses: Vec<Multiaddr>,
}

/// Addresses by peer, in the order they first appear.
pub(super) fn by_peer(addresses: &[Multiaddr]) -> Result<Vec<Peer>> {
    let mut peers: Vec<Peer> = Vec::new();
    for whole in addresses {
        let (address, Some(id)) = ipfs_node::swarm::split_peer(whole) else {
            return Err(Error::new("invalid p2p multiaddr"));
        };
        let at = peers.iter().position(|peer| peer.id == id).unwrap_or_else(|| {
            peers.push(Peer { id, addresses: Vec::new() });
            peers.len() - 1
        });
        if address.iter().next().is_some() {
            peers[at].addresses.push(address);
        }
    }
    Ok(peers)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "12D3KooWBHv23epe5fot3i8PiiLHXcumAMkYU6Vgd7ZrmUNBEzHR";

    #[test]
    fn what_is_wrong_is_told_in_the_words_of_the_reference() {
        for (text, why) in [
            ("", "empty multiaddr"),
            ("nonsense", "must begin with /"),
            ("/foo/1", "unknown protocol foo"),
            ("/ip4", "unexpected end of multiaddr"),
            ("/ip4/x", "invalid value \"x\" for protocol ip4: failed to parse ip4 addr: x"),
            (
                "/ip4/1.2.3.4/tcp/70000",
                "invalid value \"70000\" for protocol tcp: failed to parse port addr: greater than \
                 65536",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.message(), format!("failed to parse multiaddr {text:?}: {why}"));
        }
    }

    #[test]
    fn addresses_of_one_peer_belong_together() {
        let texts = [
            format!("/ip4/127.0.0.1/tcp/1/p2p/{PEER}"),
            format!("/ip4/127.0.0.1/udp/1/quic-v1/ipfs/{PEER}"),
        ];
        let all: Vec<Multiaddr> = texts.iter().map(|text| parse(text).unwrap()).collect();
        let peers = by_peer(&all).unwrap();
        assert_eq!(peers.len(), 1);
        assert_eq!(peers[0].addresses.len(), 2);
        let alone = by_peer(&[parse(&format!("/p2p/{PEER}")).unwrap()]).unwrap();
        assert!(alone[0].addresses.is_empty());
    }
}
