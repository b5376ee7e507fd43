//! Cases of `spec/node/`.

pub(super) mod swarm;
