//! Spec: spec/node/swarm.md
//!
//! One connection: who the peer is, and its streams.

use super::Error;
use super::settings::HANDSHAKE_TIME_MAX;
use futures::future::{BoxFuture, FutureExt};
use futures::io::{AsyncRead, AsyncWrite};
use libp2p::PeerId;
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};
use libp2p::tls::certificate;
use quinn::{ClientConfig, ConnectionError, Endpoint, RecvStream, SendStream};
use rustls::pki_types::CertificateDer;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What becomes a connection.
pub(in crate::swarm) type Handshake = BoxFuture<'static, Result<(PeerId, Connection), Error>>;

/// Connects from the endpoint.
pub(super) fn dial(endpoint: Endpoint, peer: SocketAddr, config: ClientConfig) -> Handshake {
    async move {
        // An address instead of a name: the specification allows no server name.
        let connecting = endpoint.connect_with(config, peer, "0.0.0.0")?;
        shake(connecting).await
    }
    .boxed()
}

/// Waits for the handshake and tells with whom it was.
// spec: swarm.quic
pub(super) async fn shake(connecting: quinn::Connecting) -> Result<(PeerId, Connection), Error> {
    let connection = tokio::time::timeout(HANDSHAKE_TIME_MAX, connecting).await;
    let connection = connection.map_err(|_| Error::HandshakeTime)??;
    let identity = connection.peer_identity().ok_or(Error::Nameless)?;
    let chain = identity.downcast::<Vec<CertificateDer<'static>>>();
    let chain = chain.map_err(|_| Error::Nameless)?;
    let [one] = chain.as_slice() else { return Err(Error::Nameless) };
    let peer = certificate::parse(one).map_err(|_| Error::Nameless)?.peer_id();
    Ok((peer, Connection { connection, inbound: None, outbound: None, closed: None }))
}

type Opening = BoxFuture<'static, Result<(SendStream, RecvStream), ConnectionError>>;

/// See the module.
pub(in crate::swarm) struct Connection {
    pub(super) connection: quinn::Connection,
    inbound: Option<Opening>,
    outbound: Option<Opening>,
    closed: Option<BoxFuture<'static, ConnectionError>>,
}

fn poll_opening(
    opening: &mut Option<Opening>,
    cx: &mut Context<'_>,
    open: impl FnOnce() -> Opening,
) -> Poll<Result<Stream, Error>> {
    let (send, recv) = ready!(opening.get_or_insert_with(open).poll_unpin(cx))?;
    *opening = None;
    Poll::Ready(Ok(Stream { send, recv, closed: false }))
}

impl StreamMuxer for Connection {
    type Substream = Stream;
    type Error = Error;

    fn poll_inbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Stream, Error>> {
        let connection = self.connection.clone();
        poll_opening(&mut self.inbound, cx, || async move { connection.accept_bi().await }.boxed())
    }

    fn poll_outbound(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Stream, Error>> {
        let connection = self.connection.clone();
        poll_opening(&mut self.outbound, cx, || async move { connection.open_bi().await }.boxed())
    }

    /// Its end shows when streams are asked for.
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<StreamMuxerEvent, Error>> {
        Poll::Pending
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let connection = self.connection.clone();
        let closed = self.closed.get_or_insert_with(|| {
            connection.close(0_u32.into(), &[]);
            async move { connection.closed().await }.boxed()
        });
        Poll::Ready(match ready!(closed.poll_unpin(cx)) {
            ConnectionError::LocallyClosed => Ok(()),
            other => Err(other.into()),
        })
    }
}

/// One stream. Dropping it ends what is sent and refuses what would still come.
pub(in crate::swarm) struct Stream {
    send: SendStream,
    recv: RecvStream,
    closed: bool,
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        AsyncRead::poll_read(Pin::new(&mut self.recv), cx, bytes)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(&mut self.send), cx, bytes)
    }

    /// What was written goes out by itself.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.closed {
            ready!(AsyncWrite::poll_close(Pin::new(&mut self.send), cx))?;
            self.closed = true;
        }
        Poll::Ready(Ok(()))
    }
}
