//! Spec: spec/command/pin-command.md
//!
//! `ipfs pin`: keep content.

mod list;
pub(crate) mod remote;
mod run;

use crate::options::Default;
use crate::prelude::*;

/// `ipfs pin`
pub static PIN: Command = Command {
    name: "pin",
    tagline: "Keep content.",
    description: "\
What is pinned is kept by the garbage collection. A recursive pin keeps a
node and everything below it; a direct pin keeps one node; what lies below a
recursive pin is pinned indirectly.",
    subcommands: &[&PIN_ADD, &PIN_LS, &PIN_REMOTE, &PIN_RM, &PIN_UPDATE, &PIN_VERIFY],
    ..Command::NEW
};

/// `ipfs pin add`
pub static PIN_ADD: Command = Command {
    name: "add",
    tagline: "Pin content.",
    arguments: &[Arg::string("ipfs-path", "What to pin.").required().variadic().stdin()],
    options: &[
        Opt::bool(&["recursive", "r"], "Pin everything below, too.").default(Default::Bool(true)),
        Opt::string(&["name", "n"], "Name for the pin."),
        Opt::bool(&["progress"], "Show progress."),
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
    run: Some(run::add),
    output: OutputKind::stream::<run::Added>(),
    post_run: Some(|_, _| Ok(Box::new(run::ShowAdded::new()))),
    ..Command::NEW
};

/// `ipfs pin ls`
pub static PIN_LS: Command = Command {
    name: "ls",
    tagline: "List pins.",
    arguments: &[Arg::string("ipfs-path", "List only this, and say how it is pinned.").variadic()],
    options: &[
        Opt::string(&["type", "t"], "List direct, indirect, recursive or all pins.")
            .default(Default::String("all")),
        Opt::bool(&["quiet", "q"], "Print CIDs only."),
        Opt::string(&["name", "n"], "List pins whose name contains this text."),
        Opt::bool(&["stream", "s"], "Print pins as they are found."),
        Opt::bool(&["names"], "Print the names, too."),
    ],
    run: Some(list::ls),
    output: OutputKind::stream::<list::Listed>(),
    ..Command::NEW
};

/// `ipfs pin remote`
pub static PIN_REMOTE: Command = Command {
    name: "remote",
    tagline: "Keep content at other services.",
    subcommands: &[&PIN_REMOTE_ADD, &PIN_REMOTE_LS, &PIN_REMOTE_RM, &PIN_REMOTE_SERVICE],
    ..Command::NEW
};

/// `ipfs pin remote add`
pub static PIN_REMOTE_ADD: Command = Command {
    name: "add",
    tagline: "Ask a service to pin.",
    arguments: &[Arg::string("ipfs-path", "What to pin.").required()],
    options: &[
        Opt::string(&["service"], "Name of the service."),
        Opt::string(&["name"], "Name for the pin."),
        Opt::bool(&["background"], "Don't wait until it is pinned.").default(Default::Bool(false)),
    ],
    run: Some(remote::add),
    output: OutputKind::value::<remote::RemotePin>(),
    ..Command::NEW
};

/// `ipfs pin remote ls`
pub static PIN_REMOTE_LS: Command = Command {
    name: "ls",
    tagline: "List what a service pins.",
    options: &[
        Opt::string(&["service"], "Name of the service."),
        Opt::string(&["name"], "List pins with this name."),
        Opt::list(&["cid"], "List pins of these CIDs, separated by commas."),
        Opt::list(
            &["status"],
            "List pins in these states, separated by commas: queued, pinning, pinned, failed.",
        )
        .default(Default::Strings(&["pinned"])),
    ],
    run: Some(remote::ls),
    output: OutputKind::stream::<remote::RemotePin>(),
    ..Command::NEW
};

/// `ipfs pin remote rm`
pub static PIN_REMOTE_RM: Command = Command {
    name: "rm",
    tagline: "Ask a service to unpin.",
    options: &[
        Opt::string(&["service"], "Name of the service."),
        Opt::string(&["name"], "Remove pins with this name."),
        Opt::list(&["cid"], "Remove pins of these CIDs, separated by commas."),
        Opt::list(
            &["status"],
            "Remove pins in these states, separated by commas: queued, pinning, pinned, failed.",
        )
        .default(Default::Strings(&["pinned"])),
        Opt::bool(&["force"], "Remove several pins at once.").default(Default::Bool(false)),
    ],
    run: Some(remote::rm),
    ..Command::NEW
};

/// `ipfs pin remote service`
pub static PIN_REMOTE_SERVICE: Command = Command {
    name: "service",
    tagline: "Manage the services.",
    subcommands: &[&PIN_REMOTE_SERVICE_ADD, &PIN_REMOTE_SERVICE_LS, &PIN_REMOTE_SERVICE_RM],
    ..Command::NEW
};

/// `ipfs pin remote service add`
pub static PIN_REMOTE_SERVICE_ADD: Command = Command {
    name: "add",
    tagline: "Add a service.",
    arguments: &[
        Arg::string("service", "Name for the service.").required(),
        Arg::string("endpoint", "URL of the service.").required(),
        Arg::string("key", "Secret of the service.").required(),
    ],
    run: Some(remote::service_add),
    ..Command::NEW
};

/// `ipfs pin remote service ls`
pub static PIN_REMOTE_SERVICE_LS: Command = Command {
    name: "ls",
    tagline: "List the services.",
    options: &[
        Opt::bool(&["stat"], "Ask each service how much it pins.").default(Default::Bool(false))
    ],
    run: Some(remote::service_ls),
    output: OutputKind::value::<remote::Services>(),
    ..Command::NEW
};

/// `ipfs pin remote service rm`
pub static PIN_REMOTE_SERVICE_RM: Command = Command {
    name: "rm",
    tagline: "Forget a service.",
    arguments: &[Arg::string("service", "Name of the service.").required()],
    run: Some(remote::service_rm),
    ..Command::NEW
};

/// `ipfs pin rm`
pub static PIN_RM: Command = Command {
    name: "rm",
    tagline: "Unpin content.",
    arguments: &[Arg::string("ipfs-path", "What to unpin.").required().variadic().stdin()],
    options: &[
        Opt::bool(&["recursive", "r"], "Unpin everything below, too.").default(Default::Bool(true))
    ],
    run: Some(run::rm),
    output: OutputKind::value::<run::Changed>(),
    ..Command::NEW
};

/// `ipfs pin update`
pub static PIN_UPDATE: Command = Command {
    name: "update",
    tagline: "Move a pin to another version of the content.",
    description: "\
Faster than a new pin if both versions share much.",
    arguments: &[
        Arg::string("from-path", "What is pinned.").required(),
        Arg::string("to-path", "What to pin instead.").required(),
    ],
    options: &[
        Opt::bool(&["unpin"], "Unpin the old version.").default(Default::Bool(true)),
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
    run: Some(run::update),
    output: OutputKind::value::<run::Changed>(),
    ..Command::NEW
};

/// `ipfs pin verify`
pub static PIN_VERIFY: Command = Command {
    name: "verify",
    tagline: "Check that everything pinned is there.",
    options: &[
        Opt::bool(&["verbose"], "Print good pins, too."),
        Opt::bool(&["quiet", "q"], "Print the CIDs of broken pins only."),
    ],
    run: Some(run::verify),
    output: OutputKind::stream::<run::Verified>(),
    ..Command::NEW
};
