//! Spec: spec/command/cli.md
//!
//! What commands find around them: the repository, opened only when it is asked for.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// The surroundings of a command.
pub struct Env {
    repo_path: Option<PathBuf>,
}

impl Env {
    /// Surroundings with this `--repo-dir`.
    // spec: cli.repo-path
    pub fn new(repo_dir: Option<&str>) -> Self {
        let repo_path = match repo_dir.filter(|dir| !dir.is_empty()) {
            Some(dir) => Some(PathBuf::from(dir)),
            None => default_repo_path(),
        };
        Self { repo_path }
    }

    /// Where the repository is or would be.
    ///
    /// # Errors
    /// When neither `--repo-dir` nor `$IPFS_PATH` nor a home directory tells.
    pub fn repo_path(&self) -> Result<&Path> {
        self.repo_path
            .as_deref()
            .ok_or_else(|| Error::new("cannot find the repository: set $IPFS_PATH or $HOME"))
    }

    /// Fails unless there is a repository.
    ///
    /// # Errors
    /// `no IPFS repo found in DIR.` and what to do.
    // spec: cli.no-repo
    pub fn require_repo(&self) -> Result<()> {
        let path = self.repo_path()?;
        if path.join("config").exists() {
            return Ok(());
        }
        let path = path.display();
        Err(Error::new(format!("no IPFS repo found in {path}.\nplease run: 'ipfs init'")))
    }
}

fn default_repo_path() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    match std::env::var_os("IPFS_PATH").filter(|path| !path.is_empty()) {
        None => home.map(|home| home.join(".ipfs")),
        Some(path) => {
            let path = PathBuf::from(path);
            match (path.strip_prefix("~"), home) {
                (Ok(rest), Some(home)) => Some(home.join(rest)),
                _ => Some(path),
            }
        }
    }
}
