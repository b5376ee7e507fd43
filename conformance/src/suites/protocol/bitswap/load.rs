//! Many wants, many streams, slow readers: everyone gets their due, and memory has an end.

use crate::case::{Check, WireCase, failed, same};
use crate::wire::{Entry, Message, V120, Wire, content, noise, nowhere, unheard};
use std::time::{Duration, Instant};

/// Memory that any of this may cost, in KiB.
const GROWTH_KIB_MAX: u64 = 192 << 10;
/// How soon others have to be served meanwhile.
const SERVED_MAX: Duration = Duration::from_secs(3);

/// Others are served in good time.
pub(super) fn others_are_served(wire: &Wire) -> Check {
    let start = Instant::now();
    wire.is_well()?;
    match start.elapsed() <= SERVED_MAX {
        true => Ok(()),
        false => failed(format!("another peer was served after {:?}", start.elapsed())),
    }
}

/// Memory has not grown without bound since. Without a known process nothing is checked.
pub(super) fn memory_is_bounded(wire: &Wire, before: u64) -> Check {
    let grown = wire.memory_kib().unwrap_or(0).saturating_sub(before);
    match grown <= GROWTH_KIB_MAX {
        true => Ok(()),
        false => failed(format!("memory grew by {grown} KiB")),
    }
}

