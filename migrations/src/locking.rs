//! Spec: spec/migrations/framework.md
//!
//! The locks of the repository, as every version's programs take them.

use crate::error::Error;
use ipfs_store::lock::{self, Lock};
use std::path::{Path, PathBuf};

/// The locks that a run holds. Given up when dropped.
#[derive(Debug, Default)]
pub struct Locks {
    held: Vec<(PathBuf, Lock)>,
    elsewhere: bool,
}

impl Locks {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// None, and none is taken: the caller holds them, or the disk is not a real one.
    pub fn held_elsewhere() -> Self {
        Self { elsewhere: true, ..Self::default() }
    }

    // spec: framework.lock
    /// Takes the lock `name` of a repository, unless it is held already.
    pub fn take(&mut self, repo: &Path, name: &str) -> Result<(), Error> {
        let path = repo.join(name);
        if self.elsewhere || self.held.iter().any(|(held, _)| *held == path) {
            return Ok(());
        }
        remove_dead(&path);
        let lock = Lock::take(&path).map_err(|source| match source {
            lock::Error::Io { source, .. }
                if source.kind() == std::io::ErrorKind::ReadOnlyFilesystem =>
            {
                Error::ReadOnly(repo.to_path_buf())
            }
            lock::Error::Permission(path) => Error::Io {
                operation: "open",
                path,
                source: std::io::ErrorKind::PermissionDenied.into(),
            },
            source => Error::Locked { path: path.clone(), source },
        })?;
        self.held.push((path, lock));
        Ok(())
    }

    /// The repository was moved: the lock files went along and are removed there.
    pub fn moved(&mut self, from: &Path, to: &Path) {
        for (path, _) in &self.held {
            if let Ok(name) = path.strip_prefix(from) {
                let _ = std::fs::remove_file(to.join(name));
            }
        }
    }
}

// spec: framework.lock-old-form
/// Removes the lock file that a dead process left in the older form: the process ID as JSON.
fn remove_dead(path: &Path) {
    if !dead_owner(path) {
        return;
    }
    // Set aside first: between reading and removing, someone else may have done the same and taken
    // the lock, and that file must not go.
    let aside = path.with_extension(format!("dead-{}", std::process::id()));
    if std::fs::rename(path, &aside).is_err() {
        return;
    }
    if dead_owner(&aside) || std::fs::hard_link(&aside, path).is_ok() {
        let _ = std::fs::remove_file(&aside);
    }
}

fn dead_owner(path: &Path) -> bool {
    /// Longest content that is looked at, in bytes.
    const CONTENT_BYTES_MAX: u64 = 256;
    if !std::fs::metadata(path).is_ok_and(|meta| (1..=CONTENT_BYTES_MAX).contains(&meta.len())) {
        return false;
    }
    let owner = std::fs::read(path)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .and_then(|value| value["OwnerPID"].as_i64())
        .and_then(|pid| i32::try_from(pid).ok())
        .and_then(rustix::process::Pid::from_raw);
    let Some(owner) = owner else { return false };
    rustix::process::test_kill_process(owner) == Err(rustix::io::Errno::SRCH)
}
