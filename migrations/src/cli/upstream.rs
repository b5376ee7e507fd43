//! Spec: spec/migrations/programs.md
//!
//! The command line of upstream's programs `fs-repo-N-to-M`, by which Kubo runs them.

use crate::engine::{self, Target};
use crate::locking::Locks;
use crate::report::{Report, Style};
use crate::step::{Direction, Family, Step};
use ipfs_store::disk::RealDisk;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// A flag: its name, whether it takes a value, its help.
struct Flag(&'static str, bool, &'static str);

const EXTERNAL: &[Flag] = &[
    Flag("f", false, "whether to force a migration (ignores warnings)"),
    Flag("help", false, "display help message"),
    Flag("no-revert", false, "do not attempt to automatically revert on failure"),
    Flag("path", true, "file path to migrate for fs based migrations (required)"),
    Flag("revert", false, "whether to apply the migration backwards"),
    Flag("verbose", false, "enable verbose logging"),
];

const EMBEDDED: &[Flag] = &[
    Flag("path", true, "Path to IPFS repository"),
    Flag("revert", false, "Revert migration"),
    Flag("verbose", false, "Enable verbose output"),
];

/// The step that accepts `-no-revert`.
const NO_REVERT_STEP: u32 = 4;

#[derive(Debug, Default, PartialEq, Eq)]
struct Given {
    help: bool,
    no_revert: bool,
    path: OsString,
    revert: bool,
    verbose: bool,
}

enum Wrong {
    /// A message and the usage; exit status 2.
    Flag(String),
    /// Only the usage; exit status 0.
    Help,
}

// spec: programs.upstream-lines
pub(super) fn main(step: &dyn Step, arguments: &[OsString]) -> ExitCode {
    let flags = match step.family() {
        Family::External => EXTERNAL,
        Family::Embedded => EMBEDDED,
    };
    let program = arguments.first().map(|name| name.to_string_lossy()).unwrap_or_default();
    let given = match parse(flags, arguments.get(1..).unwrap_or_default()) {
        Ok(given) => given,
        Err(Wrong::Help) => {
            eprint!("{}", usage(flags, &program));
            return ExitCode::SUCCESS;
        }
        Err(Wrong::Flag(message)) => {
            eprint!("{message}\n{}", usage(flags, &program));
            return ExitCode::from(2);
        }
    };
    let prefix = match step.family() {
        Family::External => "error",
        Family::Embedded => "Migration failed",
    };
    if given.help {
        eprint!("{}", usage(flags, &program));
        return ExitCode::SUCCESS;
    }
    if given.path.is_empty() {
        if step.family() == Family::External {
            eprint!("{}", usage(flags, &program));
            eprintln!("error: missing or empty path; flag '-path <ipfs_path>' is required");
        } else {
            eprintln!("Error: -path flag is required");
            eprint!("{}", usage(flags, &program));
        }
        return ExitCode::FAILURE;
    }
    if given.no_revert && step.from() != NO_REVERT_STEP {
        let name = step.name();
        eprintln!("error: migration {name} does not support the '-no-revert' option");
        return ExitCode::FAILURE;
    }
    let direction = if given.revert { Direction::Revert } else { Direction::Forward };
    let mut report = Report::standard(Style::Upstream { verbose: given.verbose });
    let mut target = Target { disk: Arc::new(RealDisk), repo: PathBuf::from(given.path) };
    match engine::run(step, direction, &mut target, &mut Locks::new(), &mut report) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{prefix}: {error}");
            ExitCode::FAILURE
        }
    }
}

// spec: programs.upstream-flags
/// Reads flags as Go's package `flag` does: up to the first argument that is none.
fn parse(flags: &[Flag], arguments: &[OsString]) -> Result<Given, Wrong> {
    let mut given = Given::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        // A path may be no UTF-8, but then only its value.
        let text = argument.to_string_lossy();
        let Some(named) = text.strip_prefix('-').filter(|named| !named.is_empty()) else { break };
        let (dashes, named) = match named.strip_prefix('-') {
            Some("") => break,
            Some(named) => (2, named),
            None => (1, named),
        };
        if named.starts_with(['-', '=']) {
            return Err(Wrong::Flag(format!("bad flag syntax: {text}")));
        }
        let (name, value) = match named.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (named, None),
        };
        let Some(flag) = flags.iter().find(|flag| flag.0 == name) else {
            if matches!(name, "help" | "h") {
                return Err(Wrong::Help);
            }
            return Err(Wrong::Flag(format!("flag provided but not defined: -{name}")));
        };
        if flag.1 {
            given.path = match value {
                Some(_) => after(argument, dashes + name.len() + 1),
                None => rest
                    .next()
                    .cloned()
                    .ok_or_else(|| Wrong::Flag(format!("flag needs an argument: -{name}")))?,
            };
            continue;
        }
        let on = match value.unwrap_or("true") {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
            "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
            other => {
                return Err(Wrong::Flag(format!(
                    "invalid boolean value {other:?} for -{name}: parse error"
                )));
            }
        };
        match name {
            "help" => given.help = on,
            "no-revert" => given.no_revert = on,
            "revert" => given.revert = on,
            "verbose" => given.verbose = on,
            _ => {}
        }
    }
    Ok(given)
}

/// What follows the first `bytes` bytes.
fn after(argument: &OsString, bytes: usize) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    OsString::from_vec(argument.as_bytes().get(bytes..).unwrap_or_default().to_vec())
}

fn usage(flags: &[Flag], program: &str) -> String {
    let mut out = format!("Usage of {program}:\n");
    for Flag(name, takes_value, help) in flags {
        let kind = if *takes_value { " string" } else { "" };
        // One-letter switches share a line with their help.
        let gap = if name.len() == 1 && !takes_value { "\t" } else { "\n    \t" };
        out.push_str(&format!("  -{name}{kind}{gap}{help}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Given, String> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        parse(EXTERNAL, &arguments).map_err(|wrong| match wrong {
            Wrong::Flag(message) => message,
            Wrong::Help => "help".to_owned(),
        })
    }

    // spec: programs.upstream-flags
    #[test]
    fn flags_as_go_reads_them() {
        let all = Given { path: "/r".into(), verbose: true, revert: true, ..Given::default() };
        assert_eq!(read(&["-path=/r", "-verbose=true", "-revert"]), Ok(all));
        let path = Given { path: "/r".into(), ..Given::default() };
        assert_eq!(read(&["--path", "/r", "-verbose=F", "x", "-revert"]), Ok(path));
        assert_eq!(read(&["--", "-revert"]), Ok(Given::default()));
        assert_eq!(read(&["-h"]), Err("help".into()));
        assert_eq!(read(&["-zzz"]), Err("flag provided but not defined: -zzz".into()));
        assert_eq!(read(&["---x"]), Err("bad flag syntax: ---x".into()));
        assert_eq!(read(&["-path"]), Err("flag needs an argument: -path".into()));
        let message = "invalid boolean value \"x\" for -revert: parse error";
        assert_eq!(read(&["-revert=x"]), Err(message.into()));
    }
}
