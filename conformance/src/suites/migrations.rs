//! Cases of `spec/migrations/`.

pub(super) mod blocks;
pub(super) mod framework;
pub(super) mod pinset;
pub(super) mod s11_to_12;
pub(super) mod s1_to_2;
pub(super) mod s3_to_4;
pub(super) mod s8_to_9;
