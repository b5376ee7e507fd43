//! Spec: spec/command/object.md
//!
//! `ipfs object`: old commands for dag-pb nodes.

mod diff;
mod patch;

use crate::prelude::*;

/// `ipfs object`
pub static OBJECT: Command = Command {
    name: "object",
    tagline: "Old commands for dag-pb nodes.",
    description: "\
See 'ipfs dag' and 'ipfs files'.",
    subcommands: &[
        &OBJECT_DATA,
        &OBJECT_DIFF,
        &OBJECT_GET,
        &OBJECT_LINKS,
        &OBJECT_NEW,
        &OBJECT_PATCH,
        &OBJECT_PUT,
        &OBJECT_STAT,
    ],
    status: Status::Deprecated,
    ..Command::NEW
};

/// `ipfs object data`
pub static OBJECT_DATA: Command = Command {
    name: "data",
    tagline: "Use 'ipfs dag get'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_object),
    ..Command::NEW
};

/// `ipfs object diff`
pub static OBJECT_DIFF: Command = Command {
    name: "diff",
    tagline: "Show how two DAGs differ.",
    arguments: &[
        Arg::string("obj_a", "The first node.").required(),
        Arg::string("obj_b", "The second node.").required(),
    ],
    options: &[Opt::bool(&["verbose", "v"], "Print sentences.")],
    status: Status::Deprecated,
    run: Some(diff::run),
    output: OutputKind::value::<diff::Changes>(),
    ..Command::NEW
};

/// `ipfs object get`
pub static OBJECT_GET: Command = Command {
    name: "get",
    tagline: "Use 'ipfs dag get'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_object),
    ..Command::NEW
};

/// `ipfs object links`
pub static OBJECT_LINKS: Command = Command {
    name: "links",
    tagline: "Use 'ipfs dag get'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_object),
    ..Command::NEW
};

/// `ipfs object new`
pub static OBJECT_NEW: Command = Command {
    name: "new",
    tagline: "Use 'ipfs dag put'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_object),
    ..Command::NEW
};

/// `ipfs object patch`
pub static OBJECT_PATCH: Command = Command {
    name: "patch",
    tagline: "Make changed copies of dag-pb nodes.",
    options: &[Opt::bool(
        &["allow-big-block"],
        "Accept blocks of more than 2 MiB, which peers won't take.",
    )],
    subcommands: &[
        &OBJECT_PATCH_ADD_LINK,
        &OBJECT_PATCH_APPEND_DATA,
        &OBJECT_PATCH_RM_LINK,
        &OBJECT_PATCH_SET_DATA,
    ],
    status: Status::Deprecated,
    ..Command::NEW
};

/// `ipfs object patch add-link`
pub static OBJECT_PATCH_ADD_LINK: Command = Command {
    name: "add-link",
    tagline: "Add a link.",
    arguments: &[
        Arg::string("root", "The node.").required(),
        Arg::string("name", "The path of the new link.").required(),
        Arg::string("ref", "Where it points.").required(),
    ],
    options: &[
        Opt::bool(&["create", "p"], "Make missing nodes on the way."),
        Opt::bool(
            &["allow-non-unixfs", ""],
            "Change nodes that aren't plain directories, too. This can make broken directories.",
        ),
    ],
    status: Status::Deprecated,
    run: Some(patch::add_link),
    output: OutputKind::value::<patch::Object>(),
    ..Command::NEW
};

/// `ipfs object patch append-data`
pub static OBJECT_PATCH_APPEND_DATA: Command = Command {
    name: "append-data",
    tagline: "Use 'ipfs files write'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_object),
    ..Command::NEW
};

/// `ipfs object patch rm-link`
pub static OBJECT_PATCH_RM_LINK: Command = Command {
    name: "rm-link",
    tagline: "Remove a link.",
    arguments: &[
        Arg::string("root", "The node.").required(),
        Arg::string("name", "The path of the link.").required(),
    ],
    options: &[Opt::bool(
        &["allow-non-unixfs", ""],
        "Change nodes that aren't plain directories, too. This can make broken directories.",
    )],
    status: Status::Deprecated,
    run: Some(patch::rm_link),
    output: OutputKind::value::<patch::Object>(),
    ..Command::NEW
};

/// `ipfs object patch set-data`
pub static OBJECT_PATCH_SET_DATA: Command = Command {
    name: "set-data",
    tagline: "Use 'ipfs files write'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_object),
    ..Command::NEW
};

/// `ipfs object put`
pub static OBJECT_PUT: Command = Command {
    name: "put",
    tagline: "Use 'ipfs dag put'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_object),
    ..Command::NEW
};

/// `ipfs object stat`
pub static OBJECT_STAT: Command = Command {
    name: "stat",
    tagline: "Use 'ipfs dag stat'.",
    status: Status::Removed,
    run: Some(crate::commands::offline::removed_object),
    ..Command::NEW
};
