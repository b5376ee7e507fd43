//! Cases of `spec/protocol/identify.md`.

use crate::case::{Check, Suite, WireCase, failed, same};
use crate::encode::varint;
use crate::wire::identify::{ID, Identify, PING, PUSH};
use crate::wire::{HEADER, Peer, Profile, V100, V110, V120, Wire, frame, noise};
use libp2p::Multiaddr;
use libp2p::core::{PeerRecord, SignedEnvelope};
use libp2p::identity::Keypair;
use std::time::{Duration, Instant};

pub(crate) const SUITE: Suite = Suite { name: "protocol/identify", wire: &[CASES], ..Suite::EMPTY };

/// Most bytes of an answer.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Memory that hostile messages may cost, in KiB.
const GROWTH_KIB_MAX: u64 = 64 << 10;
/// How soon a push has to have effect.
const PUSH_MAX: Duration = Duration::from_secs(5);

/// Asks the subject who it is.
fn identify(peer: &Peer) -> Check<Identify> {
    let bytes = peer.open(ID)?.read_all(ANSWER_BYTES_MAX)?;
    let mut fields = Vec::new();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let cut = crate::decode::varint(rest);
        let Some((length, after)) = cut else { return failed("a length without end") };
        let Some(message) = after.get(..length as usize) else { return failed("it breaks off") };
        fields.extend(message);
        rest = &after[length as usize..];
    }
    match Identify::decode(&fields) {
        Some(told) if !fields.is_empty() => Ok(told),
        _ => failed(format!("no identify message in {} bytes", bytes.len())),
    }
}

fn addresses(told: &Identify) -> Check<Vec<Multiaddr>> {
    let read = |bytes: &Vec<u8>| Multiaddr::try_from(bytes.clone());
    let all: Result<Vec<_>, _> = told.listen.iter().map(read).collect();
    all.or_else(|error| failed(format!("an address that is none: {error}")))
}

/// Pushes bytes; the connection goes on, and so does everything else.
fn survives(wire: &Wire, bytes: &[u8]) -> Check {
    let mut peer = wire.served()?;
    let before = wire.memory_kib().unwrap_or(0);
    let mut stream = peer.open(PUSH)?;
    // It may end the stream before all is written.
    let _ = stream.write(bytes).and_then(|()| stream.finish());
    wire.serves(&mut peer)?;
    identify(&peer)?;
    wire.is_well()?;
    let grown = wire.memory_kib().unwrap_or(0).saturating_sub(before);
    same("memory is bounded", &(grown < GROWTH_KIB_MAX), &true)
}

/// What the subject tells about a peer that is connected to it.
fn told_about(wire: &Wire, peer: &Peer) -> Check<serde_json::Value> {
    wire.rpc()?.post(&format!("/api/v0/id?arg={}", peer.id()))?.expect(200)?.json()
}

