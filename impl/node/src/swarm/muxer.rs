//! Spec: spec/node/swarm.md
//!
//! Yamux: many streams over one TCP connection. The library's own wrapper leaves its frames at
//! 16 KiB and writes the head of each by itself, which costs two system calls and two encrypted
//! records for each of them.

use super::whole_frames::WholeFrames;
use futures::future::{Ready, ready};
use futures::io::{AsyncRead, AsyncWrite};
use libp2p::core::UpgradeInfo;
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use yamux::{Connection, ConnectionError, Mode};

/// Streams of one connection, both directions together.
const STREAMS_MAX: usize = 4096;

/// The window that each stream begins with, in bytes, as the specification has it.
pub(super) const WINDOW_BYTES: usize = 256 << 10;

/// How far the windows of one connection may grow, all streams together: 160 MB/s over a round trip
/// of 50 ms. A peer can make this node hold as much when nobody reads.
pub(super) const GROWTH_BYTES_MAX: usize = 8 << 20;

/// Data in one frame. With its head it fits one frame of Noise, or four records of TLS.
const FRAME_BYTES: usize = 64_498;

/// Streams that the other side opened and nobody took yet; further ones are reset. The library
/// opens no more than this before the first is answered, and neither does it expect others to.
const WAITING_MAX: usize = 256;

/// What makes a secured connection a [`Muxer`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Yamux;

impl Yamux {
    fn over<S: AsyncRead + AsyncWrite + Unpin>(socket: S, mode: Mode) -> Muxer<S> {
        // spec: swarm.frames-hostile
        let mut config = yamux::Config::default();
        // spec: swarm.stream-windows
        config
            .set_max_num_streams(STREAMS_MAX - GROWTH_BYTES_MAX / WINDOW_BYTES)
            .set_max_connection_receive_window(Some(STREAMS_MAX * WINDOW_BYTES))
            .set_split_send_size(FRAME_BYTES);
        let socket = WholeFrames::new(socket);
        let connection = Connection::new(socket, config, mode);
        Muxer { connection, waiting: VecDeque::new(), waker: None }
    }
}

impl UpgradeInfo for Yamux {
    type Info = &'static str;
    type InfoIter = std::iter::Once<&'static str>;

    fn protocol_info(&self) -> Self::InfoIter {
        std::iter::once("/yamux/1.0.0")
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> InboundConnectionUpgrade<S> for Yamux {
    type Output = Muxer<S>;
    type Error = Infallible;
    type Future = Ready<Result<Muxer<S>, Infallible>>;

    fn upgrade_inbound(self, socket: S, _: Self::Info) -> Self::Future {
        ready(Ok(Self::over(socket, Mode::Server)))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> OutboundConnectionUpgrade<S> for Yamux {
    type Output = Muxer<S>;
    type Error = Infallible;
    type Future = Ready<Result<Muxer<S>, Infallible>>;

    fn upgrade_outbound(self, socket: S, _: Self::Info) -> Self::Future {
        ready(Ok(Self::over(socket, Mode::Client)))
    }
}

/// A connection with streams.
#[derive(Debug)]
pub(super) struct Muxer<S> {
    connection: Connection<WholeFrames<S>>,
    /// Came while nobody asked for streams: the connection moves on only when asked for the next.
    waiting: VecDeque<yamux::Stream>,
    /// Wants to know of the next stream.
    waker: Option<Waker>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Muxer<S> {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<yamux::Stream, ConnectionError>> {
        let next = self.connection.poll_next_inbound(cx);
        next.map(|next| next.unwrap_or(Err(ConnectionError::Closed)))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> StreamMuxer for Muxer<S> {
    type Substream = yamux::Stream;
    type Error = ConnectionError;

    fn poll_inbound(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<yamux::Stream, ConnectionError>> {
        if let Some(stream) = self.waiting.pop_front() {
            return Poll::Ready(Ok(stream));
        }
        let next = self.poll_next(cx);
        if next.is_pending() {
            self.waker = Some(cx.waker().clone());
        }
        next
    }

    fn poll_outbound(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<yamux::Stream, ConnectionError>> {
        self.connection.poll_new_outbound(cx)
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), ConnectionError>> {
        self.connection.poll_close(cx)
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<StreamMuxerEvent, ConnectionError>> {
        while let Poll::Ready(stream) = self.poll_next(cx)? {
            // spec: swarm.streams-waiting
            if self.waiting.len() < WAITING_MAX {
                self.waiting.push_back(stream);
                if let Some(waker) = self.waker.take() {
                    waker.wake();
                }
            } else {
                tracing::debug!("a stream is reset: {WAITING_MAX} wait already");
            }
        }
        Poll::Pending
    }
}
