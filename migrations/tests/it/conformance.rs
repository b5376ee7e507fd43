//! The conformance cases of migrations, on the programs that were just built.

use ipfs_conformance::expect::Expectations;
use ipfs_conformance::migrations::Programs;
use ipfs_conformance::report;
use ipfs_conformance::requirement::Requirements;
use ipfs_conformance::run::{self, Subject, Verdict};
use ipfs_conformance::suites::SUITES;
use std::path::Path;
use std::process::Command;

fn all_pass(programs: &Path) {
    let subject = Subject::Migrations(Programs::new(programs));
    let outcomes = run::run(&subject, SUITES, "migrations", &Expectations::default());
    let missed = outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Pass).count();
    let text = report::terminal(&outcomes, &Requirements::read(), false);
    assert_eq!(missed, 0, "\n{text}{}", report::summary(&outcomes));
    assert!(outcomes.len() > 40, "only {} cases", outcomes.len());
}

/// The small programs, one for each step.
#[test]
fn short_form() {
    let program = Path::new(env!("CARGO_BIN_EXE_0-to-1"));
    all_pass(program.parent().expect("a program lies in a folder"));
}

/// The links that `install` makes for Kubo.
#[test]
fn upstream_form() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut install = Command::new(env!("CARGO_BIN_EXE_repo-migrations"));
    let status = install.arg("install").arg(folder.path()).status().expect("it runs");
    assert!(status.success());
    all_pass(folder.path());
}
