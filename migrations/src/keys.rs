//! Spec: spec/migrations/6-to-7.md
//!
//! Keys of IPNS names, and the records made with them.

pub mod dht_record;
pub mod private_key;

pub use private_key::PrivateKey;
