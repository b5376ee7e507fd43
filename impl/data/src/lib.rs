//! Spec: spec/data/README.md
//!
//! The IPFS data formats: bytes in, bytes out. Nothing here reads a file, opens a socket, asks the
//! clock or rolls a die; a caller that has blocks hands them over through [`block::Source`].

#![forbid(unsafe_code)]

pub mod block;
pub mod car;
pub mod cbor;
pub mod chunker;
pub mod cid;
pub mod codec;
pub mod crypt;
pub mod dag_cbor;
pub mod dag_jose;
pub mod dag_json;
pub mod dag_pb;
pub mod git_raw;
pub mod ipld;
pub mod ipns_record;
pub mod json;
pub mod key;
pub mod libp2p_key;
pub mod multibase;
pub mod multicodec;
pub mod multihash;
pub mod path;
pub mod protobuf;
pub mod quote;
pub mod raw;
pub mod unixfs;
