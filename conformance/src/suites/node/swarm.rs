//! Cases of `spec/node/swarm.md` that show on the wire: transports, handshakes, hostile diallers.

use crate::case::{Check, Stop, Suite, WireCase, failed, same};
use crate::wire::{HEADER, Profile, REFUSED, Security, Wire, line, noise};
use libp2p::Multiaddr;
use libp2p::identity::Keypair;
use libp2p::multiaddr::Protocol;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::Duration;

pub(crate) const SUITE: Suite = Suite { name: "node/swarm", wire: &[CASES], ..Suite::EMPTY };

/// Memory that hostile diallers may cost, in KiB.
const GROWTH_KIB_MAX: u64 = 64 << 10;
/// How long a plain connection waits for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// A TCP connection to the subject, without any handshake.
fn plain(wire: &Wire) -> Check<TcpStream> {
    let mut place: (Option<IpAddr>, Option<u16>) = (None, None);
    for part in &wire.address {
        match part {
            Protocol::Ip4(ip) => place.0 = Some(ip.into()),
            Protocol::Ip6(ip) => place.0 = Some(ip.into()),
            Protocol::Tcp(port) => place.1 = Some(port),
            _ => {}
        }
    }
    let (Some(ip), Some(port)) = place else {
        return Err(Stop::Unprepared("the peer's address is not of TCP".to_owned()));
    };
    let stream = TcpStream::connect_timeout(&SocketAddr::new(ip, port), ANSWER_MAX);
    let stream = stream.and_then(|stream| {
        stream.set_read_timeout(Some(ANSWER_MAX))?;
        stream.set_write_timeout(Some(ANSWER_MAX))?;
        Ok(stream)
    });
    stream.or_else(|error| failed(format!("cannot connect: {error}")))
}

/// Whether others are served, and memory is bounded.
fn goes_on(wire: &Wire, before: u64) -> Check {
    wire.is_well()?;
    let grown = wire.memory_kib().unwrap_or(0).saturating_sub(before);
    same("memory is bounded", &(grown < GROWTH_KIB_MAX), &true)
}

fn secured(wire: &Wire, security: Security) -> Check {
    wire.loaded()?;
    let mut peer = wire.dial_as(&Profile { security, ..Profile::default() })?;
    wire.serves(&mut peer)
}

