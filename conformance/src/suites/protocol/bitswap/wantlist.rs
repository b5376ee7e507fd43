//! The wantlist that a peer keeps for us: what stays wanted, what is withdrawn, what is replaced.

use crate::case::{WireCase, same};
use crate::wire::{Entry, Message, Profile, content, nowhere, unheard};
use std::time::Duration;

/// How long nothing may follow after something that must come has come.
const QUIET: Duration = Duration::from_millis(400);

pub(super) const CASES: &[WireCase] = &[
    WireCase {
        name: "a block that arrives later goes to those who want it",
        reqs: &["bitswap.serves-later"],
        run: |wire| {
            let mut peer = wire.served()?;
            let (cid, bytes) = unheard(5000);
            let asked = Message::wants([Entry::block(&cid).or_dont_have()]);
            peer.ask("DONT_HAVE", &asked, |seen| seen.dont_have(&cid))?;
            wire.put(&bytes)?;
            peer.wait("the block", |seen| seen.block(&cid))
        },
    },
    WireCase {
        name: "a block that arrives later is told to those who want to know",
        reqs: &["bitswap.serves-later"],
        run: |wire| {
            let mut peer = wire.served()?;
            let (cid, bytes) = unheard(5000);
            let asked = Message::wants([Entry::have(&cid).or_dont_have()]);
            peer.ask("DONT_HAVE", &asked, |seen| seen.dont_have(&cid))?;
            wire.put(&bytes)?;
            peer.wait("HAVE", |seen| seen.have(&cid))?;
            same("the block came", &peer.seen.block(&cid), &false)
        },
    },
    WireCase {
        name: "a cancelled want is forgotten",
        reqs: &["bitswap.cancel"],
        run: |wire| {
            let mut peer = wire.served()?;
            let (kept, kept_bytes) = unheard(3000);
            let (cancelled, bytes) = unheard(3000);
            let asked = [&kept, &cancelled].map(|cid| Entry::block(cid).or_dont_have());
            peer.ask("DONT_HAVE", &Message::wants(asked), |seen| seen.dont_haves.len() == 2)?;
            // What follows on the stream shows that the cancel was read.
            let marker = nowhere(1).remove(0);
            let cancel = [Entry::cancel(&cancelled), Entry::have(&marker).or_dont_have()];
            peer.ask("DONT_HAVE", &Message::wants(cancel), |seen| seen.dont_have(&marker))?;
            wire.put(&bytes)?;
            wire.put(&kept_bytes)?;
            peer.wait("the other block", |seen| seen.block(&kept))?;
            peer.listen(QUIET, |seen| seen.block(&cancelled));
            same("the cancelled block came", &peer.seen.block(&cancelled), &false)
        },
    },
    WireCase {
        name: "a cancel stops blocks that are queued",
        reqs: &["bitswap.cancel"],
        run: |wire| {
            let mut peer = wire.served()?;
            let all = &content().large;
            peer.read(false);
            peer.send(&Message::wants(all.iter().map(Entry::block)))?;
            peer.send(&Message::wants(all.iter().map(Entry::cancel)))?;
            let marker = nowhere(1).remove(0);
            peer.send(&Message::wants([Entry::have(&marker).or_dont_have()]))?;
            std::thread::sleep(QUIET);
            peer.read(true);
            peer.wait("DONT_HAVE", |seen| seen.dont_have(&marker))?;
            peer.listen(QUIET, |_| false);
            let came = all.iter().filter(|cid| peer.seen.block(cid)).count();
            // What is under way may still come.
            same("most did not come", &(came <= all.len() / 2), &true)
        },
    },
    WireCase {
        name: "the cancel of what was never wanted is harmless",
        reqs: &["bitswap.cancel"],
        run: |wire| {
            let mut peer = wire.served()?;
            peer.send(&Message::wants(nowhere(50).iter().map(Entry::cancel)))?;
            peer.send(&Message::wants(content().medium.iter().map(Entry::cancel)))?;
            wire.serves(&mut peer)?;
            peer.is_kept()
        },
    },
    WireCase {
        name: "a full wantlist replaces the former one",
        reqs: &["bitswap.full-wantlist"],
        run: |wire| {
            let mut peer = wire.served()?;
            let (old, old_bytes) = unheard(3000);
            let (new, new_bytes) = unheard(3000);
            let asked = Message::wants([Entry::block(&old).or_dont_have()]);
            peer.ask("DONT_HAVE", &asked, |seen| seen.dont_have(&old))?;
            let mut full = Message::wants([Entry::block(&new).or_dont_have()]);
            full.full = true;
            peer.ask("DONT_HAVE", &full, |seen| seen.dont_have(&new))?;
            wire.put(&old_bytes)?;
            wire.put(&new_bytes)?;
            peer.wait("the block of the new list", |seen| seen.block(&new))?;
            peer.listen(QUIET, |seen| seen.block(&old));
            same("the block of the old list came", &peer.seen.block(&old), &false)
        },
    },
    WireCase {
        name: "a wantlist that is not full adds to the former one",
        reqs: &["bitswap.full-wantlist"],
        run: |wire| {
            let mut peer = wire.served()?;
            let (old, old_bytes) = unheard(3000);
            let new = nowhere(1).remove(0);
            for cid in [&old, &new] {
                let asked = Message::wants([Entry::block(cid).or_dont_have()]);
                peer.ask("DONT_HAVE", &asked, |seen| seen.dont_have(cid))?;
            }
            wire.put(&old_bytes)?;
            peer.wait("the block of the old list", |seen| seen.block(&old))
        },
    },
    WireCase {
        name: "a want that stands twice in a message is answered once",
        reqs: &["bitswap.duplicate-wants"],
        run: |wire| {
            let mut peer = wire.served()?;
            let cid = &content().medium[3];
            let asked = Message::wants((0..20).map(|_| Entry::block(cid)));
            peer.ask("the block", &asked, |seen| seen.block(cid))?;
            peer.listen(QUIET, |_| false);
            let times = peer.seen.order.iter().filter(|other| *other == cid).count();
            same("times", &times, &1)
        },
    },
    WireCase {
        name: "a block that came may be wanted again",
        reqs: &["bitswap.duplicate-wants"],
        run: |wire| {
            let mut peer = wire.served()?;
            let cid = &content().medium[4];
            for times in 1..=3 {
                peer.ask("the block", &Message::wants([Entry::block(cid)]), |seen| {
                    seen.order.iter().filter(|other| *other == cid).count() >= times
                })?;
            }
            Ok(())
        },
    },
    WireCase {
        name: "after a disconnection the wants are gone, and the peer is served anew",
        reqs: &["bitswap.disconnect"],
        run: |wire| {
            let mut peer = wire.served()?;
            let (cid, bytes) = unheard(3000);
            let asked = Message::wants([Entry::block(&cid).or_dont_have()]);
            peer.ask("DONT_HAVE", &asked, |seen| seen.dont_have(&cid))?;
            let key = peer.key().clone();
            drop(peer);
            // It has to notice first.
            std::thread::sleep(QUIET);
            let mut peer = wire.dial_with(key, &Profile::default())?;
            wire.serves(&mut peer)?;
            wire.put(&bytes)?;
            peer.listen(QUIET, |seen| seen.block(&cid));
            same("the block came unasked", &peer.seen.block(&cid), &false)?;
            peer.ask("the block", &Message::wants([Entry::block(&cid)]), |seen| seen.block(&cid))
        },
    },
];
