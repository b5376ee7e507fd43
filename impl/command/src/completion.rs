//! Spec: spec/command/commands.md
//!
//! Completion scripts: the table as a clap command, from which clap_complete makes them.

use crate::commands::ROOT;
use crate::options::Kind;
use crate::table::Command;
use clap_complete::Shell;

/// The script for a shell.
// spec: commands.completion
pub fn script(shell: Shell) -> Vec<u8> {
    let mut command = convert(&ROOT).disable_help_subcommand(true);
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut command, ROOT.name, &mut out);
    out
}

fn convert(command: &'static Command) -> clap::Command {
    let mut out = clap::Command::new(command.name)
        .about(command.tagline)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true);
    for option in command.options {
        let mut arg = clap::Arg::new(option.name()).help(option.description);
        for name in option.names {
            let mut letters = name.chars();
            arg = match (letters.next(), letters.next()) {
                (None, _) => arg,
                (Some(letter), None) => arg.short(letter),
                _ if arg.get_long().is_none() => arg.long(*name),
                _ => arg.visible_alias(*name),
            };
        }
        let action = match option.kind {
            Kind::Bool => clap::ArgAction::SetTrue,
            _ => clap::ArgAction::Append,
        };
        out = out.arg(arg.action(action));
    }
    for argument in command.arguments {
        // An option may have the same name: the capital letter keeps the two apart.
        let id = format!("A-{}", argument.name);
        let mut arg = clap::Arg::new(id).value_name(argument.name).help(argument.description);
        if argument.variadic {
            arg = arg.num_args(0..).action(clap::ArgAction::Append);
        }
        if argument.file {
            arg = arg.value_hint(clap::ValueHint::AnyPath);
        }
        out = out.arg(arg);
    }
    out.subcommands(command.subcommands.iter().map(|command| convert(command)))
}
