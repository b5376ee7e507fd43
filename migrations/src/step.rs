//! Spec: spec/migrations/framework.md
//!
//! What one step between two neighbouring versions is.

use crate::context::Context;
use crate::error::Error;
use crate::report::Report;
use crate::stock::Stock;
use ipfs_store::disk::Disk;
use std::path::{Path, PathBuf};

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the higher version.
    Forward,
    /// To the lower version.
    Revert,
}

impl Direction {
    /// The other one.
    pub fn opposite(self) -> Self {
        match self {
            Self::Forward => Self::Revert,
            Self::Revert => Self::Forward,
        }
    }
}

/// What a step would do, for `--dry-run` and for the check of free space.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// One line for each thing that would change, for people.
    pub changes: Vec<String>,
    /// Objects (files, keys, records) that would be touched.
    pub items: u64,
    /// Bytes that must be free while it runs.
    pub bytes_needed: u64,
    /// Estimated duration in milliseconds.
    pub millis: u64,
}

impl Plan {
    /// Of a step that handles so many items; the changes aren't known.
    pub(crate) fn reckoned(items: u64, bytes_needed: u64, millis: u64) -> Self {
        Self { changes: Vec::new(), items, bytes_needed, millis }
    }
}

/// Bytes that rewriting a configuration of so many takes: old, new, backup and journal.
fn config_space(bytes: u64) -> u64 {
    4 * bytes + 64 * 1024
}

/// Which of upstream's two families of programs a step belongs to: they differ in flags, texts and
/// the bytes of the version file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// 0-to-1 to 15-to-16.
    External,
    /// 16-to-17 and later, which Kubo has built in.
    Embedded,
}

/// The lock of repositories of version 0 and 1.
pub const DAEMON_LOCK: &str = "daemon.lock";
/// The lock of all others.
pub const REPO_LOCK: &str = "repo.lock";

/// One step between two neighbouring versions.
///
/// [`Self::forward`] and [`Self::revert`] are called with the lock held and the version checked.
/// They must first check what they can without changing anything, then call [`Context::begin`],
/// then change. They must be able to start again after a kill at any point since `begin`. They
/// leave the version file alone: the engine writes it afterwards, as the last change.
pub trait Step: Sync {
    /// The lower version. The higher one is one more.
    fn from(&self) -> u32;

    /// The higher version.
    fn to(&self) -> u32 {
        self.from() + 1
    }

    /// For example `3-to-4`.
    fn name(&self) -> String {
        format!("{}-to-{}", self.from(), self.to())
    }

    /// One line that says what it changes.
    fn about(&self) -> &'static str;

    /// Which family of upstream's programs it belongs to.
    fn family(&self) -> Family {
        if self.from() >= 16 { Family::Embedded } else { Family::External }
    }

    /// Upgrades everything but the version file.
    fn forward(&self, context: &mut Context<'_>) -> Result<(), Error>;

    /// Downgrades everything but the version file.
    fn revert(&self, context: &mut Context<'_>) -> Result<(), Error>;

    /// What is left to do after the version file was written, such as removing what only served
    /// the way back. Called again if it was interrupted.
    fn finish(&self, _context: &mut Context<'_>, _direction: Direction) -> Result<(), Error> {
        Ok(())
    }

    /// Takes back what an interrupted run in direction `interrupted` has done; `false` if this step
    /// can't, then the engine completes that run and does the opposite.
    fn undo(&self, _context: &mut Context<'_>, _interrupted: Direction) -> Result<bool, Error> {
        Ok(false)
    }

    /// Whether it goes on from what an interrupted revert of upstream's program leaves, which a
    /// `revert-phase` file shows.
    fn knows_half_done(&self) -> bool {
        false
    }

    /// What would change. Changes nothing itself. May take long.
    fn plan(&self, context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error>;

    /// About how much it would handle, and the most space that it would need, once other steps were
    /// done before it: reckoned from what the repository holds now. `None`: the other steps change
    /// nothing of what it handles, so that [`Self::plan`] is right already. The default suits a
    /// step that only rewrites the configuration.
    fn forecast(&self, stock: &Stock) -> Option<Plan> {
        Some(Plan::reckoned(2, config_space(stock.config_bytes), 10))
    }

    /// Bytes that must be free, found out quickly: checked before each run. The default suits a
    /// step that only rewrites the configuration.
    fn space_needed(&self, context: &Context<'_>, _direction: Direction) -> Result<u64, Error> {
        let config = context.read_optional(&context.file("config"))?.unwrap_or_default();
        Ok(config_space(config.len() as u64))
    }

    /// The lock file in the repository that excludes programs of the version to start from.
    fn lock_file(&self, direction: Direction) -> &'static str {
        let start = if direction == Direction::Forward { self.from() } else { self.to() };
        if start <= 1 { DAEMON_LOCK } else { REPO_LOCK }
    }

    /// Where the repository is that was asked for at `path`. Only 1-to-2 moves it.
    fn locate(&self, _disk: &dyn Disk, path: &Path, _direction: Direction) -> PathBuf {
        path.to_path_buf()
    }

    /// Text of the error that the repository has another version, as upstream's program has it.
    fn wrong_version(&self, _repo: &Path, expected: u32, actual: &str) -> String {
        match self.family() {
            Family::External => format!("versions differ (expected: {expected}, actual:{actual})"),
            Family::Embedded => format!("expected version {expected}, got {actual}"),
        }
    }

    /// Upstream's line about what the way up does, if its program prints one.
    fn description(&self) -> Option<&'static str> {
        None
    }

    /// Upstream's lines before the lock is taken.
    fn announce(&self, repo: &Path, direction: Direction, report: &mut Report) {
        match (direction, self.family()) {
            (Direction::Forward, Family::External) => {
                report.log(&format!("applying {} repo migration", self.name()));
                report.verbose(&format!("locking repo at {}", go_quoted(repo)));
            }
            (Direction::Revert, Family::External) => report.log("reverting migration"),
            (Direction::Forward, Family::Embedded) => {
                report.verbose(&format!("applying {} repo migration", self.name()));
                if let Some(description) = self.description() {
                    report.verbose(&format!("> {description}"));
                }
            }
            (Direction::Revert, Family::Embedded) => report.verbose("reverting migration"),
        }
    }

    /// Upstream's lines between lock and version check.
    fn verifying(&self, direction: Direction, report: &mut Report) {
        if direction == Direction::Forward && self.family() == Family::External {
            report.verbose(&format!("  - verifying version is '{}'", self.from()));
        }
    }

    /// Upstream's lines after the version file was written.
    fn finished(&self, direction: Direction, report: &mut Report) {
        match (direction, self.family()) {
            (Direction::Forward, Family::External) => {
                report.log("updated version file");
                report.log(&format!("Migration {} to {} succeeded", self.from(), self.to()));
            }
            (Direction::Forward, Family::Embedded) => {
                report.verbose("updated version file");
                report.verbose(&format!("Migration {} succeeded", self.name()));
            }
            (Direction::Revert, _) => {
                report.verbose(&format!("lowered version number to {}", self.from()));
            }
        }
    }
}

/// A path in double quotes with Go's escapes (`%q`).
pub fn go_quoted(path: &Path) -> String {
    let mut out = String::from("\"");
    for character in path.to_string_lossy().chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                out.push_str(&format!("\\x{:02x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
