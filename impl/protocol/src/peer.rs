//! Spec: spec/protocol/peer.md
//!
//! A peer of the network, ourselves: which connections stand, whom to dial again and when, and the
//! protocols on top. The node and the simulator are two shells around this machine.

mod connections;
mod dials;
mod id;

pub use connections::ConnectionId;
pub use id::{PEER_ID_BYTES_MAX, PeerId, TooLong};

use crate::Time;
use crate::bitswap::{self, Bitswap, Fault, PeerTraits, Violation};
use connections::Connections;
use dials::Dials;
use std::collections::VecDeque;
use std::time::Duration;

/// Bounds and delays.
#[derive(Debug, Clone)]
pub struct Config {
    /// Connections that are counted for one peer; further ones are not.
    pub connections_per_peer_max: usize,
    /// Dials under way at the same time.
    pub dials_max: usize,
    /// Peers that wait for their next dial.
    pub dials_waiting_max: usize,
    /// Wait after a first failed dial; doubles with each further one.
    pub dial_backoff_min: Duration,
    /// The longest wait.
    pub dial_backoff_max: Duration,
    /// Failed dials in a row until a peer is given up. A session that still needs it asks again.
    pub dial_attempts_max: u32,
    /// The exchange of blocks.
    pub bitswap: bitswap::Config,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connections_per_peer_max: 64,
            dials_max: 64,
            dials_waiting_max: 1_024,
            dial_backoff_min: Duration::from_millis(500),
            dial_backoff_max: Duration::from_secs(4),
            dial_attempts_max: 8,
            bitswap: bitswap::Config::default(),
        }
    }
}

/// What the shell tells the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A connection stands.
    ConnectionOpened {
        /// To this peer.
        peer: PeerId,
        /// Names the connection.
        connection: ConnectionId,
        /// What is known of the peer.
        traits: PeerTraits,
    },
    /// A connection is gone.
    ConnectionClosed {
        /// To this peer.
        peer: PeerId,
        /// Names the connection.
        connection: ConnectionId,
    },
    /// A dial failed.
    DialFailed {
        /// The peer.
        peer: PeerId,
    },
    /// A dial ended well. The connection may be gone again already.
    Dialled {
        /// The peer.
        peer: PeerId,
    },
    /// For the exchange. Its `Connected` and `Disconnected` are this machine's to make.
    Bitswap(bitswap::Input),
}

/// What the machine wants the shell to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Connect to a peer; answer with [`Input::ConnectionOpened`], [`Input::Dialled`] or
    /// [`Input::DialFailed`].
    Dial {
        /// The peer.
        peer: PeerId,
    },
    /// Close all connections to a peer that misbehaves.
    Close {
        /// The peer.
        peer: PeerId,
        /// What it did.
        fault: Fault,
    },
    /// Of the exchange. Never `Connect` and `Close`, which are the ones above.
    Bitswap(bitswap::Output),
}

/// The machine.
#[derive(Debug)]
pub struct Peer {
    connections: Connections,
    dials: Dials,
    bitswap: Bitswap,
    out: VecDeque<Output>,
}

impl Peer {
    /// A peer without connections. `seed` decides what chance decides.
    pub fn new(config: Config, seed: u64) -> Self {
        Self {
            connections: Connections::new(config.connections_per_peer_max),
            dials: Dials::new(&config),
            bitswap: Bitswap::new(config.bitswap, seed),
            out: VecDeque::new(),
        }
    }

    /// Takes in what happened.
    pub fn handle(&mut self, now: Time, input: Input) {
        match input {
            Input::ConnectionOpened { peer, connection, traits } => {
                self.dials.connected(&peer);
                if self.connections.open(peer, connection) {
                    self.bitswap.handle(now, bitswap::Input::Connected { peer, traits });
                }
            }
            Input::ConnectionClosed { peer, connection } => {
                if self.connections.close(&peer, connection) {
                    self.bitswap.handle(now, bitswap::Input::Disconnected { peer });
                }
            }
            Input::Dialled { peer } => self.dials.connected(&peer),
            Input::DialFailed { peer } => self.dials.failed(now, peer),
            Input::Bitswap(
                bitswap::Input::Connected { .. } | bitswap::Input::Disconnected { .. },
            ) => {}
            Input::Bitswap(input) => self.bitswap.handle(now, input),
        }
        self.collect(now);
    }

