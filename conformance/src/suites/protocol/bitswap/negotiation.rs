//! Versions of the protocol, and what they carry.

use crate::case::{Check, WireCase, failed, same};
use crate::wire::{
    Entry, HEADER, LEGACY, Message, Profile, REFUSED, V100, V110, V120, Wire, content, line,
};

/// A want on a stream of this protocol is answered.
fn taken(wire: &Wire, protocol: &str) -> Check {
    let mut peer = wire.served()?;
    let mut stream = peer.open(protocol)?;
    let cid = &content().small[7];
    stream.write(&Message::wants([Entry::block(cid)]).framed())?;
    peer.wait("the block", |seen| seen.block(cid))
}

/// What comes back when we speak only this.
fn answers_in(wire: &Wire, protocol: &str) -> Check<crate::wire::Seen> {
    wire.loaded()?;
    let mut peer = wire.dial_as(&Profile::speaking(&[protocol]))?;
    let mut stream = peer.open(protocol)?;
    let node = &content().node;
    stream.write(&Message::wants([Entry::block(node)]).framed())?;
    peer.wait("the block", |seen| seen.block(node) || !seen.bare.is_empty())?;
    let other = peer.seen.protocols.iter().find(|name| *name != protocol);
    same("another protocol", &other, &None)?;
    Ok(peer.seen)
}

pub(super) const CASES: &[WireCase] = &[
    WireCase { name: "1.2.0 is spoken", reqs: &["bitswap.ids"], run: |wire| taken(wire, V120) },
    WireCase { name: "1.1.0 is spoken", reqs: &["bitswap.ids"], run: |wire| taken(wire, V110) },
    WireCase { name: "1.0.0 is spoken", reqs: &["bitswap.ids"], run: |wire| taken(wire, V100) },
    WireCase {
        name: "the name without version is spoken",
        reqs: &["bitswap.ids"],
        run: |wire| taken(wire, LEGACY),
    },
    WireCase {
        name: "an unknown version is refused, and a known one may follow on the stream",
        reqs: &["bitswap.ids"],
        run: |wire| {
            let peer = wire.served()?;
            let Some((protocol, _)) = peer.propose(&["/ipfs/bitswap/9.9.9", V120])? else {
                return failed("1.2.0 is not taken after an unknown version");
            };
            same("taken", &protocol.as_str(), &V120)?;
            let unknown = peer.propose(&["/ipfs/bitswap/9.9.9", "/nonsense", "/"])?;
            same("of unknown ones", &unknown.map(|(protocol, _)| protocol), &None)
        },
    },
    WireCase {
        name: "the header of the negotiation comes once, a refusal is na",
        reqs: &["bitswap.ids"],
        run: |wire| {
            let peer = wire.served()?;
            let mut stream = peer.raw_stream()?;
            stream.write(&line(HEADER))?;
            stream.write(&line("/nonsense"))?;
            same("first line", &stream.line()?.as_deref(), &Some(HEADER))?;
            same("second line", &stream.line()?.as_deref(), &Some(REFUSED))
        },
    },
    WireCase {
        name: "to a peer of 1.2.0 it answers in 1.2.0",
        reqs: &["bitswap.ids", "bitswap.encode"],
        run: |wire| {
            let seen = answers_in(wire, V120)?;
            same("blocks without prefix", &seen.bare.len(), &0)
        },
    },
    WireCase {
        name: "to a peer of 1.1.0 only, blocks come with their prefix",
        reqs: &["bitswap.version-fallback", "bitswap.encode"],
        run: |wire| {
            let seen = answers_in(wire, V110)?;
            same("blocks without prefix", &seen.bare.len(), &0)
        },
    },
    WireCase {
        name: "to a peer of 1.0.0 only, blocks come without prefix",
        reqs: &["bitswap.version-fallback", "bitswap.encode"],
        run: |wire| {
            let seen = answers_in(wire, V100)?;
            let node = content().bytes(&content().node);
            same("blocks with prefix", &seen.order.len(), &0)?;
            same("the block", &seen.bare[0].as_slice(), &node)
        },
    },
];
