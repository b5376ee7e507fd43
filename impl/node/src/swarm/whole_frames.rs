//! Spec: spec/node/swarm.md
//!
//! The socket as the library for yamux sees it: the head of a frame and its data are one write, and
//! what is read comes in frames that the library takes.

use super::frame_limit::FrameLimit;
use futures::io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Longest write that is held back until the next one, or until it is flushed: the head of a frame.
const HELD_BYTES_MAX: usize = 64;

/// See the module.
#[derive(Debug)]
pub(super) struct WholeFrames<S> {
    socket: S,
    reading: FrameLimit,
    held: [u8; HELD_BYTES_MAX],
    start: usize,
    end: usize,
}

impl<S> WholeFrames<S> {
    pub(super) fn new(socket: S) -> Self {
        let reading = FrameLimit::new();
        Self { socket, reading, held: [0; HELD_BYTES_MAX], start: 0, end: 0 }
    }
}

impl<S: AsyncWrite + Unpin> WholeFrames<S> {
    /// Writes what is held and as much of `more` as goes with it, which is the answer.
    fn poll_out(&mut self, cx: &mut Context<'_>, more: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let held = &self.held[self.start..self.end];
            let parts = [IoSlice::new(held), IoSlice::new(more)];
            let socket = Pin::new(&mut self.socket);
            let written = match (held.is_empty(), more.is_empty()) {
                (true, true) => return Poll::Ready(Ok(0)),
                (true, false) => return socket.poll_write(cx, more),
                (false, _) => ready!(socket.poll_write_vectored(cx, &parts))?,
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let of_more = written.saturating_sub(held.len());
            self.start = (self.start + written).min(self.end);
            if of_more > 0 {
                return Poll::Ready(Ok(of_more));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WholeFrames<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        let end = self.end + bytes.len();
        if end <= HELD_BYTES_MAX {
            let from = self.end;
            self.held[from..end].copy_from_slice(bytes);
            self.end = end;
            return Poll::Ready(Ok(bytes.len()));
        }
        self.poll_out(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_out(cx, &[]))?;
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_out(cx, &[]))?;
        Pin::new(&mut self.socket).poll_close(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WholeFrames<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.reading.poll(Pin::new(&mut this.socket), cx, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::io::AsyncWriteExt;

    /// Keeps writes apart; takes only so many bytes at once, and every second time nothing.
    #[derive(Default)]
    struct Socket {
        writes: Vec<Vec<u8>>,
        most: usize,
        flushed: usize,
        ready: bool,
    }

    impl AsyncWrite for Socket {
        fn poll_write(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            parts: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            self.ready = !self.ready;
            if !self.ready {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let all: Vec<u8> = parts.iter().flat_map(|part| part.to_vec()).collect();
            let taken = all[..all.len().min(self.most)].to_vec();
            let bytes = taken.len();
            self.writes.push(taken);
            Poll::Ready(Ok(bytes))
        }

        fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.flushed += 1;
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn frames(most: usize) -> Socket {
        let mut frames = WholeFrames::new(Socket { most, ..Socket::default() });
        block_on(async {
            frames.write_all(&[1; 12]).await.unwrap();
            frames.write_all(&[2; 1000]).await.unwrap();
            frames.write_all(&[3; 12]).await.unwrap();
            frames.flush().await.unwrap();
        });
        frames.socket
    }

    #[test]
    fn a_head_goes_with_its_data() {
        let socket = frames(usize::MAX);
        let whole = [vec![1; 12], vec![2; 1000]].concat();
        assert_eq!(socket.writes, [whole, vec![3; 12]]);
        assert_eq!(socket.flushed, 1);
    }

    #[test]
    fn every_byte_comes_once_and_in_order() {
        for most in [1, 5, 11, 12, 13, 100, 1011] {
            let whole = [vec![1; 12], vec![2; 1000], vec![3; 12]].concat();
            assert_eq!(frames(most).writes.concat(), whole, "{most}");
        }
    }
}
