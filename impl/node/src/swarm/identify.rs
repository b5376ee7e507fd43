//! Spec: spec/protocol/identify.md
//!
//! `/ipfs/id/1.0.0` and `/ipfs/id/push/1.0.0`: both sides tell who they are, what they speak and
//! where they listen.

mod message;

pub use message::Info;
pub(super) use message::{MESSAGE_BYTES_MAX, Own};

use super::connections::Connection;
use super::handler::OpenError;
use super::stream::Stream;
use super::{Multiaddr, PeerId, Shared, lock};
use futures::io::{AsyncReadExt, AsyncWriteExt};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::sync::Semaphore;

pub(super) const PROTOCOL: &str = "/ipfs/id/1.0.0";
pub(super) const PUSH: &str = "/ipfs/id/push/1.0.0";

/// Longest time for one exchange.
const EXCHANGE_TIME_MAX: Duration = Duration::from_secs(30);

/// Peers told at once of a change.
const PUSHES_MAX: usize = 32;

/// Pause between a change and telling of it.
const PUSH_DELAY: Duration = Duration::from_millis(200);

/// Messages that together make one answer.
const MESSAGES_MAX: usize = 10;

/// Why a peer could not be identified.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("identify: {0}")]
    Io(#[from] io::Error),
    #[error("identify: message of {0} bytes, at most {MESSAGE_BYTES_MAX} are read")]
    Large(u64),
    #[error("identify: not a message")]
    Invalid,
    #[error("identify: the key is not that of {0}")]
    Key(PeerId),
    #[error("identify: no answer within {} s", EXCHANGE_TIME_MAX.as_secs())]
    Timeout,
}

// spec: identify.asks
/// Asks the other side of a connection who it is.
pub(super) async fn ask(shared: Arc<Shared>, connection: Arc<Connection>) {
    let exchange = async {
        let stream = shared.open_on(&connection, &[PROTOCOL]).await?;
        receive(&shared, stream, Told::Asked).await
    };
    let result = tokio::time::timeout(EXCHANGE_TIME_MAX, exchange).await;
    match result.unwrap_or(Err(Error::Timeout)) {
        Ok(()) => tracing::debug!("identified {}", connection.peer),
        Err(error) => tracing::debug!("identifying {}: {error}", connection.peer),
    }
    shared.asked(&connection);
}

// spec: identify.asks-many
/// Tells the other side who this is: the answer to `/ipfs/id/1.0.0`.
pub(super) async fn answer(shared: Arc<Shared>, stream: Stream) {
    let _ = tokio::time::timeout(EXCHANGE_TIME_MAX, send(&shared, stream)).await;
}

// spec: identify.push
/// Hears what the other side tells unasked.
pub(super) async fn hear(shared: Arc<Shared>, stream: Stream) {
    let peer = stream.peer();
    let heard =
        tokio::time::timeout(EXCHANGE_TIME_MAX, receive(&shared, stream, Told::Unasked)).await;
    if let Ok(Err(error)) = heard {
        tracing::debug!("pushed by {peer}: {error}");
    }
}

/// Tells one peer unasked what changed.
async fn push(shared: Arc<Shared>, connection: Arc<Connection>) {
    let exchange = async {
        let stream = shared.open_on(&connection, &[PUSH]).await?;
        send(&shared, stream).await.map_err(Error::from)
    };
    if let Ok(Err(error)) = tokio::time::timeout(EXCHANGE_TIME_MAX, exchange).await {
        tracing::debug!("push to {}: {error}", connection.peer);
    }
}

