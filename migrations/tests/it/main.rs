//! The programs from outside, and the steps on disks in memory.

mod config;
mod interrupted;
mod outside;
