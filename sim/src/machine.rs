//! Spec: spec/sim/run.md
//!
//! What the simulator drives. The product is [`ipfs_protocol::bitswap::Bitswap`], the machine of
//! the node; another exchange strategy is tried out by implementing this for it.

use ipfs_protocol::Time;
use ipfs_protocol::bitswap::{Config, Input, Output};

/// An exchange without I/O.
pub trait Machine {
    /// A new one; all its chance comes from `seed`.
    fn new(config: Config, seed: u64) -> Self;

    /// Takes an input.
    fn handle(&mut self, now: Time, input: Input);

    /// What is to be done next.
    fn poll(&mut self) -> Option<Output>;

    /// When [`Machine::expire`] is due.
    fn timeout(&self) -> Option<Time>;

    /// Time has passed.
    fn expire(&mut self, now: Time);

    /// Whether its invariants hold; if not, which one.
    ///
    /// # Errors
    /// The invariant that does not hold.
    fn check(&self) -> Result<(), String>;
}

impl Machine for ipfs_protocol::bitswap::Bitswap {
    fn new(config: Config, seed: u64) -> Self {
        Self::new(config, seed)
    }

    fn handle(&mut self, now: Time, input: Input) {
        self.handle(now, input);
    }

    fn poll(&mut self) -> Option<Output> {
        self.poll()
    }

    fn timeout(&self) -> Option<Time> {
        self.timeout()
    }

    fn expire(&mut self, now: Time) {
        self.expire(now);
    }

    fn check(&self) -> Result<(), String> {
        self.check().map_err(|violation| violation.to_string())
    }
}
