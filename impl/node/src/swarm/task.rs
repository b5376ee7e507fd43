//! Spec: spec/node/swarm.md
//!
//! The one task that drives libp2p. It waits for nothing but events and does nothing that takes
//! long.

use super::behaviour::{Node, Out, without_peer};
use super::config::Trimming;
use super::dial::{self, DialError};
use super::identify;
use super::limits::Exceeded;
use super::shared::Shared;
use super::{COMMANDS_MAX, Multiaddr, PeerId, lock, resolve};
use futures::StreamExt;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, ListenerId};
use libp2p::mdns;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, Swarm, SwarmEvent};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::WeakSender;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::MissedTickBehavior;

/// Streams of one connection whose protocol is not yet agreed upon.
const NEGOTIATING_MAX: usize = 128;

/// Those who wait for one dial.
const WAITERS_MAX: usize = 1024;

/// Longest time that the end of the connections is waited for when the swarm ends.
const END_TIME_MAX: Duration = Duration::from_secs(3);

/// Peers of the local network that are dialled at once, and for how long.
const FOUND_MAX: usize = 16;
const FOUND_TIME_MAX: Duration = Duration::from_secs(30);

/// Bounds of the pause between two looks at the number of connections.
const TRIM_EVERY_MIN: Duration = Duration::from_millis(100);
const TRIM_EVERY_MAX: Duration = Duration::from_secs(3600);

/// How a dial went wrong.
#[derive(Debug, Clone)]
pub(super) enum Failed {
    Addresses(Vec<(Multiaddr, String)>),
    Limit(Exceeded),
}

type DialReply = oneshot::Sender<Result<(), Failed>>;

pub(super) enum Command {
    Listen(Multiaddr, oneshot::Sender<Result<(), String>>),
    /// Addresses without names.
    Dial(PeerId, Vec<Multiaddr>, DialReply),
    Close(ConnectionId, oneshot::Sender<()>),
    End(oneshot::Sender<()>),
}

struct Dialling {
    id: ConnectionId,
    asked: Vec<Multiaddr>,
    /// What went wrong in earlier rounds.
    reasons: Vec<(Multiaddr, String)>,
    waiting: Vec<DialReply>,
}

struct Task {
    shared: Arc<Shared>,
    swarm: Swarm<Node>,
    dialling: HashMap<PeerId, Dialling>,
    /// Listeners that have not said yet whether they listen.
    starting: HashMap<ListenerId, oneshot::Sender<Result<(), String>>>,
    commands: WeakSender<Command>,
    free_for_found: Arc<Semaphore>,
}

pub(super) fn start(
    shared: Arc<Shared>,
    transport: Boxed<(PeerId, StreamMuxerBox)>,
) -> mpsc::Sender<Command> {
    let (sender, commands) = mpsc::channel(COMMANDS_MAX);
    let mdns = shared.config.mdns.then(|| {
        mdns::tokio::Behaviour::new(mdns::Config::default(), shared.peer_id)
            .inspect_err(|error| tracing::error!("error starting mdns service: {error}"))
    });
    let mdns = mdns.and_then(Result::ok);
    let node = Node::new(shared.clone(), mdns);
    // spec: swarm.streams
    let config = libp2p::swarm::Config::with_tokio_executor()
        .with_smart_dial()
        .with_max_negotiating_inbound_streams(NEGOTIATING_MAX);
    let swarm = Swarm::new(transport, node, shared.peer_id, config);
    let task = Task {
        shared,
        swarm,
        dialling: HashMap::new(),
        starting: HashMap::new(),
        commands: sender.downgrade(),
        free_for_found: Arc::new(Semaphore::new(FOUND_MAX)),
    };
    tokio::spawn(task.run(commands));
    sender
}