const CASES: &[WireCase] = &[
    WireCase {
        name: "the public key is that of the peer",
        reqs: &["identify.public-key"],
        run: |wire| {
            let peer = wire.dial()?;
            same("peer of the key", &identify(&peer)?.peer(), &Some(peer.subject()))
        },
    },
    WireCase {
        name: "the agent is named",
        reqs: &["identify.agent"],
        run: |wire| {
            let told = identify(&wire.dial()?)?;
            same("no agent", &told.agent.is_empty(), &false)
        },
    },
    WireCase {
        name: "the protocols are those that it takes",
        reqs: &["identify.protocols"],
        run: |wire| {
            let peer = wire.dial()?;
            let told = identify(&peer)?;
            for name in [V120, V110, V100, ID, PUSH, PING] {
                if !told.protocols.iter().any(|other| other == name) {
                    return failed(format!("{name} is missing in {:?}", told.protocols));
                }
            }
            // Names that end in a slash stand for all that begin so.
            for name in told.protocols.iter().filter(|name| !name.ends_with('/')) {
                if peer.propose(&[name])?.is_none() {
                    return failed(format!("{name} is told and not taken"));
                }
            }
            Ok(())
        },
    },
    WireCase {
        name: "it tells where it listens and how it sees us",
        reqs: &["identify.addresses"],
        run: |wire| {
            let told = identify(&wire.dial()?)?;
            same("addresses", &addresses(&told)?.is_empty(), &false)?;
            match Multiaddr::try_from(told.observed.clone()) {
                Ok(address) if !address.is_empty() => Ok(()),
                other => failed(format!("observed address: {other:?}")),
            }
        },
    },
    WireCase {
        name: "the signed record is of the peer and names its addresses",
        reqs: &["identify.signed-record"],
        run: |wire| {
            let peer = wire.dial()?;
            let told = identify(&peer)?;
            let record = SignedEnvelope::from_protobuf_encoding(&told.signed_record)
                .map_err(|error| error.to_string())
                .and_then(|envelope| {
                    PeerRecord::from_signed_envelope_interop(envelope)
                        .map_err(|error| error.to_string())
                });
            match record {
                Ok(record) => {
                    same("peer of the record", &record.peer_id(), &peer.subject())?;
                    same("addresses", &record.addresses().is_empty(), &false)
                }
                Err(why) => failed(format!("no signed record: {why}")),
            }
        },
    },
    WireCase {
        name: "it asks us who we are",
        reqs: &["identify.asks"],
        run: |wire| {
            let peer = wire.served()?;
            let start = Instant::now();
            while start.elapsed() < PUSH_MAX {
                if told_about(wire, &peer)?["AgentVersion"] == "ipfs-conformance" {
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            failed(format!("it knows {}", told_about(wire, &peer)?))
        },
    },
    WireCase {
        name: "a peer that does not say who it is is served",
        reqs: &["identify.asks"],
        run: |wire| {
            wire.loaded()?;
            let mut peer = wire.dial_as(&Profile { identifies: false, ..Profile::default() })?;
            wire.serves(&mut peer)
        },
    },
    WireCase {
        name: "a push replaces what was known",
        reqs: &["identify.push"],
        run: |wire| {
            let mut peer = wire.served()?;
            wire.rpc()?;
            let names = [V120, ID, "/of-the-push/1.0.0"].map(str::to_owned).to_vec();
            let told = Identify { agent: "pushed".to_owned(), ..Identify::of(peer.key(), names) };
            let mut stream = peer.open(PUSH)?;
            stream.send(&told.encode())?;
            stream.finish()?;
            let start = Instant::now();
            loop {
                let known = told_about(wire, &peer)?;
                let protocols = known["Protocols"].as_array().cloned().unwrap_or_default();
                if known["AgentVersion"] == "pushed"
                    && protocols.iter().any(|name| name == "/of-the-push/1.0.0")
                {
                    return wire.serves(&mut peer);
                }
                if start.elapsed() > PUSH_MAX {
                    return failed(format!("it knows {known}"));
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        },
    },
    WireCase {
        name: "a push with the key of someone else changes nothing about them",
        reqs: &["identify.foreign-key"],
        run: |wire| {
            let mut peer = wire.served()?;
            let other = Keypair::generate_ed25519();
            let told = Identify::of(&other, vec!["/forged".to_owned()]);
            let mut stream = peer.open(PUSH)?;
            // It may end the stream.
            let _ = stream.send(&told.encode()).and_then(|()| stream.finish());
            wire.serves(&mut peer)?;
            wire.is_well()
        },
    },
    WireCase {
        name: "pushes that are none",
        reqs: &["identify.malformed"],
        run: |wire| {
            for bytes in [noise(1, 500), vec![0xff; 40], frame(&[0x0a, 0x7f]), Vec::new()] {
                survives(wire, &bytes)?;
            }
            Ok(())
        },
    },
    WireCase {
        name: "a push that claims to be huge",
        reqs: &["identify.size-max"],
        run: |wire| survives(wire, &[varint(1 << 40), noise(2, 5000)].concat()),
    },
    WireCase {
        name: "pushes of endless protocols and addresses",
        reqs: &["identify.size-max"],
        run: |wire| {
            let protocols = (0..5000).map(|n| format!("/endless/{n}"));
            let names = Identify { protocols: protocols.collect(), ..Identify::default() };
            survives(wire, &frame(&names.encode()))?;
            // As several messages of one stream, which the format allows.
            let parts = (0..60).flat_map(|part| {
                let protocols = (0..100).map(|n| format!("/endless/{part}/{n}"));
                frame(&Identify { protocols: protocols.collect(), ..Identify::default() }.encode())
            });
            survives(wire, &parts.collect::<Vec<_>>())?;
            let address = |n: u16| {
                let address: Option<Multiaddr> = format!("/ip4/192.0.2.1/tcp/{n}").parse().ok();
                address.map(|address| address.to_vec()).unwrap_or_default()
            };
            let listen = (1..3000).map(address).collect();
            survives(wire, &frame(&Identify { listen, ..Identify::default() }.encode()))
        },
    },
    WireCase {
        name: "a record that is signed by someone else",
        reqs: &["identify.foreign-key"],
        run: |wire| {
            let mut peer = wire.served()?;
            let other = Keypair::generate_ed25519();
            let record = PeerRecord::new_interop(&other, vec![wire.address.clone()]);
            let Ok(record) = record else { return failed("no record can be made") };
            let signed_record = record.to_signed_envelope().into_protobuf_encoding();
            let told =
                Identify { signed_record, ..Identify::of(peer.key(), vec![V120.to_owned()]) };
            let mut stream = peer.open(PUSH)?;
            // It may end the stream.
            let _ = stream.send(&told.encode()).and_then(|()| stream.finish());
            wire.serves(&mut peer)?;
            wire.is_well()
        },
    },
    WireCase {
        name: "50 streams that ask at once",
        reqs: &["identify.asks-many"],
        run: |wire| {
            let peer = wire.dial()?;
            let told = identify(&peer)?;
            let streams = (0..50).map_while(|_| {
                let mut stream = peer.raw_stream().ok()?;
                stream.write(&crate::wire::line(HEADER)).ok()?;
                stream.write(&crate::wire::line(ID)).ok().map(|()| stream)
            });
            let streams: Vec<_> = streams.collect();
            same("at least ten were open", &(streams.len() >= 10), &true)?;
            drop(streams);
            same("agent", &identify(&peer)?.agent, &told.agent)
        },
    },
];
