//! Two endpoints over loopback.

use super::*;
use futures::future::poll_fn;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use libp2p::core::StreamMuxer;
use libp2p::core::transport::PortUse;
use std::time::Duration;

fn quic() -> (Quic, PeerId) {
    let key = Keypair::generate_ed25519();
    (Quic::new(&key, &Tls::new(&key).unwrap()).unwrap(), key.public().to_peer_id())
}

async fn event(quic: &mut Quic) -> TransportEvent<Handshake, Error> {
    poll_fn(|cx| Pin::new(&mut *quic).poll(cx)).await
}

/// Listens on loopback and tells where.
async fn listening(quic: &mut Quic) -> Multiaddr {
    quic.listen_on(ListenerId::next(), "/ip4/127.0.0.1/udp/0/quic-v1".parse().unwrap()).unwrap();
    match event(quic).await {
        TransportEvent::NewAddress { listen_addr, .. } => listen_addr,
        other => panic!("{other:?}"),
    }
}

fn dial_from(quic: &mut Quic, address: &Multiaddr) -> Handshake {
    let options = DialOpts { role: Role::Dialer, port_use: PortUse::Reuse };
    quic.dial(address.clone(), options).unwrap()
}

async fn upgrade(quic: &mut Quic) -> (Handshake, Multiaddr) {
    match event(quic).await {
        TransportEvent::Incoming { upgrade, send_back_addr, .. } => (upgrade, send_back_addr),
        other => panic!("{other:?}"),
    }
}

#[test]
fn addresses() {
    let parse = |text: &str| socket_address(&text.parse().unwrap());
    assert_eq!(parse("/ip4/1.2.3.4/udp/5/quic-v1"), Some("1.2.3.4:5".parse().unwrap()));
    let peer = "12D3KooWFrnmYxXKCEiUYqpLopeJKMKmLHWU34ysRkqSmknwFNA1";
    let own = "/ip6/::1/udp/5/quic-v1";
    assert_eq!(parse(&format!("{own}/p2p/{peer}")), Some("[::1]:5".parse().unwrap()));
    assert_eq!(multiaddr("[::1]:5".parse().unwrap()).to_string(), own);
    for other in ["/ip4/1.2.3.4/udp/5", "/ip4/1.2.3.4/udp/5/quic", "/dns/a/udp/5/quic-v1"] {
        assert_eq!(parse(other), None, "{other}");
    }
    assert_eq!(parse("/ip4/1.2.3.4/udp/5/quic-v1/webtransport"), None);
}

#[test]
fn who_is_near() {
    let near = |text: &str| settings::is_near(text.parse().unwrap());
    assert!(["127.0.0.1", "10.1.2.3", "192.168.1.1", "fe80::1", "fd00::1"].map(near) == [true; 5]);
    assert!(["8.8.8.8", "2001:db8::1", "100.64.0.1"].map(near) == [false; 3]);
}

/// spec: swarm.quic, swarm.quic-packets
#[tokio::test]
async fn both_learn_who_it_is_and_near_packets_are_large() {
    let ((mut a, a_id), (mut b, b_id)) = (quic(), quic());
    let (at_a, at_b) = (listening(&mut a).await, listening(&mut b).await);
    let dialled = tokio::spawn(dial_from(&mut b, &at_a));
    let (upgrade, from) = upgrade(&mut a).await;
    assert_eq!(from, at_b, "dialled from the port that is listened on");
    let (accepted, dialled) = (upgrade.await.unwrap(), dialled.await.unwrap().unwrap());
    assert_eq!((accepted.0, dialled.0), (b_id, a_id));
    let (mut accepted, mut dialled) = (accepted.1, dialled.1);
    let sender = tokio::spawn(async move {
        let mut stream = poll_fn(|cx| Pin::new(&mut dialled).poll_outbound(cx)).await.unwrap();
        stream.write_all(&vec![7; 1 << 20]).await.unwrap();
        stream.close().await.unwrap();
        stream.close().await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
        dialled.connection.stats().path.current_mtu
    });
    let mut stream = poll_fn(|cx| Pin::new(&mut accepted).poll_inbound(cx)).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert!(bytes == vec![7; 1 << 20]);
    stream.close().await.unwrap();
    assert!(sender.await.unwrap() > 1_500);
}

/// spec: swarm.quic-retry
#[tokio::test]
async fn many_half_open_connections_leave_others_a_way() {
    let ((mut a, _), (mut b, _)) = (quic(), quic());
    let address = listening(&mut a).await;
    let mut held = Vec::new();
    for _ in 0..100 {
        let dialled = tokio::spawn(dial_from(&mut b, &address));
        held.push((dialled, upgrade(&mut a).await));
    }
    let (honest, _) = held.pop().unwrap();
    let (_, (upgrade, _)) = held.pop().unwrap();
    assert!(upgrade.await.is_ok());
    drop(held);
    assert!(!honest.is_finished());
}

#[tokio::test]
async fn a_listener_that_is_removed_says_so_once() {
    let (mut a, _) = quic();
    let id = ListenerId::next();
    a.listen_on(id, "/ip4/127.0.0.1/udp/0/quic-v1".parse().unwrap()).unwrap();
    assert!(a.remove_listener(id) && !a.remove_listener(id));
    assert!(matches!(event(&mut a).await, TransportEvent::ListenerClosed { .. }));
    let silence = tokio::time::timeout(Duration::from_millis(10), event(&mut a)).await;
    assert!(silence.is_err());
}
