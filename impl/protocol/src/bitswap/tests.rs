//! Machines wired together, in virtual time.

mod exchange;
mod getter;
mod serving;
mod world;
