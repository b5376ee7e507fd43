//! Cases of `spec/migrations/`.

pub(super) mod blocks;
pub(super) mod framework;
pub(super) mod pinset;
pub(super) mod s8_to_9;
