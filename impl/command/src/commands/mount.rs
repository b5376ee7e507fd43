//! Spec: spec/command/offline.md
//!
//! `ipfs mount`: mount IPFS as a file system.

use crate::prelude::*;

/// `ipfs mount`
pub static MOUNT: Command = Command {
    name: "mount",
    tagline: "Mount IPFS as a file system.",
    options: &[
        Opt::string(&["ipfs-path", "f"], "Where to mount IPFS. Default: Mounts.IPFS."),
        Opt::string(&["ipns-path", "n"], "Where to mount IPNS. Default: Mounts.IPNS."),
        Opt::string(&["mfs-path", "m"], "Where to mount MFS. Default: Mounts.MFS."),
    ],
    status: Status::Experimental,
    run: Some(crate::commands::offline::command),
    ..Command::NEW
};
