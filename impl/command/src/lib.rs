//! Spec: spec/command/README.md
//!
//! The command `ipfs`: one table of commands drives parsing, help, completion, `ipfs commands`, the
//! reference page and (later) the RPC. See `README.md` of this crate for how to add a command.

#![forbid(unsafe_code)]
// Result types are public to the table, wherever in a group's private modules they live.
#![allow(unreachable_pub)]

pub mod calendar;
pub mod cid_base;
pub mod cli;
pub mod client;
pub mod commands;
pub mod completion;
pub mod content;
pub mod duration;
pub mod emit;
pub mod encode;
pub mod env;
pub mod error;
pub mod files;
pub mod help;
pub mod human;
pub mod interrupt;
pub mod keyring;
pub mod logging;
pub mod metrics;
mod migrations;
pub mod names;
mod network;
pub mod options;
pub mod parse;
pub mod passphrase;
pub mod progress;
pub mod reference;
pub mod request;
pub mod rpc;
pub mod spans;
pub mod suggest;
pub mod table;
pub mod terminal;
mod web;

/// What a command file needs.
pub mod prelude {
    pub use crate::cid_base::CidEncoder;
    pub use crate::emit::{Emitter, Output, PostRun};
    pub use crate::env::Env;
    pub use crate::error::{Error, Kind, Result};
    pub use crate::options::{Opt, Value};
    pub use crate::request::Request;
    pub use crate::table::{Arg, Command, OutputKind, Status};
    pub use crate::terminal::Terminal;
    pub use serde::{Deserialize, Serialize};
    pub use std::io::Write;
}
