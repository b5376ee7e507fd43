//! Spec: spec/repo/README.md
//!
//! The IPFS repository on disk. The disk is touched only through [`disk::Disk`], so that faults can
//! be injected; there is no async code and no network here.

#![deny(unsafe_code)]

pub mod datastore;
pub mod disk;
pub mod filestore;
pub mod gc;
pub mod graph;
pub mod leveldb;
pub mod pin;
#[cfg(test)]
mod testing;
