//! A repository in a temporary folder and runs of the binary in it.

use assert_cmd::Command;
use std::path::{Path, PathBuf};

/// A folder with (or for) a repository, gone at the end of the test.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

/// What a run left behind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Home {
    /// A folder without a repository.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Where the repository is or would be.
    pub(crate) fn repo(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    /// The current folder of the runs.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The binary, ready to run here.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::cargo_bin("ipfs").unwrap();
        command.env_clear().env("IPFS_PATH", self.repo()).current_dir(self.path());
        command.args(line.split(' ').filter(|word| !word.is_empty()));
        command
    }

    /// Runs a line of words without quotes.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        outcome(&mut self.command(line))
    }

    /// Runs a line with this standard input.
    pub(crate) fn feed(&self, line: &str, stdin: impl Into<Vec<u8>>) -> Outcome {
        outcome(self.command(line).write_stdin(stdin))
    }

    /// The standard output of a run that must succeed.
    pub(crate) fn ok(&self, line: &str) -> String {
        let outcome = self.run(line);
        assert_eq!(outcome.code, 0, "{line}: {}", outcome.stderr);
        outcome.stdout
    }

    /// The standard error of a run that must fail with exit code 1.
    pub(crate) fn fails(&self, line: &str) -> String {
        let outcome = self.run(line);
        assert_eq!(outcome.code, 1, "{line}: {}{}", outcome.stdout, outcome.stderr);
        outcome.stderr
    }
}

fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code().unwrap_or(-1),
    }
}
