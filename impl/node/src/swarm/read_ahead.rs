//! Spec: spec/node/swarm.md
//!
//! Reads much from a socket at once while much comes: TLS asks for 4 KiB each time, and a system
//! call for each costs as much as deciphering them. An idle connection holds no buffer.

use futures::io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Bytes that are read at once.
const AHEAD_BYTES: usize = 64 << 10;

/// Less than this at once is no longer much.
const LITTLE_BYTES: usize = AHEAD_BYTES / 8;

/// See the module.
#[derive(Debug)]
pub(super) struct ReadAhead<S> {
    socket: S,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The last read took all that there was room for.
    much: bool,
}

impl<S> ReadAhead<S> {
    pub(super) fn new(socket: S) -> Self {
        Self { socket, buffer: Vec::new(), start: 0, end: 0, much: false }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadAhead<S> {
    // spec: swarm.idle-memory
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.start == this.end {
            if !this.much || bytes.len() >= AHEAD_BYTES {
                let read = ready!(Pin::new(&mut this.socket).poll_read(cx, bytes))?;
                this.much = read == bytes.len();
                return Poll::Ready(Ok(read));
            }
            this.buffer.resize(AHEAD_BYTES, 0);
            (this.start, this.end) = (0, 0);
            this.end = ready!(Pin::new(&mut this.socket).poll_read(cx, &mut this.buffer))?;
            this.much = this.end >= LITTLE_BYTES;
        }
        let read = bytes.len().min(this.end - this.start);
        bytes[..read].copy_from_slice(&this.buffer[this.start..this.start + read]);
        this.start += read;
        if this.start == this.end && !this.much {
            this.buffer = Vec::new();
        }
        Poll::Ready(Ok(read))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadAhead<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, parts)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_close(cx)
    }
}

#[cfg(test)]
pub(super) struct Halting<'a> {
    bytes: &'a [u8],
    halt: bool,
}

#[cfg(test)]
impl<'a> Halting<'a> {
    /// Gives these, and nothing every second time.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, halt: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::io::AsyncReadExt;

    impl AsyncRead for Halting<'_> {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            self.halt = !self.halt;
            if self.halt {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(io::Read::read(&mut self.bytes, bytes))
        }
    }

    fn read_in(part: usize, all: &[u8]) -> (Vec<u8>, usize) {
        let mut ahead = ReadAhead::new(Halting::new(all));
        let (mut read, mut held) = (Vec::new(), 0);
        let mut buffer = vec![0; part];
        block_on(async {
            loop {
                let bytes = ahead.read(&mut buffer).await.unwrap();
                held = held.max(ahead.buffer.len());
                if bytes == 0 {
                    break;
                }
                read.extend_from_slice(&buffer[..bytes]);
            }
        });
        assert_eq!(ahead.buffer.len(), 0);
        (read, held)
    }

    #[test]
    fn all_comes_in_order_and_the_buffer_goes() {
        let all: Vec<u8> = (0..300_000_u32).map(|number| number as u8).collect();
        for part in [1, 100, 4096, AHEAD_BYTES, 100_000] {
            assert_eq!(read_in(part, &all).0, all, "{part}");
        }
    }

    #[test]
    fn little_needs_no_buffer() {
        assert_eq!(read_in(4096, &[7; 4000]), (vec![7; 4000], 0));
        assert_eq!(read_in(4096, &[7; 9000]).1, AHEAD_BYTES);
    }
}
