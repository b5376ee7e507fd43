//! Spec: spec/command/add.md
//!
//! `ipfs add`: store files and directories.

mod import;
mod output;
mod run;
mod settings;
mod to_files;
mod walk;

use crate::options::Default;
use crate::prelude::*;

/// `ipfs add`
pub static ADD: Command = Command {
    name: "add",
    tagline: "Store files and directories.",
    description: "\
Reads files, cuts them into chunks, builds a tree of blocks over the chunks
and stores the blocks. Prints the CID of every file; directories come after
what is in them. What was added is pinned unless --pin=false is given.

The CID depends on the content and on the options that shape the tree
(--chunker, --cid-version, --hash, --raw-leaves, --trickle, --max-file-
links, --inline and the directory limits). Defaults come from the section
Import of the configuration.",
    arguments: &[Arg::file(
        "path",
        "The file or directory to add; - for standard input, or a URL.",
    )
    .required()
    .variadic()
    .stdin()
    .recursive()],
    options: &[
        Opt::bool(&["recursive", "r"], "Add directories with everything in them."),
        Opt::bool(&["dereference-args"], "Follow symbolic links that are given as arguments."),
        Opt::string(&["stdin-name"], "Name for the content of standard input."),
        Opt::bool(
            &["hidden", "H"],
            "Include files whose names start with a dot. Only with --recursive.",
        ),
        Opt::strings(
            &["ignore"],
            "A rule in .gitignore syntax for names to leave out. Can be repeated.",
        ),
        Opt::string(&["ignore-rules-path"], "A file with .gitignore rules for names to leave out."),
        Opt::bool(&["empty-dirs", "E"], "Include empty directories.").default(Default::Bool(true)),
        Opt::bool(&["dereference-symlinks"], "Replace every symbolic link by what it points to."),
        Opt::bool(&["quiet", "q"], "Print CIDs only."),
        Opt::bool(&["quieter", "Q"], "Print only the last CID."),
        Opt::bool(&["silent"], "Print nothing."),
        Opt::bool(&["progress", "p"], "Show progress. By default only on a terminal."),
        Opt::bool(&["only-hash", "n"], "Compute the CID but store nothing."),
        Opt::bool(&["wrap-with-directory", "w"], "Put the files into a new directory."),
        Opt::bool(&["pin"], "Pin what was added.").default(Default::Bool(true)),
        Opt::string(&["pin-name"], "Name for the pin."),
        Opt::string(
            &["to-files"],
            "Also link the result at this path of the mutable file system (see 'ipfs files').",
        ),
        Opt::int(
            &["cid-version"],
            "CID version, 0 or 1. Anything but sha2-256 implies 1. Default: Import.CidVersion.",
        ),
        Opt::string(&["hash"], "Hash function. Default: Import.HashFunction."),
        Opt::bool(
            &["raw-leaves"],
            "Store the chunks as raw blocks. Default: Import.UnixFSRawLeaves.",
        ),
        Opt::string(
            &["chunker", "s"],
            "How to cut: size-BYTES, rabin-MIN-AVG-MAX or buzhash. Default: Import.UnixFSChunker.",
        ),
        Opt::bool(
            &["trickle", "t"],
            "Build a trickle tree, which suits reading in order from the start.",
        ),
        Opt::int(
            &["max-file-links"],
            "Most links in a node of a file. Default: Import.UnixFSFileMaxLinks.",
        ),
        Opt::int(
            &["max-directory-links"],
            "Most links in a plain directory. Default: Import.UnixFSDirectoryMaxLinks.",
        ),
        Opt::int(
            &["max-hamt-fanout"],
            "Most links in a node of a sharded directory; a power of two. Default: Import.UnixFSHAMTDirectoryMaxFanout.",
        ),
        Opt::bool(&["inline"], "Put small blocks into their CIDs instead of storing them."),
        Opt::int(&["inline-limit"], "Largest block to inline, in bytes; at most 128.")
            .default(Default::Int(32)),
        Opt::bool(
            &["nocopy"],
            "Leave the content where it is and store references to it (see 'ipfs filestore'). Implies raw leaves.",
        ),
        Opt::bool(&["fscache"], "Look for existing blocks in the filestore first."),
        Opt::bool(&["preserve-mode"], "Keep the permissions of files and directories."),
        Opt::bool(&["preserve-mtime"], "Keep the times of last change."),
        Opt::uint(&["mode"], "Permissions to give to everything that is added, in octal."),
        Opt::int64(
            &["mtime"],
            "Time of last change to give to everything that is added, in seconds since 1970.",
        ),
        Opt::uint(&["mtime-nsecs"], "The part of --mtime below one second, in nanoseconds."),
        Opt::bool(
            &["fast-provide-root"],
            "Announce the root at once to the network. Default: Import.FastProvideRoot.",
        ),
        Opt::bool(
            &["fast-provide-dag"],
            "Announce every block at once to the network. Default: Import.FastProvideDAG.",
        ),
        Opt::bool(
            &["fast-provide-wait"],
            "Wait until the announcements are done. Default: Import.FastProvideWait.",
        ),
    ],
    run: Some(run::run),
    post_run: Some(output::post_run),
    output: OutputKind::stream::<output::AddEvent>(),
    ..Command::NEW
};
