//! Cases of `spec/gateway/path-gateway.md`.

mod caching;
pub(crate) mod configured;
mod directories;
mod errors;
mod files;
mod hostile;
mod message;
mod names;
mod ranges;
mod requests;
mod traversal;

use crate::case::Suite;

pub(crate) const SUITE: Suite = Suite {
    name: "gateway/path-gateway",
    gateway: &[
        requests::CASES,
        files::CASES,
        ranges::CASES,
        caching::CASES,
        directories::CASES,
        traversal::CASES,
        names::CASES,
        errors::CASES,
        message::CASES,
        hostile::CASES,
    ],
    ..Suite::EMPTY
};
