//! Several swarms in one process, over loopback.

use super::*;
use futures::io::{AsyncReadExt, AsyncWriteExt};

fn config(listen: &[&str]) -> Config {
    let key = Keypair::generate_ed25519();
    let mut config = Config::new(key.to_protobuf_encoding().unwrap());
    config.agent_version = "test/1".to_owned();
    config.listen = listen.iter().map(|address| address.parse().unwrap()).collect();
    config
}

async fn start(config: Config) -> Swarm {
    let swarm = Swarm::start(config).unwrap();
    assert_eq!(swarm.listen().await, []);
    swarm
}

async fn pair(listen: &str) -> (Swarm, Swarm) {
    let (a, b) = (start(config(&[listen])).await, start(config(&[listen])).await);
    b.connect(a.peer_id(), &a.listen_addresses()).await.unwrap();
    (a, b)
}

const TCP: &str = "/ip4/127.0.0.1/tcp/0";
const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";

/// spec: swarm.tcp, swarm.quic, swarm.identify, swarm.ping
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

/// spec: swarm.streams, swarm.bandwidth
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
