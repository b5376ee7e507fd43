//! Spec: spec/repo/layout.md
//!
//! Where the parts of a repo lie in its directory, and with which modes they are made.

use std::path::{Path, PathBuf};

/// Mode of the repo directory and of directories without secrets, minus umask.
pub const DIRECTORY_MODE: u32 = 0o755;
/// Mode of files that only the owner may read.
pub const PRIVATE_MODE: u32 = 0o600;
/// Mode of files that everybody may read.
pub const PUBLIC_MODE: u32 = 0o644;
/// Mode of the keystore directory.
pub const KEYSTORE_MODE: u32 = 0o700;

/// The directory of a repo; gives the paths of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    directory: PathBuf,
}

impl Layout {
    /// The layout of the repo in `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// The repo directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    // spec: layout.files
    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.directory.join("config")
    }

    /// The repo version, a decimal number and a line feed.
    pub fn version(&self) -> PathBuf {
        self.directory.join("version")
    }

    /// The canonical form of the datastore configuration with which the repo was made.
    pub fn datastore_spec(&self) -> PathBuf {
        self.directory.join("datastore_spec")
    }

    /// The lock file, present while a process uses the repo.
    pub fn lock(&self) -> PathBuf {
        self.directory.join("repo.lock")
    }

    /// The RPC address of the running daemon.
    pub fn api(&self) -> PathBuf {
        self.directory.join("api")
    }

    /// The gateway URL of the running daemon.
    pub fn gateway(&self) -> PathBuf {
        self.directory.join("gateway")
    }

    /// The directory of named keys.
    pub fn keystore(&self) -> PathBuf {
        self.directory.join("keystore")
    }

    /// The key of a private network.
    pub fn swarm_key(&self) -> PathBuf {
        self.directory.join("swarm.key")
    }

    /// A path from a datastore configuration: absolute, or relative to the repo directory.
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.directory.join(path)
    }

    // spec: layout.initialized
    /// Whether there is a repo: its config file exists.
    pub fn is_initialized(&self, disk: &dyn crate::disk::Disk) -> bool {
        disk.meta(&self.config()).is_ok()
    }
}
