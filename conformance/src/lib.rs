//! Runs the specification's cases against a subject: an `ipfs`-like binary, a repo directory, an
//! RPC or a gateway address, a peer's multiaddr, a directory of migration programs.
//!
//! Nothing here knows an implementation: a shared encoder would make both sides wrong together.
//! The suites mirror `spec/`: `suites/data/cid.rs` holds the cases of `spec/data/cid.md`.

pub mod case;
pub mod daemon;
pub mod decode;
pub mod encode;
pub mod expect;
pub mod fixtures;
pub mod gateway;
pub mod http;
pub mod migrations;
mod null;
pub mod report;
pub mod requirement;
pub mod run;
pub mod sandbox;
pub mod shape;
pub mod suites;
pub mod wire;
