//! Spec: spec/node/swarm.md
//!
//! Yamux frames of any length, in pieces that the library takes: it ends a connection at a frame of
//! more than 1 MiB, and some peers fill a whole window with one.

use super::muxer::{GROWTH_BYTES_MAX, WINDOW_BYTES};
use futures::io::AsyncRead;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Longest data that the library takes in one frame, in bytes.
const PIECE_BYTES_MAX: u32 = 1 << 20;

/// Longest data that any window allows, in bytes.
const FRAME_BYTES_MAX: u32 = (WINDOW_BYTES + GROWTH_BYTES_MAX) as u32;

/// Version, type, flags (2), stream (4), length (4).
const HEAD_BYTES: usize = 12;
/// The type of frames whose length is that of what follows.
const DATA: u8 = 0;
/// Flags that end a stream: they stand at its last piece.
const ENDS: u16 = 4 | 8;

/// What is known of the frame that is being read.
#[derive(Debug)]
pub(super) struct FrameLimit {
    head: [u8; HEAD_BYTES],
    /// Bytes of a head that came.
    came: usize,
    /// Bytes of a head that were handed on; all of them while the next one comes.
    given: usize,
    /// Data of this piece, and of its frame after it, that is still to come.
    piece: u32,
    rest: u32,
    /// Of the whole frame.
    flags: u16,
}

impl FrameLimit {
    pub(super) fn new() -> Self {
        Self { head: [0; HEAD_BYTES], came: 0, given: HEAD_BYTES, piece: 0, rest: 0, flags: 0 }
    }

    /// A head has come whole.
    fn begin(&mut self) -> io::Result<()> {
        (self.came, self.given) = (0, 0);
        if self.head[1] == DATA {
            let [.., a, b, c, d] = self.head;
            self.rest = u32::from_be_bytes([a, b, c, d]);
            self.flags = u16::from_be_bytes([self.head[2], self.head[3]]);
            if self.rest > FRAME_BYTES_MAX {
                let text = format!("yamux frame of {} bytes: no window is as large", self.rest);
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
            self.next_piece();
        }
        Ok(())
    }

    /// Writes the head of the next piece.
    fn next_piece(&mut self) {
        self.piece = self.rest.min(PIECE_BYTES_MAX);
        self.rest -= self.piece;
        let flags = if self.rest == 0 { self.flags } else { self.flags & !ENDS };
        // What opens or acknowledges a stream does so once.
        self.flags &= ENDS;
        self.head[2..4].copy_from_slice(&flags.to_be_bytes());
        self.head[8..].copy_from_slice(&self.piece.to_be_bytes());
    }

    /// Reads from the socket what the library is to see.
    // spec: swarm.long-frames
    pub(super) fn poll<S: AsyncRead + ?Sized>(
        &mut self,
        mut socket: Pin<&mut S>,
        cx: &mut Context<'_>,
        bytes: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        loop {
            if self.given < HEAD_BYTES {
                let part = bytes.len().min(HEAD_BYTES - self.given);
                bytes[..part].copy_from_slice(&self.head[self.given..self.given + part]);
                self.given += part;
                return Poll::Ready(Ok(part));
            }
            if self.piece > 0 {
                let part = bytes.len().min(self.piece as usize);
                let read = ready!(socket.as_mut().poll_read(cx, &mut bytes[..part]))?;
                self.piece -= read as u32;
                return Poll::Ready(Ok(read));
            }
            if self.rest > 0 {
                self.next_piece();
                self.given = 0;
                continue;
            }
            let read = ready!(socket.as_mut().poll_read(cx, &mut self.head[self.came..]))?;
            self.came += read;
            match (read, self.came) {
                (0, 0) => return Poll::Ready(Ok(0)),
                (0, _) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                (_, HEAD_BYTES) => self.begin()?,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swarm::read_ahead::Halting;
    use futures::executor::block_on;
    use std::future::poll_fn;

    fn head(kind: u8, flags: u16, length: u32) -> Vec<u8> {
        let stream = 7_u32.to_be_bytes();
        [&[0, kind][..], &flags.to_be_bytes(), &stream, &length.to_be_bytes()].concat()
    }

    fn read(all: &[u8], part: usize) -> io::Result<Vec<u8>> {
        let (mut limit, mut socket) = (FrameLimit::new(), Halting::new(all));
        let (mut read, mut buffer) = (Vec::new(), vec![0; part]);
        block_on(async {
            loop {
                let next = poll_fn(|cx| limit.poll(Pin::new(&mut socket), cx, &mut buffer));
                match next.await? {
                    0 => return Ok(read),
                    bytes => read.extend_from_slice(&buffer[..bytes]),
                }
            }
        })
    }

    #[test]
    fn short_frames_and_others_are_as_they_were() {
        let data = vec![5; 3000];
        // A window update and a ping, whose lengths are none, between two frames of data.
        let heads = [head(0, 1, 3000), head(1, 0, u32::MAX), head(2, 1, 1 << 30), head(0, 4, 0)];
        let all = [&heads[0], &data, &heads[1], &heads[2], &heads[3]].map(|part| part.clone());
        for part in [1, 7, 12, 13, 5000] {
            assert_eq!(read(&all.concat(), part).unwrap(), all.concat(), "{part}");
        }
    }

    #[test]
    fn a_long_frame_comes_in_pieces() {
        let piece = PIECE_BYTES_MAX as usize;
        let data: Vec<u8> = (0..2 * piece + 5).map(|at| (at % 251) as u8).collect();
        let all = [head(0, 1 | 4, data.len() as u32), data.clone(), head(0, 0, 0)].concat();
        let want = [
            head(0, 1, PIECE_BYTES_MAX),
            data[..piece].to_vec(),
            head(0, 0, PIECE_BYTES_MAX),
            data[piece..2 * piece].to_vec(),
            head(0, 4, 5),
            data[2 * piece..].to_vec(),
            head(0, 0, 0),
        ];
        assert!(read(&all, 100_000).unwrap() == want.concat());
    }

    #[test]
    fn what_no_window_allows_is_refused_at_its_head() {
        assert!(read(&head(0, 0, FRAME_BYTES_MAX), 100).is_ok());
        assert!(read(&head(0, 0, FRAME_BYTES_MAX + 1), 100).is_err());
    }

    #[test]
    fn an_end_in_the_middle_is_one() {
        assert!(read(&head(0, 0, 9)[..5], 100).is_err());
        assert_eq!(read(&[head(0, 0, 9), vec![1; 4]].concat(), 100).unwrap().len(), 16);
    }
}
