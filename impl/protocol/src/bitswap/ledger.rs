//! Spec: spec/protocol/bitswap.md
//!
//! What was exchanged with whom. Ledgers outlive connections, up to a bound.

use super::violation::Violation;
use crate::PeerId;
use std::collections::{BTreeMap, VecDeque};

/// What was exchanged with one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger {
    /// Bytes of blocks sent.
    pub sent_bytes: u64,
    /// Bytes of wanted blocks received.
    pub received_bytes: u64,
    /// Messages with blocks that were sent, and wanted blocks received.
    pub exchanged: u64,
}

impl Ledger {
    // spec: bitswap.debt-ratio
    /// Bytes sent for each byte received: the `debt ratio`.
    pub fn value(&self) -> f64 {
        self.sent_bytes as f64 / (self.received_bytes as f64 + 1.0)
    }
}

#[derive(Debug, Default)]
struct Account {
    ledger: Ledger,
    connected: bool,
}

/// All ledgers.
#[derive(Debug)]
pub(super) struct Ledgers {
    gone_max: usize,
    accounts: BTreeMap<PeerId, Account>,
    /// Peers that are gone, the one longest gone first. May name peers that are back.
    gone: VecDeque<PeerId>,
}

impl Ledgers {
    pub(super) fn new(gone_max: usize) -> Self {
        Self { gone_max, accounts: BTreeMap::new(), gone: VecDeque::new() }
    }

    pub(super) fn connected(&mut self, peer: PeerId) {
        if let Some(account) = self.accounts.get_mut(&peer)
            && !account.connected
        {
            self.gone.retain(|gone| *gone != peer);
        }
        self.accounts.entry(peer).or_default().connected = true;
    }

    // spec: bitswap.ledgers-max
    pub(super) fn disconnected(&mut self, peer: &PeerId) {
        let Some(account) = self.accounts.get_mut(peer) else { return };
        if !account.connected {
            return;
        }
        account.connected = false;
        if account.ledger == Ledger::default() {
            self.accounts.remove(peer);
            return;
        }
        self.gone.push_back(*peer);
        if self.gone.len() > self.gone_max
            && let Some(oldest) = self.gone.pop_front()
        {
            self.accounts.remove(&oldest);
        }
    }

    pub(super) fn sent(&mut self, peer: &PeerId, bytes: u64) {
        if bytes > 0
            && let Some(account) = self.accounts.get_mut(peer)
        {
            account.ledger.sent_bytes += bytes;
            account.ledger.exchanged += 1;
        }
    }

    pub(super) fn received(&mut self, peer: &PeerId, bytes: u64) {
        if let Some(account) = self.accounts.get_mut(peer) {
            account.ledger.received_bytes += bytes;
            account.ledger.exchanged += 1;
        }
    }

    pub(super) fn of(&self, peer: &PeerId) -> Ledger {
        self.accounts.get(peer).map(|account| account.ledger).unwrap_or_default()
    }

    pub(super) fn check(&self) -> Result<(), Violation> {
        Violation::unless(self.gone.len() <= self.gone_max, || "too many ledgers".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ledgers_outlive_connections_up_to_a_bound() {
        let mut ledgers = Ledgers::new(2);
        for number in 0..4 {
            let peer = PeerId::from_number(number);
            ledgers.connected(peer);
            ledgers.sent(&peer, 10);
            ledgers.disconnected(&peer);
            ledgers.check().unwrap();
        }
        let sent = |number| ledgers.of(&PeerId::from_number(number)).sent_bytes;
        assert_eq!([sent(0), sent(1), sent(2), sent(3)], [0, 0, 10, 10]);
        let back = PeerId::from_number(2);
        ledgers.connected(back);
        ledgers.received(&back, 4);
        let ledger = ledgers.of(&back);
        assert_eq!((ledger.sent_bytes, ledger.received_bytes, ledger.exchanged), (10, 4, 2));
        assert!((ledger.value() - 2.0).abs() < 1e-9);
    }
}
