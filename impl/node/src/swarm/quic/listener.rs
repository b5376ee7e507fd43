//! Spec: spec/node/swarm.md
//!
//! One address that is listened on: where it can be reached, and who comes.

use super::Error;
use super::connection::{Handshake, shake};
use super::multiaddr;
use super::settings::Settings;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::Stream;
use if_watch::IfEvent;
use if_watch::tokio::IfWatcher;
use libp2p::core::transport::{ListenerId, TransportEvent};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Handshakes under way before further peers must prove that they are where they say.
const UNPROVEN_MAX: usize = 64;

type Event = TransportEvent<Handshake, Error>;

/// See the module.
pub(super) struct Listener {
    id: ListenerId,
    local: SocketAddr,
    endpoint: quinn::Endpoint,
    settings: Arc<Settings>,
    incoming: BoxFuture<'static, Option<quinn::Incoming>>,
    /// Tells the addresses of this machine when all are listened on.
    interfaces: Option<IfWatcher>,
    /// To be told first.
    next: Option<Event>,
    /// Each handshake under way has a clone.
    handshakes: Arc<()>,
    closed: bool,
    waker: Option<Waker>,
}

impl Listener {
    /// Must be called inside the runtime.
    pub(super) fn new(
        id: ListenerId,
        local: SocketAddr,
        settings: Arc<Settings>,
    ) -> io::Result<Self> {
        let endpoint = settings.endpoint(local, true)?;
        let local = endpoint.local_addr()?;
        let all = local.ip().is_unspecified();
        let listen_addr = multiaddr(local);
        Ok(Self {
            id,
            local,
            incoming: next(endpoint.clone()),
            endpoint,
            settings,
            interfaces: if all { Some(IfWatcher::new()?) } else { None },
            next: (!all).then_some(TransportEvent::NewAddress { listener_id: id, listen_addr }),
            handshakes: Arc::new(()),
            closed: false,
            waker: None,
        })
    }

    pub(super) fn id(&self) -> ListenerId {
        self.id
    }

    /// Where it is bound.
    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    pub(super) fn endpoint(&self) -> &quinn::Endpoint {
        &self.endpoint
    }

    /// Whether packets from here get there.
    pub(super) fn reaches(&self, peer: IpAddr) -> bool {
        let own = self.local.ip();
        let same = own.is_loopback() == peer.is_loopback() || own.is_unspecified();
        !self.closed && own.is_ipv4() == peer.is_ipv4() && same
    }

    /// Takes no more connections; those that are there stay. False if that was done before.
    pub(super) fn close(&mut self) -> bool {
        self.endpoint.set_server_config(None);
        self.next = Some(TransportEvent::ListenerClosed { listener_id: self.id, reason: Ok(()) });
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        !std::mem::replace(&mut self.closed, true)
    }

    /// The address of an interface came or went.
    fn poll_interfaces(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        let (listener_id, local) = (self.id, self.local);
        let Some(interfaces) = &mut self.interfaces else { return Poll::Pending };
        loop {
            let (ip, up) = match std::task::ready!(interfaces.poll_if_event(cx)) {
                Ok(IfEvent::Up(net)) => (net.addr(), true),
                Ok(IfEvent::Down(net)) => (net.addr(), false),
                Err(error) => {
                    let error = error.into();
                    return Poll::Ready(TransportEvent::ListenerError { listener_id, error });
                }
            };
            if ip.is_ipv4() != local.is_ipv4() {
                continue;
            }
            let listen_addr = multiaddr(SocketAddr::new(ip, local.port()));
            return Poll::Ready(match up {
                true => TransportEvent::NewAddress { listener_id, listen_addr },
                false => TransportEvent::AddressExpired { listener_id, listen_addr },
            });
        }
    }

    /// Somebody came. Nothing if there is nothing to tell yet.
    fn meet(&self, incoming: quinn::Incoming) -> Option<Event> {
        // spec: swarm.quic-retry
        let many = Arc::strong_count(&self.handshakes) > UNPROVEN_MAX;
        if many && !incoming.remote_address_validated() && incoming.may_retry() {
            if let Err(error) = incoming.retry() {
                tracing::debug!("a connection over QUIC is dropped: {error}");
            }
            return None;
        }
        let peer = incoming.remote_address();
        let connecting = match incoming.accept_with(self.settings.accepting(peer.ip())) {
            Ok(connecting) => connecting,
            Err(error) => {
                let error = error.into();
                return Some(TransportEvent::ListenerError { listener_id: self.id, error });
            }
        };
        let under_way = self.handshakes.clone();
        let upgrade = async move {
            let met = shake(connecting).await;
            drop(under_way);
            met
        };
        Some(TransportEvent::Incoming {
            listener_id: self.id,
            upgrade: upgrade.boxed(),
            local_addr: multiaddr(self.local),
            send_back_addr: multiaddr(peer),
        })
    }
}

impl Stream for Listener {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        loop {
            if let Some(event) = self.next.take() {
                return Poll::Ready(Some(event));
            }
            if self.closed {
                return Poll::Ready(None);
            }
            if let Poll::Ready(event) = self.poll_interfaces(cx) {
                return Poll::Ready(Some(event));
            }
            match self.incoming.poll_unpin(cx) {
                Poll::Ready(Some(incoming)) => {
                    self.incoming = next(self.endpoint.clone());
                    self.next = self.meet(incoming);
                }
                Poll::Ready(None) => {
                    self.close();
                }
                Poll::Pending => {
                    self.waker = Some(cx.waker().clone());
                    return Poll::Pending;
                }
            }
        }
    }
}

/// Who comes next; nobody once the endpoint is closed.
fn next(endpoint: quinn::Endpoint) -> BoxFuture<'static, Option<quinn::Incoming>> {
    async move { endpoint.accept().await }.boxed()
}
