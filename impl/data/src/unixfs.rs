//! Spec: spec/data/unixfs.md
//!
//! Files and directories as graphs of blocks.

pub mod node;

pub use node::{Kind, Mtime, Node};
