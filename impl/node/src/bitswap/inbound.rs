//! Spec: spec/protocol/bitswap.md
//!
//! What others send: a task for each stream. It hands on wants and presences at once, so that
//! further blocks are asked for before those that came are hashed; it waits only when too many
//! bytes have not been hashed yet, never for something to be written.

use super::drive::{Shared, own};
use super::reader::{MessageReader, ReadError, Room};
use super::session::Arrived;
use crate::swarm::{Inbound, PeerId, Stream};
use bytes::Bytes;
use ipfs_data::block::Block;
use ipfs_data::cid::Cid;
use ipfs_protocol::PeerId as OwnId;
use ipfs_protocol::bitswap::{Input, Payload, Verdict, decode};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

/// Streams of one peer that are read at the same time; further ones are reset. The reference opens
/// one for each message and does not wait for it to be read.
const STREAMS_PER_PEER_MAX: usize = 512;

/// Bytes of messages of one peer that are being read.
const READING_BYTES_PER_PEER_MAX: usize = 8 << 20;

/// Blocks up to this size are copied: as parts of their message they would keep all of it in memory
/// as long as one of them is needed.
const COPIED_BYTES_MAX: usize = 32 << 10;

/// One peer's streams.
struct Streams {
    reading: Arc<Semaphore>,
    count: usize,
}

/// Reads all streams until the swarm ends.
pub(super) async fn run(shared: Arc<Shared>, mut inbound: Inbound) {
    let mut peers: HashMap<PeerId, Streams> = HashMap::new();
    let mut readers: JoinSet<PeerId> = JoinSet::new();
    loop {
        tokio::select! {
            stream = inbound.next() => {
                let Some(stream) = stream else { return };
                let peer = stream.peer();
                let streams = peers.entry(peer).or_insert_with(|| Streams {
                    reading: Arc::new(Semaphore::new(READING_BYTES_PER_PEER_MAX >> 10)),
                    count: 0,
                });
                // spec: bitswap.streams-per-peer
                if streams.count >= STREAMS_PER_PEER_MAX {
                    tracing::debug!("{peer} has {STREAMS_PER_PEER_MAX} bitswap streams open");
                    continue;
                }
                streams.count += 1;
                readers.spawn(read(shared.clone(), stream, streams.reading.clone()));
            }
            Some(done) = readers.join_next() => {
                let Ok(peer) = done else { continue };
                if let Some(streams) = peers.get_mut(&peer) {
                    streams.count -= 1;
                    if streams.count == 0 {
                        peers.remove(&peer);
                    }
                }
            }
        }
    }
}

// spec: bitswap.many-streams
// spec: bitswap.half-closed
async fn read(shared: Arc<Shared>, stream: Stream, reading: Arc<Semaphore>) -> PeerId {
    let peer = stream.peer();
    let Some(own) = own(&peer) else { return peer };
    shared.connected(peer);
    let mut reader = MessageReader::new(stream);
    let room = Room { peer: &reading, all: &shared.reading };
    let alive = || shared.tell_bitswap(Input::Receiving { peer: own });
    loop {
        let bytes = match reader.next(&room, alive).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return peer,
            Err(error) => {
                if matches!(error, ReadError::Length(_)) {
                    shared.tell_bitswap(Input::Malformed { peer: own });
                }
                tracing::debug!("bitswap stream of {peer}: {error}");
                return peer;
            }
        };
        let message = match decode(&bytes) {
            Ok(message) => message,
            // spec: bitswap.malformed
            Err(error) => {
                tracing::debug!("{peer}: {error}");
                shared.tell_bitswap(Input::Malformed { peer: own });
                return peer;
            }
        };
        // spec: bitswap.refill-before-hashing
        let (message, payload) = message.into_parts();
        shared.tell_bitswap(Input::Message { peer: own, message });
        if payload.is_empty() {
            continue;
        }
        let kib = (bytes.len() >> 10) as u32 + 1;
        let Ok(room) = shared.unchecked.clone().acquire_many_owned(kib).await else {
            return peer;
        };
        let shared = shared.clone();
        tokio::task::spawn_blocking(move || check(&shared, own, payload, room));
    }
}

// spec: bitswap.blocks-verified
/// Names blocks by their hashes and hands on those that are wanted.
fn check(shared: &Arc<Shared>, peer: OwnId, payload: Vec<Payload>, room: OwnedSemaphorePermit) {
    let count = payload.len();
    let named: Vec<(Cid, Payload)> = payload
        .into_iter()
        .filter_map(|payload| Some((payload.prefix.cid_of(&payload.data)?, payload)))
        .collect();
    let sizes = named.iter().map(|(cid, payload)| (*cid, payload.data.len() as u32)).collect();
    let verdicts = shared.checked(peer, sizes, count);
    let room = Arc::new(room);
    for ((cid, payload), verdict) in named.into_iter().zip(verdicts) {
        if let Verdict::Wanted(sessions) = verdict {
            let data = match payload.data.len() <= COPIED_BYTES_MAX {
                true => Bytes::copy_from_slice(&payload.data),
                false => payload.data,
            };
            let block = Block { cid, data };
            shared.deliver(&sessions, &Arrived::block(block, Some(room.clone())));
        }
    }
}
