//! Spec: spec/migrations/programs.md
//!
//! `repo-migrations`: all steps in one program.

use crate::cli::short::{failed, looking_options, matches, report, run_command, run_given, target};
use crate::cli::{install, verify};
use crate::error::Error;
use crate::journal::Journal;
use crate::range::NEWEST;
use crate::report::Report;
use crate::step::{Direction, Step};
use crate::version_file;
use clap::{Arg, ArgMatches, Command, value_parser};
use serde_json::json;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

fn command() -> Command {
    Command::new("repo-migrations")
        .about("Takes IPFS repositories from one version to another, up and down")
        .version(env!("CARGO_PKG_VERSION"))
        .override_usage("repo-migrations run|list|status|verify|install ...")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(run_command())
        .subcommand(
            looking_options(Command::new("list"))
                .about("List the steps")
                .override_usage("repo-migrations list [--json]"),
        )
        .subcommand(
            looking_options(Command::new("status"))
                .override_usage("repo-migrations status [--path DIR] [--json]")
                .about("Show a repository's version and what is under way"),
        )
        .subcommand(verify::command())
        .subcommand(
            Command::new("install")
                .override_usage("repo-migrations install DIR")
                .about("Put the program into a directory under the names of all steps")
                .arg(
                    Arg::new("dir")
                        .value_name("DIR")
                        .required(true)
                        .value_parser(value_parser!(PathBuf))
                        .help("The directory; for Kubo one that is in PATH"),
                ),
        )
}

pub(super) fn main(known: &[&'static dyn Step], arguments: Vec<OsString>) -> ExitCode {
    let given = match matches(command(), arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let (name, given) = match given.subcommand() {
        Some(found) => found,
        None => return ExitCode::from(2),
    };
    match name {
        "run" => run_given(known, given),
        "install" => {
            ended(install_given(known, given), &mut Report::standard(crate::report::Style::Short))
        }
        "verify" => verify::main(given),
        "list" => {
            list(known, &mut report(given));
            ExitCode::SUCCESS
        }
        _ => {
            let mut report = report(given);
            let result = status(given, &mut report);
            ended(result, &mut report)
        }
    }
}

fn ended(result: Result<(), Error>, report: &mut Report) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error, report),
    }
}

fn install_given(known: &[&'static dyn Step], given: &ArgMatches) -> Result<(), Error> {
    let dir = given.get_one::<PathBuf>("dir").cloned().unwrap_or_default();
    install::install(known, &dir)
}

fn list(known: &[&dyn Step], report: &mut Report) {
    for step in known {
        report.short(&format!("{:8} {}", step.name(), step.about()));
        report.json(&json!({"step": step.name(), "about": step.about()}));
    }
}

// spec: programs.status
fn status(given: &ArgMatches, report: &mut Report) -> Result<(), Error> {
    let target = target(given)?;
    let version = version_file::read(&*target.disk, &target.repo)?;
    let journal = Journal::read(&*target.disk, &target.repo)?;
    report.short(&format!("repository: {}", target.repo.display()));
    report.short(&format!("repository version: {version}"));
    report.short(&format!("newest version: {NEWEST}"));
    let under_way = journal.map(|journal| {
        let reverting = journal.direction == Direction::Revert;
        format!("{}{}", journal.step, if reverting { " --revert" } else { "" })
    });
    if let Some(step) = &under_way {
        report.short(&format!("interrupted: {step}"));
    }
    report.json(&json!({
        "repository": target.repo.display().to_string(),
        "version": version,
        "newest": NEWEST,
        "interrupted": under_way,
    }));
    Ok(())
}
