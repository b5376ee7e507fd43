//! `ipfs-conformance run --bin PATH | --repo DIR | --rpc URL | --gateway URL | --peer MULTIADDR`,
//! `ipfs-conformance selftest`, `ipfs-conformance fixtures --out DIR`.

mod options;

use ipfs_conformance::expect::Expectations;
use ipfs_conformance::fixtures::fixtures;
use ipfs_conformance::gateway::write_fixtures;
use ipfs_conformance::report;
use ipfs_conformance::requirement::Requirements;
use ipfs_conformance::run;
use ipfs_conformance::suites::SUITES;
use options::{FIXTURES_NOTE, Options, USAGE};
use std::process::ExitCode;

fn main() -> ExitCode {
    match command(std::env::args().skip(1)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Whether all is well.
fn command(mut words: impl Iterator<Item = String>) -> Result<bool, String> {
    match words.next().as_deref() {
        Some("run") => run_suites(&Options::parse(words)?),
        Some("fixtures") => {
            let folder = Options::parse(words)?.out.ok_or(USAGE)?;
            write_fixtures(fixtures(), &folder)?;
            println!("{}", FIXTURES_NOTE);
            Ok(true)
        }
        Some("selftest") => {
            let passed = run::self_test(SUITES, &Options::parse(words)?.suite)
                .map_err(|error| format!("cannot make the null subject: {error}"))?;
            for outcome in &passed {
                println!("passes on a null subject: {}: {}", outcome.suite, outcome.name);
            }
            Ok(passed.is_empty())
        }
        _ => Err(USAGE.to_owned()),
    }
}

fn run_suites(options: &Options) -> Result<bool, String> {
    let [(_, name)] = &options.subjects[..] else { return Err(USAGE.to_owned()) };
    let (subject, _held) = options.subject()?;
    let known = match &options.expect {
        Some(path) => Expectations::read(path)?,
        None => Expectations::default(),
    };
    let outcomes = run::run(&subject, SUITES, &options.suite, &known);
    let requirements = Requirements::read();
    let report = match options.report.as_deref() {
        Some("junit") => Some(report::junit(&outcomes)),
        Some("json") => Some(report::json(name, &outcomes)),
        Some("html") => Some(report::html(name, &outcomes, &requirements)),
        Some(other) => return Err(format!("unknown report {other}\n{USAGE}")),
        None => None,
    };
    let text = format!(
        "{}{}",
        report::terminal(&outcomes, &requirements, options.all),
        report::summary(&outcomes)
    );
    match (report, &options.out) {
        (Some(report), Some(path)) => {
            std::fs::write(path, report)
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
            print!("{text}");
        }
        (Some(report), None) => print!("{report}"),
        (None, _) => print!("{text}"),
    }
    if outcomes.is_empty() {
        return Err(format!("no case in {:?}", options.suite));
    }
    let untried = run::untried(&outcomes);
    if !untried.is_empty() {
        return Err(format!("nothing was tried in {}", untried.join(", ")));
    }
    Ok(!outcomes.iter().any(run::Outcome::is_bad))
}
