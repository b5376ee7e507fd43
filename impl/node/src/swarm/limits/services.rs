//! Spec: spec/node/limits.md
//!
//! Services: protocols of libp2p that belong together, and the limits that the reference gives
//! them. Protocols that this program doesn't speak have limits already, too.

use super::{Bound, LimitSet, ScopeLimits};

const MIB: u64 = 1 << 20;

pub(super) const PING: &str = "/ipfs/ping/1.0.0";

/// Streams and bytes: of all peers together, how much more for each GiB, and of one peer.
#[derive(Debug, Clone, Copy)]
struct Room {
    inbound: u64,
    outbound: u64,
    both: u64,
    bytes: u64,
}

const fn room(inbound: u64, outbound: u64, both: u64, bytes: u64) -> Room {
    Room { inbound, outbound, both, bytes }
}

struct Service {
    name: &'static str,
    protocols: &'static [&'static str],
    base: Room,
    per_gib: Room,
    peer: Room,
    /// What each of the protocols has instead, where that differs.
    protocol: (Room, Room),
    protocol_peer: Room,
}

const NEARLY_ALL: u64 = 32 * ((256 << 20) + (16 << 10));

const SERVICES: [Service; 5] = [
    Service {
        name: "libp2p.identify",
        protocols: &["/ipfs/id/1.0.0", "/ipfs/id/push/1.0.0"],
        base: room(64, 64, 128, 4 * MIB),
        per_gib: room(64, 64, 128, 4 * MIB),
        peer: room(16, 16, 32, MIB),
        protocol: (room(64, 64, 128, 4 * MIB), room(64, 64, 128, 4 * MIB)),
        protocol_peer: room(16, 16, 32, NEARLY_ALL),
    },
    Service {
        name: "libp2p.ping",
        protocols: &[PING],
        base: room(64, 64, 64, 4 * MIB),
        per_gib: room(64, 64, 64, 4 * MIB),
        peer: room(2, 3, 4, NEARLY_ALL),
        protocol: (room(64, 64, 64, 4 * MIB), room(64, 64, 64, 4 * MIB)),
        protocol_peer: room(2, 3, 4, NEARLY_ALL),
    },
    Service {
        name: "libp2p.autonat",
        protocols: &["/libp2p/autonat/1.0.0"],
        base: room(64, 64, 64, 4 * MIB),
        per_gib: room(4, 4, 4, 2 * MIB),
        peer: room(2, 2, 2, MIB),
        protocol: (room(64, 64, 64, 4 * MIB), room(4, 4, 4, 2 * MIB)),
        protocol_peer: room(2, 2, 2, MIB),
    },
    Service {
        name: "libp2p.holepunch",
        protocols: &["/libp2p/dcutr"],
        base: room(32, 32, 64, 4 * MIB),
        per_gib: room(8, 8, 16, 4 * MIB),
        peer: room(2, 2, 2, MIB),
        protocol: (room(32, 32, 64, 4 * MIB), room(8, 8, 16, 4 * MIB)),
        protocol_peer: room(2, 2, 2, MIB),
    },
    Service {
        name: "libp2p.relay/v2",
        protocols: &["/libp2p/circuit/relay/0.2.0/hop", "/libp2p/circuit/relay/0.2.0/stop"],
        base: room(256, 256, 256, 16 * MIB),
        per_gib: room(256, 256, 256, 16 * MIB),
        peer: room(64, 64, 64, MIB),
        protocol: (room(640, 640, 640, 16 * MIB), room(640, 640, 640, 16 * MIB)),
        protocol_peer: room(128, 128, 128, 32 * MIB),
    },
];

/// The service that a protocol belongs to.
pub(super) fn of(protocol: &str) -> Option<&'static str> {
    let service = SERVICES.iter().find(|service| service.protocols.contains(&protocol));
    service.map(|service| service.name)
}

// spec: limits.services
/// Sets the limits of all services and of their protocols for so many MiB of memory.
pub(super) fn limit(set: &mut LimitSet, mib: u64) {
    for service in &SERVICES {
        let whole = scaled(service.base, service.per_gib, mib);
        set.services.own.insert(service.name.to_owned(), whole);
        set.service_peers.own.insert(service.name.to_owned(), bounds(service.peer));
        for protocol in service.protocols {
            let whole = scaled(service.protocol.0, service.protocol.1, mib);
            set.protocols.own.insert((*protocol).to_owned(), whole);
            let peer = bounds(service.protocol_peer);
            set.protocol_peers.own.insert((*protocol).to_owned(), peer);
        }
    }
}

fn scaled(base: Room, per_gib: Room, mib: u64) -> ScopeLimits {
    let grown = |base: u64, more: u64| base + ((more * mib) >> 10);
    bounds(Room {
        inbound: grown(base.inbound, per_gib.inbound),
        outbound: grown(base.outbound, per_gib.outbound),
        both: grown(base.both, per_gib.both),
        bytes: grown(base.bytes, per_gib.bytes),
    })
}

/// A service has streams, never connections.
fn bounds(room: Room) -> ScopeLimits {
    ScopeLimits {
        memory: Bound::Max(room.bytes),
        descriptors: Bound::Max(0),
        connections: Bound::Max(0),
        connections_inbound: Bound::Max(0),
        connections_outbound: Bound::Max(0),
        streams: Bound::Max(room.both),
        streams_inbound: Bound::Max(room.inbound),
        streams_outbound: Bound::Max(room.outbound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// spec: limits.services
    #[test]
    fn limits_are_those_of_the_reference() {
        let mut set = LimitSet::unlimited();
        limit(&mut set, 12_052);
        let ping = set.services.of("libp2p.ping");
        assert_eq!(ping.memory, Bound::Max(53_559_296));
        assert_eq!((ping.streams, ping.connections), (Bound::Max(817), Bound::Max(0)));
        let hop = set.protocols.of("/libp2p/circuit/relay/0.2.0/hop");
        assert_eq!((hop.memory, hop.streams), (Bound::Max(214_237_184), Bound::Max(8172)));
        assert_eq!(of("/ipfs/id/push/1.0.0"), Some("libp2p.identify"));
        assert_eq!(of("/ipfs/bitswap/1.2.0"), None);
    }
}
