//! Spec: spec/sim/README.md
//!
//! The real protocol machines, driven in virtual time over simulated links.

#![deny(unsafe_code)]

mod bits;
pub mod cli;
pub mod content;
mod event;
pub mod expect;
mod fetch;
pub mod machine;
pub mod measure;
pub mod net;
mod node;
pub mod packet;
pub mod progress;
mod queue;
pub mod report;
pub mod rng;
pub mod run;
pub mod scenario;
pub mod time;
pub mod trace;
pub mod world;
