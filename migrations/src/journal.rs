//! Spec: spec/migrations/framework.md
//!
//! The file that says which step is under way, so that a killed one is completed or taken back.

use crate::error::Error;
use crate::step::Direction;
use ipfs_store::disk::{self, Disk};
use std::io;
use std::path::{Path, PathBuf};

/// The journal's name in the repository.
pub const JOURNAL_FILE: &str = "migration.journal";
/// Longest journal that is read, in bytes.
const JOURNAL_BYTES_MAX: usize = 64 * 1024;

/// A step under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// For example `3-to-4`.
    pub step: String,
    /// Up or down.
    pub direction: Direction,
    /// How far it is, in the step's own words; empty at first.
    pub phase: String,
}

fn path(repo: &Path) -> PathBuf {
    repo.join(JOURNAL_FILE)
}

impl Journal {
    /// The journal of a repository, if a step is under way.
    pub fn read(disk: &dyn Disk, repo: &Path) -> Result<Option<Self>, Error> {
        let path = path(repo);
        let bytes = match disk.read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::io("open", path)(source)),
        };
        let damaged = || Error::HalfDone {
            what: format!("{} is damaged", path.display()),
            advice: "No migration writes it so. If none was interrupted here, remove it".into(),
        };
        if bytes.len() > JOURNAL_BYTES_MAX {
            return Err(damaged());
        }
        let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let direction = match value["revert"].as_bool() {
            Some(false) => Direction::Forward,
            Some(true) => Direction::Revert,
            None => return Err(damaged()),
        };
        let (Some(step), Some(phase)) = (text("step"), text("phase")) else {
            return Err(damaged());
        };
        Ok(Some(Self { step, direction, phase }))
    }

    /// Writes it; it is on the disk when this returns.
    pub fn write(&self, disk: &dyn Disk, repo: &Path) -> Result<(), Error> {
        let revert = self.direction == Direction::Revert;
        let value = serde_json::json!({"step": self.step, "revert": revert, "phase": self.phase});
        let path = path(repo);
        let text = format!("{value}\n");
        disk::write_atomic(disk, &path, text.as_bytes(), 0o600).map_err(Error::io("write", path))
    }

    /// Removes it: the step is complete.
    pub fn remove(disk: &dyn Disk, repo: &Path) -> Result<(), Error> {
        let path = path(repo);
        match disk.remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            result => result.map_err(Error::io("remove", path))?,
        }
        disk.sync_dir(repo).map_err(Error::io("sync", repo))
    }
}
