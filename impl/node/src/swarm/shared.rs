//! Spec: spec/node/swarm.md
//!
//! What the handle, the swarm's task and the tasks of connections have in common.

use super::bandwidth::Bandwidth;
use super::book::Book;
use super::config::Config;
use super::connections::{Connection, Table};
use super::events::{Event, Events, Subscribers};
use super::filters::Filters;
use super::handler::{OpenError, OpenRequest};
use super::identify::{self, Info, Own};
use super::limits::Limits;
use super::metrics::Counters;
use super::peering::Peering;
use super::registry::Registry;
use super::stream::Stream;
use super::trim::Standings;
use super::{Multiaddr, PeerId, announce, lock, ping};
use libp2p::identity::Keypair;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, oneshot};

pub(super) struct Shared {
    pub(super) key: Keypair,
    pub(super) peer_id: PeerId,
    pub(super) config: Config,
    pub(super) table: Table,
    pub(super) registry: Arc<Registry>,
    pub(super) limits: Limits,
    pub(super) filters: Filters,
    pub(super) bandwidth: Bandwidth,
    pub(super) book: Book,
    pub(super) subscribers: Subscribers,
    pub(super) standings: Standings,
    pub(super) peering: Peering,
    pub(super) counters: Counters,
    /// Where this node listens.
    pub(super) listening: Mutex<Vec<Multiaddr>>,
    /// Something changed that others are told.
    pub(super) own_changed: Notify,
}

impl Shared {
    pub(super) fn new(key: Keypair, config: Config) -> Arc<Self> {
        Arc::new(Self {
            peer_id: key.public().to_peer_id(),
            key,
            table: Table::default(),
            registry: Arc::new(Registry::new()),
            limits: Limits::new(config.limits.clone()),
            filters: Filters::new(config.filters.clone()),
            bandwidth: Bandwidth::default(),
            book: Book::default(),
            subscribers: Subscribers::default(),
            standings: Standings::default(),
            peering: Peering::default(),
            counters: Counters::default(),
            listening: Mutex::default(),
            own_changed: Notify::new(),
            config,
        })
    }

    /// What every node answers.
    pub(super) fn answer_basic_protocols(self: Arc<Self>) {
        // The registry is part of what the answers need: they must not keep it alive.
        let weak = Arc::downgrade(&self);
        let answers = [identify::PROTOCOL, identify::PUSH];
        for protocol in answers {
            let weak = weak.clone();
            let answer = move |stream: Stream| {
                let Some(shared) = weak.upgrade() else { return };
                if protocol == identify::PUSH {
                    tokio::spawn(identify::hear(shared, stream));
                } else {
                    tokio::spawn(identify::answer(shared, stream));
                }
            };
            let _ = self.registry.answer(protocol, answer);
        }
        let _ =
            self.registry.answer(ping::PROTOCOL, |stream| drop(tokio::spawn(ping::answer(stream))));
    }

    pub(super) fn announced(&self) -> Vec<Multiaddr> {
        announce::announced(&self.config.announcing, &lock(&self.listening))
    }

    /// What others are told.
    pub(super) fn own(&self) -> Own {
        Own {
            key: self.key.clone(),
            agent_version: self.config.agent_version.clone(),
            protocols: self.registry.names().iter().map(ToString::to_string).collect(),
            addresses: self.announced(),
        }
    }

    /// The connection stands.
    pub(super) fn on_connection(self: &Arc<Self>, connection: &Arc<Connection>) {
        self.book.set_connected(connection.peer, true);
        self.counters.opened(connection);
        tokio::spawn(identify::ask(self.clone(), connection.clone()));
    }

    /// The last connection to the peer is gone.
    pub(super) fn on_peer_gone(&self, peer: &PeerId) {
        self.book.set_connected(*peer, false);
        self.standings.gone(peer);
    }

    /// Identifying the other side of the connection has ended, well or not.
    pub(super) fn asked(&self, connection: &Connection) {
        connection.identified.send_replace(true);
    }

    pub(super) fn identified(&self, peer: PeerId, info: Info) {
        let protocols: Arc<[String]> = info.protocols.iter().cloned().collect();
        self.book.identified(peer, Arc::new(info));
        if self.table.is_connected(&peer) {
            self.subscribers.tell(&Event::Protocols(peer, protocols));
        }
    }

    pub(super) fn subscribe(&self) -> Events {
        let about = |peer| {
            let protocols = self
                .book
                .info(&peer)
                .map(|info| Event::Protocols(peer, info.protocols.iter().cloned().collect()));
            [Some(Event::Connected(peer)), protocols].into_iter().flatten()
        };
        self.subscribers.subscribe(|| self.table.peers().into_iter().flat_map(about))
    }

    pub(super) async fn open(&self, peer: PeerId, protocols: &[&str]) -> Result<Stream, OpenError> {
        // The oldest first: both sides agree on it when there are several.
        for connection in self.table.of(&peer) {
            match self.open_on(&connection, protocols).await {
                Err(OpenError::NotConnected(_)) => {}
                result => return result,
            }
        }
        Err(OpenError::NotConnected(peer))
    }

    pub(super) async fn open_on(
        &self,
        connection: &Connection,
        protocols: &[&str],
    ) -> Result<Stream, OpenError> {
        let (reply, answer) = oneshot::channel();
        let protocols = protocols.iter().map(|&name| name.into()).collect();
        let gone = || OpenError::NotConnected(connection.peer);
        let request = OpenRequest { protocols, reply };
        connection.requests.send(request).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}
