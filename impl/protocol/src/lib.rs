//! Spec: spec/protocol/README.md
//!
//! The protocols of IPFS as state machines: no clock, no chance, no sockets, no disk. A shell - the
//! node, or the simulator - feeds a machine with time and input and carries out what it puts out.

#![deny(unsafe_code)]

pub mod bitswap;
pub mod peer;
mod random;
mod time;

pub use peer::PeerId;
pub use random::Random;
pub use time::Time;
