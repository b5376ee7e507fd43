//! Peers that take every connection and every protocol and do nothing. A case that passes on one of
//! them proves nothing.

use super::connection::{runtime, transport};
use super::{Security, Wire, negotiate};
use futures::StreamExt;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerExt, SubstreamBox};
use libp2p::core::transport::{ListenerId, TransportEvent};
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, Transport};
use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

/// How long cases wait for what never comes.
const PATIENCE: Duration = Duration::from_millis(250);

/// What a null peer does with a stream.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// Takes any protocol, reads, and says nothing.
    Silent,
    /// Takes any protocol, and closes.
    Closing,
    /// Takes any protocol, and sends back what it gets.
    Echoing,
    /// Takes no protocol.
    Refusing,
}

/// Null peers; they live as long as the program.
pub(crate) fn nulls() -> io::Result<Vec<Wire>> {
    [Manner::Silent, Manner::Closing, Manner::Echoing, Manner::Refusing]
        .into_iter()
        .map(|manner| {
            let key = Keypair::generate_ed25519();
            let listen = runtime().block_on(listen(key.clone(), manner))?;
            let address = listen.with_p2p(key.public().to_peer_id()).expect("a fresh address");
            Ok(Wire { address, rpc: None, pid: None, loaded: true, patience: PATIENCE })
        })
        .collect()
}

async fn listen(key: Keypair, manner: Manner) -> io::Result<Multiaddr> {
    let mut transport = transport(&key, Security::Noise)?;
    let anywhere = "/ip4/127.0.0.1/tcp/0".parse().map_err(io::Error::other)?;
    transport.listen_on(ListenerId::next(), anywhere).map_err(io::Error::other)?;
    let address = loop {
        match transport.next().await {
            Some(TransportEvent::NewAddress { listen_addr, .. }) => break listen_addr,
            Some(_) => {}
            None => return Err(io::Error::other("no address")),
        }
    };
    tokio::spawn(async move {
        while let Some(event) = transport.next().await {
            if let TransportEvent::Incoming { upgrade, .. } = event {
                tokio::spawn(async move {
                    if let Ok((_, muxer)) = upgrade.await {
                        take(muxer, manner).await;
                    }
                });
            }
        }
    });
    Ok(address)
}

async fn take(mut muxer: StreamMuxerBox, manner: Manner) {
    loop {
        let next = poll_fn(|cx| {
            if let Poll::Ready(stream) = muxer.poll_inbound_unpin(cx) {
                return Poll::Ready(stream);
            }
            match muxer.poll_unpin(cx) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                _ => Poll::Pending,
            }
        });
        let Ok(stream) = next.await else { return };
        tokio::spawn(async move { treat(stream, manner).await });
    }
}

async fn treat(mut stream: SubstreamBox, manner: Manner) -> io::Result<()> {
    let taken = |_: &str| !matches!(manner, Manner::Refusing);
    negotiate::accept(&mut stream, taken).await?;
    let mut bytes = [0; 4096];
    if matches!(manner, Manner::Closing) {
        return stream.close().await;
    }
    loop {
        let count = stream.read(&mut bytes).await?;
        if count == 0 {
            break;
        }
        if matches!(manner, Manner::Echoing) {
            stream.write_all(&bytes[..count]).await?;
            stream.flush().await?;
        }
    }
    stream.close().await
}
