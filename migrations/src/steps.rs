//! Spec: spec/migrations/README.md
//!
//! All steps.

use crate::step::Step;

mod s12_to_13;

pub use s12_to_13::Step12To13;

/// All steps, the lowest version first.
pub static ALL: &[&dyn Step] = &[&Step12To13];
