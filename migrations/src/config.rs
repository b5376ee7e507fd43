//! Spec: spec/migrations/config-file.md
//!
//! The file `config`: reading, writing, and the steps that only change it.

mod backup;
pub mod json;

pub use backup::{Conversion, finish, forward, plan, revert};
