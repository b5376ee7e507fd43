//! Spec: spec/node/swarm.md
//!
//! The part of a connection that negotiates streams. It runs in the task of its connection and
//! hands streams over directly; the swarm's task never sees them.

use super::Shared;
use super::connections::{Connection, Direction};
use super::limits::Exceeded;
use super::stream::Stream;
use futures::future::{Ready, ready};
use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p::swarm::handler::{
    ConnectionEvent, ConnectionHandler, ConnectionHandlerEvent, DialUpgradeError,
    FullyNegotiatedInbound, FullyNegotiatedOutbound, StreamUpgradeError, SubstreamProtocol,
};
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

// spec: swarm.negotiation-time
/// Longest time that the negotiation of a stream takes.
const NEGOTIATION_TIME_MAX: Duration = Duration::from_secs(10);

/// Wishes for streams of one connection that wait for its task; more wait at their callers.
pub(super) const REQUESTS_MAX: usize = 32;

/// Why a stream could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// There is no connection.
    #[error("not connected to {0}")]
    NotConnected(super::PeerId),
    /// The other side speaks none of the protocols.
    #[error("protocols not supported: [{}]", .0.join(" "))]
    Unsupported(Vec<String>),
    /// The other side did not answer in time.
    #[error("failed to negotiate protocol: context deadline exceeded")]
    Timeout,
    /// The connection broke.
    #[error("failed to open stream: {0}")]
    Connection(String),
    /// A limit of this node.
    #[error(transparent)]
    Limit(#[from] Exceeded),
}

/// A wish for a stream.
pub(super) struct OpenRequest {
    pub(super) protocols: Arc<[Arc<str>]>,
    pub(super) reply: oneshot::Sender<Result<Stream, OpenError>>,
}

/// The protocols to offer or to accept. Takes the bare stream.
#[derive(Debug, Clone)]
pub(super) struct Protocols(pub(super) Arc<[Arc<str>]>);

pub(super) struct ProtocolsIter(Arc<[Arc<str>]>, usize);

impl Iterator for ProtocolsIter {
    type Item = Arc<str>;

    fn next(&mut self) -> Option<Arc<str>> {
        let next = self.0.get(self.1).cloned();
        self.1 += 1;
        next
    }
}

impl UpgradeInfo for Protocols {
    type Info = Arc<str>;
    type InfoIter = ProtocolsIter;

    fn protocol_info(&self) -> ProtocolsIter {
        ProtocolsIter(self.0.clone(), 0)
    }
}

type Negotiated = (libp2p::Stream, Arc<str>);

impl InboundUpgrade<libp2p::Stream> for Protocols {
    type Output = Negotiated;
    type Error = Infallible;
    type Future = Ready<Result<Negotiated, Infallible>>;

    fn upgrade_inbound(self, stream: libp2p::Stream, protocol: Arc<str>) -> Self::Future {
        ready(Ok((stream, protocol)))
    }
}

impl OutboundUpgrade<libp2p::Stream> for Protocols {
    type Output = Negotiated;
    type Error = Infallible;
    type Future = Ready<Result<Negotiated, Infallible>>;

    fn upgrade_outbound(self, stream: libp2p::Stream, protocol: Arc<str>) -> Self::Future {
        ready(Ok((stream, protocol)))
    }
}

pub(super) struct Handler {
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    requests: mpsc::Receiver<OpenRequest>,
}

impl Handler {
    pub(super) fn new(
        shared: Arc<Shared>,
        connection: Arc<Connection>,
        requests: mpsc::Receiver<OpenRequest>,
    ) -> Self {
        Self { shared, connection, requests }
    }

    fn stream(
        &self,
        (inner, protocol): Negotiated,
        direction: Direction,
    ) -> Result<Stream, Exceeded> {
        let (id, peer) = (self.connection.id, self.connection.peer);
        let permit = self.shared.limits.stream(id, peer, &protocol, direction)?;
        let meters = self.shared.bandwidth.meters(&protocol, peer);
        let connection = self.connection.clone();
        Ok(Stream::new(inner, protocol, direction, connection, meters, permit))
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Infallible;
    type ToBehaviour = Infallible;
    type InboundProtocol = Protocols;
    type OutboundProtocol = Protocols;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = OpenRequest;

    fn listen_protocol(&self) -> SubstreamProtocol<Protocols> {
        SubstreamProtocol::new(Protocols(self.shared.registry.names()), ())
            .with_timeout(NEGOTIATION_TIME_MAX)
    }

    // spec: swarm.idle-connections
    /// Closing connections is for the connection manager alone.
    fn connection_keep_alive(&self) -> bool {
        true
    }

    // spec: swarm.negotiation
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Protocols, OpenRequest, Infallible>> {
        match self.requests.poll_recv(cx) {
            Poll::Ready(Some(request)) => {
                let protocol =
                    SubstreamProtocol::new(Protocols(request.protocols.clone()), request)
                        .with_timeout(NEGOTIATION_TIME_MAX);
                Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol })
            }
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    fn on_behaviour_event(&mut self, event: Infallible) {
        match event {}
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Protocols, Protocols, (), OpenRequest>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol, ..
            }) => match self.stream(protocol, Direction::Inbound) {
                Ok(stream) => self.shared.registry.hand_over(stream),
                Err(exceeded) => tracing::debug!("inbound stream refused: {exceeded}"),
            },
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol,
                info,
            }) => {
                let result = self.stream(protocol, Direction::Outbound).map_err(OpenError::from);
                let _ = info.reply.send(result);
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, error }) => {
                let error = match error {
                    StreamUpgradeError::Timeout => OpenError::Timeout,
                    StreamUpgradeError::NegotiationFailed => OpenError::Unsupported(
                        info.protocols.iter().map(ToString::to_string).collect(),
                    ),
                    StreamUpgradeError::Io(error) => OpenError::Connection(error.to_string()),
                    StreamUpgradeError::Apply(never) => match never {},
                };
                let _ = info.reply.send(Err(error));
            }
            _ => {}
        }
    }
}
