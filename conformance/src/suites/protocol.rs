//! Cases of `spec/protocol/`.

pub(super) mod bitswap;
pub(super) mod identify;
pub(super) mod ping;
