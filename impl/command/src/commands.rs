//! Spec: spec/command/commands.md
//!
//! The one command table. Each group of commands has a file of its own; here are the root and the
//! options that every command knows.

use crate::emit::Emitter;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::options::Opt;
use crate::request::Request;
use crate::table::Command;

pub mod add;
pub mod bitswap;
pub mod block;
pub mod bootstrap;
pub mod cat;
pub mod cid;
pub mod command_list;
pub mod config;
pub mod crypt;
pub mod daemon;
pub mod dag;
pub mod dht;
pub mod diag;
pub mod files;
pub mod filestore;
pub mod get;
pub mod id;
pub mod init;
pub mod key;
pub mod log;
pub mod ls;
pub mod mount;
pub mod multibase;
pub mod name;
pub mod object;
pub mod offline;
pub mod p2p;
pub mod pin;
pub mod ping;
pub mod provide;
pub mod pubsub;
pub mod refs;
pub mod repo;
pub mod resolve;
pub mod routing;
pub mod shutdown;
pub mod stats;
pub mod swarm;
pub mod update;
pub mod version;

// spec: commands.complete, rpc.every-command
/// `ipfs`
pub static ROOT: Command = Command {
    name: "ipfs",
    tagline: "Store, share and read content by its hash.",
    description: DESCRIPTION,
    options: GLOBAL_OPTIONS,
    subcommands: &[
        &add::ADD,
        &bitswap::BITSWAP,
        &block::BLOCK,
        &bootstrap::BOOTSTRAP,
        &cat::CAT,
        &cid::CID,
        &command_list::COMMANDS,
        &config::CONFIG,
        &crypt::CRYPT,
        &daemon::DAEMON,
        &dag::DAG,
        &dht::DHT,
        &diag::DIAG,
        &files::FILES,
        &filestore::FILESTORE,
        &get::GET,
        &id::ID,
        &init::INIT,
        &key::KEY,
        &log::LOG,
        &ls::LS,
        &mount::MOUNT,
        &multibase::MULTIBASE,
        &name::NAME,
        &object::OBJECT,
        &p2p::P2P,
        &pin::PIN,
        &ping::PING,
        &provide::PROVIDE,
        &pubsub::PUBSUB,
        &refs::REFS,
        &repo::REPO,
        &resolve::RESOLVE,
        &routing::ROUTING,
        &shutdown::SHUTDOWN,
        &stats::STATS,
        &swarm::SWARM,
        &update::UPDATE,
        &version::VERSION,
    ],
    ..Command::NEW
};

const DESCRIPTION: &str = "\
The repository is the folder that --repo-dir or $IPFS_PATH names, by default
~/.ipfs. The exit code is 0 for success, 1 for failure and 89 for what this
program can't do yet.";

const GLOBAL_OPTIONS: &[Opt] = &[
    Opt::string(&["repo-dir"], "Folder of the repository."),
    Opt::string(&["config-file"], "The configuration file to use."),
    Opt::string(&["config", "c"], "Has no effect any more."),
    Opt::bool(&["debug", "D"], "Log everything."),
    Opt::bool(&["help"], "Show the full help of the command."),
    Opt::bool(&["h"], "Show the short help of the command."),
    Opt::bool(&["local", "L"], "Old name of --offline."),
    Opt::bool(&["offline"], "Run without the network."),
    Opt::string(&["api"], "Use the daemon at this address, such as /ip4/127.0.0.1/tcp/5001."),
    Opt::string(&["api-auth"], "Secret for the RPC of the daemon."),
    Opt::string(
        &["cid-base"],
        "Print CIDs in this base of multibase. CIDs of version 0 become version 1 for any base but base58btc.",
    ),
    Opt::bool(
        &["upgrade-cidv0-in-output"],
        "Print CIDs of version 0 as version 1. Deprecated: use --cid-base.",
    ),
    Opt::string(&["encoding", "enc"], "Form of the output: text, json or xml. Default: text."),
    Opt::bool(&["stream-channels"], "Stream channel output."),
    Opt::string(&["timeout"], "Give up after this time, such as 30s or 5m."),
];

/// Groups in which the help of `ipfs` names the commands.
pub(crate) const GROUPS: &[(&str, &[&str])] = &[
    ("BASIC COMMANDS", &["init", "add", "cat", "get", "ls", "refs"]),
    ("DATA STRUCTURE COMMANDS", &["dag", "files", "block", "object"]),
    ("TEXT ENCODING COMMANDS", &["cid", "multibase"]),
    (
        "ADVANCED COMMANDS",
        &[
            "daemon",
            "shutdown",
            "resolve",
            "name",
            "key",
            "crypt",
            "pin",
            "repo",
            "stats",
            "p2p",
            "filestore",
            "mount",
            "provide",
        ],
    ),
    (
        "NETWORK COMMANDS",
        &["id", "bootstrap", "swarm", "dht", "routing", "ping", "bitswap", "pubsub"],
    ),
    ("TOOL COMMANDS", &["config", "version", "diag", "update", "commands", "log"]),
];

/// Stands in for what this build can't do yet.
///
/// # Errors
/// Always, with exit code 89.
pub fn not_implemented(_: &Request, _: &Env, _: &mut Emitter<'_>) -> Result<()> {
    Err(Error::not_implemented())
}
