//! Spec: spec/node/content.md
//!
//! The network of a daemon: its swarm, and where blocks come from that are not here.

mod bootstrap;
mod exchange;
mod lines;
mod settings;

pub(crate) use lines::listening;

use crate::commands::bitswap::figures::{Receipt, Stat};
use crate::commands::offline::{ACTION, COMMAND};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::request::{Cancel, Request};
use ipfs_data::cid::Cid;
use ipfs_data::key;
use ipfs_node::bitswap::{self, Exchange};
use ipfs_node::content::Providers;
use ipfs_node::content::gateways::Gateways;
use ipfs_node::content::routing::{Delegated, Holder, Routing};
pub(crate) use ipfs_node::swarm::PeerId;
use ipfs_node::swarm::{DialError, Swarm};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How often a wait looks whether the command was stopped.
const CANCEL_LOOK: Duration = Duration::from_millis(20);

/// The network of a daemon that was not started with `--offline`.
pub(crate) struct Network {
    runtime: Handle,
    swarm: Swarm,
    routing: Arc<Delegated>,
    exchange: Option<Exchange>,
    providers: Arc<Providers>,
}

impl Network {
    /// Starts the swarm. It does not listen yet.
    ///
    /// # Errors
    /// When a setting makes no sense.
    pub(crate) fn start(env: &Env, routing: &str, runtime: &Handle) -> Result<Self> {
        let repo = env.node()?;
        let config = repo.config();
        if routing == "custom" {
            settings::check_custom(&config)?;
        }
        let _entered = runtime.enter();
        let settings = settings::swarm(env, repo)?;
        let swarm = Swarm::start(settings).map_err(settings::constructing)?;
        let mut providers = Providers::new();
        let routers = settings::routers(&config, routing);
        let agent = settings::agent(&config);
        let protocols = settings::protocols(&config);
        let routing = Delegated::new(&routers, &agent, &protocols);
        let routing = routing.map_err(settings::constructing)?;
        let routing = Arc::new(routing);
        let exchange = exchange::start(env, &swarm, &routing)?;
        if let Some(exchange) = &exchange {
            let provider = bitswap::Provider::new(exchange.clone(), runtime.clone());
            providers.push(Arc::new(provider));
        }
        if let Some(gateways) = settings::gateways(&config, &agent)?.filter(|_| !routing.is_empty())
        {
            let gateways = Gateways::new(gateways, routing.clone(), runtime.clone());
            providers.push(Arc::new(gateways.map_err(settings::constructing)?));
        }
        Ok(Self {
            runtime: runtime.clone(),
            swarm,
            routing,
            exchange,
            providers: Arc::new(providers),
        })
    }

    /// Begins to listen and to look for peers.
    ///
    /// # Errors
    /// When no address can be listened on.
    // spec: daemon.swarm-listen
    pub(crate) fn listen(&self, env: &Env) -> Result<()> {
        let config = env.repo()?.config();
        let failed = self.runtime.block_on(self.swarm.listen());
        for error in &failed {
            tracing::error!(target: "swarm", "{error}");
        }
        if !failed.is_empty() && failed.len() == config.texts("Addresses.Swarm").len() {
            let reasons: Vec<String> = failed.iter().map(ToString::to_string).collect();
            let reasons = reasons.join(" ");
            return Err(settings::constructing(format!(
                "failed to listen on any addresses: [{reasons}]"
            )));
        }
        let peers = crate::commands::config::bootstrap_peers(&config);
        self.runtime.spawn(bootstrap::run(self.swarm.clone(), peers));
        Ok(())
    }

    /// Closes all connections.
    pub(crate) fn close(&self) {
        self.runtime.block_on(self.swarm.shut_down());
    }

    /// Counts of the exchange of blocks.
    pub(crate) fn exchanged(&self) -> Stat {
        let Some(exchange) = &self.exchange else { return Stat::default() };
        let counts = exchange.stat();
        let mut peers: Vec<String> = exchange.partners().iter().map(ToString::to_string).collect();
        peers.sort();
        Stat {
            wantlist: exchange.wantlist().iter().map(Into::into).collect(),
            peers,
            blocks_received: counts.blocks_received,
            data_received: counts.data_received,
            dup_blks_received: counts.dup_blocks_received,
            dup_data_received: counts.dup_data_received,
            messages_received: counts.messages_received,
            blocks_sent: counts.blocks_sent,
            data_sent: counts.data_sent,
        }
    }

