//! Spec: spec/migrations/README.md
//!
//! The steps between the repository versions 0 to 18, in both directions.

#![deny(unsafe_code)]
