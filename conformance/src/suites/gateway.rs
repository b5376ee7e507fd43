//! Cases of `spec/gateway/`.

pub(super) mod path_gateway;
