//! Spec: spec/repo/README.md
//!
//! The IPFS repository on disk. The disk is touched only through [`disk::Disk`], so that faults can
//! be injected; there is no async code and no network here.

#![deny(unsafe_code)]

pub mod api_file;
pub mod blockstore;
pub mod config;
pub mod datastore;
pub mod filestore;
pub mod flatfs;
pub mod gc;
pub mod graph;
pub mod keystore;
pub mod layout;
pub mod mfs;
pub mod name_store;
pub mod pin;
pub mod repo;
#[cfg(test)]
mod testing;
pub mod version;

pub use ipfs_store::{disk, leveldb, lock};
pub use repo::Repo;
