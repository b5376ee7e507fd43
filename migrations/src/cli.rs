//! Spec: spec/migrations/programs.md
//!
//! The programs. Which one it is, is decided by the name it is called by: `fs-repo-N-to-M` behaves
//! as upstream's program of that name, `N-to-M` and `run` are short forms, and any other name is
//! `repo-migrations` with its commands.

use crate::step::Step;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

mod all;
mod install;
mod place;
mod short;
mod upstream;
mod verify;

pub use place::repo_path;

/// What upstream's programs are called, before `N-to-M`.
const UPSTREAM_PREFIX: &str = "fs-repo-";

/// Runs the program whose name is the first argument. `known`: the steps it has; with only one, an
/// unknown name means that one.
pub fn main(known: &[&'static dyn Step]) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let called = arguments.first().cloned().unwrap_or_default();
    let name = Path::new(&called).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    let step = |name: &str| known.iter().copied().find(|step| step.name() == name);
    // spec: programs.by-name
    if let Some(step) = name.strip_prefix(UPSTREAM_PREFIX).and_then(step) {
        return upstream::main(step, &arguments);
    }
    if let Some(step) = step(name) {
        return short::step_main(step, arguments);
    }
    match known {
        [step] => short::step_main(*step, arguments),
        _ if name == "run" => short::run_main(known, arguments),
        _ => all::main(known, arguments),
    }
}