// spec: identify.tells-changes
/// Tells all connected peers whenever protocols or addresses changed, a moment later: changes come
/// in groups. Never ends.
pub(super) async fn push_changes(shared: Arc<Shared>) {
    let mut told = (shared.registry.names(), shared.announced());
    let free = Arc::new(Semaphore::new(PUSHES_MAX));
    loop {
        tokio::select! {
            () = shared.own_changed.notified() => {}
            () = shared.registry.changed() => {}
        }
        tokio::time::sleep(PUSH_DELAY).await;
        let now = (shared.registry.names(), shared.announced());
        if now == told {
            continue;
        }
        told = now;
        for peer in shared.table.peers() {
            let listens = shared.book.info(&peer).is_some_and(|info| info.protocols.contains(PUSH));
            let connection = shared.table.of(&peer).into_iter().next();
            let (true, Some(connection)) = (listens, connection) else { continue };
            let Ok(permit) = free.clone().acquire_owned().await else { return };
            let shared = shared.clone();
            shared.counters.pushes.fetch_add(1, Relaxed);
            tokio::spawn(async move {
                push(shared, connection).await;
                drop(permit);
            });
        }
    }
}

async fn send(shared: &Shared, mut stream: Stream) -> io::Result<()> {
    let observed: Multiaddr = stream.remote_address().clone();
    let messages = shared.own().encode(&observed);
    for message in messages {
        let mut length = unsigned_varint::encode::usize_buffer();
        let length = unsigned_varint::encode::usize(message.len(), &mut length);
        stream.write_all(length).await?;
        stream.write_all(&message).await?;
    }
    stream.close().await
}

/// Why the other side tells who it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Asked,
    Unasked,
}

async fn receive(shared: &Shared, mut stream: Stream, told: Told) -> Result<(), Error> {
    let (mut info, mut messages) = (Info::default(), 0);
    while let Some(message) = read_message(&mut stream).await? {
        // A part taken for the whole would take protocols from the peer.
        if messages == MESSAGES_MAX {
            return Err(Error::Invalid);
        }
        // spec: identify.malformed
        info.merge(&message).map_err(|_| Error::Invalid)?;
        messages += 1;
    }
    // Who says nothing has not said that it speaks nothing.
    if messages == 0 {
        return Err(Error::Invalid);
    }
    let _ = stream.close().await;
    info.check_key(stream.peer()).map_err(|()| Error::Key(stream.peer()))?;
    learn(shared, stream.connection(), told, info);
    Ok(())
}

// spec: identify.push
/// What is told unasked is newer than an answer that comes after it.
fn learn(shared: &Shared, connection: &Connection, told: Told, info: Info) {
    let mut pushed = lock(&connection.pushed);
    if told == Told::Unasked {
        *pushed = true;
    } else if *pushed {
        return;
    }
    shared.identified(connection.peer, info);
}

// spec: identify.size-max
/// One message; `None` at the end.
async fn read_message(stream: &mut Stream) -> Result<Option<Vec<u8>>, Error> {
    let mut length = 0u64;
    for shift in 0.. {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            return if shift == 0 { Ok(None) } else { Err(Error::Invalid) };
        }
        if shift > 4 {
            return Err(Error::Invalid);
        }
        length |= u64::from(byte[0] & 0x7f) << (7 * shift);
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    let size = usize::try_from(length).ok().filter(|size| *size <= MESSAGE_BYTES_MAX);
    let mut message = vec![0; size.ok_or(Error::Large(length))?];
    stream.read_exact(&mut message).await?;
    Ok(Some(message))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{TCP, config};
    use super::super::{Direction, Keypair};
    use super::*;
    use libp2p::swarm::ConnectionId;

    /// spec: identify.push
    #[test]
    fn an_answer_does_not_replace_what_was_pushed() {
        let shared = Shared::new(Keypair::generate_ed25519(), config(&[TCP]));
        let (requests, _) = tokio::sync::mpsc::channel(1);
        let (id, peer) = (ConnectionId::new_unchecked(1), PeerId::random());
        let (way, remote) = (Direction::Inbound, TCP.parse().unwrap());
        let connection = Connection::new(id, peer, way, remote, requests, [None, None]);
        let version = || shared.book.info(&peer).unwrap().agent_version.clone();
        for (told, agent, known) in [
            (Told::Asked, "1", "1"),
            (Told::Unasked, "2", "2"),
            (Told::Asked, "1", "2"),
            (Told::Unasked, "3", "3"),
        ] {
            let agent_version = agent.to_owned();
            learn(&shared, &connection, told, Info { agent_version, ..Info::default() });
            assert_eq!(version(), known);
        }
    }
}
