//! Spec: spec/node/swarm.md
//!
//! How QUIC is spoken: times, windows, sizes of packets and sockets.

use crate::swarm::tls::Tls;
use crate::swarm::transport::Error;
use libp2p::identity::Keypair;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{
    ClientConfig, Endpoint, EndpointConfig, MtuDiscoveryConfig, ServerConfig, TokioRuntime,
    TransportConfig, VarInt,
};
use rustix::net::sockopt;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

/// Longest time for a handshake.
pub(super) const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(5);

/// Streams that the other side of a connection may have open.
const STREAMS_MAX: u32 = 1024;

// spec: swarm.quic-windows
/// Bytes that the other side of a connection may send before they are read: on one stream, and on
/// all together.
const STREAM_BYTES_MAX: u32 = 10_000_000;
const UNREAD_BYTES_MAX: u32 = 15_000_000;

/// Silence after which a connection is dead, in milliseconds.
const IDLE_MS_MAX: u32 = 30_000;

/// How often a connection says that it still lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Largest packet that is tried towards peers of this machine and of private networks, in bytes:
/// ten of them, which go to the system at once, are less than it takes.
const NEAR_PACKET_BYTES_MAX: u16 = 6_500;

/// Largest packet that is tried towards others: what Ethernet carries.
const FAR_PACKET_BYTES_MAX: u16 = 1_452;

/// What a socket should be able to hold, in bytes, so that a busy moment loses no packets.
const SOCKET_BYTES: usize = 7 << 20;

/// Connections that nobody looked at yet; further ones are refused.
const WAITING_MAX: usize = 256;

/// Bytes kept for each of them, and for all.
const WAITING_BYTES_MAX: u64 = 16 << 10;
const ALL_WAITING_BYTES_MAX: u64 = 1 << 20;

/// The SHA-256 of this key's secret proves to peers that a restarted node has forgotten them.
const RESET_DOMAIN: &[u8] = b"libp2p quic stateless reset key";

/// Everything that endpoints and connections are made with.
pub(super) struct Settings {
    endpoint: EndpointConfig,
    near: Roles,
    far: Roles,
}

struct Roles {
    client: ClientConfig,
    server: Arc<ServerConfig>,
}

impl Settings {
    pub(super) fn new(key: &Keypair, tls: &Tls) -> Result<Self, Error> {
        let failed = |error: &dyn std::fmt::Display| Error::Tls(error.to_string());
        let (client, server) = tls.configs();
        let client = Arc::new(QuicClientConfig::try_from(client).map_err(|error| failed(&error))?);
        let server = Arc::new(QuicServerConfig::try_from(server).map_err(|error| failed(&error))?);
        let roles = |packet_bytes| {
            let transport = Arc::new(transport(packet_bytes));
            let mut client = ClientConfig::new(client.clone());
            client.transport_config(transport.clone());
            let mut server = ServerConfig::with_crypto(server.clone());
            // Where a peer is must stay what filters and limits were asked about.
            server
                .transport_config(transport)
                .migration(false)
                .max_incoming(WAITING_MAX)
                .incoming_buffer_size(WAITING_BYTES_MAX)
                .incoming_buffer_size_total(ALL_WAITING_BYTES_MAX);
            Roles { client, server: Arc::new(server) }
        };
        // A key that nothing can be derived from has another reset key after each start.
        let mut endpoint = match key.derive_secret(RESET_DOMAIN) {
            Some(secret) => {
                let algorithm = ring::hmac::HMAC_SHA256;
                EndpointConfig::new(Arc::new(ring::hmac::Key::new(algorithm, &secret)))
            }
            None => EndpointConfig::default(),
        };
        endpoint.supported_versions(vec![1]);
        let size = endpoint.max_udp_payload_size(NEAR_PACKET_BYTES_MAX);
        size.map_err(|error| failed(&error))?;
        let (near, far) = (roles(NEAR_PACKET_BYTES_MAX), roles(FAR_PACKET_BYTES_MAX));
        Ok(Self { endpoint, near, far })
    }

    /// For a connection to a peer there.
    pub(super) fn dialling(&self, peer: IpAddr) -> ClientConfig {
        self.roles(peer).client.clone()
    }

    /// For a connection from a peer there.
    pub(super) fn accepting(&self, peer: IpAddr) -> Arc<ServerConfig> {
        self.roles(peer).server.clone()
    }

    // spec: swarm.quic-packets
    fn roles(&self, peer: IpAddr) -> &Roles {
        if is_near(peer) { &self.near } else { &self.far }
    }

    /// A socket at a local address. Must be called inside the runtime.
    pub(super) fn endpoint(&self, local: SocketAddr, accepts: bool) -> io::Result<Endpoint> {
        let server = accepts.then(|| (*self.far.server).clone());
        Endpoint::new(self.endpoint.clone(), server, bind(local)?, Arc::new(TokioRuntime))
    }
}

fn transport(packet_bytes: u16) -> TransportConfig {
    let mut discovery = MtuDiscoveryConfig::default();
    discovery.upper_bound(packet_bytes);
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_uni_streams(0_u32.into())
        .max_concurrent_bidi_streams(STREAMS_MAX.into())
        .datagram_receive_buffer_size(None)
        .stream_receive_window(STREAM_BYTES_MAX.into())
        .receive_window(UNREAD_BYTES_MAX.into())
        .max_idle_timeout(Some(VarInt::from_u32(IDLE_MS_MAX).into()))
        .keep_alive_interval(Some(KEEP_ALIVE))
        .allow_spin(false)
        .mtu_discovery_config(Some(discovery));
    transport
}

/// On this machine, or in a network that can be expected to carry more than the Internet does.
pub(super) fn is_near(peer: IpAddr) -> bool {
    match peer {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

fn bind(local: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
    if local.is_ipv6() {
        // The same port of IPv4 has a socket of its own.
        socket.set_only_v6(true)?;
    }
    grow(&socket);
    socket.bind(&local.into())?;
    Ok(socket.into())
}

/// The system may allow less, unless this program may ignore its bound.
fn grow(socket: &Socket) {
    let forced = sockopt::set_socket_recv_buffer_size_force(socket, SOCKET_BYTES);
    let received = forced
        .map_err(Into::into)
        .or_else(|_: io::Error| socket.set_recv_buffer_size(SOCKET_BYTES));
    if let Err(error) = received.and_then(|()| socket.set_send_buffer_size(SOCKET_BYTES)) {
        tracing::debug!("a QUIC socket keeps its buffers: {error}");
    }
}
