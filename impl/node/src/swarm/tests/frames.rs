//! Frames of yamux that no honest peer sends: at most their connection ends, others are served.

use super::hostile::serves;
use super::*;
use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::Transport as _;
use libp2p::core::Endpoint;
use libp2p::core::transport::{DialOpts, PortUse};
use libp2p::core::upgrade::OutboundConnectionUpgrade;
use libp2p::tcp;

const DATA: u8 = 0;
const WINDOW: u8 = 1;
const PING: u8 = 2;
const SYN: u16 = 1;
/// The window that a stream starts with.
const WINDOW_BYTES: u32 = 256 << 10;

/// Whether the other side agrees on a protocol that is asked for as by one who dials.
pub(super) async fn agrees<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    protocol: &str,
) -> bool {
    let talk = async {
        for name in ["/multistream/1.0.0", protocol] {
            let line = [&[name.len() as u8 + 1], name.as_bytes(), b"\n"].concat();
            stream.write_all(&line).await.ok()?;
            stream.flush().await.ok()?;
            let mut answer = vec![0; line.len()];
            stream.read_exact(&mut answer).await.ok()?;
            if answer != line {
                return None;
            }
        }
        Some(())
    };
    talk.await.is_some()
}

/// A connection over TCP that is not yet secured.
pub(super) async fn tcp_to(to: &Swarm) -> impl AsyncRead + AsyncWrite + Send + Unpin + 'static {
    let options = DialOpts { role: Endpoint::Dialer, port_use: PortUse::New };
    let mut transport = tcp::tokio::Transport::new(tcp::Config::new());
    let addresses = to.listen_addresses();
    let is_tcp = |address: &&Multiaddr| address.iter().any(|part| matches!(part, Protocol::Tcp(_)));
    let address = addresses.iter().find(is_tcp).unwrap().clone();
    transport.dial(address, options).unwrap().await.unwrap()
}

fn frame(kind: u8, flags: u16, stream: u32, length: u32) -> Vec<u8> {
    let mut bytes = vec![0, kind];
    bytes.extend(flags.to_be_bytes());
    bytes.extend(stream.to_be_bytes());
    bytes.extend(length.to_be_bytes());
    bytes
}

/// Sends bytes over a connection that is secured and agreed upon, and reads until it ends or
/// nothing comes for a while. Whether it ended.
async fn sends(to: &Swarm, bytes: Vec<u8>) -> bool {
    let mut socket = tcp_to(to).await;
    assert!(agrees(&mut socket, "/noise").await);
    let noise = libp2p::noise::Config::new(&Keypair::generate_ed25519()).unwrap();
    let (peer, mut secured) = noise.upgrade_outbound(socket, "/noise").await.unwrap();
    assert_eq!(peer, to.peer_id());
    assert!(agrees(&mut secured, "/yamux/1.0.0").await);
    let (mut from, mut out) = secured.split();
    let writing = async {
        let _ = out.write_all(&bytes).await;
        let _ = out.flush().await;
        std::future::pending::<()>().await;
    };
    let reading = async {
        let mut buffer = vec![0; 64 << 10];
        loop {
            match tokio::time::timeout(Duration::from_millis(500), from.read(&mut buffer)).await {
                Ok(Ok(0) | Err(_)) => return true,
                Ok(Ok(_)) => {}
                Err(_) => return false,
            }
        }
    };
    tokio::select! {
        ended = reading => ended,
        () = writing => false,
    }
}

fn with(mut frame: Vec<u8>, body: u32) -> Vec<u8> {
    frame.resize(frame.len() + body as usize, 7);
    frame
}

/// A victim that others are still served by, and that keeps nothing, after these were sent.
async fn withstands(attacks: impl IntoIterator<Item = Vec<u8>>) -> Vec<bool> {
    let victim = start(config(&[TCP])).await;
    let mut ended = Vec::new();
    for bytes in attacks {
        ended.push(sends(&victim, bytes).await);
        assert!(serves(&victim).await);
    }
    while !victim.peers().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(victim.resources().system.memory, 0);
    ended
}

/// spec: swarm.frames-hostile
#[tokio::test]
async fn a_window_that_overflows() {
    let mut overflow = frame(WINDOW, SYN, 1, u32::MAX);
    overflow.extend(frame(WINDOW, 0, 1, u32::MAX));
    let steps: Vec<u8> = (0..3).flat_map(|_| frame(WINDOW, 0, 1, u32::MAX / 2)).collect();
    withstands([overflow, [frame(WINDOW, SYN, 1, 0), steps].concat()]).await;
}

/// spec: swarm.frames-hostile
#[tokio::test]
async fn a_frame_that_opens_a_stream_and_is_longer_than_its_window() {
    let longer = with(frame(DATA, SYN, 1, WINDOW_BYTES + 1), WINDOW_BYTES + 1);
    // A length that nobody could keep.
    let endless = frame(DATA, SYN, 1, u32::MAX);
    let ended = withstands([longer, endless]).await;
    assert!(ended[1]);
}

/// spec: swarm.frames-hostile
#[tokio::test]
async fn frames_for_a_stream_that_nobody_reads() {
    // A negotiation that is not answered reads nothing more; then window after window comes.
    let mut flood = with(frame(DATA, SYN, 1, WINDOW_BYTES), WINDOW_BYTES);
    for _ in 0..64 {
        flood.extend(with(frame(DATA, 0, 1, WINDOW_BYTES), WINDOW_BYTES));
    }
    // Bytes for a stream that does not exist.
    let nowhere = with(frame(DATA, 0, 4001, 1000), 1000);
    withstands([flood, nowhere]).await;
}

/// spec: swarm.frames-hostile
#[tokio::test]
async fn frames_of_other_versions_and_kinds() {
    let mut version = frame(PING, SYN, 0, 1);
    version[0] = 9;
    // The last is a stream that is ours to open.
    withstands([version, frame(77, 0, 1, 0), frame(WINDOW, SYN, 2, 0)]).await;
}

/// spec: swarm.frames-hostile
#[tokio::test]
async fn pings_that_nobody_reads_the_answers_of() {
    let victim = start(config(&[TCP])).await;
    let pings: Vec<u8> = (0..50_000).flat_map(|number| frame(PING, SYN, 0, number)).collect();
    sends(&victim, pings).await;
    assert!(serves(&victim).await);
}

/// spec: swarm.frames-hostile
#[test]
fn a_key_that_is_too_long_to_check_is_refused() {
    // An RSA key of 16,384 bits in the form that peers send.
    let part = |tag: u8, body: &[u8]| {
        let mut out = vec![tag, 0x83];
        out.extend(&(body.len() as u32).to_be_bytes()[1..]);
        out.extend(body);
        out
    };
    let mut modulus = vec![0];
    modulus.extend(vec![0xff; 2048]);
    let key = [part(2, &modulus), vec![2, 3, 1, 0, 1]].concat();
    let key = [vec![0], part(0x30, &key)].concat();
    let algorithm = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];
    let key = part(0x30, &[&algorithm[..], &part(3, &key)].concat());
    let length = [(key.len() as u8 & 0x7f) | 0x80, (key.len() >> 7) as u8];
    let message = [&[8, 0, 0x12][..], &length, &key].concat();
    let refused = match libp2p::identity::PublicKey::try_decode_protobuf(&message) {
        Ok(key) => !key.verify(b"text", &[0xff; 2048]),
        Err(_) => true,
    };
    assert!(refused);
}
