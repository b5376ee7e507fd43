//! Spec: spec/command/rpc.md
//!
//! The command, its options and its text arguments from the path and the query of a request.

use crate::commands::ROOT;
use crate::encode::quote;
use crate::options::{Kind, Opt, Value};
use crate::table::Command;
use percent_encoding::percent_decode_str;

/// Most pairs that a query may have.
const PAIRS_MAX: usize = 100_000;

/// A call, as far as path and query tell.
pub(super) struct Call {
    pub(super) command: &'static Command,
    pub(super) path: Vec<&'static str>,
    pub(super) options: Vec<(&'static str, Value)>,
    pub(super) given: Vec<&'static str>,
    pub(super) arguments: Vec<String>,
}

/// Why a request is no call.
pub(super) enum Refusal {
    /// No such command, or not over the RPC.
    NotFound,
    /// An option or an argument is wrong.
    Bad(String),
}

/// Reads `CMD/SUB[/ARG]` and the query.
// spec: rpc.unknown-command, rpc.local-only, rpc.path-argument, rpc.path-tricks, rpc.arguments
pub(super) fn parse(path: &str, query: &str) -> Result<Call, Refusal> {
    let words: Vec<String> = path.split('/').map(|word| decode(word, false)).collect();
    let mut path = Vec::new();
    let mut command: &'static Command = &ROOT;
    let mut arguments = Vec::new();
    let last = words.len() - 1;
    for (at, word) in words.into_iter().enumerate() {
        match command.subcommand(&word) {
            Some(next) => {
                path.push(next.name);
                command = next;
            }
            None if at == last && command.run.is_some() => arguments.push(word),
            None => return Err(Refusal::NotFound),
        }
        if command.no_remote || command.cli_only {
            return Err(Refusal::NotFound);
        }
    }
    if path.is_empty() {
        return Err(Refusal::NotFound);
    }
    let commands = ROOT.resolve(&path).unwrap_or_default();
    let mut options: Vec<(&'static str, Value)> = Vec::new();
    let mut seen: Vec<(&'static Opt, String, Vec<String>)> = Vec::new();
    // spec: rpc.surplus-ignored, rpc.option-alias, rpc.query-escapes, rpc.query-limit
    for pair in query.split('&').filter(|pair| !pair.is_empty()).take(PAIRS_MAX) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name, true), decode(value, true));
        if name == "arg" {
            arguments.push(value);
            continue;
        }
        let known = commands.iter().rev().flat_map(|command| command.options);
        let Some(option) = known.into_iter().find(|option| option.names.contains(&name.as_str()))
        else {
            continue;
        };
        match seen.iter_mut().find(|(_, key, _)| *key == name) {
            Some((_, _, values)) => values.push(value),
            None => seen.push((option, name, vec![value])),
        }
    }
    for (option, name, values) in seen {
        let value = value(option, &name, values).map_err(Refusal::Bad)?;
        options.retain(|(key, _)| *key != option.name());
        options.push((option.name(), value));
    }
    let given = options.iter().map(|(name, _)| *name).collect();
    let options = crate::parse::with_defaults(options, &commands);
    Ok(Call { command, path, options, given, arguments })
}

// spec: rpc.option-types, rpc.option-switch, rpc.option-once
fn value(option: &'static Opt, name: &str, mut values: Vec<String>) -> Result<Value, String> {
    if matches!(option.kind, Kind::Strings | Kind::List) {
        return Ok(match option.kind {
            Kind::List if values.len() == 1 => option.parse(&values[0])?,
            _ => Value::Strings(values),
        });
    }
    if values.len() > 1 {
        let (name, list) = (option.name(), values.join(" "));
        return Err(format!("expected key {name} to have only a single value, received [{list}]"));
    }
    let text = values.pop().unwrap_or_default();
    option.parse(&text).map_err(|_| {
        let kind = option.kind.name();
        format!(
            "could not convert value {} to type {} (for option {})",
            quote(&text),
            quote(kind),
            quote(&format!("-{name}"))
        )
    })
}

/// Undoes the escapes of a URL; `+` is a space in queries, and in the names of parts.
pub(super) fn decode(text: &str, query: bool) -> String {
    let spaced;
    let text = if query && text.contains('+') {
        spaced = text.replace('+', " ");
        &spaced
    } else {
        text
    };
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
