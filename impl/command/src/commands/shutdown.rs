//! Spec: spec/command/shutdown.md
//!
//! `ipfs shutdown`: stop the daemon.

use crate::prelude::*;

/// `ipfs shutdown`
pub static SHUTDOWN: Command = Command {
    name: "shutdown",
    tagline: "Stop the daemon.",
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};
