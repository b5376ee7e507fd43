//! Peers that mean harm: what they take is bounded, only they fail, others are served.

use super::*;
use crate::swarm::tests::hostile::{open_raw, raw};
use crate::swarm::{Inbound, Stream};
use futures::future::poll_fn;
use futures::io::AsyncWriteExt;
use ipfs_data::protobuf::put_bytes;
use ipfs_protocol::bitswap::{Entry, Outgoing, Version, WantKind, encode};
use libp2p::core::muxing::StreamMuxer;
use std::pin::Pin;
use std::time::Instant;

/// Wants that are kept of one peer.
const WANTS_MAX: usize = 8_192;

/// One who says whatever a test wants, and reads nothing.
struct Attacker {
    swarm: Swarm,
    stream: Stream,
    _inbound: Inbound,
}

async fn attacker(victim: &Node) -> Attacker {
    let key = Keypair::generate_ed25519().to_protobuf_encoding().unwrap();
    let swarm = Swarm::start(SwarmConfig::new(key)).unwrap();
    let inbound = swarm.register(&Version::IDS, 8).unwrap();
    swarm.connect(victim.swarm.peer_id(), &victim.swarm.listen_addresses()).await.unwrap();
    let stream = swarm.open(victim.swarm.peer_id(), &[Version::V1_2.id()]).await.unwrap();
    Attacker { swarm, stream, _inbound: inbound }
}

impl Attacker {
    /// Whether the other side still takes it.
    async fn says(&mut self, bytes: &[u8]) -> bool {
        let said = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        let said = tokio::time::timeout(Duration::from_secs(20), said).await;
        said.is_ok_and(|result| result.is_ok())
    }

    fn wants(&self, victim: &Node) -> Vec<Cid> {
        victim.exchange.wantlist_of(&self.swarm.peer_id())
    }
}

fn line(cid: Cid, kind: WantKind) -> Entry {
    Entry { cid, priority: i32::MAX, cancel: false, kind, send_dont_have: true }
}

fn wantlist(entries: Vec<Entry>) -> Vec<u8> {
    encode(&Outgoing { entries, ..Outgoing::default() }, &[], Version::V1_2)
}

/// A message whose wantlist has these bytes as CIDs.
fn raw_wantlist(cids: &[Vec<u8>]) -> Vec<u8> {
    let (mut lines, mut body) = (Vec::new(), Vec::new());
    for cid in cids {
        let mut entry = Vec::new();
        put_bytes(&mut entry, 1, cid);
        put_bytes(&mut lines, 1, &entry);
    }
    put_bytes(&mut body, 1, &lines);
    let mut message = Vec::new();
    ipfs_data::protobuf::varint(&mut message, body.len() as u64);
    [message, body].concat()
}

/// How long somebody else waits for blocks of this node.
async fn serves(victim: &Node, cids: &[Cid]) -> Duration {
    let started = Instant::now();
    let honest = node().await;
    honest.swarm.connect(victim.swarm.peer_id(), &victim.swarm.listen_addresses()).await.unwrap();
    let (session, mut waiting) = honest.exchange.session();
    session.want(cids);
    assert_eq!(take(&mut waiting, cids.len()).await.len(), cids.len());
    started.elapsed()
}

async fn until(what: impl Fn() -> bool) {
    let wait = async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("it happens in time");
}

/// spec: bitswap.wants-per-peer-max, bitswap.disconnect
#[tokio::test]
async fn a_flood_of_wants_and_then_a_disconnect() {
    let victim = node().await;
    let held = fill(&victim, 1, 1_000);
    let mut attacker = attacker(&victim).await;
    for round in 1..=4_u32 {
        let kinds = [WantKind::Have, WantKind::Block];
        let lines = (0..5_000)
            .map(|number| line(block(round << 16 | number, 4).cid, kinds[number as usize % 2]));
        assert!(attacker.says(&wantlist(lines.collect())).await);
    }
    until(|| victim.exchange.stat().wants_dropped > 0).await;
    assert!(attacker.wants(&victim).len() <= WANTS_MAX);
    serves(&victim, &held).await;
    attacker.swarm.disconnect(victim.swarm.peer_id()).await.unwrap();
    until(|| attacker.wants(&victim).is_empty()).await;
    assert!(!victim.exchange.partners().contains(&attacker.swarm.peer_id()));
}

/// spec: bitswap.wants-per-peer-max, bitswap.cancel
#[tokio::test]
async fn wants_and_cancels_as_fast_as_they_go() {
    let victim = node().await;
    let held = fill(&victim, 1, 1_000);
    let mut attacker = attacker(&victim).await;
    let wants: Vec<Entry> =
        (1..=1_000).map(|number| line(block(number, 4).cid, WantKind::Block)).collect();
    let cancels = wants.iter().map(|want| Entry { cancel: true, ..want.clone() }).collect();
    let both = [wantlist(wants), wantlist(cancels)].concat();
    let flood = tokio::spawn(async move {
        for _ in 0..100 {
            if !attacker.says(&both).await {
                break;
            }
        }
        attacker
    });
    // While it goes on.
    serves(&victim, &held).await;
    let attacker = flood.await.unwrap();
    assert!(attacker.wants(&victim).len() <= 1_000);
    serves(&victim, &held).await;
}

