//! Spec: spec/node/swarm.md
//!
//! QUIC: secured streams over UDP. The library's own transport puts ChaCha20 first and sends at
//! most 1,452 bytes in a packet, also to a peer on this machine.

mod connection;
mod listener;
mod settings;
#[cfg(test)]
mod tests;

use super::tls::Tls;
use connection::{Connection, Handshake, dial};
use futures::stream::{SelectAll, StreamExt};
use libp2p::core::Endpoint as Role;
use libp2p::core::transport::{DialOpts, ListenerId, TransportError, TransportEvent};
use libp2p::identity::Keypair;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, Transport};
use listener::Listener;
use settings::Settings;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Why there is no connection, or no longer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// It could not be begun.
    #[error(transparent)]
    Connect(#[from] quinn::ConnectError),
    /// It failed or ended.
    #[error(transparent)]
    Connection(#[from] quinn::ConnectionError),
    /// The socket.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Too slow.
    #[error("the handshake timed out")]
    HandshakeTime,
    /// Who it is can't be told.
    #[error("the peer showed no certificate that names it")]
    Nameless,
}

/// Dials and listens. Dials go out from the port that is listened on, so that others learn it.
pub(super) struct Quic {
    settings: Arc<Settings>,
    listeners: SelectAll<Listener>,
    /// What is dialled from while nothing is listened on: IPv4 and IPv6.
    dialers: [Option<quinn::Endpoint>; 2],
    /// Waits for listeners.
    waker: Option<Waker>,
}

impl Quic {
    /// For the key, with its certificate.
    pub(super) fn new(key: &Keypair, tls: &Tls) -> Result<Self, super::transport::Error> {
        let settings = Arc::new(Settings::new(key, tls)?);
        Ok(Self { settings, listeners: SelectAll::new(), dialers: [None, None], waker: None })
    }

    /// The socket to reach an address from.
    fn endpoint_to(&mut self, peer: IpAddr) -> io::Result<quinn::Endpoint> {
        let reaching = self.listeners.iter().filter(|listener| listener.reaches(peer));
        if let Some(listener) = reaching.min_by_key(|listener| listener.local()) {
            return Ok(listener.endpoint().clone());
        }
        let dialer = &mut self.dialers[usize::from(peer.is_ipv6())];
        if let Some(endpoint) = dialer {
            return Ok(endpoint.clone());
        }
        let any = match peer {
            IpAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let endpoint = self.settings.endpoint(SocketAddr::new(any, 0), false)?;
        Ok(dialer.insert(endpoint).clone())
    }
}

impl Transport for Quic {
    type Output = (PeerId, Connection);
    type Error = Error;
    type ListenerUpgrade = Handshake;
    type Dial = Handshake;

    // spec: swarm.quic
    fn listen_on(
        &mut self,
        id: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<Error>> {
        let Some(local) = socket_address(&address) else {
            return Err(TransportError::MultiaddrNotSupported(address));
        };
        let listener = Listener::new(id, local, self.settings.clone());
        self.listeners.push(listener.map_err(|error| TransportError::Other(error.into()))?);
        // Its connections keep it.
        self.dialers[usize::from(local.is_ipv6())] = None;
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        Ok(())
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        let listener = self.listeners.iter_mut().find(|listener| listener.id() == id);
        listener.is_some_and(Listener::close)
    }

    fn dial(
        &mut self,
        address: Multiaddr,
        options: DialOpts,
    ) -> Result<Handshake, TransportError<Error>> {
        let peer = socket_address(&address)
            .filter(|peer| peer.port() != 0 && !peer.ip().is_unspecified())
            // The other role is for a path through two routers that both have to open.
            .filter(|_| options.role == Role::Dialer);
        let Some(peer) = peer else { return Err(TransportError::MultiaddrNotSupported(address)) };
        let endpoint = self.endpoint_to(peer.ip());
        let endpoint = endpoint.map_err(|error| TransportError::Other(error.into()))?;
        Ok(dial(endpoint, peer, self.settings.dialling(peer.ip())))
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<TransportEvent<Handshake, Error>> {
        if let Poll::Ready(Some(event)) = self.listeners.poll_next_unpin(cx) {
            return Poll::Ready(event);
        }
        self.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// `/ip4/A/udp/P/quic-v1`, with or without a peer ID behind.
fn socket_address(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip: IpAddr = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    let (Protocol::Udp(port), Protocol::QuicV1) = (parts.next()?, parts.next()?) else {
        return None;
    };
    parts.all(|part| matches!(part, Protocol::P2p(_))).then_some(SocketAddr::new(ip, port))
}

/// The opposite of [`socket_address`].
fn multiaddr(address: SocketAddr) -> Multiaddr {
    Multiaddr::empty()
        .with(address.ip().into())
        .with(Protocol::Udp(address.port()))
        .with(Protocol::QuicV1)
}
