//! Cases of `spec/gateway/`.

pub(super) mod denylist;
pub(super) mod dnslink;
pub(super) mod formats;
pub(super) mod path_gateway;
pub(super) mod redirects;
pub(super) mod routing_v1;
pub(super) mod subdomain;
pub(super) mod trustless;
