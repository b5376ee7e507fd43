//! A libp2p connection in our hands: streams both ways, negotiated by us, and nothing done unasked
//! but identify and ping, without which no implementation talks to a peer for long.

use super::identify;
use super::negotiate;
use super::peer::Inbox;
use futures::io::AsyncWriteExt;
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerExt, SubstreamBox};
use libp2p::core::transport::{Boxed, DialOpts, PortUse};
use libp2p::core::{Endpoint, upgrade::Version};
use libp2p::identity::Keypair;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId, Transport, noise, quic, tcp, tls, yamux};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};

/// Streams that cases may have asked for and not got, at most.
const REQUESTS_MAX: usize = 1024;

/// The threads on which connections live.
pub(super) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().build().expect("threads can be started")
    })
}

/// How a dialler secures TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// Noise, which everyone speaks.
    #[default]
    Noise,
    /// TLS.
    Tls,
}

pub(super) type Muxed = Boxed<(PeerId, StreamMuxerBox)>;

/// TCP and QUIC.
pub(super) fn transport(key: &Keypair, security: Security) -> io::Result<Muxed> {
    let tcp = || tcp::tokio::Transport::new(tcp::Config::default().nodelay(true));
    let noise = noise::Config::new(key).map_err(io::Error::other)?;
    let tls = tls::Config::new(key).map_err(io::Error::other)?;
    let streams = yamux::Config::default;
    let tcp = match security {
        Security::Noise => {
            tcp().upgrade(Version::V1).authenticate(noise).multiplex(streams()).boxed()
        }
        Security::Tls => tcp().upgrade(Version::V1).authenticate(tls).multiplex(streams()).boxed(),
    };
    let quic = quic::tokio::Transport::new(quic::Config::new(key));
    Ok(tcp
        .or_transport(quic)
        .map(|either, _| match either {
            futures::future::Either::Left((peer, muxer)) => (peer, muxer),
            futures::future::Either::Right((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
        })
        .boxed())
}

/// What our side of a connection is like.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The protocols that we take and that identify names, beside identify and ping.
    pub protocols: Vec<String>,
    /// How TCP is secured.
    pub security: Security,
    /// Whether identify is answered.
    pub identifies: bool,
}

impl Default for Profile {
    fn default() -> Self {
        let protocols = [super::message::V120, super::message::V110, super::message::V100];
        let protocols = protocols.map(str::to_owned).to_vec();
        Self { protocols, security: Security::default(), identifies: true }
    }
}

impl Profile {
    /// Speaks these protocols only.
    pub fn speaking(protocols: &[&str]) -> Self {
        let protocols = protocols.iter().map(|&name| name.to_owned()).collect();
        Self { protocols, ..Self::default() }
    }
}

type Request = oneshot::Sender<io::Result<SubstreamBox>>;

/// A connection that we dialled. It is closed when dropped.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) remote: PeerId,
    requests: mpsc::Sender<Request>,
    gone: Arc<AtomicBool>,
}

impl Connection {
    /// Dials an address; streams of the other side go to `inbox`.
    pub(super) async fn dial(
        address: &Multiaddr,
        key: &Keypair,
        profile: &Profile,
        inbox: Arc<Inbox>,
    ) -> io::Result<Self> {
        let mut address = address.clone();
        let wanted = match address.iter().last() {
            Some(Protocol::P2p(id)) => address.pop().map(|_| id),
            _ => None,
        };
        let options = DialOpts { role: Endpoint::Dialer, port_use: PortUse::New };
        let mut transport = transport(key, profile.security)?;
        let dial = transport.dial(address, options).map_err(io::Error::other)?;
        let (remote, muxer) = dial.await.map_err(io::Error::other)?;
        if wanted.is_some_and(|id| id != remote) {
            return Err(io::Error::other(format!("{remote} answers, not {wanted:?}")));
        }
        let (requests, orders) = mpsc::channel(REQUESTS_MAX);
        let gone = Arc::new(AtomicBool::new(false));
        let end = gone.clone();
        let served = Served { key: key.clone(), profile: profile.clone(), inbox };
        tokio::spawn(async move {
            drive(muxer, orders, Arc::new(served)).await;
            end.store(true, Ordering::SeqCst);
            // A QUIC connection lives in its transport.
            drop(transport);
        });
        Ok(Self { remote, requests, gone })
    }

    /// Whether the other side has closed it.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }

    /// Opens a stream, without a protocol.
    pub(super) async fn open(&self) -> io::Result<SubstreamBox> {
        let (sender, receiver) = oneshot::channel();
        let closed = || io::Error::other("the connection is closed");
        self.requests.send(sender).await.map_err(|_| closed())?;
        receiver.await.map_err(|_| closed())?
    }
}

/// Serves what the other side opens.
struct Served {
    key: Keypair,
    profile: Profile,
    inbox: Arc<Inbox>,
}

impl Served {
    async fn serve(&self, mut stream: SubstreamBox) -> io::Result<()> {
        let takes = |name: &str| {
            self.profile.protocols.iter().any(|own| own == name)
                || name == identify::PUSH
                || name == identify::PING
                || (name == identify::ID && self.profile.identifies)
        };
        let Some(protocol) = negotiate::accept(&mut stream, takes).await? else { return Ok(()) };
        match protocol.as_str() {
            identify::ID => {
                let mut names = self.profile.protocols.clone();
                names.extend([identify::ID, identify::PUSH, identify::PING].map(str::to_owned));
                let told = identify::Identify::of(&self.key, names);
                stream.write_all(&super::message::frame(&told.encode())).await?;
                stream.close().await
            }
            identify::PUSH => {
                let bytes = identify::read(&mut stream).await?;
                self.inbox.pushed(bytes);
                Ok(())
            }
            identify::PING => identify::echo(&mut stream).await,
            _ => self.inbox.listen(protocol, stream).await,
        }
    }
}

enum Event {
    Inbound(SubstreamBox),
    Gone,
    Close,
}

/// Drives a connection till either side closes it.
async fn drive(
    mut muxer: StreamMuxerBox,
    mut orders: mpsc::Receiver<Request>,
    served: Arc<Served>,
) {
    let mut waiting: VecDeque<Request> = VecDeque::new();
    loop {
        let event = poll_fn(|cx| {
            while let Poll::Ready(order) = orders.poll_recv(cx) {
                match order {
                    Some(order) => waiting.push_back(order),
                    None => return Poll::Ready(Event::Close),
                }
            }
            while !waiting.is_empty() {
                match muxer.poll_outbound_unpin(cx) {
                    Poll::Ready(Ok(stream)) => {
                        // Whoever asked may have gone.
                        let _ = waiting.pop_front().map(|order| order.send(Ok(stream)));
                    }
                    Poll::Ready(Err(_)) => return Poll::Ready(Event::Gone),
                    Poll::Pending => break,
                }
            }
            match muxer.poll_inbound_unpin(cx) {
                Poll::Ready(Ok(stream)) => return Poll::Ready(Event::Inbound(stream)),
                Poll::Ready(Err(_)) => return Poll::Ready(Event::Gone),
                Poll::Pending => {}
            }
            match muxer.poll_unpin(cx) {
                Poll::Ready(Err(_)) => Poll::Ready(Event::Gone),
                Poll::Ready(Ok(_)) => {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
        match event {
            Event::Inbound(stream) => {
                let served = served.clone();
                // What goes wrong on one stream is that stream's end.
                tokio::spawn(async move { served.serve(stream).await });
            }
            Event::Gone => return,
            Event::Close => {
                let _ = tokio::time::timeout(Duration::from_secs(1), muxer.close()).await;
                return;
            }
        }
    }
}
