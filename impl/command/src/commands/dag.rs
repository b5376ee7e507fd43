//! Spec: spec/command/dag-commands.md
//!
//! `ipfs dag`: work with nodes of any IPLD codec.

mod export;
mod import;
mod node;
mod stat;

use crate::options::Default;
use crate::prelude::*;

/// `ipfs dag`
pub static DAG: Command = Command {
    name: "dag",
    tagline: "Work with nodes of any IPLD codec.",
    subcommands: &[&DAG_EXPORT, &DAG_GET, &DAG_IMPORT, &DAG_PUT, &DAG_RESOLVE, &DAG_STAT],
    ..Command::NEW
};

/// `ipfs dag export`
pub static DAG_EXPORT: Command = Command {
    name: "export",
    tagline: "Write a DAG as a CAR file to standard output.",
    arguments: &[Arg::string("root", "The CID of the root.").required().stdin()],
    options: &[
        Opt::bool(&["progress", "p"], "Show progress. By default only on a terminal."),
        Opt::bool(&["local-only"], "Leave out blocks that aren't in the repository."),
    ],
    run: Some(export::run),
    output: OutputKind::Bytes("application/vnd.ipld.car"),
    post_run: Some(export::show),
    ..Command::NEW
};

/// `ipfs dag get`
pub static DAG_GET: Command = Command {
    name: "get",
    tagline: "Print a node, or what is in it.",
    arguments: &[Arg::string("ref", "The node, as a CID or path; a path may go into the node.")
        .required()
        .stdin()],
    options: &[
        Opt::string(&["output-codec"], "Codec of the output.").default(Default::String("dag-json"))
    ],
    run: Some(node::get),
    output: OutputKind::Bytes("application/octet-stream"),
    ..Command::NEW
};

/// `ipfs dag import`
pub static DAG_IMPORT: Command = Command {
    name: "import",
    tagline: "Store the blocks of CAR files.",
    description: "\
Every block is checked against its CID. The roots that the files name are
pinned unless --pin-roots=false is given.",
    arguments: &[Arg::file("path", "The CAR file.").required().variadic().stdin()],
    options: &[
        Opt::bool(&["pin-roots"], "Pin the roots with everything below them. Default: true."),
        Opt::bool(&["local-only"], "Don't look for missing blocks in the network while pinning."),
        Opt::bool(&["silent"], "Print nothing."),
        Opt::bool(&["stats"], "Print how many blocks and bytes were stored."),
        Opt::bool(
            &["fast-provide-root"],
            "Announce the roots at once to the network. Default: Import.FastProvideRoot.",
        ),
        Opt::bool(
            &["fast-provide-dag"],
            "Announce every block at once to the network. Default: Import.FastProvideDAG.",
        ),
        Opt::bool(
            &["fast-provide-wait"],
            "Wait until the announcements are done. Default: Import.FastProvideWait.",
        ),
        Opt::bool(
            &["allow-big-block"],
            "Accept blocks of more than 2 MiB, which peers won't take.",
        )
        .default(Default::Bool(false)),
    ],
    run: Some(import::run),
    output: OutputKind::stream::<import::Imported>(),
    ..Command::NEW
};

/// `ipfs dag put`
pub static DAG_PUT: Command = Command {
    name: "put",
    tagline: "Store nodes.",
    arguments: &[Arg::file("object data", "The file with the node.").required().variadic().stdin()],
    options: &[
        Opt::string(&["store-codec"], "Codec to store in.").default(Default::String("dag-cbor")),
        Opt::string(&["input-codec"], "Codec of the input.").default(Default::String("dag-json")),
        Opt::bool(&["pin"], "Pin the nodes with everything below them."),
        Opt::string(&["hash"], "Hash function. Default: Import.HashFunction."),
        Opt::bool(
            &["allow-big-block"],
            "Accept blocks of more than 2 MiB, which peers won't take.",
        )
        .default(Default::Bool(false)),
    ],
    run: Some(node::put),
    output: OutputKind::stream::<node::Stored>(),
    ..Command::NEW
};

/// `ipfs dag resolve`
pub static DAG_RESOLVE: Command = Command {
    name: "resolve",
    tagline: "Resolve a path as far as there are blocks.",
    description: "\
Prints the CID of the last block on the way and what is left of the path.",
    arguments: &[Arg::string("ref", "The path.").required().stdin()],
    run: Some(node::resolve),
    output: OutputKind::value::<node::Resolved>(),
    ..Command::NEW
};

/// `ipfs dag stat`
pub static DAG_STAT: Command = Command {
    name: "stat",
    tagline: "Count the blocks of DAGs.",
    arguments: &[Arg::string("root", "The CID of the root.").required().variadic().stdin()],
    options: &[Opt::bool(&["progress", "p"], "Show progress while counting. Default: true.")],
    run: Some(stat::run),
    output: OutputKind::stream::<stat::Summary>(),
    post_run: Some(|request, _| Ok(Box::new(stat::Show::new(request)))),
    ..Command::NEW
};