    /// What this node wants, or what a peer wants from it.
    pub(crate) fn wants(&self, peer: Option<PeerId>) -> Vec<Cid> {
        match (&self.exchange, peer) {
            (None, _) => Vec::new(),
            (Some(exchange), None) => exchange.wantlist(),
            (Some(exchange), Some(peer)) => exchange.wantlist_of(&peer),
        }
    }

    /// Asks who has a block; ends when the result is aborted.
    pub(crate) fn find(&self, cid: Cid, found: mpsc::Sender<Holder>) -> JoinHandle<()> {
        let routing = self.routing.clone();
        self.runtime.spawn(async move { routing.find(cid, found).await })
    }

    /// What was exchanged with a peer.
    pub(crate) fn ledger(&self, peer: &PeerId) -> Receipt {
        let ledger = self.exchange.as_ref().map(|exchange| exchange.ledger(peer));
        let ledger = ledger.unwrap_or_default();
        Receipt {
            peer: peer.to_string(),
            value: ledger.value(),
            sent: ledger.sent_bytes,
            recv: ledger.received_bytes,
            exchanged: ledger.exchanged,
        }
    }

    /// The swarm.
    pub(crate) fn swarm(&self) -> &Swarm {
        &self.swarm
    }

    /// Where blocks come from that are not here.
    pub(crate) fn providers(&self) -> Arc<Providers> {
        self.providers.clone()
    }

    /// Waits for something on the network, on a thread that may block.
    ///
    /// # Errors
    /// When the command is stopped before.
    pub(crate) fn wait<T>(&self, cancel: &Cancel, what: impl Future<Output = T>) -> Result<T> {
        self.runtime.block_on(async {
            tokio::pin!(what);
            loop {
                match tokio::time::timeout(CANCEL_LOOK, &mut what).await {
                    Ok(result) => return Ok(result),
                    Err(_) => cancel.check()?,
                }
            }
        })
    }

    /// Connects to a peer, with the reference's words when that fails.
    ///
    /// # Errors
    /// When it can't be reached, or the command is stopped.
    pub(crate) fn connect(
        &self,
        cancel: &Cancel,
        peer: PeerId,
        addresses: &[ipfs_node::swarm::Multiaddr],
    ) -> Result<()> {
        let connected = self.wait(cancel, self.swarm.connect(peer, addresses))?;
        connected.map_err(|error| Error::new(dial_text(&error)))
    }
}

/// What the reference says when nobody knows where a peer is.
pub(crate) const NOT_FOUND: &str = "routing: not found";

/// What the reference says about a dial that failed.
pub(crate) fn dial_text(error: &DialError) -> String {
    match error {
        DialError::NoAddresses => NOT_FOUND.to_owned(),
        error => format!("failed to dial: {error}"),
    }
}

/// The network, for commands that look whether they are online.
///
/// # Errors
/// `this command must be run in online mode. ...`
// spec: offline.command
pub(crate) fn command(env: &Env) -> Result<&Network> {
    env.node()?;
    env.network().ok_or_else(|| Error::new(COMMAND))
}

/// The network, for commands that fail in the operation, also with `--offline` in a daemon.
///
/// # Errors
/// `this action must be run in online mode, ...`
// spec: offline.action
pub(crate) fn action<'a>(request: &Request, env: &'a Env) -> Result<&'a Network> {
    env.node()?;
    env.network().filter(|_| !request.offline()).ok_or_else(|| Error::new(ACTION))
}

/// The network, for figures.
///
/// # Errors
/// `unable to run offline: ...`
// spec: offline.figures
pub(crate) fn figures(env: &Env) -> Result<&Network> {
    env.node()?;
    env.network().ok_or_else(|| Error::client(format!("unable to run offline: {COMMAND}")))
}

/// A peer ID as the network has it.
///
/// # Errors
/// When it is none; cannot happen with one that was parsed.
pub(crate) fn peer_id(id: &key::PeerId) -> Result<PeerId> {
    PeerId::from_bytes(&id.to_bytes()).map_err(|error| Error::new(error.to_string()))
}

/// The peer ID of a text in any form.
///
/// # Errors
/// When it is none.
pub(crate) fn parse_peer(text: &str) -> Result<PeerId> {
    peer_id(&key::PeerId::parse(text)?)
}
