//! Spec: spec/command/repo-commands.md
//!
//! `ipfs repo`: manage the repository.

pub mod gc;
pub mod migrate;
pub mod stat;
pub mod verify;

pub(crate) use gc::collect;

use crate::options::Default;
use crate::prelude::*;

/// `ipfs repo`
pub static REPO: Command = Command {
    name: "repo",
    tagline: "Manage the repository.",
    subcommands: &[&REPO_GC, &REPO_LS, &REPO_MIGRATE, &REPO_STAT, &REPO_VERIFY, &REPO_VERSION],
    ..Command::NEW
};

/// `ipfs repo gc`
pub static REPO_GC: Command = Command {
    name: "gc",
    tagline: "Delete what isn't kept by pins or the mutable file system.",
    options: &[
        Opt::bool(&["stream-errors"], "Print errors as they come and go on."),
        Opt::bool(&["quiet", "q"], "Print CIDs only."),
        Opt::bool(&["silent"], "Print nothing."),
    ],
    run: Some(gc::run),
    output: OutputKind::stream::<gc::Collected>(),
    ..Command::NEW
};

/// `ipfs repo ls`
pub static REPO_LS: Command = Command {
    name: "ls",
    tagline: "List all blocks of the repository.",
    run: Some(stat::list),
    output: OutputKind::stream::<stat::StoredBlock>(),
    ..Command::NEW
};

/// `ipfs repo migrate`
pub static REPO_MIGRATE: Command = Command {
    name: "migrate",
    tagline: "Bring the repository to another version.",
    options: &[
        Opt::int(&["to"], "The version.").default(Default::Int(18)),
        Opt::bool(&["allow-downgrade"], "Allow an older version."),
    ],
    no_repo: true,
    no_remote: true,
    run: Some(migrate::run),
    output: OutputKind::Bytes("text/plain"),
    ..Command::NEW
};

/// `ipfs repo stat`
pub static REPO_STAT: Command = Command {
    name: "stat",
    tagline: "Show how big the repository is.",
    options: &[
        Opt::bool(&["size-only", "s"], "Show sizes only; doesn't count the blocks."),
        Opt::bool(&["human", "H"], "Print sizes in KB, MB and so on."),
    ],
    run: Some(stat::stat),
    output: OutputKind::value::<stat::RepoStat>(),
    ..Command::NEW
};

/// `ipfs repo verify`
pub static REPO_VERIFY: Command = Command {
    name: "verify",
    tagline: "Check that every block matches its CID.",
    options: &[
        Opt::bool(&["drop"], "Delete broken blocks."),
        Opt::bool(&["heal"], "Delete broken blocks and fetch them again."),
        Opt::string(&["heal-timeout"], "How long to fetch each block.")
            .default(Default::String("30s")),
    ],
    run: Some(verify::run),
    output: OutputKind::stream::<verify::VerifyProgress>(),
    ..Command::NEW
};

/// `ipfs repo version`
pub static REPO_VERSION: Command = Command {
    name: "version",
    tagline: "Show the version of the repository's format.",
    options: &[Opt::bool(&["quiet", "q"], "Print less.")],
    run: Some(stat::version),
    output: OutputKind::value::<stat::RepoVersion>(),
    ..Command::NEW
};
