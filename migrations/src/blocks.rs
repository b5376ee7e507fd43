//! Spec: spec/migrations/blocks.md
//!
//! Block files as the versions had them: their names, their directories, and how they are moved
//! from one layout to the next without ever losing or overwriting one.

pub mod key;
pub mod layout;
pub mod relocate;
