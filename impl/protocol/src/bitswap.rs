//! Spec: spec/protocol/bitswap.md
//!
//! The exchange of blocks as a machine: it knows who wants what and who has what, and says what to
//! send. It never sees the bytes of a block: the shell reads, sends, checks and stores them.
//!
//! - [`Input`], [`Output`]: what goes in and what comes out
//! - [`Message`], [`decode`], [`encode`]: what peers say to each other
//! - [`Config`]: every bound and every delay
//!
//! The shell calls [`Bitswap::handle`] with what happened, then [`Bitswap::poll`] until it is
//! empty; [`Bitswap::expire`] when [`Bitswap::timeout`] is reached.

mod broadcast;
mod client;
mod codec;
mod config;
mod event;
mod ledger;
mod message;
mod prefix;
mod remote;
mod server;
mod session;
mod stat;
mod task_queue;
#[cfg(test)]
mod tests;
mod violation;
mod window;

pub use codec::{Error as CodecError, decode, decode_length, encode};
pub use config::{
    BLOCKS_MAX, BroadcastControl, CID_BYTES_MAX, ClientConfig, Config, ENTRIES_MAX,
    MESSAGE_BYTES_MAX, PRESENCES_MAX, PeerLimits, ServerConfig,
};
pub use event::{
    BatchId, Fault, Held, Input, Limit, LookupId, Output, PeerTraits, Refusal, SendId, SessionId,
    Verdict,
};
pub use ledger::Ledger;
pub use message::{
    Control, Entry, Message, Outgoing, Payload, Prefix, Presence, Version, WantKind,
};
pub use stat::{SessionStat, Stat};
pub use violation::Violation;

use crate::{PeerId, Random, Time};
use client::Client;
use ipfs_data::cid::Cid;
use ledger::Ledgers;
use server::Server;
use std::collections::VecDeque;

/// The machine.
#[derive(Debug)]
pub struct Bitswap {
    client: Client,
    server: Server,
    ledgers: Ledgers,
    common: Outlet,
}

/// What both sides use.
#[derive(Debug)]
struct Outlet {
    config: Config,
    random: Random,
    stat: Stat,
    out: VecDeque<Output>,
    last_send: u64,
    last_lookup: u64,
}

impl Outlet {
    fn put(&mut self, output: Output) {
        self.out.push_back(output);
    }

    fn next_send(&mut self) -> SendId {
        self.last_send += 1;
        SendId(self.last_send)
    }
}

impl Bitswap {
    /// A machine without peers and sessions. `seed` decides what chance decides.
    pub fn new(config: Config, seed: u64) -> Self {
        let ledgers = Ledgers::new(config.peers.ledgers_max);
        Self {
            client: Client::default(),
            server: Server::default(),
            ledgers,
            common: Outlet {
                config,
                random: Random::new(seed),
                stat: Stat::default(),
                out: VecDeque::new(),
                last_send: 0,
                last_lookup: 0,
            },
        }
    }

    /// Takes in what happened.
    pub fn handle(&mut self, now: Time, input: Input) {
        let common = &mut self.common;
        match input {
            Input::Connected { peer, traits } => self.connected(now, peer, traits),
            Input::Disconnected { peer } => {
                self.client.disconnected(common, now, &peer);
                self.server.disconnected(common, &peer);
                self.ledgers.disconnected(&peer);
            }
            Input::Negotiated { peer, version } => self.client.negotiated(&peer, version),
            Input::Message { peer, message } => self.message(now, peer, message),
            Input::Receiving { peer } => self.client.receiving(now, &peer),
            Input::Blocks { peer, batch, blocks, count } => {
                self.blocks(now, peer, batch, &blocks, count);
            }
            Input::Malformed { peer } => self.client.malformed(common, &peer),
            Input::Sent { send, block_bytes, missing } => {
                if let Some((peer, bytes)) = self.server.sent(common, send, block_bytes, &missing) {
                    self.ledgers.sent(&peer, bytes);
                }
                self.client.sent(send);
            }
            Input::SendFailed { send } => {
                self.server.send_failed(send);
                self.client.send_failed(now, send);
            }
            Input::LookedUp { lookup, held } => self.server.looked_up(common, lookup, &held),
            Input::Stored { blocks } => {
                self.client.stored(common, now, &blocks);
                self.server.stored(common, &blocks);
            }
            Input::SessionOpen { session } => self.client.open(common, now, session),
            Input::Want { session, cids } => self.client.want(common, now, session, &cids),
            Input::Cancel { session, cids } => self.client.cancel(common, now, session, &cids),
            Input::SessionClose { session } => self.client.close(common, now, session),
            Input::Providers { session, cid, peers } => {
                self.client.providers(common, now, session, cid, &peers);
            }
        }
        self.go_on(now);
    }

