//! A folder of its own for each trial, and the binary to try in it.

use crate::case::{Check, Stop, failed};
use serde_json::Value;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long one command may take, in seconds.
const COMMAND_SECONDS_MAX: u64 = 60;
/// The exit status by which a subject says that it lacks something.
const NOT_IMPLEMENTED: i32 = 89;

/// What a command answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Exit status; -1 after a signal or when time ran out.
    pub status: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Answer {
    /// Standard output as text, final newlines aside.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim_end_matches('\n').to_owned()
    }

    /// Standard error as text, final newlines aside.
    pub fn error(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim_end_matches('\n').to_owned()
    }
}

/// A temporary folder with a repo path in it that no one else uses.
#[derive(Debug)]
pub struct Sandbox {
    binary: PathBuf,
    folder: tempfile::TempDir,
}

impl Sandbox {
    /// A sandbox for a binary, without a repo.
    pub fn new(binary: &Path) -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("conformance-").tempdir()?;
        Ok(Self { binary: binary.to_owned(), folder })
    }

    /// The folder in which commands run.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The repo's directory.
    pub fn repo(&self) -> PathBuf {
        self.path(".ipfs")
    }

    /// Makes a repo of the `test` profile.
    pub fn init(&self) -> Check {
        self.ok(&["init", "--profile=test"])?;
        if !self.repo().join("config").is_file() {
            return failed("init made no repo");
        }
        Ok(())
    }

    /// Writes a file into the folder and gives its name.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> Check<String> {
        let path = self.path(name);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        match made.and_then(|()| std::fs::write(&path, bytes)) {
            Ok(()) => Ok(name.to_owned()),
            Err(error) => failed(format!("cannot write {name}: {error}")),
        }
    }

    /// Runs a command, whatever it answers.
    pub fn run(&self, arguments: &[&str]) -> Check<Answer> {
        self.run_with(arguments, b"")
    }

    /// Runs a command with bytes on its standard input.
    pub fn run_with(&self, arguments: &[&str], input: &[u8]) -> Check<Answer> {
        let answer = match self.spawn(arguments, input) {
            Ok(answer) => answer,
            Err(error) => return failed(format!("cannot run {arguments:?}: {error}")),
        };
        if answer.status == NOT_IMPLEMENTED {
            return Err(Stop::NotImplemented);
        }
        if answer.status == -1 {
            return failed(format!("{arguments:?} was killed or took too long"));
        }
        Ok(answer)
    }

    /// Runs a command that has to succeed; gives its standard output as text.
    pub fn ok(&self, arguments: &[&str]) -> Check<String> {
        self.ok_with(arguments, b"")
    }

    /// Like [`Self::ok`], with bytes on standard input.
    pub fn ok_with(&self, arguments: &[&str], input: &[u8]) -> Check<String> {
        Ok(self.bytes_with(arguments, input)?.text())
    }

    /// Like [`Self::ok_with`]; the answer as it came.
    pub fn bytes_with(&self, arguments: &[&str], input: &[u8]) -> Check<Answer> {
        let answer = self.run_with(arguments, input)?;
        if answer.status != 0 {
            return failed(format!("{arguments:?} exits {}: {}", answer.status, answer.error()));
        }
        Ok(answer)
    }

    /// Runs a command that has to print exactly this.
    pub fn prints(&self, arguments: &[&str], wanted: &str) -> Check {
        let got = self.ok(arguments)?;
        if got == wanted {
            return Ok(());
        }
        failed(format!("{arguments:?} prints {got:?}, wanted {wanted:?}"))
    }

    /// Runs a command that has to fail with status 1 and a message that contains this.
    pub fn fails(&self, arguments: &[&str], wanted: &str) -> Check {
        let answer = self.run(arguments)?;
        if answer.status == 1 && answer.error().contains(wanted) {
            return Ok(());
        }
        failed(format!(
            "{arguments:?} exits {} and says {:?}, wanted status 1 and {wanted:?}",
            answer.status,
            answer.error()
        ))
    }

    /// Runs a command that prints JSON.
    pub fn json(&self, arguments: &[&str]) -> Check<Value> {
        let text = self.ok(arguments)?;
        serde_json::from_str(&text)
            .or_else(|error| failed(format!("{arguments:?} prints no JSON ({error}): {text:?}")))
    }

    /// The program with arguments, in this sandbox's folder and environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let fixed = [("LC_ALL", "C.UTF-8"), ("TZ", "UTC"), ("TERM", "dumb")];
        command.env("PATH", path).envs(fixed).env("IPFS_TELEMETRY", "off");
        command.env("HOME", self.folder.path()).env("IPFS_PATH", self.repo());
        command
    }

    fn spawn(&self, arguments: &[&str], input: &[u8]) -> std::io::Result<Answer> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stdin = child.stdin.take();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // A subject may end without reading; that is its answer, not an error of ours.
                stdin.map(|mut stdin| stdin.write_all(input))
            });
            let stdout = scope.spawn(move || read(stdout));
            let stderr = scope.spawn(move || read(stderr));
            let status = wait(&mut child)?;
            let (stdout, stderr) = (stdout.join(), stderr.join());
            Ok(Answer {
                status: status.and_then(|status| status.code()).unwrap_or(-1),
                stdout: stdout.unwrap_or_default(),
                stderr: stderr.unwrap_or_default(),
            })
        })
    }
}

fn read(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What came before an error is the answer.
    let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
    bytes
}

/// The exit status; `None` after a signal or when time ran out.
fn wait(child: &mut Child) -> std::io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + Duration::from_secs(COMMAND_SECONDS_MAX);
    let mut pause_ms = 1;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status).filter(|status| status.signal().is_none()));
        }
        if Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(pause_ms));
        pause_ms = (pause_ms * 2).min(20);
    }
}
