//! Cases of `spec/command/`.

pub(super) mod rpc;
