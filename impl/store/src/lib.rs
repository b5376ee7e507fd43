//! Spec: spec/repo/README.md
//!
//! Disk, locks and key-value stores: the parts of a repository whose formats don't depend on its
//! version, so that the node and the migrations use the same. Nothing here knows what a repository
//! is.

#![deny(unsafe_code)]

pub mod datastore;
pub mod disk;
pub mod leveldb;
pub mod lock;
