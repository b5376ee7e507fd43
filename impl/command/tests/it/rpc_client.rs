//! The client library `kubo-rpc-client` on our RPC: `conformance/clients/kubo-rpc-client`.

use crate::clients::{NODE_TESTS, all_passed, npm, run};
use crate::support::Home;

/// Tests that the library's suite has at least.
const TESTS_MIN: usize = 45;

#[test]
fn kubo_rpc_client() {
    let Some(client) = npm("kubo-rpc-client") else { return };
    let home = Home::empty();
    home.ok("init --profile=test");
    if let Some(run) = run(&home, "--offline", &client, NODE_TESTS) {
        all_passed(&run, TESTS_MIN);
    }
}
