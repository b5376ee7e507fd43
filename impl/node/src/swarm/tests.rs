//! Several swarms in one process, over loopback.

mod basic;
mod frames;
mod handshakes;
pub(crate) mod hostile;
mod packets;
mod pinned;
mod telling;

use super::*;

pub(super) fn config(listen: &[&str]) -> Config {
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

pub(super) const TCP: &str = "/ip4/127.0.0.1/tcp/0";
const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";
