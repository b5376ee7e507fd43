//! Spec: spec/migrations/verify.md
//!
//! Proves that what was in a repository is still there: an inventory in terms that no step changes,
//! and the comparison of two.

pub mod compare;
mod identity;
pub mod inventory;
pub mod sorted;

pub use compare::{Difference, compare};
pub use inventory::{Counts, take};
pub use sorted::Lines;
