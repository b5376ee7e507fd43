//! Spec: spec/gateway/trustless.md
//!
//! Content that clients verify themselves: blocks, archives of blocks, signed records.

mod car;
pub mod params;
mod pending;
pub mod range;
mod raw;
mod record;
mod recorder;
pub(crate) mod respond;
mod seen;
pub mod walk;

pub use params::{CarParams, Order, ParamError, Scope};
pub use pending::PENDING_BYTES_MAX;
pub use seen::REMEMBERED_MAX;
pub use walk::{CarStream, Outside, Terminus, WalkError};
