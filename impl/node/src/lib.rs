//! Spec: spec/node/README.md
//!
//! What a running node is made of.

pub mod bitswap;
mod cache;
pub mod content;
pub mod denylist;
pub mod dns;
pub mod dnslink_label;
pub mod http;
pub mod memory;
pub mod names;
pub mod runtime;
pub mod swarm;
