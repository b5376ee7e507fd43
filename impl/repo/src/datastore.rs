//! Spec: spec/repo/datastore.md
//!
//! The key-value stores of a repository, and how its configuration combines them.

pub mod spec;

pub use ipfs_store::datastore::*;
