//! Spec: spec/node/README.md
//!
//! What a running node is made of.

pub mod http;
pub mod runtime;
