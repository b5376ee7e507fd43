//! Spec: spec/node/swarm.md
//!
//! How bytes get to peers: TCP with TLS or Noise and yamux, QUIC, and private networks.

use super::dial::CONNECT_TIMEOUT;
use super::muxer::Yamux;
use super::pnet::NetworkKey;
use super::quic::Quic;
use super::read_ahead::ReadAhead;
use super::security::Security;
use super::tls::Tls;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::timeout::{TransportTimeout, TransportTimeoutError};
use libp2p::core::transport::{Boxed, OrTransport};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{PeerId, Transport, pnet, tcp};
use rustix::net::sockopt;
use std::io;
use std::time::Duration;

// spec: swarm.handshake-time
/// Longest time from the first byte until a TCP connection is secured and multiplexed.
pub(super) const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(15);

/// Longest wait for an answer to the first packet over TCP, as in the reference.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);

/// Silence on TCP after which the system asks whether the other side still lives, how often, and
/// how many questions may stay unanswered.
const KEEP_ALIVE_AFTER: Duration = Duration::from_secs(15);
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(5);
const KEEP_ALIVE_TIMES: u32 = 3;

/// Longest time in milliseconds that sent bytes may stay unanswered.
#[cfg(target_os = "linux")]
const UNANSWERED_MS_MAX: u32 = 30_000;

/// The wires that are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transports {
    /// `Swarm.Transports.Network.TCP`
    pub tcp: bool,
    /// `Swarm.Transports.Network.QUIC`
    pub quic: bool,
    /// `Swarm.Transports.Security.TLS`: its priority, smaller is first; `None` is off.
    pub tls: Option<i64>,
    /// `Swarm.Transports.Security.Noise`
    pub noise: Option<i64>,
}

impl Default for Transports {
    fn default() -> Self {
        Self { tcp: true, quic: true, tls: Some(100), noise: Some(200) }
    }
}

/// Why there is no transport.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is switched on.
    #[error("no transport is enabled: see Swarm.Transports.Network")]
    NoTransport,
    /// TCP needs one.
    #[error("no security transport is enabled: see Swarm.Transports.Security")]
    NoSecurity,
    /// A key that can't make certificates.
    #[error("making the TLS certificate: {0}")]
    Tls(String),
    /// A key that can't sign.
    #[error("preparing noise: {0}")]
    Noise(String),
    // spec: swarm.pnet-quic
    /// The reference's text.
    #[error(
        "QUIC transport does not support private networks, \
         please disable Swarm.Transports.Network.QUIC"
    )]
    QuicPrivate,
}

type Secured = Boxed<(PeerId, StreamMuxerBox)>;

/// The transport for a key.
pub(super) fn build(
    key: &Keypair,
    which: Transports,
    network: Option<NetworkKey>,
    time_max: Duration,
) -> Result<Secured, Error> {
    if which.quic && network.is_some() {
        return Err(Error::QuicPrivate);
    }
    let tcp = match which.tcp {
        true => Some(tcp_secured(key, which, network, time_max)?),
        false => None,
    };
    let quic = match which.quic {
        true => Some(Quic::new(key, &Tls::new(key)?)?),
        false => None,
    };
    let quic = quic.map(|quic| quic.map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer))));
    match (tcp, quic) {
        (Some(tcp), Some(quic)) => {
            Ok(OrTransport::new(quic, tcp).map(|either, _| either.into_inner()).boxed())
        }
        (Some(tcp), None) => Ok(tcp),
        (None, Some(quic)) => Ok(quic.boxed()),
        (None, None) => Err(Error::NoTransport),
    }
}

// spec: swarm.tcp
fn tcp_secured(
    key: &Keypair,
    which: Transports,
    network: Option<NetworkKey>,
    time_max: Duration,
) -> Result<Secured, Error> {
    let tcp = tcp::tokio::Transport::new(tcp::Config::new().nodelay(true));
    let tcp = TransportTimeout::with_outgoing_timeout(tcp, CONNECT_TIME_MAX);
    let tcp = tcp.map_err(|error| match error {
        TransportTimeoutError::Timeout => io::Error::new(io::ErrorKind::TimedOut, CONNECT_TIMEOUT),
        TransportTimeoutError::TimerError(error) | TransportTimeoutError::Other(error) => error,
    });
    let tcp = tcp.map(|stream, _| {
        watch(&stream.0);
        ReadAhead::new(stream)
    });
    match network {
        // spec: swarm.pnet
        Some(network) => {
            let config = pnet::PnetConfig::new(network.pre_shared_key());
            secure(tcp.and_then(move |socket, _| config.handshake(socket)), key, which, time_max)
        }
        None => secure(tcp, key, which, time_max),
    }
}

// spec: swarm.dead-peers
/// Lets the system notice that the other side is gone, which costs this program nothing.
fn watch(stream: &tokio::net::TcpStream) {
    let set = || {
        sockopt::set_socket_keepalive(stream, true)?;
        sockopt::set_tcp_keepidle(stream, KEEP_ALIVE_AFTER)?;
        sockopt::set_tcp_keepintvl(stream, KEEP_ALIVE_EVERY)?;
        sockopt::set_tcp_keepcnt(stream, KEEP_ALIVE_TIMES)?;
        #[cfg(target_os = "linux")]
        sockopt::set_tcp_user_timeout(stream, UNANSWERED_MS_MAX)?;
        Ok::<_, rustix::io::Errno>(())
    };
    if let Err(error) = set() {
        tracing::debug!("a dead peer will be noticed late: {error}");
    }
}

fn secure<T>(
    transport: T,
    key: &Keypair,
    which: Transports,
    time_max: Duration,
) -> Result<Secured, Error>
where
    T: Transport + Send + Unpin + 'static,
    T::Output: futures::AsyncRead + futures::AsyncWrite + Send + Unpin + 'static,
    T::Error: Send + Sync + 'static,
    T::Dial: Send + 'static,
    T::ListenerUpgrade: Send + 'static,
{
    Ok(transport
        .upgrade(Version::V1Lazy)
        .authenticate(Security::new(key, which.tls, which.noise)?)
        .multiplex(Yamux)
        .timeout(time_max)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)))
        .boxed())
}
