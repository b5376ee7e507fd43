//! Spec: spec/command/config-commands.md
//!
//! `ipfs config`: show or change the configuration.

mod auto;
mod run;

pub(crate) use auto::bootstrap_peers;
pub(crate) use auto::delegated_routers;
pub(super) use run::merge_into_file;
pub use run::{ConfigField, ConfigMap, ConfigUpdate};

use crate::prelude::*;

/// `ipfs config`
pub static CONFIG: Command = Command {
    name: "config",
    tagline: "Show or change the configuration.",
    description: "\
With a key, prints its value; with a key and a value, sets it. A key is a
list of names with dots between them, such as Datastore.StorageMax. The
value is taken as text unless --json or --bool is given.

The configuration is the file config in the repository. A running daemon
reads it at its start only.",
    arguments: &[
        Arg::string("key", "The key, such as Addresses.API.").required(),
        Arg::string("value", "The new value."),
    ],
    options: &[
        Opt::bool(&["bool"], "The value is true or false."),
        Opt::bool(&["json"], "The value is JSON."),
        Opt::bool(&["expand-auto"], "Show what auto stands for."),
    ],
    subcommands: &[&CONFIG_EDIT, &CONFIG_PROFILE, &CONFIG_REPLACE, &CONFIG_SHOW],
    run: Some(run::key),
    output: OutputKind::value::<ConfigField>(),
    ..Command::NEW
};

/// `ipfs config edit`
pub static CONFIG_EDIT: Command = Command {
    name: "edit",
    tagline: "Open the configuration in an editor.",
    description: "\
Uses the program that $EDITOR names.",
    no_repo: true,
    no_remote: true,
    run: Some(run::edit),
    ..Command::NEW
};

/// `ipfs config profile`
pub static CONFIG_PROFILE: Command = Command {
    name: "profile",
    tagline: "Apply sets of changes to the configuration.",
    subcommands: &[&CONFIG_PROFILE_APPLY],
    ..Command::NEW
};

/// `ipfs config profile apply`
pub static CONFIG_PROFILE_APPLY: Command = Command {
    name: "apply",
    tagline: "Apply a profile.",
    description: "\
Keeps a copy of the old configuration beside the new one.",
    arguments: &[Arg::string("profile", "The name of the profile.").required()],
    options: &[Opt::bool(&["dry-run"], "Show the changes without making them.")],
    run: Some(run::apply),
    output: OutputKind::value::<ConfigUpdate>(),
    ..Command::NEW
};

/// `ipfs config replace`
pub static CONFIG_REPLACE: Command = Command {
    name: "replace",
    tagline: "Replace the configuration by a file.",
    description: "\
The private key stays as it is. Anything else that is not in the file is
gone.",
    arguments: &[Arg::file("file", "A configuration in JSON.").required()],
    run: Some(run::replace),
    ..Command::NEW
};

/// `ipfs config show`
pub static CONFIG_SHOW: Command = Command {
    name: "show",
    tagline: "Print the configuration.",
    description: "\
Private keys and other secrets are left out.",
    run: Some(run::show),
    output: OutputKind::value::<ConfigMap>(),
    ..Command::NEW
};
