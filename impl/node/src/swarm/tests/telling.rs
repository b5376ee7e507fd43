//! Peers that tell too much about themselves, or about others.

use super::hostile::{bare, serves};
use super::*;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use ipfs_data::protobuf::put_bytes;
use libp2p::core::PeerRecord;

const PUSH: &str = "/ipfs/id/push/1.0.0";

/// Most protocols and addresses that are remembered of one peer.
const PROTOCOLS_MAX: usize = 1024;
const ADDRESSES_MAX: usize = 128;

fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        ipfs_data::protobuf::varint(&mut bytes, message.len() as u64);
        bytes.extend_from_slice(message);
    }
    bytes
}

/// Pushes messages over a stream of their own; done when the other side has read them.
async fn push(from: &Swarm, to: &Swarm, messages: &[Vec<u8>]) {
    let mut stream = from.open(to.peer_id(), &[PUSH]).await.unwrap();
    // It may hang up before all is written.
    let _ = stream.write_all(&framed(messages)).await;
    let _ = stream.close().await;
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// One who tells nothing by itself, connected.
async fn connected(victim: &Swarm) -> Swarm {
    let attacker = bare();
    attacker.connect(victim.peer_id(), &victim.listen_addresses()).await.unwrap();
    attacker
}

fn addresses(message: &mut Vec<u8>, all: impl Iterator<Item = u16>) {
    for port in all {
        let address: Multiaddr = format!("/ip4/1.2.3.4/tcp/{port}").parse().unwrap();
        put_bytes(message, 2, address.as_ref());
    }
}

/// spec: identify.size-max
#[tokio::test]
async fn thousands_of_protocols_and_addresses_in_pieces() {
    let victim = start(config(&[TCP])).await;
    let attacker = connected(&victim).await;
    let piece = |round: u16| {
        let mut message = Vec::new();
        for number in 0..300 {
            put_bytes(&mut message, 3, format!("/p/{round}/{number}").as_bytes());
        }
        addresses(&mut message, round * 300..round * 300 + 300);
        message
    };
    let pieces: Vec<_> = (0..10).map(piece).collect();
    push(&attacker, &victim, &pieces).await;
    while victim.identify(&attacker.peer_id()).is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let info = victim.identify(&attacker.peer_id()).unwrap();
    assert_eq!(info.protocols.len(), PROTOCOLS_MAX);
    assert!(info.listen_addresses.len() <= ADDRESSES_MAX);
    assert!(victim.addresses_of(&attacker.peer_id()).len() <= ADDRESSES_MAX);
    // Pieces without end are not taken for a whole.
    let endless = connected(&victim).await;
    push(&endless, &victim, &(0..40).map(piece).collect::<Vec<_>>()).await;
    assert_eq!(victim.identify(&endless.peer_id()), None);
    assert!(serves(&victim).await);
}

/// spec: identify.foreign-key, swarm.book-bounds
#[tokio::test]
async fn signed_records_of_others() {
    let victim = start(config(&[TCP])).await;
    let attacker = connected(&victim).await;
    let mut others = Vec::new();
    for round in 0..50 {
        let key = Keypair::generate_ed25519();
        let told = vec![format!("/ip4/5.6.7.8/tcp/{round}").parse().unwrap()];
        let record = PeerRecord::new_interop(&key, told).unwrap();
        let mut message = Vec::new();
        put_bytes(&mut message, 6, format!("round/{round}").as_bytes());
        put_bytes(&mut message, 8, &record.to_signed_envelope().into_protobuf_encoding());
        push(&attacker, &victim, &[message]).await;
        others.push(key.public().to_peer_id());
    }
    let last = || victim.identify(&attacker.peer_id()).map(|info| info.agent_version.clone());
    while last().as_deref() != Some("round/49") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(others.iter().all(|other| victim.addresses_of(other).is_empty()));
    assert!(victim.addresses().iter().all(|(peer, _)| !others.contains(peer)));
    assert!(victim.identify(&attacker.peer_id()).unwrap().signed_record.is_none());
    assert!(serves(&victim).await);
}

/// spec: swarm.book-newer
#[tokio::test]
async fn newer_addresses_take_the_place_of_stale_ones() {
    let victim = start(config(&[TCP])).await;
    let attacker = connected(&victim).await;
    for round in 0..20_u16 {
        let (mut message, ports) = (Vec::new(), round * 100..round * 100 + 100);
        addresses(&mut message, ports.clone());
        push(&attacker, &victim, &[message]).await;
        let newest: Multiaddr = format!("/ip4/1.2.3.4/tcp/{}", ports.start).parse().unwrap();
        while !victim.addresses_of(&attacker.peer_id()).contains(&newest) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let known = victim.addresses_of(&attacker.peer_id());
        let told = |address: &&Multiaddr| address.to_string().starts_with("/ip4/1.2.3.4/");
        assert_eq!(known.iter().filter(told).count(), 100);
    }
    assert!(serves(&victim).await);
}
