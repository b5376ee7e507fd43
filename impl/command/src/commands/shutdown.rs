//! Spec: spec/command/daemon.md
//!
//! `ipfs shutdown`: stop the daemon.

use crate::prelude::*;

// spec: offline.shutdown, rpc.shutdown
fn shutdown(_: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    env.repo()?;
    match env.daemon() {
        Some(stop) => {
            stop.ask();
            Ok(())
        }
        None => Err(Error::client("daemon not running")),
    }
}

/// `ipfs shutdown`
pub static SHUTDOWN: Command =
    Command { name: "shutdown", tagline: "Stop the daemon.", run: Some(shutdown), ..Command::NEW };