pub(super) const CASES: &[WireCase] = &[
    WireCase {
        name: "1,000 wants in one message are all answered",
        reqs: &["bitswap.entries-max"],
        run: |wire| {
            let mut peer = wire.served()?;
            let absent = nowhere(1000);
            let asked = Message::wants(absent.iter().map(|cid| Entry::have(cid).or_dont_have()));
            peer.ask("all DONT_HAVE", &asked, |seen| seen.dont_haves.len() >= 1000)
        },
    },
    WireCase {
        name: "10,000 wants in one message: the first are answered, and the peer is kept",
        reqs: &["bitswap.entries-max"],
        run: |wire| {
            let mut peer = wire.served()?;
            let absent = nowhere(10_000);
            let asked = Message::wants(absent.iter().map(|cid| Entry::have(cid).or_dont_have()));
            peer.ask("some DONT_HAVE", &asked, |seen| seen.dont_haves.len() >= 500)?;
            others_are_served(wire)?;
            peer.is_kept()
        },
    },
    WireCase {
        name: "wants in small messages, 3,000 of them, are answered as they come",
        reqs: &["bitswap.entries-max"],
        run: |wire| {
            let mut peer = wire.served()?;
            let absent = nowhere(3000);
            for (number, part) in absent.chunks(100).enumerate() {
                let wants = part.iter().map(|cid| Entry::have(cid).or_dont_have());
                peer.ask("DONT_HAVE", &Message::wants(wants), |seen| {
                    seen.dont_haves.len() >= (number + 1) * 100
                })?;
                peer.send(&Message::wants(part.iter().map(Entry::cancel)))?;
            }
            Ok(())
        },
    },
    WireCase {
        name: "a flood of want-have: memory has an end, others are served, all is freed",
        reqs: &["bitswap.entries-max", "bitswap.fair-turns", "bitswap.disconnect"],
        run: |wire| {
            let mut peer = wire.served()?;
            let before = wire.memory_kib().unwrap_or(0);
            peer.read(false);
            for _ in 0..100 {
                let absent = nowhere(1000);
                let wants = absent.iter().map(|cid| Entry::have(cid).or_dont_have());
                // It may stop reading, or end the connection.
                if peer.send(&Message::wants(wants)).is_err() {
                    break;
                }
            }
            others_are_served(wire)?;
            memory_is_bounded(wire, before)
        },
    },
    WireCase {
        name: "48 streams at once, one want on each",
        reqs: &["bitswap.many-streams"],
        run: |wire| {
            let mut peer = wire.served()?;
            let small = &content().small[..48];
            let mut streams = small.iter().map(|_| peer.open(V120)).collect::<Check<Vec<_>>>()?;
            for (stream, cid) in streams.iter_mut().zip(small) {
                stream.write(&Message::wants([Entry::block(cid)]).framed())?;
            }
            peer.wait("all blocks", |seen| small.iter().all(|cid| seen.block(cid)))
        },
    },
    WireCase {
        name: "a stream for each message, 300 in a row",
        reqs: &["bitswap.many-streams"],
        run: |wire| {
            let mut peer = wire.served()?;
            let small = &content().small;
            for number in 0..300 {
                let mut stream = peer.open(V120)?;
                stream.write(&Message::wants([Entry::block(&small[number % 64])]).framed())?;
                stream.finish()?;
            }
            peer.wait("all blocks", |seen| small.iter().all(|cid| seen.block(cid)))
        },
    },
    WireCase {
        name: "a stream that we close after the want is answered",
        reqs: &["bitswap.half-closed"],
        run: |wire| {
            let mut peer = wire.served()?;
            let cid = &content().medium[5];
            let mut stream = peer.open(V120)?;
            stream.write(&Message::wants([Entry::block(cid)]).framed())?;
            stream.finish()?;
            peer.wait("the block", |seen| seen.block(cid))
        },
    },
    WireCase {
        name: "a want that comes byte by byte is answered",
        reqs: &["bitswap.framing"],
        run: |wire| {
            let mut peer = wire.served()?;
            let cid = &content().medium[6];
            let mut stream = peer.open(V120)?;
            for byte in Message::wants([Entry::block(cid)]).framed() {
                stream.write(&[byte])?;
            }
            peer.wait("the block", |seen| seen.block(cid))
        },
    },
    WireCase {
        name: "several messages in one piece are all read",
        reqs: &["bitswap.framing"],
        run: |wire| {
            let mut peer = wire.served()?;
            let small = &content().small;
            let all = small.iter().map(|cid| Message::wants([Entry::block(cid)]).framed());
            peer.send_bytes(&all.collect::<Vec<_>>().concat())?;
            peer.wait("all blocks", |seen| small.iter().all(|cid| seen.block(cid)))
        },
    },
    WireCase {
        name: "a reader that stops holds up nobody, and gets the rest later",
        reqs: &["bitswap.slow-reader", "bitswap.fair-turns"],
        run: |wire| {
            let mut peer = wire.served()?;
            let before = wire.memory_kib().unwrap_or(0);
            let all = &content().large;
            peer.read(false);
            peer.send(&Message::wants(all.iter().map(Entry::block)))?;
            for _ in 0..5 {
                others_are_served(wire)?;
            }
            memory_is_bounded(wire, before)?;
            peer.read(true);
            peer.wait("all blocks", |seen| all.iter().all(|cid| seen.block(cid)))
        },
    },
    WireCase {
        name: "20 readers that stop hold up nobody",
        reqs: &["bitswap.slow-reader", "bitswap.fair-turns"],
        run: |wire| {
            wire.loaded()?;
            let before = wire.memory_kib().unwrap_or(0);
            let mut stopped = Vec::new();
            for _ in 0..20 {
                let mut peer = wire.dial()?;
                peer.read(false);
                peer.send(&Message::wants(content().large.iter().map(Entry::block)))?;
                stopped.push(peer);
            }
            others_are_served(wire)?;
            memory_is_bounded(wire, before)
        },
    },
    WireCase {
        name: "one who wants everything does not starve one who wants little",
        reqs: &["bitswap.fair-turns"],
        run: |wire| {
            let mut greedy = wire.served()?;
            let mut modest = wire.served()?;
            for _ in 0..4 {
                greedy.send(&Message::wants(content().large.iter().map(Entry::block)))?;
            }
            let start = Instant::now();
            for _ in 0..10 {
                wire.serves(&mut modest)?;
            }
            same("in good time", &(start.elapsed() < 2 * SERVED_MAX), &true)
        },
    },
    WireCase {
        name: "peers that leave in the middle of 12 MiB harm nobody",
        reqs: &["bitswap.disconnect"],
        run: |wire| {
            wire.loaded()?;
            let before = wire.memory_kib().unwrap_or(0);
            for _ in 0..20 {
                let mut peer = wire.dial()?;
                let all = &content().large;
                peer.send(&Message::wants(all.iter().map(Entry::block)))?;
                peer.listen(Duration::from_millis(30), |seen| !seen.order.is_empty());
            }
            others_are_served(wire)?;
            memory_is_bounded(wire, before)
        },
    },
    WireCase {
        name: "blocks that nobody asked for are not kept",
        reqs: &["bitswap.unwanted-blocks"],
        run: |wire| {
            let mut peer = wire.served()?;
            let before = wire.memory_kib().unwrap_or(0);
            let mut sent = Vec::new();
            for _ in 0..20 {
                let (cid, bytes) = unheard(1 << 20);
                // It may end the connection at some time.
                if peer.send(&Message::block(&cid, &bytes)).is_err() {
                    break;
                }
                sent.push(cid);
            }
            same("one was read at least", &sent.is_empty(), &false)?;
            let mut peer = wire.served()?;
            let asked = Message::wants(sent.iter().map(|cid| Entry::have(cid).or_dont_have()));
            peer.ask("DONT_HAVE", &asked, |seen| sent.iter().all(|cid| seen.answered(cid)))?;
            same("it lacks all", &sent.iter().all(|cid| peer.seen.dont_have(cid)), &true)?;
            memory_is_bounded(wire, before)
        },
    },
    WireCase {
        name: "presences that nobody asked for cost nothing",
        reqs: &["bitswap.unwanted-presences"],
        run: |wire| {
            let mut peer = wire.served()?;
            let before = wire.memory_kib().unwrap_or(0);
            for _ in 0..50 {
                let absent = nowhere(1000);
                let presences = absent.iter().map(|cid| (cid.bytes().to_vec(), false));
                let told = Message { presences: presences.collect(), ..Message::default() };
                // It may end the connection at some time.
                if peer.send(&told).is_err() {
                    break;
                }
            }
            others_are_served(wire)?;
            memory_is_bounded(wire, before)
        },
    },
    WireCase {
        name: "a message of almost 4 MiB is read",
        reqs: &["bitswap.message-bytes-max"],
        run: |wire| {
            let mut peer = wire.served()?;
            let mut message = Message::wants([Entry::block(&content().medium[7])]);
            let (cid, _) = unheard(32);
            message.payload.push((crate::wire::prefix(&cid), noise(1, (4 << 20) - 200)));
            let cid = &content().medium[7];
            peer.ask("the block", &message, |seen| seen.block(cid))
        },
    },
];
