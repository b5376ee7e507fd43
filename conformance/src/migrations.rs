//! A set of migration programs, in either calling form, and small repositories to try them on.

mod layout;
mod leveldb;
mod sample;

pub use layout::{base32, by_end, hexadecimal, prefix};
pub use sample::{SHARDING, Sample, hash, leaf, parent};

use crate::case::{Check, Stop, failed};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long one step may take on a small repository, in seconds.
const STEP_SECONDS_MAX: u64 = 60;

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the higher version.
    Up,
    /// To the lower version.
    Down,
}

/// The programs in a directory: `fs-repo-N-to-M -path=DIR [-revert]`, or where there is none
/// `N-to-M --path DIR [--revert]`.
#[derive(Debug, Clone)]
pub struct Programs {
    directory: PathBuf,
}

impl Programs {
    /// Those of a directory.
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// Runs the step from version `from` (or back to it); whether it succeeded, and its output.
    pub fn run(&self, from: u32, way: Way, repo: &Path) -> Check<(bool, String)> {
        let name = format!("{from}-to-{}", from + 1);
        let upstream = self.directory.join(format!("fs-repo-{name}"));
        let short = self.directory.join(&name);
        let mut command = if upstream.exists() {
            let mut path = std::ffi::OsString::from("-path=");
            path.push(repo);
            let mut command = Command::new(upstream);
            command.arg(path).arg("-verbose=true");
            command.args((way == Way::Down).then_some("-revert"));
            command
        } else if short.exists() {
            let mut command = Command::new(short);
            command.arg("--path").arg(repo);
            command.args((way == Way::Down).then_some("--revert"));
            command
        } else {
            return Err(Stop::Unprepared(format!("no program for {name}")));
        };
        let output = repo.with_extension("output");
        let file = std::fs::File::create(&output).and_then(|file| Ok((file.try_clone()?, file)));
        let (out, err) = file.or_else(|error| failed(format!("{}: {error}", output.display())))?;
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let mut child = command.spawn().or_else(|error| failed(format!("{name}: {error}")))?;
        let start = Instant::now();
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if start.elapsed() < Duration::from_secs(STEP_SECONDS_MAX) => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                _ => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return failed(format!("{name}: not done in {STEP_SECONDS_MAX} s"));
                }
            }
        };
        let text = std::fs::read(&output).unwrap_or_default();
        Ok((status.success(), String::from_utf8_lossy(&text).into_owned()))
    }

    /// Runs a step that must succeed and leave the version that it is about.
    pub fn step(&self, from: u32, way: Way, sample: &mut Sample) -> Check {
        let (good, text) = self.run(from, way, sample.repo())?;
        sample.find();
        let wanted = if way == Way::Up { from + 1 } else { from };
        let name = format!("{from}-to-{} {way:?}", from + 1);
        if !good {
            return failed(format!("{name} fails: {}", text.trim()));
        }
        let version = sample.version();
        if version != wanted.to_string() && !(wanted == 0 && version.is_empty()) {
            return failed(format!("{name} leaves version {version:?}: {}", text.trim()));
        }
        Ok(())
    }
}
