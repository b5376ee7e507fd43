//! Spec: spec/protocol/bitswap.md
//!
//! What goes to one peer: one stream, kept open. The blocks of the next message are read while one
//! is being written.

use super::drive::Shared;
use crate::swarm::{OpenError, PeerId, Stream};
use bytes::Bytes;
use futures::io::AsyncWriteExt;
use ipfs_data::cid::Cid;
use ipfs_protocol::PeerId as OwnId;
use ipfs_protocol::bitswap::{Bitswap, Input, Outgoing, SendId, Version, encode};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// A message is tried this often, each time on a new stream.
const ATTEMPTS_MAX: u32 = 2;

/// The slowest peer that is written to, in bytes per second.
const SEND_RATE_MIN: usize = 100_000 / 8;

/// Bounds of the time that writing may take.
const SEND_TIME_MIN: Duration = Duration::from_secs(10);
const SEND_TIME_MAX: Duration = Duration::from_secs(120);

/// Longest wait until a peer takes any further bytes while others wait for the room they take.
const STALL_MAX: Duration = Duration::from_secs(10);

/// A message to send.
pub(super) struct Job {
    pub(super) send: SendId,
    pub(super) message: Outgoing,
}

/// A message with its blocks.
struct Loaded {
    job: Job,
    blocks: Vec<(Cid, Bytes)>,
    missing: Vec<Cid>,
}

/// Runs until the peer is gone.
pub(super) async fn run(
    shared: Arc<Shared>,
    peer: PeerId,
    own: OwnId,
    queue: mpsc::UnboundedReceiver<Job>,
) {
    let (loaded, next) = mpsc::channel(1);
    tokio::join!(load(&shared, queue, loaded), write(&shared, peer, own, next));
}

/// Reads the blocks of messages.
async fn load(
    shared: &Arc<Shared>,
    mut queue: mpsc::UnboundedReceiver<Job>,
    loaded: mpsc::Sender<Loaded>,
) {
    while let Some(job) = queue.recv().await {
        let next = match job.message.blocks.is_empty() {
            true => Loaded { job, blocks: Vec::new(), missing: Vec::new() },
            false => {
                let store = shared.store.clone();
                let read = tokio::task::spawn_blocking(move || {
                    let (mut blocks, mut missing) = (Vec::new(), Vec::new());
                    for cid in &job.message.blocks {
                        match store.get(cid) {
                            Ok(data) => blocks.push((*cid, data)),
                            Err(_) => missing.push(*cid),
                        }
                    }
                    Loaded { job, blocks, missing }
                });
                let Ok(next) = read.await else { return };
                next
            }
        };
        if loaded.send(next).await.is_err() {
            return;
        }
    }
}

// spec: bitswap.one-stream
/// Writes messages.
async fn write(shared: &Arc<Shared>, peer: PeerId, own: OwnId, mut next: mpsc::Receiver<Loaded>) {
    let mut stream = None;
    while let Some(Loaded { job, blocks, missing }) = next.recv().await {
        let send = job.send;
        let block_bytes = blocks.iter().map(|(_, data)| data.len() as u64).sum();
        let mut written = false;
        for _ in 0..ATTEMPTS_MAX {
            let (open, version) = match stream.take() {
                Some(open) => open,
                None => match open(shared, peer, own).await {
                    Ok(open) => open,
                    // spec: bitswap.unsupported
                    Err(OpenError::Unsupported(_)) => {
                        tracing::debug!("{peer} does not speak bitswap");
                        let shared = shared.clone();
                        // In a task of its own: it ends this one.
                        tokio::spawn(async move { shared.disconnected(&peer) });
                        return;
                    }
                    Err(error) => {
                        tracing::debug!("no stream to {peer}: {error}");
                        break;
                    }
                },
            };
            match send_once(shared, open, &job.message, &blocks, version).await {
                Ok(open) => {
                    stream = Some((open, version));
                    written = true;
                    break;
                }
                Err(error) => {
                    tracing::debug!("message to {peer}: {error}");
                    // Who takes nothing would take nothing of a new stream either.
                    if error.kind() == std::io::ErrorKind::TimedOut {
                        break;
                    }
                }
            }
        }
        shared.tell_bitswap(match written {
            true => Input::Sent { send, block_bytes, missing },
            false => Input::SendFailed { send },
        });
    }
}

// spec: bitswap.version-fallback
async fn open(
    shared: &Arc<Shared>,
    peer: PeerId,
    own: OwnId,
) -> Result<(Stream, Version), OpenError> {
    let stream = shared.swarm.open(peer, &Version::IDS).await?;
    let version = Version::from_id(stream.protocol()).unwrap_or(Version::V1_2);
    shared.tell_bitswap(Input::Negotiated { peer: own, version });
    Ok((stream, version))
}

// spec: bitswap.send-time
// spec: bitswap.slow-reader
// spec: bitswap.send-stall
/// Writes one message. The stream is gone if that fails, stalls or takes too long.
async fn send_once(
    shared: &Shared,
    mut stream: Stream,
    message: &Outgoing,
    blocks: &[(Cid, Bytes)],
    version: Version,
) -> std::io::Result<Stream> {
    let bytes = encode(message, blocks, version);
    let time = Duration::from_secs((bytes.len() / SEND_RATE_MIN) as u64 + 2);
    let write = async {
        let mut at = 0;
        while at < bytes.len() {
            let written = tokio::time::timeout(STALL_MAX, stream.write(&bytes[at..])).await;
            match written {
                Ok(Ok(0)) => return Err(std::io::ErrorKind::WriteZero.into()),
                Ok(written) => at += written?,
                Err(_) if shared.ask(Bitswap::is_crowded) => {
                    return Err(std::io::ErrorKind::TimedOut.into());
                }
                Err(_) => {}
            }
        }
        stream.flush().await
    };
    match tokio::time::timeout(time.clamp(SEND_TIME_MIN, SEND_TIME_MAX), write).await {
        Ok(result) => result.map(|()| stream),
        Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
    }
}
