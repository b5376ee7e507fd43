//! Spec: spec/gateway/formats.md
//!
//! Content in formats that the client has to trust: archives of files, values of IPLD codecs.

pub(crate) mod codec;
mod preview;
pub mod tar;
