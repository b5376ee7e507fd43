//! Spec: spec/command/files-command.md
//!
//! `ipfs files`: work with a tree of files that can change.

mod run;
mod show;
pub(crate) mod tree;

use crate::options::Default;
use crate::prelude::*;

/// What `ipfs files stat` prints unless told otherwise.
const DEFAULT_FORMAT: &str = "\
<hash>
Size: <size>
CumulativeSize: <cumulsize>
ChildBlocks: <childs>
Type: <type>
Mode: <mode> (<mode-octal>)
Mtime: <mtime>";

/// `ipfs files`
pub static FILES: Command = Command {
    name: "files",
    tagline: "Work with a tree of files that can change.",
    description: "\
The mutable file system (MFS) is a tree of files and directories like that
of a disk. It belongs to the repository; whatever is in it is kept by the
garbage collection. After each change the tree has a new CID (see 'ipfs
files stat /').",
    options: &[Opt::bool(&["flush", "f"], "Write changes up to the root at once.")
        .default(Default::Bool(true))],
    subcommands: &[
        &FILES_CHCID,
        &FILES_CHMOD,
        &FILES_CHROOT,
        &FILES_CP,
        &FILES_FLUSH,
        &FILES_LS,
        &FILES_MKDIR,
        &FILES_MV,
        &FILES_READ,
        &FILES_RM,
        &FILES_STAT,
        &FILES_TOUCH,
        &FILES_WRITE,
    ],
    ..Command::NEW
};

/// `ipfs files chcid`
pub static FILES_CHCID: Command = Command {
    name: "chcid",
    tagline: "Change CID version or hash of a directory.",
    arguments: &[
        Arg::string("path", "The path. The root's comes from the configuration.").required()
    ],
    options: &[
        Opt::int(&["cid-version", "cid-ver"], "CID version, 0 or 1."),
        Opt::string(&["hash"], "Hash function. Implies CID version 1."),
    ],
    run: Some(run::chcid),
    ..Command::NEW
};

/// `ipfs files chmod`
pub static FILES_CHMOD: Command = Command {
    name: "chmod",
    tagline: "Change permissions.",
    arguments: &[
        Arg::string("mode", "The permissions, in octal.").required(),
        Arg::string("path", "The path.").required(),
    ],
    status: Status::Experimental,
    run: Some(run::chmod),
    ..Command::NEW
};

/// `ipfs files chroot`
pub static FILES_CHROOT: Command = Command {
    name: "chroot",
    tagline: "Replace the root of the tree.",
    description: "\
For rescue: sets the root to a directory that is in the repository, or to an
empty one. No daemon may run.",
    arguments: &[Arg::string("cid", "The CID of the new root. Default: an empty directory.")],
    options: &[Opt::bool(&["confirm"], "Really do it.")],
    status: Status::Experimental,
    no_repo: true,
    no_remote: true,
    run: Some(run::chroot),
    output: OutputKind::value::<run::Message>(),
    ..Command::NEW
};

/// `ipfs files cp`
pub static FILES_CP: Command = Command {
    name: "cp",
    tagline: "Copy into the tree.",
    description: "\
The content isn't duplicated; the new name refers to the same blocks.",
    arguments: &[
        Arg::string("source", "A path in the tree, or one that starts with /ipfs/.").required(),
        Arg::string("dest", "The new path in the tree.").required(),
    ],
    options: &[
        Opt::bool(&["force"], "Replace what is there."),
        Opt::bool(&["parents", "p"], "Make missing directories."),
    ],
    run: Some(run::cp),
    ..Command::NEW
};

/// `ipfs files flush`
pub static FILES_FLUSH: Command = Command {
    name: "flush",
    tagline: "Write changes of a path up to the root.",
    arguments: &[Arg::string("path", "The path. Default: /.")],
    run: Some(run::flush),
    output: OutputKind::value::<run::Flushed>(),
    ..Command::NEW
};

/// `ipfs files ls`
pub static FILES_LS: Command = Command {
    name: "ls",
    tagline: "List a directory.",
    arguments: &[Arg::string("path", "The path. Default: /.")],
    options: &[
        Opt::bool(&["long", "l"], "Print CIDs and sizes, too."),
        Opt::bool(&["U"], "Don't sort."),
    ],
    run: Some(show::ls),
    output: OutputKind::value::<show::Listing>(),
    ..Command::NEW
};

/// `ipfs files mkdir`
pub static FILES_MKDIR: Command = Command {
    name: "mkdir",
    tagline: "Make directories.",
    arguments: &[Arg::string("path", "The new directory.").required()],
    options: &[
        Opt::bool(
            &["parents", "p"],
            "Make missing directories on the way; no error if it is there.",
        ),
        Opt::int(&["cid-version", "cid-ver"], "CID version, 0 or 1."),
        Opt::string(&["hash"], "Hash function. Implies CID version 1."),
    ],
    run: Some(run::mkdir),
    ..Command::NEW
};

/// `ipfs files mv`
pub static FILES_MV: Command = Command {
    name: "mv",
    tagline: "Move or rename.",
    arguments: &[
        Arg::string("source", "The path.").required(),
        Arg::string("dest", "The new path.").required(),
    ],
    run: Some(run::mv),
    ..Command::NEW
};

/// `ipfs files read`
pub static FILES_READ: Command = Command {
    name: "read",
    tagline: "Print the content of a file.",
    arguments: &[Arg::string("path", "The path of the file.").required()],
    options: &[
        Opt::int64(&["offset", "o"], "Skip so many bytes."),
        Opt::int64(&["count", "n"], "Print at most so many bytes."),
    ],
    run: Some(run::read),
    output: OutputKind::Bytes("application/octet-stream"),
    ..Command::NEW
};

/// `ipfs files rm`
pub static FILES_RM: Command = Command {
    name: "rm",
    tagline: "Remove files and directories.",
    arguments: &[Arg::string("path", "The path to remove.").required().variadic()],
    options: &[
        Opt::bool(&["recursive", "r"], "Remove directories with everything in them."),
        Opt::bool(&["force"], "Remove whatever it is; no error if it isn't there."),
    ],
    run: Some(run::rm),
    output: OutputKind::stream::<run::NotRemoved>(),
    ..Command::NEW
};

/// `ipfs files stat`
pub static FILES_STAT: Command = Command {
    name: "stat",
    tagline: "Show facts about a path.",
    arguments: &[
        Arg::string("path", "The path.").required(),
    ],
    options: &[
        Opt::string(&["format"], "The template. Known fields: <hash> <size> <cumulsize> <type> <childs> <mode> <mode-octal> <mtime> <mtime-secs> <mtime-nsecs>. Conflicts with other options.").default(Default::String(DEFAULT_FORMAT)),
        Opt::bool(&["hash"], "Print the CID only. Implies --format=<hash>."),
        Opt::bool(&["size"], "Print the size only. Implies --format=<cumulsize>."),
        Opt::bool(&["with-local"], "Say how much of the DAG is in the repository."),
    ],
    run: Some(show::stat),
    output: OutputKind::value::<show::Stat>(),
    ..Command::NEW
};

/// `ipfs files touch`
pub static FILES_TOUCH: Command = Command {
    name: "touch",
    tagline: "Set the time of last change.",
    arguments: &[Arg::string("path", "The path.").required()],
    options: &[
        Opt::int64(&["mtime"], "Seconds since 1970. Default: now."),
        Opt::uint(&["mtime-nsecs"], "The part below one second, in nanoseconds."),
    ],
    status: Status::Experimental,
    run: Some(run::touch),
    ..Command::NEW
};

/// `ipfs files write`
pub static FILES_WRITE: Command = Command {
    name: "write",
    tagline: "Write into a file.",
    description: "\
Writes from --offset on; bytes that were there before and after stay, unless
--truncate is given.",
    arguments: &[
        Arg::string("path", "The path of the file.").required(),
        Arg::file("data", "What to write.").required().stdin(),
    ],
    options: &[
        Opt::int64(&["offset", "o"], "Where in the file to begin, in bytes."),
        Opt::bool(&["create", "e"], "Make the file if it isn't there."),
        Opt::bool(&["parents", "p"], "Make missing directories."),
        Opt::bool(&["truncate", "t"], "Empty the file first."),
        Opt::int64(&["count", "n"], "Write at most so many bytes."),
        Opt::bool(&["raw-leaves"], "Store new chunks as raw blocks."),
        Opt::int(&["cid-version", "cid-ver"], "CID version, 0 or 1."),
        Opt::string(&["hash"], "Hash function. Implies CID version 1."),
    ],
    run: Some(run::write),
    ..Command::NEW
};
