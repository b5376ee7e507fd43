//! Spec: spec/migrations/programs.md
//!
//! The short form: `3-to-4 [--revert]` and `run A-to-B`.

use crate::cli::place::repo_path;
use crate::engine::{self, Target};
use crate::error::Error;
use crate::journal::Journal;
use crate::locking::Locks;
use crate::range::{Range, settle};
use crate::report::{Report, Style};
use crate::step::{Direction, Plan, Step};
use crate::version_file;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use ipfs_store::disk::RealDisk;
use serde_json::json;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// The options of whatever looks at a repository.
pub(super) fn looking_options(command: Command) -> Command {
    command
        .arg(
            Arg::new("path")
                .long("path")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("The repository; otherwise $IPFS_PATH, otherwise ~/.ipfs"),
        )
        .arg(switch("json", "Print one JSON object a line"))
}

/// The options of whatever changes a repository.
pub(super) fn options(command: Command) -> Command {
    looking_options(command)
        .arg(switch("dry-run", "Tell what would change, and change nothing"))
        .arg(switch("revert", "Go back to the lower version"))
}

/// Reads the command line; `Err` when the program is over (help, or wrong use).
pub(super) fn matches(command: Command, arguments: Vec<OsString>) -> Result<ArgMatches, ExitCode> {
    command.try_get_matches_from(arguments).map_err(|error| {
        let _ = error.print();
        ExitCode::from(if error.use_stderr() { 2 } else { 0 })
    })
}

pub(super) fn step_main(step: &'static dyn Step, arguments: Vec<OsString>) -> ExitCode {
    let name: &'static str = step.name().leak();
    let command = options(Command::new(name))
        .about(step.about())
        .override_usage(format!("{name} [--revert] [--path DIR] [--dry-run] [--json]"))
        .version(env!("CARGO_PKG_VERSION"));
    match matches(command, arguments) {
        Ok(given) => {
            let range = Range { from: step.from(), to: step.to() };
            perform(&[step], range, &given)
        }
        Err(code) => code,
    }
}

