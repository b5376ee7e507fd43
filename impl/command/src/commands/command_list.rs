//! Spec: spec/command/commands.md
//!
//! `ipfs commands`: list all commands.

use crate::prelude::*;

/// `ipfs commands`
pub static COMMANDS: Command = Command {
    name: "commands",
    tagline: "List all commands.",
    options: &[
        Opt::bool(&["flags", "f"], "List the options of each command, too."),
    ],
    subcommands: &[&COMMANDS_COMPLETION],
    no_repo: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs commands completion`
pub static COMMANDS_COMPLETION: Command = Command {
    name: "completion",
    tagline: "Print scripts that complete commands in a shell.",
    subcommands: &[&COMMANDS_COMPLETION_BASH, &COMMANDS_COMPLETION_FISH, &COMMANDS_COMPLETION_ZSH],
    ..Command::NEW
};

/// `ipfs commands completion bash`
pub static COMMANDS_COMPLETION_BASH: Command = Command {
    name: "bash",
    tagline: "Print a completion script for bash.",
    description: "\
Try it with

  source <(ipfs commands completion bash)

and keep it by writing the output to a file that bash loads at its start.",
    no_remote: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs commands completion fish`
pub static COMMANDS_COMPLETION_FISH: Command = Command {
    name: "fish",
    tagline: "Print a completion script for fish.",
    description: "\
Try it with

  ipfs commands completion fish | source",
    no_remote: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};

/// `ipfs commands completion zsh`
pub static COMMANDS_COMPLETION_ZSH: Command = Command {
    name: "zsh",
    tagline: "Print a completion script for zsh.",
    description: "\
Write the output to a file called _ipfs in a folder of your $fpath.",
    no_remote: true,
    run: Some(crate::commands::not_implemented),
    ..Command::NEW
};
