//! Spec: spec/command/commands.md
//!
//! `ipfs commands`: list all commands.

use crate::commands::ROOT;
use crate::completion::script;
use crate::prelude::*;
use clap_complete::Shell;

/// A command and those below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CommandNames {
    /// The word that names it.
    pub name: String,
    /// Commands below it, sorted by name.
    pub subcommands: Vec<CommandNames>,
    /// Its options.
    pub options: Vec<OptionNames>,
}

/// The names of an option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OptionNames {
    /// All names, the main one first.
    pub names: Vec<String>,
}

impl CommandNames {
    fn of(command: &'static Command, remote: bool) -> Self {
        let mut below = command.subcommands.to_vec();
        below.retain(|command| !(remote && command.cli_only));
        below.sort_by_key(|command| command.name);
        let names = |option: &crate::options::Opt| OptionNames {
            names: option.names.iter().map(|&name| name.to_owned()).collect(),
        };
        // The options that every command knows stand nowhere in the list.
        let own = if command.name == ROOT.name { &[] } else { command.options };
        Self {
            name: command.name.to_owned(),
            subcommands: below.into_iter().map(|command| Self::of(command, remote)).collect(),
            options: own.iter().map(names).collect(),
        }
    }

    fn lines(&self, parent: &str, flags: bool, lines: &mut Vec<String>) {
        let path =
            if parent.is_empty() { self.name.clone() } else { format!("{parent} {}", self.name) };
        if flags {
            for option in &self.options {
                let mut names: Vec<_> = option.names.iter().collect();
                names.sort_by_key(|name| std::cmp::Reverse(name.len()));
                let forms: Vec<_> = names
                    .into_iter()
                    .map(|name| match name.chars().count() {
                        1 => format!("{path} -{name}"),
                        _ => format!("{path} --{name}"),
                    })
                    .collect();
                lines.push(forms.join(" / "));
            }
        }
        for command in &self.subcommands {
            command.lines(&path, flags, lines);
        }
        lines.push(path);
    }
}

impl Output for CommandNames {
    const NAME: &'static str = "Command";

    // spec: commands.text
    fn text(&self, request: &Request, out: &mut dyn Write) -> Result<()> {
        let mut lines = Vec::new();
        self.lines("", request.bool("flags"), &mut lines);
        lines.sort_unstable();
        for line in lines {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

// spec: commands.json
fn list(request: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    emitter.emit(&CommandNames::of(&ROOT, !request.local))
}

fn bash(_: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    emitter.write(&script(Shell::Bash))
}

fn fish(_: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    emitter.write(&script(Shell::Fish))
}

fn zsh(_: &Request, _: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    emitter.write(&script(Shell::Zsh))
}

/// `ipfs commands`
pub static COMMANDS: Command = Command {
    name: "commands",
    tagline: "List all commands.",
    options: &[Opt::bool(&["flags", "f"], "List the options of each command, too.")],
    subcommands: &[&COMMANDS_COMPLETION],
    no_repo: true,
    run: Some(list),
    output: OutputKind::value::<CommandNames>(),
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
    run: Some(bash),
    output: OutputKind::Bytes("text/plain"),
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
    run: Some(fish),
    output: OutputKind::Bytes("text/plain"),
    ..Command::NEW
};

/// `ipfs commands completion zsh`
pub static COMMANDS_COMPLETION_ZSH: Command = Command {
    name: "zsh",
    tagline: "Print a completion script for zsh.",
    description: "\
Write the output to a file called _ipfs in a folder of your $fpath.",
    no_remote: true,
    run: Some(zsh),
    output: OutputKind::Bytes("text/plain"),
    ..Command::NEW
};
