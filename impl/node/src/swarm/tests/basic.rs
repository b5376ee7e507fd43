//! What two swarms do with each other.

use super::*;
use futures::io::{AsyncReadExt, AsyncWriteExt};

/// spec: swarm.tcp, swarm.quic, identify.agent, identify.addresses, ping.echo
#[tokio::test]
async fn two_nodes_meet_over_each_wire() {
    for listen in [TCP, QUIC] {
        let (a, b) = pair(listen).await;
        assert!(b.is_connected(&a.peer_id()));
        let info = b.identify(&a.peer_id()).unwrap();
        assert_eq!(info.agent_version, "test/1");
        assert_eq!(info.listen_addresses, a.listen_addresses());
        assert!(info.protocols.contains("/ipfs/ping/1.0.0"));
        b.pinger(a.peer_id()).await.unwrap().ping().await.unwrap();
        assert!(b.connections()[0].latency.is_some());
        b.disconnect(a.peer_id()).await.unwrap();
        assert!(!b.is_connected(&a.peer_id()));
        assert_eq!(b.disconnect(a.peer_id()).await, Err(DisconnectError::NotConnected));
    }
}

/// spec: swarm.negotiation, swarm.bandwidth
#[tokio::test]
async fn streams_carry_bytes_both_ways() {
    let (a, b) = pair(TCP).await;
    let mut inbound = a.register(&["/echo/1", "/echo/2"], 4).unwrap();
    assert!(a.register(&["/echo/2"], 4).is_err());
    tokio::spawn(async move {
        while let Some(stream) = inbound.next().await {
            let (read, mut write) = stream.split();
            futures::io::copy(read, &mut write).await.unwrap();
            write.close().await.unwrap();
        }
    });
    let mut stream = b.open(a.peer_id(), &["/none", "/echo/2"]).await.unwrap();
    assert_eq!((stream.protocol(), stream.peer()), ("/echo/2", a.peer_id()));
    stream.write_all(b"hello").await.unwrap();
    stream.close().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert_eq!(answer, b"hello");
    let totals = b.bandwidth_of_protocol("/echo/2");
    assert_eq!((totals.bytes_in, totals.bytes_out), (5, 5));
    let error = b.open(a.peer_id(), &["/none"]).await.unwrap_err();
    assert_eq!(error, OpenError::Unsupported(vec!["/none".to_owned()]));
}

/// spec: swarm.dial-errors
#[tokio::test]
async fn a_failed_connect_names_each_address() {
    let (a, b) = (start(config(&[TCP])).await, start(config(&[TCP])).await);
    let stranger = PeerId::random();
    let error = b.connect(stranger, &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "no addresses");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let addresses = [
        format!("/ip4/127.0.0.1/tcp/{closed}").parse().unwrap(),
        "/ip4/10.9.9.9/tcp/1/ws".parse().unwrap(),
        b.listen_addresses()[0].clone(),
        a.listen_addresses()[0].clone(),
    ];
    let error = b.connect(stranger, &addresses).await.unwrap_err().to_string();
    let (head, lines) = error.split_once('\n').unwrap();
    assert_eq!(head, format!("failed to dial {stranger}: all dials failed"));
    let line = |address: &Multiaddr, reason: &str| format!("  * [{address}] {reason}");
    let refused = format!("dial tcp4 127.0.0.1:{closed}: connect: connection refused");
    assert!(lines.contains(&line(&addresses[0], &refused)), "{lines}");
    assert!(lines.contains(&line(&addresses[1], "no transport for protocol")), "{lines}");
    assert!(lines.contains(&line(&addresses[2], "dial to self attempted")), "{lines}");
    assert!(lines.contains(&addresses[3].to_string()), "{lines}");
    assert!(lines.contains(&a.peer_id().to_string()), "names whose key it was: {lines}");
    let again = b.dial(stranger).await.unwrap_err().to_string();
    assert!(again.contains(&line(&addresses[0], "dial backoff")), "{again}");
    assert_eq!(b.connect(b.peer_id(), &[]).await, Err(DialError::Myself));
}

/// spec: swarm.filters
#[tokio::test]
async fn filtered_addresses_are_not_dialled_nor_let_in() {
    let (a, b) = (start(config(&[TCP])).await, start(config(&[TCP])).await);
    let filter = "/ip4/127.0.0.0/ipcidr/8".parse().unwrap();
    assert!(b.add_filter(filter));
    let error = b.connect(a.peer_id(), &a.listen_addresses()).await.unwrap_err().to_string();
    assert!(error.contains("gater disallows connection to peer"), "{error}");
    assert!(a.connect(b.peer_id(), &b.listen_addresses()).await.is_err());
    assert!(b.remove_filter(&filter));
    b.connect(a.peer_id(), &a.listen_addresses()).await.unwrap();
}

