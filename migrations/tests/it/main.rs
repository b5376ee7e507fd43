//! The programs from outside, and the steps on disks in memory.

mod blocks;
mod config;
mod conformance;
mod interrupted;
mod kill;
mod outside;
mod plans;
mod small_repo;
mod space;
