//! Spec: spec/command/diag.md
//!
//! `ipfs diag`: find out what is wrong.

pub mod calls;
pub mod datastore;
pub mod profile;
pub mod system;

use crate::options::Default;
use crate::prelude::*;

/// `ipfs diag`
pub static DIAG: Command = Command {
    name: "diag",
    tagline: "Find out what is wrong.",
    subcommands: &[&DIAG_CMDS, &DIAG_DATASTORE, &DIAG_HEALTHY, &DIAG_PROFILE, &DIAG_SYS],
    ..Command::NEW
};

/// `ipfs diag cmds`
// spec: offline.diag-cmds
pub static DIAG_CMDS: Command = Command {
    name: "cmds",
    tagline: "List the commands that a daemon is running.",
    options: &[Opt::bool(&["verbose", "v"], "Print IDs, arguments and options.")],
    subcommands: &[&DIAG_CMDS_CLEAR, &DIAG_CMDS_SET_TIME],
    no_local: true,
    run: Some(calls::list),
    output: OutputKind::value::<calls::Report>(),
    ..Command::NEW
};

/// `ipfs diag cmds clear`
pub static DIAG_CMDS_CLEAR: Command = Command {
    name: "clear",
    tagline: "Forget the commands that are done.",
    run: Some(calls::clear),
    ..Command::NEW
};

/// `ipfs diag cmds set-time`
pub static DIAG_CMDS_SET_TIME: Command = Command {
    name: "set-time",
    tagline: "Set for how long finished commands are remembered.",
    arguments: &[Arg::string("time", "The duration, such as 1h30m.").required()],
    run: Some(calls::set_time),
    ..Command::NEW
};

/// `ipfs diag datastore`
pub static DIAG_DATASTORE: Command = Command {
    name: "datastore",
    tagline: "Look into the datastore.",
    subcommands: &[&DIAG_DATASTORE_COUNT, &DIAG_DATASTORE_GET, &DIAG_DATASTORE_PUT],
    status: Status::Experimental,
    ..Command::NEW
};

/// `ipfs diag datastore count`
pub static DIAG_DATASTORE_COUNT: Command = Command {
    name: "count",
    tagline: "Count the keys under a prefix.",
    arguments: &[Arg::string("prefix", "The prefix, such as /pins.").required()],
    status: Status::Experimental,
    no_remote: true,
    no_daemon: true,
    run: Some(datastore::count),
    output: OutputKind::value::<datastore::DatastoreCount>(),
    ..Command::NEW
};

/// `ipfs diag datastore get`
pub static DIAG_DATASTORE_GET: Command = Command {
    name: "get",
    tagline: "Print the value of a key.",
    arguments: &[Arg::string("key", "The key, such as /local/filesroot.").required()],
    options: &[Opt::bool(&["hex"], "Print in hexadecimal.")],
    status: Status::Experimental,
    no_remote: true,
    no_daemon: true,
    run: Some(datastore::get),
    output: OutputKind::value::<datastore::DatastoreValue>(),
    ..Command::NEW
};

/// `ipfs diag datastore put`
pub static DIAG_DATASTORE_PUT: Command = Command {
    name: "put",
    tagline: "Set the value of a key.",
    description: "\
This can damage the repository.",
    arguments: &[
        Arg::string("key", "The key, such as /local/filesroot.").required(),
        Arg::string("value", "The value.").required(),
    ],
    status: Status::Experimental,
    no_remote: true,
    no_daemon: true,
    run: Some(datastore::put),
    ..Command::NEW
};

/// `ipfs diag healthy`
pub static DIAG_HEALTHY: Command = Command {
    name: "healthy",
    tagline: "Check that the node can read content.",
    run: Some(system::healthy),
    output: OutputKind::value::<system::Health>(),
    ..Command::NEW
};

/// `ipfs diag profile`
pub static DIAG_PROFILE: Command = Command {
    name: "profile",
    tagline: "Collect figures about a running daemon.",
    options: &[
        Opt::string(&["output", "o"], "The file to write. Default: ipfs-profile-TIME.zip."),
        Opt::strings(&["collectors"], "What to collect. Can be repeated.")
            .default(Default::Strings(&profile::COLLECTORS)),
        Opt::string(&["profile-time"], "For how long to watch; 0 for no watching.")
            .default(Default::String("30s")),
        Opt::int(&["mutex-profile-fraction"], "Watch one of so many contended locks.")
            .default(Default::Int(4)),
        Opt::string(&["block-profile-rate"], "Watch one blocked operation in so much time.")
            .default(Default::String("1ms")),
    ],
    no_local: true,
    run: Some(profile::profile),
    output: OutputKind::Bytes("application/zip"),
    post_run: Some(profile::save),
    ..Command::NEW
};

/// `ipfs diag sys`
pub static DIAG_SYS: Command = Command {
    name: "sys",
    tagline: "Print facts about the system.",
    run: Some(system::facts),
    output: OutputKind::value::<system::SystemFacts>(),
    ..Command::NEW
};