impl Task {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let pushing = tokio::spawn(identify::push_changes(self.shared.clone()));
        let trimming = self.shared.config.trimming;
        let mut trim = tokio::time::interval(trim_every(trimming.as_ref()));
        trim.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let ended = loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::End(reply)) => break Some(reply),
                    Some(command) => self.command(command),
                    None => break None,
                },
                event = self.swarm.select_next_some() => self.event(event),
                _ = trim.tick() => self.trim(),
            }
        };
        pushing.abort();
        self.end().await;
        if let Some(reply) = ended {
            let _ = reply.send(());
        }
    }

    // spec: swarm.trim
    fn trim(&mut self) {
        let Some(trimming) = &self.shared.config.trimming else { return };
        let all = self.shared.table.all();
        for connection in self.shared.standings.superfluous(trimming, all, Instant::now()) {
            tracing::debug!("closing the connection to {}: too many", connection.peer);
            self.swarm.close_connection(connection.id);
        }
    }

    /// Closes everything and waits for it.
    async fn end(&mut self) {
        self.shared.peering.end();
        for connection in self.shared.table.all() {
            self.swarm.close_connection(connection.id);
        }
        let shared = self.shared.clone();
        let closing = async {
            while shared.table.count() > 0 {
                self.swarm.select_next_some().await;
            }
        };
        let _ = tokio::time::timeout(END_TIME_MAX, closing).await;
        self.shared.subscribers.end();
        self.shared.registry.end();
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Listen(address, reply) => match self.swarm.listen_on(address) {
                Ok(id) => drop(self.starting.insert(id, reply)),
                Err(error) => drop(reply.send(Err(listen_reason(&error)))),
            },
            Command::Dial(peer, addresses, reply) => self.dial(peer, addresses, reply),
            Command::Close(id, reply) => {
                self.swarm.close_connection(id);
                let _ = reply.send(());
            }
            Command::End(_) => {}
        }
    }

    // spec: swarm.dial-once
    /// Dials, unless that peer is being dialled: then the answer to that one counts here too.
    fn dial(&mut self, peer: PeerId, addresses: Vec<Multiaddr>, reply: DialReply) {
        if self.shared.table.is_connected(&peer) {
            let _ = reply.send(Ok(()));
            return;
        }
        if let Some(dialling) = self.dialling.get_mut(&peer) {
            if dialling.waiting.len() < WAITERS_MAX {
                dialling.waiting.push(reply);
            }
            return;
        }
        let options = options(peer, addresses.clone());
        let id = options.connection_id();
        let (reasons, waiting) = (Vec::new(), vec![reply]);
        self.dialling.insert(peer, Dialling { id, asked: addresses, reasons, waiting });
        if let Err(error) = self.swarm.dial(options) {
            self.dial_failed(Some(peer), id, error);
        }
    }

    // spec: swarm.dial-wrong-peer
    /// Somebody else answered at an address. libp2p gives up then; the other addresses may still be
    /// right. Whether they are dialled now.
    fn dial_others(&mut self, peer: PeerId, reasons: &[(Multiaddr, String)]) -> bool {
        let Some(dialling) = self.dialling.get_mut(&peer) else { return false };
        dialling.asked.retain(|address| !reasons.iter().any(|(wrong, _)| wrong == address));
        if dialling.asked.is_empty() {
            return false;
        }
        dialling.reasons.extend_from_slice(reasons);
        let options = options(peer, dialling.asked.clone());
        dialling.id = options.connection_id();
        self.swarm.dial(options).is_ok()
    }

    fn dial_failed(
        &mut self,
        peer: Option<PeerId>,
        id: ConnectionId,
        error: libp2p::swarm::DialError,
    ) {
        let Some(peer) = peer else { return };
        let Some(dialling) = self.dialling.get(&peer).filter(|dialling| dialling.id == id) else {
            return;
        };
        let somebody_else = matches!(
            error,
            libp2p::swarm::DialError::WrongPeerId { .. }
                | libp2p::swarm::DialError::LocalPeerId { .. }
        );
        let failed = match dial::reasons(error, &dialling.asked, peer) {
            Ok(reasons) => {
                let before = dialling.reasons.clone();
                for (address, reason) in &reasons {
                    self.shared.book.failed(peer, address);
                    self.shared.counters.dial_failed(address, reason);
                }
                if somebody_else && self.dial_others(peer, &reasons) {
                    return;
                }
                Failed::Addresses(before.into_iter().chain(reasons).collect())
            }
            Err(exceeded) => Failed::Limit(exceeded),
        };
        self.dialled(&peer, &Err(failed));
    }

    fn dialled(&mut self, peer: &PeerId, result: &Result<(), Failed>) {
        let Some(dialling) = self.dialling.remove(peer) else { return };
        for waiting in dialling.waiting {
            let _ = waiting.send(result.clone());
        }
    }

    fn event(&mut self, event: SwarmEvent<Out>) {
        match event {
            SwarmEvent::Behaviour(Out::Found(found)) => self.found(found),
            SwarmEvent::ConnectionEstablished { peer_id, .. } => self.dialled(&peer_id, &Ok(())),
            SwarmEvent::OutgoingConnectionError { peer_id, connection_id, error } => {
                self.dial_failed(peer_id, connection_id, error);
            }
            // spec: swarm.handshake-hostile
            SwarmEvent::IncomingConnectionError { send_back_addr, error, .. } => {
                tracing::debug!("connection from {send_back_addr} refused: {error}");
            }
            // spec: swarm.listen
            SwarmEvent::NewListenAddr { listener_id, address } => {
                let address = without_peer(&address);
                tracing::info!("listening on {address}");
                let mut listening = lock(&self.shared.listening);
                if !listening.contains(&address) {
                    listening.push(address);
                }
                drop(listening);
                self.shared.own_changed.notify_one();
                if let Some(reply) = self.starting.remove(&listener_id) {
                    let _ = reply.send(Ok(()));
                }
            }
            SwarmEvent::ExpiredListenAddr { address, .. } => self.forget(&[address]),
            SwarmEvent::ListenerClosed { listener_id, addresses, reason } => {
                self.forget(&addresses);
                let reason = reason.err().map_or("closed".to_owned(), |error| error.to_string());
                tracing::warn!("listener closed: {reason}");
                if let Some(reply) = self.starting.remove(&listener_id) {
                    let _ = reply.send(Err(reason));
                }
            }
            SwarmEvent::ListenerError { error, .. } => tracing::warn!("listener: {error}"),
            _ => {}
        }
    }

    fn forget(&self, addresses: &[Multiaddr]) {
        let addresses: Vec<Multiaddr> = addresses.iter().map(without_peer).collect();
        lock(&self.shared.listening).retain(|address| !addresses.contains(address));
        self.shared.own_changed.notify_one();
    }

    // spec: swarm.mdns
    /// Peers of the local network: connect to them, once, quietly.
    fn found(&mut self, found: Vec<(PeerId, Multiaddr)>) {
        let mut peers = BTreeSet::new();
        for (peer, address) in found {
            if peer != self.shared.peer_id {
                self.shared.book.add(peer, [without_peer(&address)]);
                peers.insert(peer);
            }
        }
        for peer in peers {
            // Those that can't be taken now are found again later.
            let Ok(permit) = self.free_for_found.clone().try_acquire_owned() else { return };
            let (shared, commands) = (self.shared.clone(), self.commands.clone());
            tokio::spawn(async move {
                let Some(commands) = commands.upgrade() else { return };
                let dialling = dial(&shared, &commands, peer);
                match tokio::time::timeout(FOUND_TIME_MAX, dialling).await {
                    Ok(Ok(())) => tracing::debug!("connected to {peer} of the local network"),
                    Ok(Err(error)) => tracing::debug!("peer of the local network: {error}"),
                    Err(_) => tracing::debug!("peer of the local network: {peer}: no answer"),
                }
                drop(permit);
            });
        }
    }
}

