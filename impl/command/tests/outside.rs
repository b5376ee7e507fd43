//! The suites that know nothing of this implementation - shell scripts and conformance cases - on
//! the binary that was just built.

use ipfs_conformance::expect::Expectations;
use ipfs_conformance::report;
use ipfs_conformance::requirement::Requirements;
use ipfs_conformance::run::{self, Subject, Verdict};
use ipfs_conformance::suites::SUITES;
use std::path::Path;
use std::process::Command;

const IPFS: &str = env!("CARGO_BIN_EXE_ipfs");

/// Every check of `sharness/` passes.
#[test]
fn shell_suite() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sharness");
    let run = Command::new("bash").arg(folder.join("run")).env("IPFS_BIN", IPFS).output();
    let output = run.expect("bash is there");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert!(text.lines().filter(|line| line.starts_with("ok ")).count() >= 30, "{text}");
}

/// Every conformance case passes, and none says "not implemented".
#[test]
fn conformance_suites() {
    let subject = Subject::Binary(IPFS.into());
    let outcomes = run::run(&subject, SUITES, "", &Expectations::default());
    let missed = outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Pass).count();
    let text = report::terminal(&outcomes, &Requirements::read(), false);
    assert_eq!(missed, 0, "\n{text}{}", report::summary(&outcomes));
    assert!(outcomes.len() > 1000, "only {} cases", outcomes.len());
}

/// No case passes on a program that does nothing.
#[test]
fn null_subjects_pass_nothing() {
    let passed = run::self_test(SUITES, "").expect("a shell runs");
    let names: Vec<String> =
        passed.iter().map(|outcome| format!("{}: {}", outcome.suite, outcome.name)).collect();
    assert_eq!(names, Vec::<String>::new());
}
