//! What is wrong, odd or meant to harm. A stream may end by it; everything else goes on.

use super::load::{memory_is_bounded, others_are_served};
use crate::case::{Check, WireCase, failed, same};
use crate::encode::{Cid, RAW, field_bytes, field_varint, identity, varint};
use crate::wire::{
    Entry, MESSAGE_BYTES_MAX, Message, Peer, V120, Wire, content, frame, noise, nowhere, prefix,
    unheard,
};
use std::time::Duration;

/// Sends these bytes on a stream of their own. That stream may end; the connection and others go
/// on as before.
fn survives(wire: &Wire, bytes: &[u8]) -> Check {
    let mut peer = wire.served()?;
    let mut stream = peer.open(V120)?;
    // It may be ended before all is written.
    let _ = stream.write(bytes);
    goes_on(wire, &mut peer)
}

/// Sends these bytes, which must be harmless, and a want on the same stream, which is answered.
fn tolerates(wire: &Wire, bytes: &[u8]) -> Check {
    let mut peer = wire.served()?;
    peer.send_bytes(bytes)?;
    wire.serves(&mut peer)?;
    goes_on(wire, &mut peer)
}

/// Sends these bytes, by which the stream must end, and nothing else.
fn ends(wire: &Wire, bytes: &[u8]) -> Check {
    let mut peer = wire.served()?;
    let mut stream = peer.open(V120)?;
    // It may be ended before all is written.
    let _ = stream.write(bytes);
    same("the stream ends", &stream.ends(), &true)?;
    goes_on(wire, &mut peer)
}

fn goes_on(wire: &Wire, peer: &mut Peer) -> Check {
    peer.is_kept()?;
    peer.renew();
    wire.serves(peer)?;
    wire.is_well()
}

/// A message with one entry of this inside.
fn with_entry(inside: &[u8]) -> Vec<u8> {
    let (mut list, mut message) = (Vec::new(), Vec::new());
    field_bytes(&mut list, 1, inside);
    field_bytes(&mut message, 1, &list);
    frame(&message)
}

/// A wantlist with this CID, whatever it is.
fn wanting(cid: &[u8]) -> Vec<u8> {
    let mut entry = Entry::have(&content().small[0]).or_dont_have();
    entry.cid = cid.to_vec();
    Message::wants([entry]).framed()
}

/// An odd want is passed over: what stands beside it in the message is answered.
fn passed_over(wire: &Wire, odd: &[Cid]) -> Check {
    let mut peer = wire.served()?;
    let cid = &content().medium[8];
    let odd = odd.iter().map(|cid| Entry::block(cid).or_dont_have());
    let asked = Message::wants(odd.chain([Entry::block(cid)]));
    peer.ask("the want beside", &asked, |seen| seen.block(cid))?;
    goes_on(wire, &mut peer)
}