pub(super) fn run_main(known: &[&'static dyn Step], arguments: Vec<OsString>) -> ExitCode {
    let command = run_command().version(env!("CARGO_PKG_VERSION"));
    match matches(command, arguments) {
        Ok(given) => run_given(known, &given),
        Err(code) => code,
    }
}

pub(super) fn run_command() -> Command {
    options(Command::new("run"))
        .about("Take a repository from one version to another, as far as it isn't there yet")
        .override_usage("run A-to-B [--revert] [--path DIR] [--dry-run] [--json]")
        .arg(
            Arg::new("range")
                .value_name("A-to-B")
                .required(true)
                .help("The versions, such as 1-to-7; downwards (7-to-1) it reverts"),
        )
}

pub(super) fn run_given(known: &[&dyn Step], given: &ArgMatches) -> ExitCode {
    let text = given.get_one::<String>("range").map(String::as_str).unwrap_or_default();
    match Range::parse(text) {
        Some(range) => perform(known, range, given),
        None => {
            eprintln!("error: {text:?} is no range: write it as 1-to-7");
            ExitCode::from(2)
        }
    }
}

/// The report that the options ask for.
pub(super) fn report(given: &ArgMatches) -> Report {
    Report::standard(if given.get_flag("json") { Style::Json } else { Style::Short })
}

/// The repository that the options name.
pub(super) fn target(given: &ArgMatches) -> Result<Target, Error> {
    let repo = repo_path(given.get_one::<PathBuf>("path").cloned())?;
    Ok(Target { disk: Arc::new(RealDisk), repo })
}

/// Prints an error; the exit status of a failure.
pub(super) fn failed(error: &Error, report: &mut Report) -> ExitCode {
    report.json(&json!({"event": "error", "message": error.to_string()}));
    report.err_line(&format!("error: {error}"));
    ExitCode::FAILURE
}

fn perform(known: &[&dyn Step], range: Range, given: &ArgMatches) -> ExitCode {
    let range = if given.get_flag("revert") { range.reversed() } else { range };
    let mut report = report(given);
    let result = target(given).and_then(|mut target| {
        if given.get_flag("dry-run") {
            return dry_run(known, range, &target, &mut report);
        }
        let result = migrate(known, range, &mut target, &mut report);
        if result.is_err() {
            advise(&target, &mut report);
        }
        result
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error, &mut report),
    }
}

// spec: programs.short-lines
fn migrate(
    known: &[&dyn Step],
    range: Range,
    target: &mut Target,
    report: &mut Report,
) -> Result<(), Error> {
    let mut locks = Locks::new();
    for step in known {
        target.repo = step.locate(&*target.disk, &target.repo, range.direction());
    }
    let before = show_version(target, report)?;
    let settled = settle(known, range.direction(), target, &mut locks, report)?;
    let version = version_file::read(&*target.disk, &target.repo)?;
    let steps = range.steps(version, known)?;
    if steps.is_empty() && !settled && version == before {
        report.short("already up to date.");
        report.json(&json!({"event": "up-to-date"}));
        return Ok(());
    }
    for step in steps {
        let patch = patch_name(step, range.direction());
        report.short(&format!("applying patch: {patch}"));
        report.json(&json!({"event": "applying", "patch": patch}));
        engine::run(step, range.direction(), target, &mut locks, report)?;
    }
    show_version(target, report).map(drop)
}

fn patch_name(step: &dyn Step, direction: Direction) -> String {
    match direction {
        Direction::Forward => step.name(),
        Direction::Revert => format!("{}-to-{}", step.to(), step.from()),
    }
}

fn show_version(target: &Target, report: &mut Report) -> Result<u32, Error> {
    let version = version_file::read(&*target.disk, &target.repo)?;
    report.short(&format!("repository version: {version}"));
    report.json(&json!({"event": "version", "version": version}));
    Ok(version)
}

/// After an error: says whether the repository is in the middle of a step.
fn advise(target: &Target, report: &mut Report) {
    if let Ok(Some(journal)) = Journal::read(&*target.disk, &target.repo) {
        report.note(&format!(
            "the repository is in the middle of {}: once the cause is gone, the same command \
             completes it, and its opposite takes it back",
            journal.step
        ));
    }
}

// spec: programs.dry-run
fn dry_run(
    known: &[&dyn Step],
    range: Range,
    target: &Target,
    report: &mut Report,
) -> Result<(), Error> {
    let version = show_version(target, report)?;
    if let Some(journal) = Journal::read(&*target.disk, &target.repo)? {
        report.note(&format!(
            "{} was interrupted: what it has left would be completed or taken back first",
            journal.step
        ));
    }
    let steps = range.steps(version, known)?;
    if steps.is_empty() {
        report.short("already up to date.");
        report.json(&json!({"event": "up-to-date"}));
    }
    let plans = engine::plan_all(&steps, known, range.direction(), target, report)?;
    for (index, (step, plan)) in steps.iter().zip(&plans).enumerate() {
        tell_plan(*step, range.direction(), plan, index > 0, report);
    }
    if plans.len() > 1 {
        let bytes: u64 = plans.iter().map(|plan| plan.bytes_needed).sum();
        let millis: u64 = plans.iter().map(|plan| plan.millis).sum();
        report.short(&format!(
            "together: free space needed: at most {bytes} bytes; time: about {millis} ms"
        ));
    }
    Ok(())
}

/// `estimated`: other steps come before it, so that its figures are reckoned.
fn tell_plan(
    step: &dyn Step,
    direction: Direction,
    plan: &Plan,
    estimated: bool,
    report: &mut Report,
) {
    let patch = patch_name(step, direction);
    report.short(&format!("would apply patch: {patch} ({})", step.about()));
    report.json(&json!({
        "event": "would-apply",
        "patch": patch,
        "about": step.about(),
        "plan": {
            "changes": plan.changes,
            "items": plan.items,
            "bytesNeeded": plan.bytes_needed,
            "millis": plan.millis,
            "estimated": estimated,
        },
    }));
    for change in &plan.changes {
        report.short(&format!("  {change}"));
    }
    let (about, bound) = if estimated { ("about ", "at most ") } else { ("", "") };
    report.short(&format!(
        "  items: {about}{}; free space needed: {bound}{} bytes; time: about {} ms",
        plan.items, plan.bytes_needed, plan.millis
    ));
}
