//! Spec: spec/command/reference.md
//!
//! The page of all commands in the specification.

use crate::commands::ROOT;
use crate::help::{argument_word, dashed, full_name, option_text, warning, words};

/// The text of the page, made from the table.
// spec: help.reference-page
pub fn page() -> String {
    let mut out = String::from(
        "# Reference of all commands\n\nMade from the command table; do not edit. Options of a \
         group hold for the commands below it, those of `ipfs` for all.\n",
    );
    ROOT.walk(&mut |path, command| {
        let full = full_name(path);
        let usage = words(&full, command.arguments);
        out.push_str(&format!("\n## {full}\n\n`{usage}`: {}\n", command.tagline));
        if let Some(warning) = warning(command.status) {
            out.push_str(&format!("\n*{warning}.*\n"));
        }
        if !command.description.is_empty() {
            out.push_str(&format!("\n```text\n{}\n```\n", command.description));
        }
        let arguments = command.arguments.iter();
        let options = command.options.iter().map(|option| {
            let names: Vec<_> = option.names.iter().filter(|name| !name.is_empty()).collect();
            let names = names.iter().map(|name| format!("`{}`", dashed(name)));
            let names = names.collect::<Vec<_>>().join(", ");
            format!("- {names} ({}): {}\n", option.kind.name(), option_text(option))
        });
        let items: Vec<_> = arguments
            .map(|arg| format!("- `{}`: {}\n", argument_word(arg), arg.description))
            .chain(options)
            .collect();
        if !items.is_empty() {
            out.push('\n');
            out.push_str(&items.concat());
        }
    });
    out
}
