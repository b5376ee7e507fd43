//! Cases of `spec/gateway/path-gateway.md`.

use crate::case::{GatewayCase, Suite};
use crate::fixtures::{HELLO, fixtures};

pub(crate) const SUITE: Suite =
    Suite { name: "gateway/path-gateway", gateway: &[CASES], ..Suite::EMPTY };

const CASES: &[GatewayCase] = &[GatewayCase {
    name: "a file",
    reqs: &[],
    run: |gateway| {
        let hello = &fixtures().unixfs.hello;
        gateway.get(&format!("/ipfs/{hello}"))?.status(200)?.body(HELLO)?;
        Ok(())
    },
}];
