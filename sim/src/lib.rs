//! Spec: spec/sim/README.md
//!
//! The real protocol machines, driven in virtual time over simulated links.

#![deny(unsafe_code)]
