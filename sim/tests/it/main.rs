//! The scenarios of the repository, the command line, and the promise of repeatability.

mod cli;
mod repeat;
mod scenarios;