/// spec: identify.tells-changes, swarm.events-merged
#[tokio::test]
async fn new_protocols_are_told() {
    let (a, b) = pair(TCP).await;
    let mut events = b.events();
    assert_eq!(events.next().await, Some(Event::Connected(a.peer_id())));
    let inbound = a.register(&["/new/1"], 1).unwrap();
    loop {
        match events.next().await.unwrap() {
            Event::Protocols(peer, names) if names.contains(&"/new/1".to_owned()) => {
                break assert_eq!(peer, a.peer_id());
            }
            Event::Protocols(..) => {}
            other => panic!("{other:?}"),
        }
    }
    drop(inbound);
    a.shut_down().await;
    loop {
        if events.next().await.unwrap() == Event::Disconnected(a.peer_id()) {
            break;
        }
    }
    assert!(b.peers().is_empty());
}

/// spec: swarm.pnet
#[tokio::test]
async fn private_networks_keep_others_out() {
    let key = |digit: &str| {
        let file = format!("/key/swarm/psk/1.0.0/\n/base16/\n{}\n", digit.repeat(64));
        Some(NetworkKey::parse(file.as_bytes()).unwrap())
    };
    let node = async |network_key| {
        let mut config = config(&[TCP]);
        config.network_key = network_key;
        config.transports.quic = false;
        config.handshake_time_max = Duration::from_millis(500);
        start(config).await
    };
    let (a, same) = (node(key("a")).await, node(key("a")).await);
    same.connect(a.peer_id(), &a.listen_addresses()).await.unwrap();
    for other in [key("b"), None] {
        let other = node(other).await;
        assert!(other.connect(a.peer_id(), &a.listen_addresses()).await.is_err());
    }
    let mut forced = config(&[TCP]);
    forced.private_only = true;
    let error = Swarm::start(forced).err().unwrap().to_string();
    assert!(error.ends_with("not configured but is enforced by the environment"), "{error}");
    let mut quic = config(&[TCP]);
    quic.network_key = key("a");
    assert!(matches!(
        Swarm::start(quic).err(),
        Some(StartError::Transport(TransportError::QuicPrivate))
    ));
}

/// spec: swarm.trim
#[tokio::test]
async fn connections_above_the_high_water_mark_go() {
    let mut settings = config(&[TCP]);
    settings.trimming = Some(Trimming {
        high_water: 4,
        low_water: 2,
        grace: Duration::from_millis(1),
        silence: Duration::from_millis(100),
    });
    let hub = start(settings).await;
    let mut events = hub.events();
    let mut others = Vec::new();
    for _ in 0..5 {
        let other = start(config(&[])).await;
        hub.protect(other.peer_id(), "test");
        other.connect(hub.peer_id(), &hub.listen_addresses()).await.unwrap();
        others.push(other);
    }
    assert_eq!(hub.peers().len(), 5);
    for other in &others[..4] {
        assert!(!hub.unprotect(&other.peer_id(), "test"));
    }
    let mut gone = 0;
    while gone < 2 {
        gone += usize::from(matches!(events.next().await, Some(Event::Disconnected(_))));
    }
    assert!(hub.is_connected(&others[4].peer_id()), "protected");
}

/// Writes and reads at once, each in a task of its own; how many bytes came.
async fn exchange(stream: Stream, bytes: usize) -> usize {
    let (mut read, mut write) = stream.split();
    let writing = tokio::spawn(async move {
        let piece = vec![7; 64 << 10];
        for _ in 0..bytes / piece.len() {
            write.write_all(&piece).await.unwrap();
        }
        write.close().await.unwrap();
    });
    let (mut count, mut buffer) = (0, vec![0; 64 << 10]);
    loop {
        match read.read(&mut buffer).await.unwrap() {
            0 => break,
            some => count += some,
        }
    }
    writing.await.unwrap();
    count
}

/// Both sides write and read at once: yamux 0.14.0 stalled here.
///
/// spec: swarm.duplex
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_directions_at_once() {
    for (listen, streams, bytes) in [(TCP, 1, 8 << 20), (TCP, 16, 1 << 20), (QUIC, 4, 1 << 20)] {
        let (a, b) = pair(listen).await;
        let mut inbound = a.register(&["/duplex/1"], streams).unwrap();
        let answering = tokio::spawn(async move {
            let mut all = Vec::new();
            for _ in 0..streams {
                all.push(tokio::spawn(exchange(inbound.next().await.unwrap(), bytes)));
            }
            for one in all {
                assert_eq!(one.await.unwrap(), bytes);
            }
        });
        let mut all = Vec::new();
        for _ in 0..streams {
            let stream = b.open(a.peer_id(), &["/duplex/1"]).await.unwrap();
            all.push(tokio::spawn(exchange(stream, bytes)));
        }
        let done = async {
            for one in all {
                assert_eq!(one.await.unwrap(), bytes);
            }
            answering.await.unwrap();
        };
        tokio::time::timeout(Duration::from_secs(60), done).await.unwrap();
    }
}
