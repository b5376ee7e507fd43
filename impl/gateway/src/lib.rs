//! Spec: spec/gateway/README.md
//!
//! The HTTP gateway.

pub mod trustless;
mod xxhash;
