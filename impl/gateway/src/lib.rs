//! Spec: spec/gateway/README.md
//!
//! The HTTP gateway.

pub mod redirects;
pub mod trustless;
pub mod url;
mod xxhash;