/// spec: bitswap.missing-wantlist
#[tokio::test]
async fn messages_without_a_wantlist() {
    let victim = node().await;
    let held = fill(&victim, 1, 1_000);
    let mut attacker = attacker(&victim).await;
    // Nothing at all; a number of bytes that wait; an empty wantlist; many of them.
    let messages: [&[u8]; 4] = [&[0], &[2, 0x28, 7], &[2, 0x0a, 0], &[0; 10_000]];
    for message in messages {
        assert!(attacker.says(message).await);
    }
    let absent = block(9, 10).cid;
    assert!(attacker.says(&wantlist(vec![line(absent, WantKind::Block)])).await);
    // The connection goes on: what comes after them counts, and nothing else.
    until(|| attacker.wants(&victim) == [absent]).await;
    serves(&victim, &held).await;
}

/// spec: bitswap.identity-ignored
#[tokio::test]
async fn wants_for_identity_cids() {
    let victim = node().await;
    let held = fill(&victim, 1, 1_000);
    let mut attacker = attacker(&victim).await;
    let identity = |number: u8| vec![1, 0x55, 0, 4, number, 1, 2, 3];
    let absent = block(9, 10).cid;
    let mut cids: Vec<Vec<u8>> = (0..=255).map(identity).collect();
    cids.push(absent.to_bytes());
    assert!(attacker.says(&raw_wantlist(&cids)).await);
    until(|| attacker.wants(&victim) == [absent]).await;
    serves(&victim, &held).await;
}

/// spec: bitswap.cid-bytes-max, bitswap.unknown-hash
#[tokio::test]
async fn cids_that_are_too_long_or_too_short() {
    let victim = node().await;
    let held = fill(&victim, 1, 1_000);
    let mut attacker = attacker(&victim).await;
    let long_identity = [vec![1, 0x55, 0, 0x81, 1], vec![7; 129]].concat();
    let huge = [vec![1, 0x55, 0x12, 0x80, 0x80, 4], vec![7; 65_536]].concat();
    let short = [vec![1, 0x55, 0x12, 4], vec![7; 4]].concat();
    let absent = block(9, 10).cid;
    let cids = [long_identity, huge, short, absent.to_bytes()];
    assert!(attacker.says(&raw_wantlist(&cids)).await);
    until(|| attacker.wants(&victim).contains(&absent)).await;
    assert!(attacker.wants(&victim).len() <= 2);
    // Blocks under a prefix that cuts the digest to 4 bytes, or says more than there may be.
    for prefix in [&[1, 0x55, 0x12, 4][..], &[1, 0x55, 0, 0xff, 0x7f], &[1, 0x55, 0x12, 0xff, 0x7f]]
    {
        let (mut block, mut body, mut message) = (Vec::new(), Vec::new(), Vec::new());
        put_bytes(&mut block, 1, prefix);
        put_bytes(&mut block, 2, b"data");
        put_bytes(&mut body, 3, &block);
        ipfs_data::protobuf::varint(&mut message, body.len() as u64);
        attacker.says(&[message, body].concat()).await;
    }
    serves(&victim, &held).await;
    assert_eq!(victim.exchange.stat().data_received, 0);
}

/// spec: bitswap.slow-reader, bitswap.outstanding-reserve, bitswap.fair-turns
#[tokio::test]
async fn huge_wantlists_of_peers_that_read_nothing_starve_nobody() {
    let victim = node().await;
    let held = fill(&victim, 60, 100_000);
    let all: Vec<Entry> = held.iter().map(|cid| line(*cid, WantKind::Block)).collect();
    let mut attackers = Vec::new();
    for _ in 0..45 {
        let mut attacker = attacker(&victim).await;
        assert!(attacker.says(&wantlist(all.clone())).await);
        attackers.push(attacker);
    }
    until(|| attackers.iter().all(|attacker| !attacker.wants(&victim).is_empty())).await;
    let waited = serves(&victim, &held).await;
    assert!(waited < Duration::from_secs(10), "{waited:?}");
    assert!(attackers.iter().all(|attacker| attacker.wants(&victim).len() <= held.len()));
}

/// spec: bitswap.slow-reader
#[tokio::test]
async fn a_peer_that_never_finishes_a_negotiation() {
    let victim = node().await;
    let held = fill(&victim, 1, 1_000);
    let mut muxer = raw(&victim.swarm).await.unwrap();
    let mut stream = open_raw(&mut muxer).await.unwrap();
    let mut text = Vec::new();
    for name in ["/multistream/1.0.0", Version::V1_2.id()] {
        text.extend([&[name.len() as u8 + 1], name.as_bytes(), b"\n"].concat());
    }
    text.extend(wantlist(held.iter().map(|cid| line(*cid, WantKind::Block)).collect()));
    let talking = tokio::spawn(async move {
        let write = async {
            stream.write_all(&text).await.unwrap();
            stream.flush().await.unwrap();
            std::future::pending::<()>().await;
        };
        let mut unanswered = Vec::new();
        let carry = poll_fn(move |cx| {
            while let std::task::Poll::Ready(stream) = Pin::new(&mut muxer).poll_inbound(cx) {
                match stream {
                    Ok(stream) => unanswered.push(stream),
                    Err(_) => return std::task::Poll::Ready(()),
                }
            }
            Pin::new(&mut muxer).poll(cx).map(drop)
        });
        tokio::select! {
            () = write => {}
            () = carry => {}
        }
    });
    until(|| !victim.exchange.partners().is_empty()).await;
    let peer = victim.swarm.peers()[0];
    // The answer waits for a stream that is never agreed upon; others do not wait with it.
    assert!(serves(&victim, &held).await < Duration::from_secs(5));
    assert_eq!(victim.exchange.wantlist_of(&peer).len(), 1);
    // Nor does the end of the connection.
    let closing = tokio::time::timeout(Duration::from_secs(2), victim.swarm.disconnect(peer));
    closing.await.expect("a close waits for nobody").unwrap();
    until(|| victim.exchange.wantlist_of(&peer).is_empty()).await;
    talking.abort();
}
