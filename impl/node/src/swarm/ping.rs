//! Spec: spec/protocol/ping.md
//!
//! `/ipfs/ping/1.0.0`: 32 bytes there and back. Nobody pings unless asked to.

use super::shared::Shared;
use super::stream::Stream;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) const PROTOCOL: &str = "/ipfs/ping/1.0.0";

const BYTES: usize = 32;

/// Longest wait for an answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// Silence after which the answering side gives up.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// Answers until the other side ends or falls silent.
// spec: ping.echo, ping.end, ping.bounded
pub(super) async fn answer(mut stream: Stream) {
    let mut bytes = [0; BYTES];
    loop {
        let round = async {
            stream.read_exact(&mut bytes).await?;
            stream.write_all(&bytes).await?;
            stream.flush().await
        };
        match tokio::time::timeout(IDLE_MAX, round).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let _ = stream.close().await;
                return;
            }
            _ => return,
        }
    }
}

/// A conversation that measures round trips.
pub struct Pinger {
    stream: Stream,
    shared: Arc<Shared>,
    round: u64,
}

/// Why a ping failed.
#[derive(Debug, thiserror::Error)]
pub enum PingError {
    /// No answer in time.
    #[error("context deadline exceeded")]
    Timeout,
    /// Other bytes came back.
    #[error("ping packet was incorrect")]
    Wrong,
    /// The stream broke.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Pinger {
    pub(super) fn new(stream: Stream, shared: Arc<Shared>) -> Self {
        Self { stream, shared, round: 0 }
    }

    /// One round trip.
    ///
    /// # Errors
    /// When the answer is wrong, late or missing.
    pub async fn ping(&mut self) -> Result<Duration, PingError> {
        self.round += 1;
        let bytes = payload(self.round);
        let start = Instant::now();
        let round = async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await?;
            let mut answer = [0; BYTES];
            self.stream.read_exact(&mut answer).await?;
            Ok::<_, io::Error>(answer)
        };
        let answer =
            tokio::time::timeout(TIMEOUT, round).await.map_err(|_| PingError::Timeout)??;
        if answer != bytes {
            return Err(PingError::Wrong);
        }
        let round_trip = start.elapsed();
        self.shared.book.measured(self.stream.peer(), round_trip);
        Ok(round_trip)
    }
}

/// Bytes that differ from those of other rounds and other nodes.
fn payload(round: u64) -> [u8; BYTES] {
    use std::hash::{BuildHasher, RandomState};
    let mut bytes = [0; BYTES];
    for (index, piece) in bytes.chunks_mut(8).enumerate() {
        let piece_number = (round, index);
        piece.copy_from_slice(&RandomState::new().hash_one(piece_number).to_le_bytes());
    }
    bytes
}
