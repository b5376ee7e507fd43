//! The binary from the outside: one file per group of commands.

mod cid;
mod cli;
mod client;
mod clients;
mod command_list;
mod config;
mod help;
mod keys;
mod kill;
mod multibase;
mod names;
mod offline;
mod peers;
mod pin_remote;
mod progress;
mod repo;
mod rpc_client;
mod server;
mod stop;
mod support;
mod version;