pub(super) const CASES: &[WireCase] = &[
    WireCase {
        name: "an empty message is harmless",
        reqs: &["bitswap.missing-wantlist"],
        run: |wire| tolerates(wire, &[0]),
    },
    WireCase {
        name: "a message without wantlist is harmless",
        reqs: &["bitswap.missing-wantlist"],
        run: |wire| tolerates(wire, &Message::presence(&nowhere(1)[0], true).framed()),
    },
    WireCase {
        name: "an empty wantlist is harmless, full or not",
        reqs: &["bitswap.missing-wantlist"],
        run: |wire| {
            let mut full = Message::wants([]);
            full.full = true;
            tolerates(wire, &[Message::wants([]).framed(), full.framed()].concat())
        },
    },
    WireCase {
        name: "unknown fields are passed over",
        reqs: &["bitswap.unknown-fields"],
        run: |wire| {
            let mut peer = wire.served()?;
            let cid = &content().medium[9];
            let mut entry = Entry::block(cid).encode();
            field_bytes(&mut entry, 77, b"of a later version");
            let (mut list, mut message) = (Vec::new(), Vec::new());
            field_bytes(&mut list, 1, &entry);
            field_varint(&mut list, 99, 5);
            field_varint(&mut message, 300, u64::MAX >> 1);
            field_bytes(&mut message, 1, &list);
            field_bytes(&mut message, 31, b"of a later version");
            // Wire types 1 and 5: eight and four bytes.
            message.extend(varint(40 << 3 | 1));
            message.extend([7; 8]);
            message.extend(varint(41 << 3 | 5));
            message.extend([7; 4]);
            peer.send_bytes(&frame(&message))?;
            peer.wait("the block", |seen| seen.block(cid))
        },
    },
    WireCase {
        name: "negative and extreme priorities",
        reqs: &["bitswap.priority"],
        run: |wire| {
            let mut peer = wire.served()?;
            let some = &content().medium[..4];
            let priorities = [i32::MIN, -1, 0, i32::MAX];
            let wants = some.iter().zip(priorities).map(|(cid, n)| Entry::block(cid).priority(n));
            peer.ask("all", &Message::wants(wants), |seen| some.iter().all(|cid| seen.block(cid)))
        },
    },
    WireCase {
        name: "identity CIDs are passed over",
        reqs: &["bitswap.identity-ignored"],
        run: |wire| {
            let sizes = [0, 1, 32, 128];
            let odd = sizes.map(|size| Cid::v1(RAW, &identity(&noise(3, size))));
            passed_over(wire, &odd)
        },
    },
    WireCase {
        name: "CIDs that are too long are passed over",
        reqs: &["bitswap.cid-bytes-max"],
        run: |wire| {
            let long = |code: u64, size: usize| {
                let hash = [varint(code), varint(size as u64), noise(4, size)].concat();
                Cid::v1(RAW, &hash)
            };
            passed_over(wire, &[long(0, 300), long(0x12, 200), long(0x1e, 5000)])
        },
    },
    WireCase {
        name: "hashes and codecs that nobody knows are answered or passed over",
        reqs: &["bitswap.unknown-hash"],
        run: |wire| {
            let unknown = [varint(0x7fff_ff01), varint(32), noise(5, 32)].concat();
            let odd = [Cid::v1(RAW, &unknown), nowhere(1)[0].with_codec(0x7fff_ff02)];
            passed_over(wire, &odd)
        },
    },
    WireCase {
        name: "an entry without CID",
        reqs: &["bitswap.malformed"],
        run: |wire| survives(wire, &with_entry(&[0x10, 1])),
    },
    WireCase {
        name: "entries whose CID is none",
        reqs: &["bitswap.malformed"],
        run: |wire| {
            for cid in [&b""[..], b"x", &[1], &[1, 0x55, 0x12, 0x20, 7], &[9; 40], &[0xff; 60]] {
                survives(wire, &wanting(cid))?;
            }
            Ok(())
        },
    },
    WireCase {
        name: "bytes that are no message end their stream",
        reqs: &["bitswap.malformed"],
        run: |wire| {
            for bytes in [&[0x0a, 0x7f][..], &[0x0f, 1, 2], &[0xff; 30], b"GET / HTTP/1.1"] {
                ends(wire, &frame(bytes))?;
            }
            Ok(())
        },
    },
    WireCase {
        name: "noise on ten streams",
        reqs: &["bitswap.malformed"],
        run: |wire| {
            for seed in 0..10 {
                survives(wire, &noise(seed, 3000))?;
            }
            Ok(())
        },
    },
    WireCase {
        name: "a message of more than 4 MiB ends its stream",
        reqs: &["bitswap.message-bytes-max"],
        run: |wire| {
            let before = wire.memory_kib().unwrap_or(0);
            let length = varint(MESSAGE_BYTES_MAX as u64 + 1);
            ends(wire, &[length, noise(6, 1 << 16)].concat())?;
            memory_is_bounded(wire, before)
        },
    },
    WireCase {
        name: "lengths beyond all memory end their stream",
        reqs: &["bitswap.message-bytes-max"],
        run: |wire| {
            let before = wire.memory_kib().unwrap_or(0);
            for length in [1 << 31, 1 << 40, u64::MAX >> 1] {
                ends(wire, &varint(length))?;
            }
            memory_is_bounded(wire, before)
        },
    },
    WireCase {
        name: "a length without end ends its stream",
        reqs: &["bitswap.framing"],
        run: |wire| ends(wire, &[0xff; 64]),
    },
    WireCase {
        name: "a field that claims to be longer than its message",
        reqs: &["bitswap.malformed"],
        run: |wire| {
            let claim = [varint(3 << 3 | 2), varint(1 << 30), vec![7; 10]].concat();
            survives(wire, &frame(&claim))
        },
    },
    WireCase {
        name: "3.9 MiB of empty entries",
        reqs: &["bitswap.malformed"],
        run: |wire| {
            let before = wire.memory_kib().unwrap_or(0);
            let list = [0x0a, 0x00].repeat((39 << 20) / 20);
            let mut message = Vec::new();
            field_bytes(&mut message, 1, &list);
            survives(wire, &frame(&message))?;
            memory_is_bounded(wire, before)
        },
    },
    WireCase {
        name: "100 messages that stop in the middle, on 100 streams",
        reqs: &["bitswap.stalled-stream"],
        run: |wire| {
            let peer = wire.served()?;
            let before = wire.memory_kib().unwrap_or(0);
            let mut held = Vec::new();
            for _ in 0..100 {
                // It may limit how many streams stand open.
                let Ok(mut stream) = peer.open(V120) else { break };
                let _ = stream.write(&[varint(4 << 20), noise(7, 1000)].concat());
                held.push(stream);
            }
            same("at least ten were open", &(held.len() >= 10), &true)?;
            others_are_served(wire)?;
            memory_is_bounded(wire, before)
        },
    },
    WireCase {
        name: "streams that negotiate and say nothing",
        reqs: &["bitswap.stalled-stream"],
        run: |wire| {
            let mut peer = wire.served()?;
            let held: Vec<_> = (0..100).map_while(|_| peer.open(V120).ok()).collect();
            same("at least ten were open", &(held.len() >= 10), &true)?;
            wire.serves(&mut peer)?;
            others_are_served(wire)
        },
    },
    WireCase {
        name: "a block under a prefix that is none",
        reqs: &["bitswap.malformed"],
        run: |wire| {
            for prefix in [&b""[..], &[1], &[1, 0x55, 0x12], &[9, 9, 9, 9], &[0xff; 40]] {
                let payload = vec![(prefix.to_vec(), b"block".to_vec())];
                survives(wire, &Message { payload, ..Message::default() }.framed())?;
            }
            Ok(())
        },
    },
    WireCase {
        name: "a block under a hash that nobody knows, or a length that the hash has not",
        reqs: &["bitswap.unknown-hash"],
        run: |wire| {
            for numbers in
                [[1, 0x55, 0x7fff_ff01, 32], [1, 0x55, 0x12, 5], [1, 0x55, 0x12, 1 << 40]]
            {
                let prefix = numbers.iter().flat_map(|number| varint(*number)).collect();
                let payload = vec![(prefix, b"block".to_vec())];
                survives(wire, &Message { payload, ..Message::default() }.framed())?;
            }
            Ok(())
        },
    },
    WireCase {
        name: "an identity block under a long prefix",
        reqs: &["bitswap.identity-ignored"],
        run: |wire| {
            let cid = Cid::v1(RAW, &identity(&noise(8, 3000)));
            survives(wire, &Message::block(&cid, &noise(8, 3000)).framed())
        },
    },
    WireCase {
        name: "a block without prefix is no obstacle",
        reqs: &["bitswap.encode"],
        run: |wire| {
            let message = Message { bare: vec![noise(9, 1000)], ..Message::default() };
            tolerates(wire, &message.framed())
        },
    },
    WireCase {
        name: "garbage from one, while another gets 12 MiB",
        reqs: &["bitswap.malformed", "bitswap.fair-turns"],
        run: |wire| {
            let mut honest = wire.served()?;
            let hostile = wire.served()?;
            let all = &content().large;
            honest.send(&Message::wants(all.iter().map(Entry::block)))?;
            for seed in 0..30 {
                if let Ok(mut stream) = hostile.open(V120) {
                    // The stream may be ended before all is written.
                    let _ = stream.write(&noise(seed, 1000));
                }
            }
            honest.wait("all blocks", |seen| all.iter().all(|cid| seen.block(cid)))
        },
    },
    WireCase {
        name: "a peer that comes and goes 100 times",
        reqs: &["bitswap.disconnect"],
        run: |wire| {
            wire.loaded()?;
            let before = wire.memory_kib().unwrap_or(0);
            for _ in 0..100 {
                let mut peer = wire.dial()?;
                peer.send(&Message::wants([Entry::block(&content().large[0])]))?;
            }
            others_are_served(wire)?;
            memory_is_bounded(wire, before)
        },
    },
    WireCase {
        name: "wants and cancels of the same, 20,000 times",
        reqs: &["bitswap.cancel"],
        run: |wire| {
            let mut peer = wire.served()?;
            let before = wire.memory_kib().unwrap_or(0);
            let cid = &content().medium[10];
            let both = Message::wants([Entry::block(cid)]).framed();
            let both = [both, Message::wants([Entry::cancel(cid)]).framed()].concat();
            for _ in 0..200 {
                peer.send_bytes(&both.repeat(100))?;
                peer.listen(Duration::from_millis(1), |_| false);
            }
            others_are_served(wire)?;
            memory_is_bounded(wire, before)
        },
    },
    WireCase {
        name: "other bytes under the prefix of a block that it has",
        reqs: &["bitswap.blocks-verified"],
        run: |wire| {
            let mut peer = wire.served()?;
            let (cid, _) = unheard(100);
            let payload = vec![(prefix(&cid), b"lies".to_vec())];
            peer.send(&Message { payload, ..Message::default() })?;
            let asked = Message::wants([Entry::have(&cid).or_dont_have()]);
            peer.ask("an answer", &asked, |seen| seen.answered(&cid))?;
            match peer.seen.dont_have(&cid) {
                true => Ok(()),
                false => failed("it claims to have a block that it never got"),
            }
        },
    },
];
