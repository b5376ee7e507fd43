//! Spec: spec/command/filestore-command.md
//!
//! `ipfs filestore`: manage blocks that are kept in other files.

mod run;

use crate::prelude::*;

/// `ipfs filestore`
pub static FILESTORE: Command = Command {
    name: "filestore",
    tagline: "Manage blocks that are kept in other files.",
    description: "\
With 'ipfs add --nocopy' the content stays in the files it came from. If
these change, the blocks are broken.",
    subcommands: &[&FILESTORE_DUPS, &FILESTORE_LS, &FILESTORE_VERIFY],
    ..Command::NEW
};

/// `ipfs filestore dups`
pub static FILESTORE_DUPS: Command = Command {
    name: "dups",
    tagline: "List blocks that are stored twice.",
    run: Some(run::dups),
    output: OutputKind::stream::<run::Reference>(),
    ..Command::NEW
};

/// `ipfs filestore ls`
pub static FILESTORE_LS: Command = Command {
    name: "ls",
    tagline: "List the blocks that are kept in other files.",
    arguments: &[Arg::string("obj", "The CID of a block. Default: all.").variadic()],
    options: &[Opt::bool(&["file-order"], "Sort by file.")],
    run: Some(run::ls),
    output: OutputKind::stream::<run::Entry>(),
    post_run: Some(|_, _| Ok(Box::new(run::ShowList::default()))),
    ..Command::NEW
};

/// `ipfs filestore verify`
pub static FILESTORE_VERIFY: Command = Command {
    name: "verify",
    tagline: "Check the blocks that are kept in other files.",
    description: "\
The first column is ok, error (the file can't be read), no-file, changed or
missing.",
    arguments: &[Arg::string("obj", "The CID of a block. Default: all.").variadic()],
    options: &[
        Opt::bool(&["file-order"], "Sort by file."),
        Opt::bool(&["remove-bad-blocks"], "Forget blocks that are broken."),
    ],
    run: Some(run::verify),
    output: OutputKind::stream::<run::Entry>(),
    post_run: Some(|_, _| Ok(Box::new(run::ShowVerified))),
    ..Command::NEW
};
