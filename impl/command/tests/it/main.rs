//! The binary from the outside: one file per group of commands.

mod cid;
mod cli;
mod command_list;
mod help;
mod keys;
mod kill;
mod multibase;
mod names;
mod offline;
mod support;
mod version;
