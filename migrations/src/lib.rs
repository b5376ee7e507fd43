//! Spec: spec/migrations/README.md
//!
//! The steps between the repository versions 0 to 18, in both directions.
//!
//! A [`Step`] knows what one pair of versions changes. The [`engine`] runs it so that a killed
//! process never leaves a repository that can't be completed: lock, checks, journal, change,
//! version file last. The programs in `src/bin` are the command lines around it.

#![deny(unsafe_code)]

pub mod block_access;
pub mod blocks;
pub mod cli;
pub mod config;
pub mod context;
pub mod dag_pb;
pub mod engine;
pub mod error;
pub mod journal;
pub mod keys;
pub mod locking;
pub mod pins;
pub mod protobuf;
pub mod range;
pub mod report;
pub mod step;
pub mod steps;
pub mod stock;
pub mod stores;
mod unchanged;
pub mod verify;
pub mod version_file;

pub use context::Context;
pub use error::Error;
pub use report::Report;
pub use step::{Direction, Plan, Step};
