//! The binary from the outside: one file per group of commands.

mod cid;
mod cli;
mod command_list;
mod config;
mod help;
mod keys;
mod kill;
mod multibase;
mod names;
mod offline;
mod repo;
mod rpc_client;
mod support;
mod version;