fn options(peer: PeerId, addresses: Vec<Multiaddr>) -> DialOpts {
    DialOpts::peer_id(peer).condition(PeerCondition::Always).addresses(addresses).build()
}

/// How often connections are counted.
fn trim_every(trimming: Option<&Trimming>) -> Duration {
    let every = trimming.map_or(Duration::MAX, |trimming| match trimming.silence.is_zero() {
        true => trimming.grace / 2,
        false => trimming.silence,
    });
    every.clamp(TRIM_EVERY_MIN, TRIM_EVERY_MAX)
}

fn listen_reason(error: &libp2p::TransportError<std::io::Error>) -> String {
    match error {
        libp2p::TransportError::MultiaddrNotSupported(_) => "no transport for protocol".to_owned(),
        libp2p::TransportError::Other(error) => error.to_string(),
    }
}

/// Connects to a peer by its known addresses and waits until it is identified.
pub(super) async fn dial(
    shared: &Arc<Shared>,
    commands: &mpsc::Sender<Command>,
    peer: PeerId,
) -> Result<(), DialError> {
    if peer == shared.peer_id {
        return Err(DialError::Myself);
    }
    if !shared.table.is_connected(&peer) {
        let (addresses, reasons) = candidates(shared, peer).await?;
        let (reply, answer) = oneshot::channel();
        let command = Command::Dial(peer, addresses, reply);
        commands.send(command).await.map_err(|_| DialError::Closed)?;
        match answer.await.map_err(|_| DialError::Closed)? {
            Ok(()) => {}
            Err(Failed::Limit(exceeded)) => return Err(DialError::Limit(peer, exceeded)),
            Err(Failed::Addresses(failed)) => {
                let reasons = reasons.into_iter().chain(failed).collect();
                return Err(DialError::AllFailed { peer, reasons });
            }
        }
    }
    shared.table.identified(&peer).await;
    Ok(())
}

/// What to dial, and the addresses that are of no use with the reason why.
async fn candidates(
    shared: &Shared,
    peer: PeerId,
) -> Result<(Vec<Multiaddr>, Vec<(Multiaddr, String)>), DialError> {
    let known = shared.book.addresses(&peer);
    if known.is_empty() {
        return Err(DialError::NoAddresses);
    }
    let resolved = resolve::resolve(shared.config.resolver.as_deref(), known, Some(peer)).await;
    let mut reasons = resolved.failures;
    let own = lock(&shared.listening).clone();
    let which = shared.config.transports;
    let (mut good, mut resting) = (Vec::new(), 0);
    for address in resolved.addresses {
        let address = without_peer(&address);
        let wrong = if own.contains(&address) {
            "dial to self attempted"
        } else if shared.filters.blocks(&address) {
            "gater disallows connection to peer"
        } else if !dial::dialable(&address, which.tcp, which.quic) {
            dial::no_transport(&address)
        } else if shared.book.rests(&peer, &address) {
            resting += 1;
            "dial backoff"
        } else if good.len() >= dial::ADDRESSES_MAX {
            "too many addresses"
        } else {
            good.push(address);
            continue;
        };
        reasons.push((address, wrong.to_owned()));
    }
    match (good.is_empty(), resting > 0) {
        (false, _) => Ok((good, reasons)),
        (true, true) => Err(DialError::AllFailed { peer, reasons }),
        (true, false) => Err(DialError::NoGoodAddresses { peer, reasons }),
    }
}
