//! The subject is the one who wants: it is asked to fetch, and our peers have what it looks for.

use crate::case::{Check, WireCase, failed, same};
use crate::encode::{Cid, RAW};
use crate::wire::{
    Entry, Fetch, Message, Peer, Profile, V100, V110, Wire, prefix, unheard, unheard_file,
};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long the subject may look for a block, in seconds.
const FETCH_SECONDS: u64 = 30;
/// A step in which a peer looks what came.
const STEP: Duration = Duration::from_millis(50);
/// How long a whole fetch may take.
const FETCH_MAX: Duration = Duration::from_secs(FETCH_SECONDS + 5);

/// Waits until the peer is asked for the CID in either way.
fn is_asked(peer: &mut Peer, cid: &Cid) -> Check {
    peer.wait("a want", |seen| seen.wants(cid))
}

/// Answers what a peer is asked for, as long as the fetch runs.
struct Provider {
    peer: Peer,
    blocks: BTreeMap<Vec<u8>, (Cid, Vec<u8>)>,
    answered: usize,
    /// Whether it says anything at all.
    answers: bool,
}

impl Provider {
    fn new(peer: Peer, blocks: &[(Cid, Vec<u8>)]) -> Self {
        let by_cid =
            |(cid, bytes): &(Cid, Vec<u8>)| (cid.bytes().to_vec(), (cid.clone(), bytes.clone()));
        Self { peer, blocks: blocks.iter().map(by_cid).collect(), answered: 0, answers: true }
    }

    fn step(&mut self) -> Check {
        let known = self.answered;
        self.peer.listen(STEP, |seen| seen.entries.len() > known);
        let new: Vec<Entry> = self.peer.seen.entries[known..].to_vec();
        self.answered += new.len();
        if !self.answers {
            return Ok(());
        }
        for entry in new.iter().filter(|entry| !entry.cancel) {
            match self.blocks.get(&entry.cid) {
                Some((cid, _)) if entry.have => self.peer.send(&Message::presence(cid, false))?,
                Some((cid, bytes)) => self.peer.send(&Message::block(cid, bytes))?,
                None if entry.send_dont_have => {
                    let presences = vec![(entry.cid.clone(), true)];
                    self.peer.send(&Message { presences, ..Message::default() })?;
                }
                None => {}
            }
        }
        Ok(())
    }
}

/// A fetch ends with these bytes while these peers provide.
fn ends(fetch: Fetch, wanted: &[u8], providers: &mut [Provider]) -> Check {
    let start = Instant::now();
    while !fetch.is_done() {
        if start.elapsed() > FETCH_MAX {
            return failed("the fetch did not end");
        }
        for provider in &mut *providers {
            provider.step()?;
        }
    }
    fetch.gives(wanted)
}

/// The subject gets a file's bytes while these peers provide.
fn gets_file(wire: &Wire, file: &[(Cid, Vec<u8>)], providers: &mut [Provider]) -> Check {
    let bytes: Vec<u8> = file[1..].iter().flat_map(|(_, part)| part.clone()).collect();
    let fetch = wire.fetch(&format!("cat?arg={}&timeout={FETCH_SECONDS}s", file[0].0))?;
    ends(fetch, &bytes, providers)
}

/// A peer that is asked for a block that only it knows, so long as the subject looks for it.
struct Asked {
    peer: Peer,
    cid: Cid,
    bytes: Vec<u8>,
    fetch: Fetch,
}

impl Asked {
    fn new(wire: &Wire, seconds: u64) -> Check<Self> {
        wire.rpc()?;
        let mut peer = wire.dial()?;
        let (cid, bytes) = unheard(5000);
        let fetch = wire.get(&cid, seconds)?;
        is_asked(&mut peer, &cid)?;
        Ok(Self { peer, cid, bytes, fetch })
    }

    /// Another peer that has the block.
    fn provider(&self, peer: Peer) -> Provider {
        Provider::new(peer, &[(self.cid.clone(), self.bytes.clone())])
    }
}

/// Fetches from a peer that speaks only this protocol.
fn from_a_peer_of(wire: &Wire, protocol: &str, bare: bool) -> Check {
    wire.rpc()?;
    let mut peer = wire.dial_as(&Profile::speaking(&[protocol]))?;
    let node = crate::encode::file(&unheard(500).1, &[]);
    let cid = Cid::v0(&node);
    let fetch = wire.get(&cid, FETCH_SECONDS)?;
    peer.wait("a want-block", |seen| seen.wants_block(&cid))?;
    let message = match bare {
        true => Message { bare: vec![node.clone()], ..Message::default() },
        false => Message::block(&cid, &node),
    };
    // A stream that is let go at once is reset, with what is on its way.
    let mut stream = peer.open(protocol)?;
    stream.write(&message.framed())?;
    fetch.gives(&node)
}

