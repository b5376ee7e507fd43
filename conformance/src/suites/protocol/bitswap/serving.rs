//! What a want is answered with.

use crate::case::{Check, WireCase, failed, same};
use crate::encode::{Cid, DAG_CBOR, DAG_PB};
use crate::wire::{Entry, Message, Wire, content, nowhere};
use std::time::{Duration, Instant};

/// How long nothing may follow after something that must come has come.
const QUIET: Duration = Duration::from_millis(400);
/// How soon a DONT_HAVE has to come.
const DONT_HAVE_MAX: Duration = Duration::from_secs(1);

/// Asks for a block and compares its bytes.
fn gives(wire: &Wire, cid: &Cid) -> Check {
    wire.loaded()?;
    let mut peer = wire.dial()?;
    let asked = Message::wants([Entry::block(cid)]);
    peer.ask("the block", &asked, |seen| seen.block(cid))?;
    same("blocks", &peer.seen.order.len(), &1)?;
    match peer.seen.blocks[cid] == content().bytes(cid) {
        true => Ok(()),
        false => failed("other bytes"),
    }
}

pub(super) const CASES: &[WireCase] = &[
    WireCase {
        name: "want-block: a raw block",
        reqs: &["bitswap.want-block", "bitswap.encode"],
        run: |wire| gives(wire, &content().small[0]),
    },
    WireCase {
        name: "want-block: a node, by its CID of version 0",
        reqs: &["bitswap.want-block", "bitswap.encode"],
        run: |wire| gives(wire, &content().node),
    },
    WireCase {
        name: "want-block: the same node by its CID of version 1, under that prefix",
        reqs: &["bitswap.want-block", "bitswap.encode"],
        run: |wire| gives(wire, &content().node.to_v1()),
    },
    WireCase {
        name: "want-block: under another codec, the prefix has that codec",
        reqs: &["bitswap.want-block", "bitswap.encode"],
        run: |wire| gives(wire, &content().small[1].with_codec(DAG_CBOR)),
    },
    WireCase {
        name: "want-block: a block under SHA-512",
        reqs: &["bitswap.want-block", "bitswap.encode"],
        run: |wire| gives(wire, &content().sha512),
    },
    WireCase {
        name: "want-block: a block of 2 MiB",
        reqs: &["bitswap.want-block", "bitswap.block-size-max"],
        run: |wire| gives(wire, &content().largest),
    },
    WireCase {
        name: "want-have: HAVE of a block of 4 KiB, without the block",
        reqs: &["bitswap.want-have"],
        run: |wire| {
            let mut peer = wire.served()?;
            let cid = &content().medium[0];
            peer.ask("HAVE", &Message::wants([Entry::have(cid)]), |seen| seen.have(cid))?;
            peer.listen(QUIET, |seen| seen.block(cid));
            same("the block came", &peer.seen.block(cid), &false)
        },
    },
    WireCase {
        name: "want-have: the block itself, where that is small, or HAVE",
        reqs: &["bitswap.want-have"],
        run: |wire| {
            let mut peer = wire.served()?;
            let cid = &content().small[5];
            let asked = Message::wants([Entry::have(cid)]);
            peer.ask("an answer", &asked, |seen| seen.block(cid) || seen.have(cid))?;
            same("DONT_HAVE came", &peer.seen.dont_have(cid), &false)
        },
    },
    WireCase {
        name: "want-have, then want-block of the same",
        reqs: &["bitswap.want-have", "bitswap.want-block"],
        run: |wire| {
            let mut peer = wire.served()?;
            let cid = &content().medium[1];
            peer.ask("HAVE", &Message::wants([Entry::have(cid)]), |seen| seen.have(cid))?;
            peer.ask("block", &Message::wants([Entry::block(cid)]), |seen| seen.block(cid))
        },
    },
    WireCase {
        name: "DONT_HAVE to those who ask for it, want-have and want-block, in good time",
        reqs: &["bitswap.dont-have", "bitswap.dont-have-delay"],
        run: |wire| {
            let mut peer = wire.served()?;
            let absent = nowhere(2);
            let start = Instant::now();
            let asked = Message::wants([
                Entry::have(&absent[0]).or_dont_have(),
                Entry::block(&absent[1]).or_dont_have(),
            ]);
            peer.ask("DONT_HAVE", &asked, |seen| absent.iter().all(|cid| seen.dont_have(cid)))?;
            match start.elapsed() < DONT_HAVE_MAX {
                true => Ok(()),
                false => failed(format!("after {:?}", start.elapsed())),
            }
        },
    },
    WireCase {
        name: "no DONT_HAVE to those who do not ask for it",
        reqs: &["bitswap.dont-have"],
        run: |wire| {
            let mut peer = wire.served()?;
            let absent = nowhere(3);
            peer.send(&Message::wants([Entry::have(&absent[0]), Entry::block(&absent[1])]))?;
            let last = Message::wants([Entry::block(&absent[2]).or_dont_have()]);
            peer.ask("DONT_HAVE", &last, |seen| seen.dont_have(&absent[2]))?;
            peer.listen(QUIET, |seen| seen.dont_haves.len() > 1);
            same("answers", &peer.seen.dont_haves.len(), &1)
        },
    },
    WireCase {
        name: "presences carry the CID as it was asked for",
        reqs: &["bitswap.presence-cid"],
        run: |wire| {
            let mut peer = wire.served()?;
            let absent = nowhere(1).remove(0);
            let all = [absent.with_codec(DAG_PB), absent.with_codec(DAG_CBOR)];
            let asked = Message::wants(all.iter().map(|cid| Entry::have(cid).or_dont_have()));
            peer.ask("DONT_HAVE", &asked, |seen| all.iter().all(|cid| seen.dont_have(cid)))
        },
    },
    WireCase {
        name: "present and absent ones in one message",
        reqs: &["bitswap.want-have", "bitswap.want-block", "bitswap.dont-have"],
        run: |wire| {
            let mut peer = wire.served()?;
            let (absent, content) = (nowhere(20), content());
            let wants = absent.iter().map(|cid| Entry::have(cid).or_dont_have());
            let wants =
                wants.chain(content.medium.iter().map(|cid| Entry::have(cid).or_dont_have()));
            let wants =
                wants.chain(content.small.iter().map(|cid| Entry::block(cid).or_dont_have()));
            peer.ask("all answers", &Message::wants(wants), |seen| {
                absent.iter().all(|cid| seen.dont_have(cid))
                    && content.medium.iter().all(|cid| seen.have(cid))
                    && content.small.iter().all(|cid| seen.block(cid))
            })?;
            let wrong = content.small.iter().chain(&content.medium);
            same(
                "DONT_HAVE of those it has",
                &wrong.filter(|cid| peer.seen.dont_have(cid)).count(),
                &0,
            )
        },
    },
    WireCase {
        name: "the more urgent come first",
        reqs: &["bitswap.priority"],
        run: |wire| {
            let mut peer = wire.served()?;
            let all = &content().large[..16];
            let wants = all.iter().zip(1..).map(|(cid, n)| Entry::block(cid).priority(n));
            peer.ask("all blocks", &Message::wants(wants), |seen| {
                all.iter().all(|cid| seen.block(cid))
            })?;
            let place = |cid: &Cid| peer.seen.order.iter().position(|other| other == cid);
            let mean = |part: &[Cid]| part.iter().filter_map(place).sum::<usize>() / part.len();
            // Several are in work at once: single ones may overtake each other.
            let (least, most) = (mean(&all[..4]), mean(&all[12..]));
            match most + 4 <= least {
                true => Ok(()),
                false => failed(format!("place {most} for the most urgent, {least} for the least")),
            }
        },
    },
    WireCase {
        name: "pending bytes tell what is still queued, and fall to nothing",
        reqs: &["bitswap.pending-bytes"],
        run: |wire| {
            let mut peer = wire.served()?;
            let all = &content().large;
            let asked = Message::wants(all.iter().map(Entry::block));
            peer.ask("all blocks", &asked, |seen| all.iter().all(|cid| seen.block(cid)))?;
            let pending = &peer.seen.pending;
            let most = pending.iter().copied().max().unwrap_or(0);
            same("negative", &pending.iter().any(|bytes| *bytes < 0), &false)?;
            same("more than half was queued at some time", &(most > 6 << 20), &true)?;
            same("nothing at the end", &pending.contains(&0), &true)
        },
    },
    WireCase {
        name: "no message is larger than 4 MiB, small answers share one",
        reqs: &["bitswap.message-bytes-max", "bitswap.message-target"],
        run: |wire| {
            let mut peer = wire.served()?;
            let all = &content().large;
            let asked = Message::wants(all.iter().map(Entry::block));
            peer.ask("all blocks", &asked, |seen| all.iter().all(|cid| seen.block(cid)))?;
            // A larger one would have ended the stream in our reader.
            same("malformed", &peer.seen.malformed, &0)?;
            let messages = peer.seen.sizes.len();
            let absent = nowhere(500);
            let asked = Message::wants(absent.iter().map(|cid| Entry::have(cid).or_dont_have()));
            peer.ask("all DONT_HAVE", &asked, |seen| absent.iter().all(|cid| seen.dont_have(cid)))?;
            let more = peer.seen.sizes.len() - messages;
            same("500 DONT_HAVE in at most 100 messages", &(more <= 100), &true)
        },
    },
];
