//! Spec: spec/command/daemon.md
//!
//! What a daemon says about where its swarm listens.

use ipfs_node::swarm::Multiaddr;
use std::collections::{BTreeMap, BTreeSet};

/// A line for each host and port, with the protocols there.
// spec: daemon.swarm-lines
pub(crate) fn listening(addresses: &[Multiaddr]) -> Vec<String> {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for address in addresses {
        let text = address.to_string();
        let mut parts = text.split('/').skip(1);
        let (Some(kind), Some(host), Some(protocol), Some(port)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let place = match kind {
            "ip6" => format!("[{host}]:{port}"),
            "ip4" | "dns" | "dns4" | "dns6" => format!("{host}:{port}"),
            _ => continue,
        };
        if matches!(protocol, "tcp" | "udp") {
            places.entry(place).or_default().insert(protocol.to_uppercase());
        }
    }
    let line = |(place, protocols): (&String, &BTreeSet<String>)| {
        let protocols: Vec<&str> = protocols.iter().map(String::as_str).collect();
        format!("Swarm listening on {place} ({})", protocols.join("+"))
    };
    places.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_line_for_each_place() {
        let all = [
            "/ip4/127.0.0.1/tcp/4001",
            "/ip4/127.0.0.1/udp/4001/quic-v1",
            "/ip6/::1/udp/4001/quic-v1",
            "/p2p-circuit",
        ];
        let all: Vec<super::Multiaddr> = all.iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(
            super::listening(&all),
            ["Swarm listening on 127.0.0.1:4001 (TCP+UDP)", "Swarm listening on [::1]:4001 (UDP)"]
        );
    }
}
