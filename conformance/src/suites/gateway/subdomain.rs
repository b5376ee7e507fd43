//! Cases of `spec/gateway/subdomain.md`.

mod host;
mod hostile;
mod migrate;
mod proxy;
mod uri;

use crate::case::{Check, Suite};
use crate::fixtures::fixtures;
use crate::gateway::Gateway;

pub(crate) const SUITE: Suite = Suite {
    name: "gateway/subdomain",
    gateway: &[host::CASES, hostile::CASES, migrate::CASES, uri::CASES, proxy::CASES],
    ..Suite::EMPTY
};

/// The host of the fixture directory.
fn dir_host(gateway: &Gateway) -> Check<String> {
    Ok(format!("{}.ipfs.{}", fixtures().unixfs.dir, gateway.subdomain()?))
}
