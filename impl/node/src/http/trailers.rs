//! Spec: spec/node/http.md
//!
//! Trailers for clients that don't ask for them.
//!
//! The RPC reports failures after the first result in a trailer, and its clients read it without
//! saying `TE: trailers`, which hyper insists on. So that line is added to each request as it is
//! read: behind its first line, and only when the message before it is known to have ended. A
//! client that sends requests ahead of answers gets no trailers.

use super::body::Watch;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const LINE: &[u8] = b"TE: trailers\r\n";

/// Bytes read at once.
const READ_BYTES: usize = 16 << 10;

/// Ends of messages, as the service sees them: of each request's body and of each answer's body.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends(Arc<AtomicU32>);

impl Watch for Ends {
    fn end(&mut self) {
        self.add();
    }
}

impl Ends {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    fn count(&self) -> u32 {
        self.0.load(Ordering::Acquire)
    }
}

// spec: http.trailers-unasked
/// A connection that asks for trailers in the name of its client.
pub(super) struct Asking<S> {
    stream: S,
    ends: Ends,
    /// Requests whose first line has passed.
    requests: u32,
    /// Bytes of the first line so far; `None` behind it.
    line: Option<usize>,
    read: Vec<u8>,
    given: usize,
}

impl<S> Asking<S> {
    pub(super) fn new(stream: S, ends: Ends) -> Self {
        Self { stream, ends, requests: 0, line: Some(0), read: Vec::new(), given: 0 }
    }

    /// Adds the line behind the first line of a request.
    fn take(&mut self, bytes: &[u8]) {
        if self.line.is_none() && self.ends.count() == 2 * self.requests {
            self.line = Some(0);
        }
        let Some(seen) = self.line else { return self.read.extend_from_slice(bytes) };
        let mut seen = seen;
        for (at, &byte) in bytes.iter().enumerate() {
            match byte {
                // Empty lines before a request are skipped by servers.
                b'\r' | b'\n' if seen == 0 => {}
                b'\n' => {
                    self.requests += 1;
                    self.line = None;
                    self.read.extend_from_slice(&bytes[..=at]);
                    self.read.extend_from_slice(LINE);
                    self.read.extend_from_slice(&bytes[at + 1..]);
                    return;
                }
                _ => seen += 1,
            }
        }
        self.line = Some(seen);
        self.read.extend_from_slice(bytes);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Asking<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = &mut *self;
        if this.given == this.read.len() {
            // Inside a message nothing is added: no detour.
            if this.line.is_none() && this.ends.count() != 2 * this.requests {
                return Pin::new(&mut this.stream).poll_read(context, into);
            }
            this.read.clear();
            this.given = 0;
            let mut bytes = [0; READ_BYTES];
            let mut buffer = ReadBuf::new(&mut bytes);
            std::task::ready!(Pin::new(&mut this.stream).poll_read(context, &mut buffer))?;
            this.take(buffer.filled());
        }
        let bytes = (this.read.len() - this.given).min(into.remaining());
        into.put_slice(&this.read[this.given..this.given + bytes]);
        this.given += bytes;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Asking<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_comes_behind_the_first_line_of_each_request() {
        for step in [1, 3, 100] {
            let ends = Ends::default();
            let mut asking = Asking::new((), ends.clone());
            for piece in b"\r\nPOST / HTTP/1.1\r\nA: b\r\n\r\nbody\nmore".chunks(step) {
                asking.take(piece);
            }
            ends.add();
            asking.take(b"POST ahead\n");
            ends.add();
            asking.take(b"GET / HTTP/1.1\r\n\r\n");
            let text = String::from_utf8(asking.read).unwrap();
            assert_eq!(
                text,
                "\r\nPOST / HTTP/1.1\r\nTE: trailers\r\nA: b\r\n\r\nbody\nmorePOST ahead\n\
                 GET / HTTP/1.1\r\nTE: trailers\r\n\r\n"
            );
        }
    }
}