    /// What to do next.
    pub fn poll(&mut self) -> Option<Output> {
        self.common.out.pop_front()
    }

    /// When [`Bitswap::expire`] is due, unless something happens before.
    pub fn timeout(&self) -> Option<Time> {
        self.client.timeout(&self.common.config)
    }

    /// Does what is due at `now`.
    pub fn expire(&mut self, now: Time) {
        self.client.expire(&mut self.common, now);
        self.go_on(now);
    }

    fn connected(&mut self, now: Time, peer: PeerId, traits: PeerTraits) {
        if self.client.is_connected(&peer) {
            return;
        }
        // spec: bitswap.peers-max
        if self.client.peers() >= self.common.config.peers.peers_max {
            self.common.put(Output::LimitHit { limit: Limit::Peers, peer });
            return;
        }
        self.ledgers.connected(peer);
        self.client.connected(&mut self.common, now, peer, traits);
        self.server.connected(peer);
    }

    fn message(&mut self, now: Time, peer: PeerId, message: Control) {
        self.common.stat.messages_received += 1;
        if !self.client.is_connected(&peer) {
            return;
        }
        self.client.message(&mut self.common, now, &peer, &message);
        self.server.message(&mut self.common, &peer, message.full, &message.entries);
    }

    fn blocks(
        &mut self,
        now: Time,
        peer: PeerId,
        batch: BatchId,
        blocks: &[(Cid, u32)],
        count: usize,
    ) {
        let bytes: u64 = blocks.iter().map(|(_, size)| u64::from(*size)).sum();
        self.common.stat.blocks_received += blocks.len() as u64;
        self.common.stat.data_received += bytes;
        let verdicts = self.client.blocks(&mut self.common, now, &peer, blocks, count);
        for ((_, size), verdict) in blocks.iter().zip(&verdicts) {
            match verdict {
                Verdict::Wanted(_) => self.ledgers.received(&peer, u64::from(*size)),
                Verdict::Unwanted => {
                    self.common.stat.dup_blocks_received += 1;
                    self.common.stat.dup_data_received += u64::from(*size);
                }
            }
        }
        self.common.put(Output::Verdicts { batch, verdicts });
    }

    fn go_on(&mut self, now: Time) {
        self.client.go_on(&mut self.common, now);
        self.server.go_on(&mut self.common);
        #[cfg(debug_assertions)]
        if let Err(violation) = self.check() {
            panic!("{violation}");
        }
    }

    /// Whether a peer is connected.
    pub fn is_connected(&self, peer: &PeerId) -> bool {
        self.client.is_connected(peer)
    }

    /// What we want, in the order of the CIDs.
    pub fn wantlist(&self) -> Vec<Cid> {
        self.client.wantlist()
    }

    /// What a peer wants, in the order of the CIDs.
    pub fn wantlist_of(&self, peer: &PeerId) -> Vec<Cid> {
        self.server.wantlist_of(peer)
    }

    /// Whether so much is on its way that peers have to wait for others.
    pub fn is_crowded(&self) -> bool {
        self.server.is_crowded(&self.common.config)
    }

    /// What was exchanged with a peer.
    pub fn ledger(&self, peer: &PeerId) -> Ledger {
        self.ledgers.of(peer)
    }

    /// Counts since the start.
    pub fn stat(&self) -> &Stat {
        &self.common.stat
    }

    /// Peers that want something.
    pub fn partners(&self) -> Vec<PeerId> {
        self.server.partners()
    }

    /// How a session fares.
    pub fn session(&self, session: SessionId) -> Option<SessionStat> {
        self.client.session_stat(session)
    }

    /// Whether everything that must hold holds.
    ///
    /// # Errors
    /// Names what does not.
    pub fn check(&self) -> Result<(), Violation> {
        self.client.check(&self.common.config)?;
        self.server.check(&self.common.config)?;
        self.ledgers.check()
    }

    /// [`Bitswap::check`] and what takes longer: every want and every line.
    ///
    /// # Errors
    /// Names what does not hold.
    pub fn check_all(&self) -> Result<(), Violation> {
        self.check()?;
        self.client.check_all()
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use ipfs_data::cid::{Cid, codec, hash};
    use ipfs_data::multihash;

    /// The CID of a block of 8 bytes.
    pub(crate) fn cid(number: u64) -> Cid {
        let hash = multihash::sum(hash::SHA2_256, &number.to_be_bytes(), None).unwrap();
        Cid::new_v1(codec::RAW, hash)
    }
}
