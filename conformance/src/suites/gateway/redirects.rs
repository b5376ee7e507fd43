//! Cases of `spec/gateway/redirects.md`.

mod format;
mod lines;
mod rules;

use crate::case::{Check, Suite};
use crate::encode::Cid;
use crate::gateway::{Gateway, Reply};
use crate::http::Request;

pub(crate) const SUITE: Suite = Suite {
    name: "gateway/redirects",
    gateway: &[rules::CASES, rules::ORIGIN, format::CASES, lines::CASES],
    ..Suite::EMPTY
};

/// Asks a site at its subdomain.
fn ask(gateway: &Gateway, site: &Cid, target: &str) -> Check<Reply> {
    gateway.get_at(&format!("{site}.ipfs.{}", gateway.subdomain()?), target)
}

/// Asks a site with one more header.
fn ask_with(gateway: &Gateway, site: &Cid, target: &str, header: (&str, &str)) -> Check<Reply> {
    let host = format!("{site}.ipfs.{}", gateway.subdomain()?);
    gateway.send(&Request::new("GET", target).header("Host", &host).header(header.0, header.1))
}
