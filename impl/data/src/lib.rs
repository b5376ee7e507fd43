//! Spec: spec/data/README.md
//!
//! The IPFS data formats: bytes in, bytes out. Nothing here reads a file, opens a socket, asks the
//! clock or rolls a die; a caller that has blocks hands them over through [`block::Source`].

#![forbid(unsafe_code)]

pub mod block;
pub mod car;
pub mod cid;
pub mod dag_pb;
pub mod ipld;
pub mod key;
pub mod multibase;
pub mod path;
mod protobuf;
