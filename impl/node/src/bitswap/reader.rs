//! Spec: spec/protocol/bitswap.md
//!
//! Messages from a stream. Memory grows with the bytes that come, not with the length that a peer
//! claims.

use bytes::Bytes;
use futures::io::{AsyncRead, AsyncReadExt};
use ipfs_protocol::bitswap::{CodecError, decode_length};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes that are read at once between messages, and the first part of a message.
const PART_BYTES: usize = 64 << 10;

/// How much a message's buffer grows when it is full.
const GROWTH: usize = 4;

/// Longest wait for the next bytes of a message that has begun.
const STALL_MAX: Duration = Duration::from_secs(60);

/// How often it is told that bytes come.
const SIGN_OF_LIFE: Duration = Duration::from_millis(200);

/// Why no further message can be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// The stream broke.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The length is none, or too much.
    #[error(transparent)]
    Length(#[from] CodecError),
    /// The exchange has ended.
    #[error("the exchange has ended")]
    Ended,
}

/// Reads messages from a stream.
pub(super) struct MessageReader<R> {
    stream: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

/// Bytes that messages being read may take, in KiB: of one peer, and of all.
pub(super) struct Room<'a> {
    pub(super) peer: &'a std::sync::Arc<Semaphore>,
    pub(super) all: &'a std::sync::Arc<Semaphore>,
}

impl Room<'_> {
    async fn take(
        &self,
        bytes: usize,
    ) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), ReadError> {
        let kib = (bytes >> 10) as u32 + 1;
        let own = self.peer.clone().acquire_many_owned(kib).await;
        let all = self.all.clone().acquire_many_owned(kib).await;
        Ok((own.map_err(|_| ReadError::Ended)?, all.map_err(|_| ReadError::Ended)?))
    }
}

impl<R: AsyncRead + Unpin> MessageReader<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream, buffer: vec![0; 4 << 10], start: 0, end: 0 }
    }

    // spec: bitswap.read-bounded
    // spec: bitswap.stalled-stream
    /// The next message; none at the end of the stream. Calls `alive` now and then while a long one
    /// comes.
    pub(super) async fn next(
        &mut self,
        room: &Room<'_>,
        alive: impl Fn(),
    ) -> Result<Option<Bytes>, ReadError> {
        let Some(length) = self.length().await? else { return Ok(None) };
        let _room = match length > PART_BYTES {
            true => Some(room.take(length).await?),
            false => None,
        };
        let mut message = vec![0; length.min(PART_BYTES)];
        let mut filled = (self.end - self.start).min(length);
        message[..filled].copy_from_slice(&self.buffer[self.start..self.start + filled]);
        self.start += filled;
        let mut told = Instant::now();
        while filled < length {
            if filled == message.len() {
                message.resize((filled * GROWTH).min(length), 0);
            }
            let read = self.stream.read(&mut message[filled..]);
            let read = tokio::time::timeout(STALL_MAX, read).await;
            let bytes = read.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
            if bytes == 0 {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
            filled += bytes;
            if told.elapsed() >= SIGN_OF_LIFE {
                told = Instant::now();
                alive();
            }
        }
        Ok(Some(Bytes::from(message)))
    }

    async fn length(&mut self) -> Result<Option<usize>, ReadError> {
        loop {
            if let Some((length, used)) = decode_length(&self.buffer[self.start..self.end])? {
                self.start += used;
                return Ok(Some(length));
            }
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            let bytes = self.stream.read(&mut self.buffer[self.end..]).await?;
            if bytes == 0 {
                return match self.end {
                    0 => Ok(None),
                    _ => Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
                };
            }
            self.end += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::io::Cursor;
    use std::sync::Arc;

    async fn read(bytes: Vec<u8>) -> Vec<Result<Vec<u8>, String>> {
        let (peer, all) = (Arc::new(Semaphore::new(8 << 10)), Arc::new(Semaphore::new(8 << 10)));
        let room = Room { peer: &peer, all: &all };
        let mut reader = MessageReader::new(Cursor::new(bytes));
        let mut messages = Vec::new();
        loop {
            match reader.next(&room, || {}).await {
                Ok(Some(message)) => messages.push(Ok(message.to_vec())),
                Ok(None) => return messages,
                Err(error) => {
                    messages.push(Err(error.to_string()));
                    return messages;
                }
            }
        }
    }

    #[tokio::test]
    async fn messages_follow_each_other() {
        let long = vec![7; 300_000];
        let mut bytes = vec![2, 1, 2, 0];
        bytes.extend_from_slice(&[0xe0, 0xa7, 0x12]);
        bytes.extend_from_slice(&long);
        bytes.extend_from_slice(&[1, 9]);
        assert_eq!(read(bytes).await, [Ok(vec![1, 2]), Ok(vec![]), Ok(long), Ok(vec![9])]);
    }

    #[tokio::test]
    async fn a_claimed_length_is_not_believed() {
        let over = read(vec![0xff, 0xff, 0xff, 0x7f, 1]).await;
        assert!(over[0].as_ref().unwrap_err().contains("at most 4194304"), "{over:?}");
        let short = read(vec![0x80, 0x80, 0x80, 0x02, 1]).await;
        assert_eq!(short, [Err("unexpected end of file".to_owned())]);
    }
}
