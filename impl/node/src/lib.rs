//! Spec: spec/node/README.md
//!
//! What a running node is made of.

pub mod denylist;
pub mod dnslink_label;
pub mod http;
pub mod names;
pub mod runtime;
