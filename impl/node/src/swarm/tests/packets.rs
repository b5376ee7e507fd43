//! QUIC through a network that belongs to an attacker: packets come twice, backwards, or never.

use super::handshakes::quic_address;
use super::hostile::serves;
use super::*;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::UdpSocket;

/// Longest packet.
const PACKET_BYTES: usize = 1 << 16;

/// Packets that are passed on together, the last one first.
const BATCH: usize = 8;

async fn socket() -> Arc<UdpSocket> {
    Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap())
}

/// The packets that come within a moment, and from where the last one came.
async fn batch(from: &UdpSocket) -> (Vec<Vec<u8>>, SocketAddr) {
    let (mut packets, mut buffer) = (Vec::new(), vec![0; PACKET_BYTES]);
    let (mut bytes, mut sender) = from.recv_from(&mut buffer).await.unwrap();
    loop {
        packets.push(buffer[..bytes].to_vec());
        let next = from.recv_from(&mut buffer);
        match tokio::time::timeout(Duration::from_millis(1), next).await {
            Ok(more) if packets.len() < BATCH => (bytes, sender) = more.unwrap(),
            Ok(more) => packets.push(buffer[..more.unwrap().0].to_vec()),
            Err(_) => return (packets, sender),
        }
        if packets.len() >= BATCH {
            return (packets, sender);
        }
    }
}

/// An address behind which a node is. Each packet is passed on `copies` times; nothing comes back
/// unless there are `answers`.
async fn network(to: &Swarm, copies: usize, answers: bool) -> Multiaddr {
    let (outside, inside, target) = (socket().await, socket().await, quic_address(to));
    let address = format!("/ip4/127.0.0.1/udp/{}/quic-v1", outside.local_addr().unwrap().port());
    let dialler = Arc::new(std::sync::Mutex::new(None));
    let (seen, from, out) = (dialler.clone(), outside.clone(), inside.clone());
    tokio::spawn(async move {
        loop {
            let (packets, sender) = batch(&from).await;
            *lock(&seen) = Some(sender);
            for packet in packets.iter().rev() {
                for _ in 0..copies {
                    let _ = out.send_to(packet, target).await;
                }
            }
        }
    });
    if !answers {
        return address.parse().unwrap();
    }
    tokio::spawn(async move {
        loop {
            let (packets, _) = batch(&inside).await;
            let sender = *lock(&dialler);
            for packet in packets.iter().rev() {
                for _ in 0..copies {
                    let _ = outside.send_to(packet, sender.unwrap()).await;
                }
            }
        }
    });
    address.parse().unwrap()
}

/// spec: swarm.quic-reordered
#[tokio::test]
async fn streams_whose_parts_come_twice_and_backwards() {
    let victim = start(config(&[QUIC])).await;
    let mut inbound = victim.register(&["/sink/1"], 4).unwrap();
    let attacker = start(config(&[])).await;
    let address = network(&victim, 2, true).await;
    attacker.connect(victim.peer_id(), &[address]).await.unwrap();
    let all: Vec<u8> = (0..1_000_000_u32).map(|number| (number % 251) as u8).collect();
    let mut stream = attacker.open(victim.peer_id(), &["/sink/1"]).await.unwrap();
    let sent = all.clone();
    let sending = tokio::spawn(async move {
        stream.write_all(&sent).await.unwrap();
        stream.close().await.unwrap();
        stream
    });
    let mut came = Vec::new();
    inbound.next().await.unwrap().read_to_end(&mut came).await.unwrap();
    assert!(came == all);
    assert!(serves(&victim).await);
    drop(sending);
}

/// spec: swarm.quic-retry
#[tokio::test]
async fn first_packets_that_come_twice_while_addresses_are_asked_for() {
    let victim = start(config(&[QUIC])).await;
    let silent = network(&victim, 2, false).await;
    let mut held = Vec::new();
    for _ in 0..80 {
        let attacker = start(config(&[])).await;
        let (peer, silent) = (victim.peer_id(), silent.clone());
        held.push(tokio::spawn(async move { attacker.connect(peer, &[silent]).await }));
    }
    let half_open = || victim.resources().transient.connections_inbound;
    // So many that whoever comes must prove where it is.
    while half_open() < 60 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(half_open() <= 64);
    let through = start(config(&[])).await;
    let address = network(&victim, 2, true).await;
    through.connect(victim.peer_id(), &[address]).await.unwrap();
    assert!(serves(&victim).await);
    held.iter().for_each(tokio::task::JoinHandle::abort);
}

/// spec: swarm.quic-windows
#[tokio::test]
async fn streams_over_quic_that_nobody_reads() {
    let victim = start(config(&[QUIC])).await;
    let mut inbound = victim.register(&["/sink/1"], 4).unwrap();
    let attacker = start(config(&[])).await;
    attacker.connect(victim.peer_id(), &victim.listen_addresses()).await.unwrap();
    let (mut held, mut written) = (Vec::new(), 0);
    for _ in 0..3 {
        let opening = attacker.open(victim.peer_id(), &["/sink/1"]);
        // What opens a stream needs room, too.
        let Ok(stream) = tokio::time::timeout(Duration::from_secs(1), opening).await else { break };
        let mut stream = stream.unwrap();
        let part = vec![7; 64 << 10];
        loop {
            let write = stream.write_all(&part);
            match tokio::time::timeout(Duration::from_millis(500), write).await {
                Ok(result) => result.unwrap(),
                Err(_) => break,
            }
            written += part.len();
        }
        held.push((stream, inbound.next().await.unwrap()));
    }
    // What this side takes of all streams, and what waits at the other.
    assert!((8 << 20..48 << 20).contains(&written), "{written}");
    assert!(serves(&victim).await);
}