    /// What to do next.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When [`Peer::expire`] is due, unless something happens before.
    pub fn timeout(&self) -> Option<Time> {
        [self.bitswap.timeout(), self.dials.timeout()].into_iter().flatten().min()
    }

    /// Does what is due at `now`.
    pub fn expire(&mut self, now: Time) {
        self.bitswap.expire(now);
        self.collect(now);
    }

    /// The exchange, for questions.
    pub fn bitswap(&self) -> &Bitswap {
        &self.bitswap
    }

    /// Connected peers, in the order of their IDs.
    pub fn peers(&self) -> impl Iterator<Item = PeerId> + '_ {
        self.connections.peers()
    }

    /// Whether everything that must hold holds.
    ///
    /// # Errors
    /// Names what does not.
    pub fn check(&self) -> Result<(), Violation> {
        self.dials.check()?;
        self.bitswap.check()
    }

    fn collect(&mut self, now: Time) {
        while let Some(output) = self.bitswap.poll() {
            match output {
                bitswap::Output::Connect { peer } => {
                    if !self.connections.has(&peer) {
                        self.dials.want(now, peer);
                    }
                }
                bitswap::Output::Close { peer, fault } => {
                    self.out.push_back(Output::Close { peer, fault });
                }
                other => self.out.push_back(Output::Bitswap(other)),
            }
        }
        while let Some(peer) = self.dials.next(now) {
            self.out.push_back(Output::Dial { peer });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(peer: &mut Peer) -> Vec<Output> {
        std::iter::from_fn(|| peer.poll()).collect()
    }

    fn opened(number: u64, connection: u64) -> Input {
        Input::ConnectionOpened {
            peer: PeerId::from_number(number),
            connection: ConnectionId(connection),
            traits: PeerTraits::default(),
        }
    }

    #[test]
    fn a_peer_is_gone_with_its_last_connection() {
        let mut machine = Peer::new(Config::default(), 1);
        let peer = PeerId::from_number(5);
        machine.handle(Time::ZERO, opened(5, 1));
        machine.handle(Time::ZERO, opened(5, 2));
        machine.handle(Time::ZERO, Input::ConnectionClosed { peer, connection: ConnectionId(1) });
        assert_eq!(machine.peers().collect::<Vec<_>>(), [peer]);
        assert!(machine.bitswap().is_connected(&peer));
        machine.handle(Time::ZERO, Input::ConnectionClosed { peer, connection: ConnectionId(2) });
        assert_eq!(machine.peers().count(), 0);
        assert!(!machine.bitswap().is_connected(&peer));
    }

    #[test]
    fn a_provider_is_dialled_and_dialled_again_later_each_time() {
        let mut machine = Peer::new(Config::default(), 1);
        let session = bitswap::SessionId(1);
        let cid = bitswap::testing::cid(1);
        let peer = PeerId::from_number(9);
        let tell = |machine: &mut Peer, now, input| {
            machine.handle(now, Input::Bitswap(input));
        };
        tell(&mut machine, Time::ZERO, bitswap::Input::SessionOpen { session });
        tell(&mut machine, Time::ZERO, bitswap::Input::Want { session, cids: vec![cid] });
        let peers = vec![peer];
        tell(&mut machine, Time::ZERO, bitswap::Input::Providers { session, cid, peers });
        assert!(outputs(&mut machine).contains(&Output::Dial { peer }));
        machine.handle(Time::ZERO, Input::DialFailed { peer });
        assert!(!outputs(&mut machine).contains(&Output::Dial { peer }));
        let mut now = Time::ZERO;
        let mut dialled = 0;
        while now < Time::at(Duration::from_secs(20)) {
            now = machine.timeout().expect("a stalled session has a timer").max(now);
            machine.expire(now);
            if outputs(&mut machine).contains(&Output::Dial { peer }) {
                dialled += 1;
                machine.handle(now, Input::DialFailed { peer });
            }
            machine.check().unwrap();
        }
        assert!((4..=12).contains(&dialled), "{dialled} dials in 20 s");
    }
}