const CASES: &[WireCase] = &[
    WireCase {
        name: "a dialler that speaks noise only",
        reqs: &["swarm.noise", "swarm.tcp"],
        run: |wire| plain(wire).and_then(|_| secured(wire, Security::Noise)),
    },
    WireCase {
        name: "a dialler that speaks TLS only",
        reqs: &["swarm.tls", "swarm.tcp"],
        run: |wire| plain(wire).and_then(|_| secured(wire, Security::Tls)),
    },
    WireCase {
        name: "every address that it tells its operator can be dialled",
        reqs: &["swarm.listen", "swarm.quic"],
        run: |wire| {
            let told = wire.rpc()?.post("/api/v0/id")?.expect(200)?.json()?;
            let all = told["Addresses"].as_array().cloned().unwrap_or_default();
            let all = all.iter().filter_map(|address| address.as_str());
            let dialled: Vec<&str> = all
                .filter(|address| address.contains("/tcp/") || address.contains("/quic-v1"))
                .filter(|address| !["/ws", "webtransport"].iter().any(|not| address.contains(not)))
                .collect();
            same("it listens on nothing", &dialled.is_empty(), &false)?;
            for address in dialled {
                let address: Multiaddr = match address.parse() {
                    Ok(address) => address,
                    Err(error) => return failed(format!("{address}: {error}")),
                };
                let other = Wire { address: address.clone(), ..wire.clone() };
                if let Err(Stop::Failed(why)) = other.served() {
                    return failed(format!("{address}: {why}"));
                }
            }
            Ok(())
        },
    },
    WireCase {
        name: "every kind of key is taken",
        reqs: &["swarm.key-types"],
        run: |wire| {
            wire.loaded()?;
            for key in [Keypair::generate_ecdsa(), Keypair::generate_secp256k1()] {
                let mut peer = wire.dial_with(key, &Profile::default())?;
                wire.serves(&mut peer)?;
            }
            Ok(())
        },
    },
    WireCase {
        name: "200 peers that ask the moment they are connected are all served",
        reqs: &["swarm.streams-at-once"],
        run: |wire| {
            wire.loaded()?;
            std::thread::scope(|scope| {
                let all = || (0..25).try_for_each(|_| wire.served().map(drop));
                let threads = [(); 8].map(|()| scope.spawn(all));
                threads.into_iter().try_for_each(|one| match one.join() {
                    Ok(result) => result,
                    Err(_) => failed("a dialler died"),
                })
            })
        },
    },
    WireCase {
        name: "two connections of one peer are both served",
        reqs: &["swarm.several-connections"],
        run: |wire| {
            let mut one = wire.served()?;
            let mut other = wire.dial_with(one.key().clone(), &Profile::default())?;
            // Answers may come on either.
            other.open(crate::wire::identify::PING)?;
            wire.serves(&mut one).or_else(|_| wire.serves(&mut other))?;
            one.is_kept()?;
            other.is_kept()
        },
    },
    WireCase {
        name: "the negotiation of the handshake: what is not known is refused",
        reqs: &["swarm.negotiation"],
        run: |wire| {
            let mut stream = plain(wire)?;
            let mut said = [line(HEADER), line("/nonsense/1.0.0")].concat();
            let sent = stream.write_all(&said);
            said = [line(HEADER), line(REFUSED)].concat();
            let mut got = vec![0; said.len()];
            match sent.and_then(|()| stream.read_exact(&mut got)) {
                Ok(()) => same("answer", &got, &said)?,
                Err(error) => return failed(format!("no answer: {error}")),
            }
            wire.is_well()
        },
    },
    WireCase {
        name: "noise instead of a handshake",
        reqs: &["swarm.handshake-hostile"],
        run: |wire| {
            let before = wire.memory_kib().unwrap_or(0);
            for seed in 0..20 {
                let mut stream = plain(wire)?;
                // It may end the connection before all is written.
                let _ = stream.write_all(&noise(seed, 5000));
            }
            for bytes in [&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], &[0xff; 5000], &[0; 5000]] {
                let mut stream = plain(wire)?;
                let _ = stream.write_all(bytes);
            }
            goes_on(wire, before)
        },
    },
    WireCase {
        name: "a handshake of noise that goes wrong",
        reqs: &["swarm.handshake-hostile"],
        run: |wire| {
            let before = wire.memory_kib().unwrap_or(0);
            for protocol in ["/noise", "/tls/1.0.0"] {
                for length in [0, 1, 32, 5000] {
                    let mut stream = plain(wire)?;
                    let start = [line(HEADER), line(protocol)].concat();
                    let bytes = [vec![0, 32], noise(length as u64, length)].concat();
                    let _ = stream.write_all(&[start, bytes].concat());
                }
            }
            goes_on(wire, before)
        },
    },
    WireCase {
        name: "100 connections that never shake hands",
        reqs: &["swarm.handshake-time"],
        run: |wire| {
            let before = wire.memory_kib().unwrap_or(0);
            let held = (0..100).map(|_| plain(wire)).collect::<Check<Vec<_>>>()?;
            goes_on(wire, before)?;
            drop(held);
            wire.is_well()
        },
    },
    WireCase {
        name: "a negotiation without end",
        reqs: &["swarm.negotiation"],
        run: |wire| {
            let before = wire.memory_kib().unwrap_or(0);
            let peer = wire.served()?;
            let mut stream = peer.raw_stream()?;
            // It stops reading or ends the stream at some time.
            let _ = stream.write(&line(HEADER));
            for number in 0..2000 {
                if stream.write(&line(&format!("/nonsense/{number}"))).is_err() {
                    break;
                }
            }
            peer.is_kept()?;
            goes_on(wire, before)
        },
    },
    WireCase {
        name: "lines of the negotiation that are none",
        reqs: &["swarm.negotiation"],
        run: |wire| {
            let before = wire.memory_kib().unwrap_or(0);
            let mut peer = wire.served()?;
            for bytes in [&[0xff; 20][..], &[0], &[3, b'a', b'b', b'c'], &[0x80, 0x80, 0x80, 1]] {
                let mut stream = peer.raw_stream()?;
                let _ = stream.write(&line(HEADER)).and_then(|()| stream.write(bytes));
            }
            peer.is_kept()?;
            wire.serves(&mut peer)?;
            goes_on(wire, before)
        },
    },
    WireCase {
        name: "1,000 streams that say nothing",
        reqs: &["swarm.streams"],
        run: |wire| {
            let peer = wire.served()?;
            let before = wire.memory_kib().unwrap_or(0);
            let mut held = Vec::new();
            for _ in 0..1000 {
                let Ok(mut stream) = peer.raw_stream() else { break };
                if stream.write(&line(HEADER)).is_err() {
                    break;
                }
                held.push(stream);
            }
            goes_on(wire, before)?;
            drop(held);
            drop(peer);
            wire.is_well()
        },
    },
];
