//! Spec: spec/command/help.md
//!
//! Help, from the table.

use crate::commands::{GROUPS, ROOT};
use crate::options::{Default, Kind, Opt};
use crate::table::{Arg, Command, Status};
use std::io::IsTerminal;

/// Width of help that doesn't go to a terminal, in columns.
pub const WIDTH_DEFAULT: usize = 80;

/// Least width of a description beside its term, in columns.
const TEXT_WIDTH_MIN: usize = 30;

/// Columns before every line.
const INDENT: &str = "  ";

/// The width of standard output in columns.
pub fn width() -> usize {
    if std::io::stdout().is_terminal()
        && let Ok(size) = rustix::termios::tcgetwinsize(rustix::stdio::stdout())
        && size.ws_col > 0
    {
        return usize::from(size.ws_col);
    }
    WIDTH_DEFAULT
}

/// The help of a command, short or long.
// spec: help.layout, help.width
pub fn text(path: &[&str], command: &'static Command, long: bool, width: usize) -> String {
    let width = width.saturating_sub(INDENT.len());
    let mut out = String::new();
    if let Some(warning) = warning(command.status) {
        out.push_str(&format!("WARNING:   {warning}\n\n"));
    }
    let full = full_name(path);
    let mut usage = words(&full, command.arguments);
    usage.push_str(" - ");
    section(&mut out, "USAGE", &wrap(&usage, command.tagline, width), long);
    let synopsis = synopsis(&full, command, width);
    if long {
        section(&mut out, "SYNOPSIS", &synopsis, true);
        let arguments = arguments(command.arguments, width);
        section(&mut out, "ARGUMENTS\n", &arguments, true);
        section(&mut out, "OPTIONS\n", &options(command.options, width), true);
        let description =
            if command.description.is_empty() { command.tagline } else { command.description };
        section(&mut out, "DESCRIPTION\n", description, true);
    } else {
        out.push_str(&format!("\n{}\n", indent(&synopsis)));
        let short = if command.short.is_empty() {
            command.description.split("\n\n").next().unwrap_or_default()
        } else {
            command.short
        };
        if !short.is_empty() {
            out.push_str(&format!("\n{}\n", indent(short)));
        }
    }
    match path {
        [] => groups(&mut out, command, width),
        _ => subcommands(&mut out, &full, command, width),
    }
    blank_line(&mut out);
    out
}

pub(crate) fn full_name(path: &[&str]) -> String {
    let mut full = String::from(ROOT.name);
    for name in path {
        full.push(' ');
        full.push_str(name);
    }
    full
}

// spec: help.warnings
pub(crate) const fn warning(status: Status) -> Option<&'static str> {
    match status {
        Status::Active => None,
        Status::Experimental => Some("EXPERIMENTAL, command may change in future releases"),
        Status::Deprecated => Some("DEPRECATED, command will be removed in the future"),
        Status::Removed => Some("REMOVED, command is no longer available"),
    }
}

fn section(out: &mut String, title: &str, text: &str, spaced: bool) {
    if text.is_empty() {
        return;
    }
    out.push_str(&format!("{title}\n{}\n", indent(text)));
    if spaced {
        out.push('\n');
    }
}

fn indent(text: &str) -> String {
    let mut out = String::new();
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        if !line.is_empty() {
            out.push_str(INDENT);
            out.push_str(line);
        }
    }
    out
}

/// `first`, then `text` in the columns right of it.
fn wrap(first: &str, text: &str, width: usize) -> String {
    let offset = first.chars().count();
    let room = width.saturating_sub(offset);
    if room < TEXT_WIDTH_MIN {
        // No room beside the term: the text gets lines of its own.
        let below = format!("{INDENT}{INDENT}");
        let lines = fold(text, width.saturating_sub(below.len()));
        let mut out = first.trim_end_matches(" - ").trim_end().to_owned();
        for line in lines {
            out.push_str(&format!("\n{below}{line}"));
        }
        return out;
    }
    let pad = " ".repeat(offset);
    let mut out = first.to_owned();
    for (number, line) in fold(text, room).into_iter().enumerate() {
        if number > 0 {
            out.push('\n');
            out.push_str(&pad);
        }
        out.push_str(&line);
    }
    out
}

fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

pub(crate) fn argument_word(arg: &Arg) -> String {
    let mut word = format!("<{}>", arg.name);
    if !arg.required {
        word = format!("[{word}]");
    }
    if arg.variadic {
        word.push_str("...");
    }
    word
}

pub(crate) fn words(full: &str, arguments: &[Arg]) -> String {
    let mut out = full.to_owned();
    for arg in arguments {
        out.push(' ');
        out.push_str(&argument_word(arg));
    }
    out
}

pub(crate) fn dashed(name: &str) -> String {
    if name.chars().count() > 1 { format!("--{name}") } else { format!("-{name}") }
}

fn synopsis(full: &str, command: &Command, width: usize) -> String {
    let mut out = full.to_owned();
    let mut column = full.len();
    let mut push = |word: &str| {
        if column + word.len() + 1 > width {
            out.push('\n');
            out.push_str(&" ".repeat(full.len()));
            column = full.len();
        }
        column += word.len() + 1;
        out.push(' ');
        out.push_str(word);
    };
    for option in command.options {
        push(&option_word(option));
    }
    if !command.arguments.is_empty() {
        push("[--]");
    }
    for arg in command.arguments {
        push(&argument_word(arg));
    }
    if !command.subcommands.is_empty() && command.run.is_none() {
        push("<command> ...");
    }
    out
}

