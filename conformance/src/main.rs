//! `ipfs-conformance run --bin PATH | --repo DIR | --rpc URL | --gateway URL`,
//! `ipfs-conformance selftest`.

use ipfs_conformance::expect::Expectations;
use ipfs_conformance::http::Server;
use ipfs_conformance::report;
use ipfs_conformance::requirement::Requirements;
use ipfs_conformance::run::{self, Subject};
use ipfs_conformance::suites::SUITES;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: ipfs-conformance run \
    (--bin PATH | --repo DIR | --rpc URL | --gateway URL) [--suite SUITE] \
    [--expect FILE] [--report junit|json|html] [--out FILE] [--all]\n       \
    ipfs-conformance selftest [--suite SUITE]";

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

/// The command line.
#[derive(Debug, Default)]
struct Options {
    subjects: Vec<(String, String)>,
    suite: String,
    expect: Option<PathBuf>,
    report: Option<String>,
    out: Option<PathBuf>,
    all: bool,
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(word) = words.next() {
        if word == "--all" {
            options.all = true;
            continue;
        }
        let value = words.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"))?;
        match word.as_str() {
            "--bin" | "--repo" | "--rpc" | "--gateway" => options.subjects.push((word, value)),
            "--suite" => options.suite = value,
            "--expect" => options.expect = Some(value.into()),
            "--report" => options.report = Some(value),
            "--out" => options.out = Some(value.into()),
            _ => return Err(format!("unknown option {word}\n{USAGE}")),
        }
    }
    Ok(options)
}

/// Whether all is well.
fn command(mut words: impl Iterator<Item = String>) -> Result<bool, String> {
    match words.next().as_deref() {
        Some("run") => run_suites(&parse(words)?),
        Some("selftest") => {
            let passed = run::self_test(SUITES, &parse(words)?.suite)
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
    let [(kind, name)] = &options.subjects[..] else { return Err(USAGE.to_owned()) };
    let subject = subject(kind, name)?;
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
    Ok(!outcomes.iter().any(run::Outcome::is_bad))
}

fn subject(kind: &str, name: &str) -> Result<Subject, String> {
    Ok(match kind {
        "--bin" => Subject::Binary(absolute(Path::new(name))?),
        "--repo" => Subject::Repo(absolute(Path::new(name))?),
        "--rpc" => Subject::Rpc(Server::parse(name)?),
        _ => Subject::Gateway(Server::parse(name)?),
    })
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))
}
