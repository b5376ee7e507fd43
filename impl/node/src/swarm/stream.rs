//! Spec: spec/node/swarm.md
//!
//! One stream to a peer: bytes in both directions under one protocol, counted.

use super::bandwidth::Meters;
use super::connections::{Connection, Direction};
use super::limits::Permit;
use super::{Multiaddr, PeerId};
use futures::io::{AsyncRead, AsyncWrite, IoSlice};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

// spec: swarm.duplex
/// A stream. Dropping it resets it unless it was closed before; one task per direction, by
/// `futures::AsyncReadExt::split`.
pub struct Stream {
    inner: libp2p::Stream,
    meters: Meters,
    protocol: Arc<str>,
    connection: Arc<Connection>,
    /// Its place in the list of the connection.
    number: u64,
    _permit: Permit,
}

impl Stream {
    pub(super) fn new(
        inner: libp2p::Stream,
        protocol: Arc<str>,
        direction: Direction,
        connection: Arc<Connection>,
        meters: Meters,
        permit: Permit,
    ) -> Self {
        let number = connection.stream_opened(protocol.clone(), direction);
        Self { inner, meters, protocol, connection, number, _permit: permit }
    }

    /// The other side.
    pub fn peer(&self) -> PeerId {
        self.connection.peer
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// What was agreed upon.
    pub fn protocol(&self) -> &str {
        &self.protocol
    }

    /// The address of the other side of the connection that carries the stream.
    pub fn remote_address(&self) -> &Multiaddr {
        &self.connection.remote
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.connection.stream_closed(self.number);
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stream({} with {})", self.protocol, self.connection.peer)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_read(cx, buffer);
        if let Poll::Ready(Ok(bytes)) = result {
            this.meters.received(bytes);
        }
        result
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_write(cx, bytes);
        if let Poll::Ready(Ok(bytes)) = result {
            this.meters.sent(bytes);
        }
        result
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_write_vectored(cx, pieces);
        if let Poll::Ready(Ok(bytes)) = result {
            this.meters.sent(bytes);
        }
        result
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_close(cx)
    }
}
