//! Spec: spec/command/offline.md
//!
//! `ipfs shutdown`: stop the daemon.

use crate::prelude::*;

// spec: offline.shutdown
fn shutdown(_: &Request, env: &Env, _: &mut Emitter<'_>) -> Result<()> {
    env.repo()?;
    Err(Error::client("daemon not running"))
}

/// `ipfs shutdown`
pub static SHUTDOWN: Command =
    Command { name: "shutdown", tagline: "Stop the daemon.", run: Some(shutdown), ..Command::NEW };
