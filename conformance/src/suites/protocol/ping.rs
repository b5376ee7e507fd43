//! Cases of `spec/protocol/ping.md`.

use crate::case::{Check, Suite, WireCase, same};
use crate::wire::identify::{PING, PING_BYTES};
use crate::wire::{Peer, Stream, Wire, noise};

pub(crate) const SUITE: Suite = Suite { name: "protocol/ping", wire: &[CASES], ..Suite::EMPTY };

/// One ping, of which the same bytes come back.
fn ping(stream: &mut Stream, seed: u64) -> Check {
    let payload = noise(seed, PING_BYTES);
    stream.write(&payload)?;
    same("what comes back", &stream.read(PING_BYTES)?, &payload)
}

/// A peer that is known to be served, so that an echo of everything is not enough.
fn peer(wire: &Wire) -> Check<Peer> {
    wire.served()
}

const CASES: &[WireCase] = &[
    WireCase {
        name: "the same 32 bytes come back",
        reqs: &["ping.echo"],
        run: |wire| ping(&mut peer(wire)?.open(PING)?, 1),
    },
    WireCase {
        name: "many pings on one stream",
        reqs: &["ping.echo"],
        run: |wire| {
            let peer = peer(wire)?;
            let mut stream = peer.open(PING)?;
            (0..100).try_for_each(|seed| ping(&mut stream, seed))
        },
    },
    WireCase {
        name: "a ping that comes in two parts",
        reqs: &["ping.echo"],
        run: |wire| {
            let peer = peer(wire)?;
            let mut stream = peer.open(PING)?;
            let payload = noise(3, PING_BYTES);
            stream.write(&payload[..10])?;
            stream.write(&payload[10..])?;
            same("what comes back", &stream.read(PING_BYTES)?, &payload)
        },
    },
    WireCase {
        name: "two pings in one piece",
        reqs: &["ping.echo"],
        run: |wire| {
            let peer = peer(wire)?;
            let mut stream = peer.open(PING)?;
            let payload = noise(4, 2 * PING_BYTES);
            stream.write(&payload)?;
            same("what comes back", &stream.read(2 * PING_BYTES)?, &payload)
        },
    },
    WireCase {
        name: "a stream that we close is closed",
        reqs: &["ping.end"],
        run: |wire| {
            let peer = peer(wire)?;
            let mut stream = peer.open(PING)?;
            ping(&mut stream, 5)?;
            stream.finish()?;
            same("it ends", &stream.ends(), &true)?;
            peer.is_kept()
        },
    },
    WireCase {
        name: "half a ping and the end harm nothing",
        reqs: &["ping.end"],
        run: |wire| {
            let peer = peer(wire)?;
            let mut stream = peer.open(PING)?;
            stream.write(&[1; 10])?;
            stream.finish()?;
            drop(stream);
            ping(&mut peer.open(PING)?, 6)
        },
    },
    WireCase {
        name: "2 MiB of pings that nobody reads the answers of",
        reqs: &["ping.bounded"],
        run: |wire| {
            let peer = peer(wire)?;
            let before = wire.memory_kib().unwrap_or(0);
            let mut stream = peer.open(PING)?;
            for _ in 0..32 {
                // It stops reading at some time, or ends the stream.
                if stream.write(&[7; 64 << 10]).is_err() {
                    break;
                }
            }
            wire.is_well()?;
            let grown = wire.memory_kib().unwrap_or(0).saturating_sub(before);
            same("memory is bounded", &(grown < 64 << 10), &true)
        },
    },
];
