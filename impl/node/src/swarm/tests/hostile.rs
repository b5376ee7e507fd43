//! Peers that mean harm: memory stays bounded, only their own connections fail, others are served.

use super::*;
use crate::swarm::shared::Shared;
use crate::swarm::{task, transport};
use futures::future::poll_fn;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use libp2p::Transport as _;
use libp2p::core::Endpoint;
use libp2p::core::muxing::{StreamMuxer, StreamMuxerBox, SubstreamBox};
use libp2p::core::transport::{DialOpts, PortUse};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;

/// A swarm that answers nothing by itself.
pub(super) fn bare() -> Swarm {
    let config = config(&[]);
    let key = Keypair::from_protobuf_encoding(&config.key).unwrap();
    let time = Duration::from_secs(5);
    let transport = transport::build(&key, config.transports, None, time).unwrap();
    let shared = Shared::new(key, config);
    let commands = task::start(shared.clone(), transport);
    Swarm { shared, commands }
}

/// A secured connection without a swarm behind it.
pub(crate) async fn raw(to: &Swarm) -> std::io::Result<StreamMuxerBox> {
    let key = Keypair::generate_ed25519();
    let wires = Transports { quic: false, ..Transports::default() };
    let mut transport = transport::build(&key, wires, None, Duration::from_secs(5)).unwrap();
    let options = DialOpts { role: Endpoint::Dialer, port_use: PortUse::New };
    let dialled = transport.dial(to.listen_addresses()[0].clone(), options).unwrap();
    let (peer, muxer) = dialled.await?;
    assert_eq!(peer, to.peer_id());
    Ok(muxer)
}

/// Opens a stream; keeps the connection going meanwhile.
pub(crate) async fn open_raw(muxer: &mut StreamMuxerBox) -> std::io::Result<SubstreamBox> {
    poll_fn(|cx| {
        let _ = Pin::new(&mut *muxer).poll(cx)?;
        Pin::new(&mut *muxer).poll_outbound(cx)
    })
    .await
}

fn socket_address(swarm: &Swarm) -> SocketAddr {
    let address = swarm.listen_addresses()[0].clone();
    let port = address.iter().find_map(|part| match part {
        Protocol::Tcp(port) => Some(port),
        _ => None,
    });
    ([127, 0, 0, 1], port.unwrap()).into()
}

pub(super) async fn serves(swarm: &Swarm) -> bool {
    let honest = start(config(&[])).await;
    if honest.connect(swarm.peer_id(), &swarm.listen_addresses()).await.is_err() {
        return false;
    }
    match honest.pinger(swarm.peer_id()).await {
        Ok(mut pinger) => pinger.ping().await.is_ok(),
        Err(_) => false,
    }
}

/// spec: limits.transient, swarm.handshake-time
#[tokio::test]
async fn silent_connections_are_bounded_and_time_out() {
    let mut settings = config(&[TCP]);
    settings.handshake_time_max = Duration::from_millis(500);
    settings.limits.transient.connections_inbound = Bound::Max(16);
    let victim = start(settings).await;
    let target = socket_address(&victim);
    let connect = move || (0..200).map(|_| TcpStream::connect(target)).collect::<Vec<_>>();
    let silent = tokio::task::spawn_blocking(connect).await.unwrap();
    while victim.resources().refusals.is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(victim.resources().transient.connections_inbound <= 16);
    // The silent ones run out of time; then there is room again.
    while victim.resources().transient.connections_inbound > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(serves(&victim).await);
    drop(silent);
}

/// spec: limits.connections
#[tokio::test]
async fn one_peer_gets_few_connections() {
    let mut settings = config(&[TCP]);
    settings.limits.peer_default.connections_inbound = Bound::Max(2);
    settings.limits.system.connections_inbound = Bound::Max(1);
    let victim = start(settings).await;
    let mut held = Vec::new();
    for _ in 0..10 {
        held.extend(raw(&victim).await);
    }
    while victim.resources().refusals.is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(victim.connections().len() <= 1);
    drop(held);
    while !victim.connections().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(serves(&victim).await);
}

/// spec: limits.streams, swarm.streams
#[tokio::test]
async fn streams_that_never_say_what_they_want() {
    let victim = start(config(&[TCP])).await;
    let mut muxer = raw(&victim).await.unwrap();
    let mut streams = Vec::new();
    for _ in 0..300 {
        let opened = tokio::time::timeout(Duration::from_millis(300), open_raw(&mut muxer)).await;
        let Ok(Ok(mut stream)) = opened else { break };
        // Half a negotiation.
        let _ = stream.write_all(b"\x13/multistream").await;
        let _ = stream.flush().await;
        streams.push(stream);
    }
    assert!(streams.len() > 100);
    assert!(serves(&victim).await);
    // They are not yet anybody's streams.
    while victim.resources().system.streams_inbound > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// spec: limits.streams, swarm.inbound-queue
#[tokio::test]
async fn a_flood_of_streams_is_refused_and_counted() {
    let mut settings = config(&[TCP]);
    settings.limits.peer_default.streams_inbound = Bound::Max(20);
    let victim = start(settings).await;
    let mut inbound = victim.register(&["/slow/1"], 4).unwrap();
    let attacker = start(config(&[])).await;
    attacker.connect(victim.peer_id(), &victim.listen_addresses()).await.unwrap();
    let mut held = Vec::new();
    for _ in 0..100 {
        held.extend(attacker.open(victim.peer_id(), &["/slow/1"]).await);
    }
    while victim.streams_refused() == 0 {
        tokio::task::yield_now().await;
    }
    assert!(victim.resources().system.streams_inbound <= 20);
    // Four wait in the queue, all others were reset, none was lost silently.
    assert!(inbound.next().await.is_some());
    assert!(serves(&victim).await);
    let mut pings = Vec::new();
    for _ in 0..100 {
        pings.extend(attacker.open(victim.peer_id(), &["/ipfs/ping/1.0.0"]).await);
    }
    while !victim.resources().refusals.contains(&("peer", "StreamsInbound", 1))
        && victim.resources().refusals.is_empty()
    {
        tokio::task::yield_now().await;
    }
    assert!(victim.resources().peers[&attacker.peer_id()].streams_inbound <= 20);
    assert!(serves(&victim).await);
}

/// spec: identify.size-max
#[tokio::test]
async fn oversized_and_broken_identify_messages() {
    let victim = start(config(&[TCP])).await;
    let endless = [vec![0xff, 0xff, 0xff, 0x7f], vec![0; 1 << 20]].concat();
    let not_a_message = vec![3, 0x0b, 0x0b, 0x0b];
    let never_ending_length = vec![0xff; 64];
    for message in [endless, not_a_message, never_ending_length] {
        let attacker = bare();
        let mut inbound = attacker.register(&["/ipfs/id/1.0.0"], 4).unwrap();
        let sent = tokio::spawn(async move {
            let mut stream = inbound.next().await.unwrap();
            // The other side may have hung up long before all is written.
            let _ = stream.write_all(&message).await;
            let _ = stream.close().await;
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        });
        attacker.connect(victim.peer_id(), &victim.listen_addresses()).await.unwrap();
        sent.await.unwrap();
        assert_eq!(victim.identify(&attacker.peer_id()), None);
        assert!(serves(&victim).await);
    }
}
