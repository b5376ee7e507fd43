//! Spec: spec/node/http.md
//!
//! What the RPC and the gateway share: bodies, listeners, and serving with limits.

pub mod address;
pub mod body;
pub mod client;
pub mod connect;
pub mod listen;
pub mod serve;
mod trailers;

pub use address::Address;
pub use body::{Body, empty, full};
pub use listen::Listener;
pub use serve::{Handler, Limits, serve};
