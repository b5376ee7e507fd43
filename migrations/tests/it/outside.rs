//! The shell suite's checks of migration programs, on the program that was just built.

use std::path::Path;
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_repo-migrations");

/// Every check of the scripts passes, and none is skipped.
#[test]
fn shell_suite() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let installed = Command::new(PROGRAM).arg("install").arg(folder.path()).status();
    assert!(installed.expect("it runs").success());
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sharness");
    let run = Command::new("bash")
        .arg(scripts.join("run"))
        .args(["-v", "t0200", "t0201", "t0202"])
        .env("IPFS_BIN", PROGRAM)
        .env("MIGRATIONS", folder.path())
        .output();
    let output = run.expect("bash is there");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !text.contains("# SKIP"), "{text}{errors}");
    let passed = text.lines().filter(|line| line.trim_start().starts_with("ok ")).count();
    assert!(passed >= 30, "{text}");
}