pub(super) const CASES: &[WireCase] = &[
    WireCase {
        name: "peers are asked for what is missing, and HAVE is followed by want-block",
        reqs: &["bitswap.broadcast", "bitswap.session-want"],
        run: |wire| {
            let Asked { mut peer, cid, bytes, fetch } = Asked::new(wire, FETCH_SECONDS)?;
            if !peer.seen.wants_block(&cid) {
                peer.send(&Message::presence(&cid, false))?;
                peer.wait("a want-block", |seen| seen.wants_block(&cid))?;
            }
            peer.send(&Message::block(&cid, &bytes))?;
            fetch.gives(&bytes)
        },
    },
    WireCase {
        name: "a block that comes without HAVE before it is taken",
        reqs: &["bitswap.session-want"],
        run: |wire| {
            let Asked { mut peer, cid, bytes, fetch } = Asked::new(wire, FETCH_SECONDS)?;
            peer.send(&Message::block(&cid, &bytes))?;
            fetch.gives(&bytes)
        },
    },
    WireCase {
        name: "a block of 2 MiB is taken",
        reqs: &["bitswap.block-size-max"],
        run: |wire| {
            wire.rpc()?;
            let (cid, bytes) = unheard(2 << 20);
            let provider = Provider::new(wire.dial()?, &[(cid.clone(), bytes.clone())]);
            ends(wire.get(&cid, FETCH_SECONDS)?, &bytes, &mut [provider])
        },
    },
    WireCase {
        name: "who got DONT_HAVE from a peer does not ask it for the block",
        reqs: &["bitswap.session-want"],
        run: |wire| {
            let Asked { mut peer, cid, fetch, .. } = Asked::new(wire, 2)?;
            let asked_at_once = peer.seen.wants_block(&cid);
            peer.send(&Message::presence(&cid, true))?;
            peer.listen(Duration::from_millis(1500), |_| false);
            same("want-block", &(peer.seen.wants_block(&cid) && !asked_at_once), &false)?;
            same("found", &(fetch.answer()?.status == 200), &false)
        },
    },
    WireCase {
        name: "who got a block withdraws its want from the others",
        reqs: &["bitswap.cancels"],
        run: |wire| {
            wire.rpc()?;
            let (mut one, mut other) = (wire.dial()?, wire.dial()?);
            let (cid, bytes) = unheard(500);
            let fetch = wire.get(&cid, FETCH_SECONDS)?;
            is_asked(&mut one, &cid)?;
            is_asked(&mut other, &cid)?;
            one.send(&Message::block(&cid, &bytes))?;
            fetch.gives(&bytes)?;
            other.wait("a cancel", |seen| seen.cancels(&cid))
        },
    },
    WireCase {
        name: "who gives up withdraws its want",
        reqs: &["bitswap.cancels"],
        run: |wire| {
            let Asked { mut peer, cid, fetch, .. } = Asked::new(wire, 1)?;
            same("found", &(fetch.answer()?.status == 200), &false)?;
            peer.wait("a cancel", |seen| seen.cancels(&cid))
        },
    },
    WireCase {
        name: "a peer that comes later is asked too",
        reqs: &["bitswap.broadcast-on-connect"],
        run: |wire| {
            wire.rpc()?;
            let (cid, bytes) = unheard(5000);
            let fetch = wire.get(&cid, FETCH_SECONDS)?;
            std::thread::sleep(STEP * 10);
            let provider = Provider::new(wire.dial()?, &[(cid, bytes.clone())]);
            ends(fetch, &bytes, &mut [provider])
        },
    },
    WireCase {
        name: "other bytes than those wanted are not taken for them",
        reqs: &["bitswap.blocks-verified"],
        run: |wire| {
            let Asked { mut peer, cid, bytes, fetch } = Asked::new(wire, FETCH_SECONDS)?;
            for lie in [&b"lies"[..], b"", &bytes[1..]] {
                let payload = vec![(prefix(&cid), lie.to_vec())];
                peer.send(&Message { payload, ..Message::default() })?;
            }
            std::thread::sleep(STEP * 4);
            same("it has ended", &fetch.is_done(), &false)?;
            let lie = Cid::of(RAW, b"lies");
            let asked = Message::wants([Entry::have(&lie).or_dont_have()]);
            peer.ask("an answer", &asked, |seen| seen.answered(&lie))?;
            same("the lie was kept", &peer.seen.dont_have(&lie), &true)?;
            peer.send(&Message::block(&cid, &bytes))?;
            fetch.gives(&bytes)
        },
    },
    WireCase {
        name: "from a peer of 1.1.0 only",
        reqs: &["bitswap.version-fallback"],
        run: |wire| from_a_peer_of(wire, V110, false),
    },
    WireCase {
        name: "from a peer of 1.0.0 only",
        reqs: &["bitswap.version-fallback", "bitswap.encode"],
        run: |wire| from_a_peer_of(wire, V100, true),
    },
    WireCase {
        name: "a peer that promises and stays silent is passed over",
        reqs: &["bitswap.response-timeout"],
        run: |wire| {
            let mut asked = Asked::new(wire, FETCH_SECONDS)?;
            asked.peer.send(&Message::presence(&asked.cid, false))?;
            let honest = asked.provider(wire.dial()?);
            let silent = Provider { answers: false, ..Provider::new(asked.peer, &[]) };
            ends(asked.fetch, &asked.bytes, &mut [honest, silent])
        },
    },
    WireCase {
        name: "the provider vanishes in the middle and another takes over",
        reqs: &["bitswap.session-want", "bitswap.disconnect"],
        run: |wire| {
            let Asked { peer: mut first, cid, bytes, fetch } = Asked::new(wire, FETCH_SECONDS)?;
            first.send(&Message::presence(&cid, false))?;
            first.listen(STEP, |seen| seen.wants_block(&cid));
            drop(first);
            let second = Provider::new(wire.dial()?, &[(cid, bytes.clone())]);
            ends(fetch, &bytes, &mut [second])
        },
    },
    WireCase {
        name: "the provider vanishes and comes back: the fetch resumes within 5 seconds",
        reqs: &["bitswap.resume-on-connect"],
        run: |wire| {
            let Asked { peer: first, cid, bytes, fetch } = Asked::new(wire, FETCH_SECONDS)?;
            let key = first.key().clone();
            drop(first);
            std::thread::sleep(STEP * 10);
            let again = wire.dial_with(key, &Profile::default())?;
            let start = Instant::now();
            ends(fetch, &bytes, &mut [Provider::new(again, &[(cid, bytes.clone())])])?;
            same("in time", &(start.elapsed() < Duration::from_secs(5)), &true)
        },
    },
    WireCase {
        name: "a file of 12 MiB from one peer",
        reqs: &["bitswap.session-want"],
        run: |wire| {
            wire.rpc()?;
            let file = unheard_file(48, 256 << 10);
            gets_file(wire, &file, &mut [Provider::new(wire.dial()?, &file)])
        },
    },
    WireCase {
        name: "a file of which two peers have a half each",
        reqs: &["bitswap.session-want"],
        run: |wire| {
            wire.rpc()?;
            let file = unheard_file(40, 20_000);
            let one = Provider::new(wire.dial()?, &file[..20]);
            let other = Provider::new(wire.dial()?, &[&file[..1], &file[20..]].concat());
            gets_file(wire, &file, &mut [one, other])
        },
    },
    WireCase {
        name: "what one peer has given is not asked of another",
        reqs: &["bitswap.session-want"],
        run: |wire| {
            wire.rpc()?;
            let file = unheard_file(20, 20_000);
            let provider = Provider::new(wire.dial()?, &file);
            let stranger = Provider::new(wire.dial()?, &[]);
            let mut both = [provider, stranger];
            gets_file(wire, &file, &mut both)?;
            let [_, stranger] = both;
            let asked = |(cid, _): &&(Cid, Vec<u8>)| stranger.peer.seen.wants_block(cid);
            let asked = file.iter().filter(asked).count();
            same("blocks wanted of one who has none", &(asked <= 2), &true)
        },
    },
    WireCase {
        name: "what was fetched is served to others",
        reqs: &["bitswap.serves-later"],
        run: |wire| {
            wire.rpc()?;
            let (cid, bytes) = unheard(5000);
            let mut waiting = wire.dial()?;
            let asked = Message::wants([Entry::block(&cid).or_dont_have()]);
            waiting.ask("DONT_HAVE", &asked, |seen| seen.dont_have(&cid))?;
            let provider = Provider::new(wire.dial()?, &[(cid.clone(), bytes.clone())]);
            ends(wire.get(&cid, FETCH_SECONDS)?, &bytes, &mut [provider])?;
            waiting.wait("the block", |seen| seen.block(&cid))
        },
    },
];
