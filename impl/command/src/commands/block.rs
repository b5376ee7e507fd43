//! Spec: spec/command/block-commands.md
//!
//! `ipfs block`: read and write single blocks.

pub(in crate::commands) mod run;

use crate::options::Default;
use crate::prelude::*;

/// `ipfs block`
pub static BLOCK: Command = Command {
    name: "block",
    tagline: "Read and write single blocks.",
    description: "\
A block is a piece of data under the CID that its hash gives. These commands
work below the level of files and directories.",
    subcommands: &[&BLOCK_GET, &BLOCK_PUT, &BLOCK_RM, &BLOCK_STAT],
    ..Command::NEW
};

/// `ipfs block get`
pub static BLOCK_GET: Command = Command {
    name: "get",
    tagline: "Print the bytes of a block.",
    arguments: &[Arg::string("cid", "The CID of the block.").required().stdin()],
    run: Some(run::get),
    output: OutputKind::Bytes("application/vnd.ipld.raw"),
    ..Command::NEW
};

/// `ipfs block put`
pub static BLOCK_PUT: Command = Command {
    name: "put",
    tagline: "Store bytes as blocks.",
    description: "\
Each file becomes one block. Without options the CID is of version 1 with
the codec raw and the hash sha2-256.",
    arguments: &[Arg::file("data", "The file whose bytes become a block.")
        .required()
        .variadic()
        .stdin()],
    options: &[
        Opt::string(&["cid-codec"], "Codec in the CID.").default(Default::String("raw")),
        Opt::string(&["mhtype"], "Hash function. Default: Import.HashFunction, else sha2-256."),
        Opt::int(&["mhlen"], "Length of the digest in bytes; -1 for the whole.")
            .default(Default::Int(-1)),
        Opt::bool(&["pin"], "Pin the blocks, each with everything below it.")
            .default(Default::Bool(false)),
        Opt::bool(
            &["allow-big-block"],
            "Accept blocks of more than 2 MiB, which peers won't take.",
        )
        .default(Default::Bool(false)),
        Opt::string(&["format", "f"], "Old form of --cid-codec: v0, protobuf, cbor or a codec."),
    ],
    run: Some(run::put),
    output: OutputKind::stream::<run::Stat>(),
    ..Command::NEW
};

/// `ipfs block rm`
pub static BLOCK_RM: Command = Command {
    name: "rm",
    tagline: "Delete blocks.",
    description: "\
Pinned blocks stay. The command goes on after a block that can't be deleted
and fails at the end.",
    arguments: &[Arg::string("cid", "The CID of the block.").required().variadic()],
    options: &[
        Opt::bool(&["force", "f"], "Don't complain about blocks that aren't there."),
        Opt::bool(&["quiet", "q"], "Print failures only."),
    ],
    run: Some(run::rm),
    output: OutputKind::stream::<run::Removed>(),
    post_run: Some(|_, _| Ok(Box::new(run::ShowRemoved::default()))),
    ..Command::NEW
};

/// `ipfs block stat`
pub static BLOCK_STAT: Command = Command {
    name: "stat",
    tagline: "Print CID and size of a block.",
    arguments: &[Arg::string("cid", "The CID of the block.").required().stdin()],
    run: Some(run::stat),
    output: OutputKind::value::<run::Stat>(),
    ..Command::NEW
};