fn option_word(option: &Opt) -> String {
    let name = option.name();
    let mut word = match option.kind {
        Kind::Bool if option.default == Default::Bool(true) => return format!("[--{name}=false]"),
        Kind::Bool => dashed(name),
        _ => format!("{}=<{name}>", dashed(name)),
    };
    for other in option.names.iter().skip(1).filter(|other| !other.is_empty()) {
        word.push_str(" | ");
        word.push_str(&dashed(other));
    }
    match option.kind {
        Kind::Strings | Kind::List => format!("[{word}]..."),
        _ => format!("[{word}]"),
    }
}

fn columns(rows: &[(String, String)], width: usize) -> String {
    let longest = rows.iter().map(|(term, _)| term.chars().count()).max().unwrap_or(0);
    let lines = rows.iter().map(|(term, text)| {
        let pad = " ".repeat(longest - term.chars().count());
        wrap(&format!("{term}{pad} - "), text, width)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn arguments(arguments: &[Arg], width: usize) -> String {
    let rows: Vec<_> =
        arguments.iter().map(|arg| (argument_word(arg), arg.description.to_owned())).collect();
    columns(&rows, width)
}

fn options(options: &[Opt], width: usize) -> String {
    let names: Vec<String> = options
        .iter()
        .map(|option| {
            let mut names: Vec<_> =
                option.names.iter().copied().filter(|name| !name.is_empty()).collect();
            names.sort_by_key(|name| name.len());
            names.into_iter().map(dashed).collect::<Vec<_>>().join(", ")
        })
        .collect();
    let longest = names.iter().map(String::len).max().unwrap_or(0);
    let rows: Vec<_> = options
        .iter()
        .zip(&names)
        .map(|(option, names)| {
            let pad = " ".repeat(longest - names.len());
            (format!("{names}{pad}  {}", option.kind.name()), option_text(option))
        })
        .collect();
    columns(&rows, width)
}

/// The description with the default appended.
pub fn option_text(option: &Opt) -> String {
    let default = match option.default {
        Default::None => return option.description.to_owned(),
        Default::Bool(value) => value.to_string(),
        Default::Int(value) => value.to_string(),
        Default::Uint(value) => value.to_string(),
        Default::String("") => return option.description.to_owned(),
        Default::String(value) => value.replace('\n', "\\n"),
        Default::Strings(values) => values.join(", "),
    };
    format!("{} Default: {default}.", option.description)
}

/// The commands of the root in their groups, each without the name of the program.
fn groups(out: &mut String, root: &'static Command, width: usize) {
    let find = |name: &&str| root.subcommands.iter().find(|command| command.name == *name);
    let groups: Vec<Vec<_>> = GROUPS
        .iter()
        .map(|(_, names)| {
            let commands = names.iter().filter_map(find);
            let row = |command: &&'static Command| {
                let note = match command.status {
                    Status::Active => "",
                    Status::Experimental => " (experimental)",
                    Status::Deprecated => " (deprecated)",
                    Status::Removed => " (removed)",
                };
                let term = words(command.name, command.arguments);
                (term, format!("{}{note}", command.tagline))
            };
            commands.map(row).collect()
        })
        .collect();
    let terms = groups.iter().flatten().map(|(term, _)| term.chars().count());
    let longest = terms.max().unwrap_or(0);
    for ((title, _), rows) in GROUPS.iter().zip(groups) {
        blank_line(out);
        let pad = |(term, text): (String, String)| {
            (format!("{term}{}", " ".repeat(longest - term.chars().count())), text)
        };
        let rows: Vec<_> = rows.into_iter().map(pad).collect();
        section(out, title, &columns(&rows, width), true);
    }
    out.push_str(&more_about(root.name));
}

/// Ends with a blank line, as before each group of commands.
fn blank_line(out: &mut String) {
    if !out.ends_with("\n\n") {
        out.push('\n');
    }
}

fn more_about(full: &str) -> String {
    format!(
        "{INDENT}For more information about each command, use:\n\
         {INDENT}'{full} <subcmd> --help'\n\n"
    )
}

fn subcommands(out: &mut String, full: &str, command: &'static Command, width: usize) {
    for (status, title) in [
        (Status::Active, "SUBCOMMANDS"),
        (Status::Experimental, "EXPERIMENTAL SUBCOMMANDS"),
        (Status::Deprecated, "DEPRECATED SUBCOMMANDS"),
        (Status::Removed, "REMOVED SUBCOMMANDS"),
    ] {
        let mut below: Vec<_> =
            command.subcommands.iter().filter(|command| command.status == status).collect();
        if below.is_empty() {
            continue;
        }
        below.sort_by_key(|command| command.name);
        let rows: Vec<_> = below
            .iter()
            .map(|command| {
                let name = format!("{full} {}", command.name);
                (words(&name, command.arguments), command.tagline.to_owned())
            })
            .collect();
        blank_line(out);
        section(out, title, &columns(&rows, width), true);
        if status == Status::Active {
            out.push_str(&more_about(full));
        }
    }
}
