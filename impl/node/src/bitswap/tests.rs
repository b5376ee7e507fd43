//! Exchanges over loopback, within one process.

mod hostile;

use super::{Arrived, Config, Exchange, Waiting};
use crate::swarm::{Config as SwarmConfig, Swarm};
use bytes::Bytes;
use ipfs_data::block::{Block, MemoryStore, Sink};
use ipfs_data::cid::{Cid, codec, hash};
use ipfs_data::multihash;
use libp2p::identity::Keypair;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

struct Node {
    swarm: Swarm,
    store: Arc<MemoryStore>,
    exchange: Exchange,
}

async fn node() -> Node {
    let key = Keypair::generate_ed25519().to_protobuf_encoding().unwrap();
    let mut config = SwarmConfig::new(key);
    config.listen = vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()];
    let swarm = Swarm::start(config).unwrap();
    let store = Arc::new(MemoryStore::new());
    let exchange = Exchange::start(swarm.clone(), store.clone(), Config::default()).unwrap();
    assert_eq!(swarm.listen().await, []);
    Node { swarm, store, exchange }
}

async fn pair() -> (Node, Node) {
    let (a, b) = (node().await, node().await);
    b.swarm.connect(a.swarm.peer_id(), &a.swarm.listen_addresses()).await.unwrap();
    (a, b)
}

fn block(number: u32, size: usize) -> Block {
    let mut data = vec![0; size];
    data[..4].copy_from_slice(&number.to_be_bytes());
    let cid = Cid::new_v1(codec::RAW, multihash::sum(hash::SHA2_256, &data, None).unwrap());
    Block { cid, data: Bytes::from(data) }
}

fn fill(node: &Node, count: u32, size: usize) -> Vec<Cid> {
    let blocks: Vec<Block> = (0..count).map(|number| block(number, size)).collect();
    let cids = blocks.iter().map(|block| block.cid).collect();
    node.store.put_many(blocks).unwrap();
    cids
}

async fn take(waiting: &mut Waiting, count: usize) -> BTreeSet<Cid> {
    let mut got = BTreeSet::new();
    while got.len() < count {
        let next = tokio::time::timeout(Duration::from_secs(20), waiting.next()).await;
        let Arrived { result, .. } = next.expect("a block in time").expect("the session lasts");
        got.insert(result.unwrap().cid);
    }
    got
}

/// spec: bitswap.one-stream, bitswap.refill-before-hashing
#[tokio::test]
async fn blocks_of_all_sizes_come_over() {
    for (count, size) in [(1, 4), (300, 4_096), (30, 256 << 10), (3, 2 << 20)] {
        let (a, b) = pair().await;
        let cids = fill(&a, count, size);
        let (session, mut waiting) = b.exchange.session();
        session.want(&cids);
        let got = take(&mut waiting, cids.len()).await;
        assert_eq!(got, cids.iter().copied().collect());
        assert_eq!(session.stat().blocks, u64::from(count));
        let received = b.exchange.ledger(&a.swarm.peer_id());
        assert_eq!(received.received_bytes, u64::from(count) * size as u64);
        assert_eq!(b.exchange.stat().dup_blocks_received, 0);
        assert!(b.exchange.wantlist().is_empty());
    }
}

/// spec: bitswap.serves-later
#[tokio::test]
async fn a_block_that_is_stored_later_is_sent() {
    let (a, b) = pair().await;
    let late = block(1, 100);
    let (session, mut waiting) = b.exchange.session();
    session.want(&[late.cid]);
    while a.exchange.wantlist_of(&b.swarm.peer_id()).is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(a.exchange.partners(), [b.swarm.peer_id()]);
    a.store.put(late.clone()).unwrap();
    a.exchange.stored(&[(late.cid, 100)]);
    assert_eq!(take(&mut waiting, 1).await, BTreeSet::from([late.cid]));
}

#[tokio::test]
async fn a_session_hears_of_blocks_that_come_otherwise() {
    let only = node().await;
    let block = block(1, 100);
    let (session, mut waiting) = only.exchange.session();
    session.want(&[block.cid]);
    only.store.put(block.clone()).unwrap();
    only.exchange.stored(&[(block.cid, 100)]);
    assert_eq!(take(&mut waiting, 1).await, BTreeSet::from([block.cid]));
}

/// spec: bitswap.resume-on-connect
#[tokio::test]
async fn a_fetch_goes_on_after_a_break() {
    let (a, b) = pair().await;
    let cids = fill(&a, 200, 100_000);
    let (session, mut waiting) = b.exchange.session();
    session.want(&cids);
    let first = take(&mut waiting, 5).await;
    b.swarm.disconnect(a.swarm.peer_id()).await.unwrap();
    let rest = take(&mut waiting, 195).await;
    assert_eq!(first.union(&rest).count(), 200);
}

#[tokio::test]
async fn dropping_a_session_takes_its_wants_back() {
    let (a, b) = pair().await;
    let (session, _waiting) = b.exchange.session();
    session.want(&[block(1, 10).cid]);
    while a.exchange.wantlist_of(&b.swarm.peer_id()).is_empty() {
        tokio::task::yield_now().await;
    }
    drop(session);
    assert!(b.exchange.wantlist().is_empty());
    while !a.exchange.wantlist_of(&b.swarm.peer_id()).is_empty() {
        tokio::task::yield_now().await;
    }
}
