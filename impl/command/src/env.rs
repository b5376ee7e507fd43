//! Spec: spec/command/cli.md
//!
//! What commands find around them: the repository, opened only when it is asked for.

use crate::error::{Error, Result};
use ipfs_data::block::Store;
use ipfs_node::names::Resolver;
use ipfs_repo::Repo;
use ipfs_repo::config::Tree;
use ipfs_repo::disk::RealDisk;
use ipfs_repo::layout::Layout;
use ipfs_repo::lock::{self, Lock, Wait};
use ipfs_repo::pin::Pinner;
use ipfs_repo::repo::Options;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// The surroundings of a command.
pub struct Env {
    repo_path: Option<PathBuf>,
    repo: OnceLock<Repo>,
    opening: Mutex<()>,
    blocks: OnceLock<Arc<dyn Store>>,
    pinner: OnceLock<Pinner>,
    names: OnceLock<Arc<Resolver>>,
}

impl Env {
    /// Surroundings with this `--repo-dir`.
    // spec: cli.repo-path
    pub fn new(repo_dir: Option<&str>) -> Self {
        let repo_path = match repo_dir.filter(|dir| !dir.is_empty()) {
            Some(dir) => Some(PathBuf::from(dir)),
            None => default_repo_path(),
        };
        Self {
            repo_path,
            repo: OnceLock::new(),
            opening: Mutex::new(()),
            blocks: OnceLock::new(),
            pinner: OnceLock::new(),
            names: OnceLock::new(),
        }
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

    /// The repository, opened (and locked) at the first call. The lock is held until the command
    /// ends.
    ///
    /// # Errors
    /// When there is none, another process has the lock, or it can't be opened.
    // spec: cli.repo-lock-wait
    pub fn repo(&self) -> Result<&Repo> {
        if let Some(repo) = self.repo.get() {
            return Ok(repo);
        }
        let _opening = self.opening.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(repo) = self.repo.get() {
            return Ok(repo);
        }
        let options = Options { wait: wait_for_lock(), ..Options::default() };
        let repo = Repo::open(self.repo_path()?, &options)?;
        Ok(self.repo.get_or_init(|| repo))
    }

    /// The repository of a node: also its settings for imports make sense. Commands that work with
    /// blocks need that, those that only edit the configuration don't.
    ///
    /// # Errors
    /// As [`Env::repo`], or `constructing the node (see log for full detail): REASON`.
    // spec: config.import-check
    pub fn node(&self) -> Result<&Repo> {
        let repo = self.repo()?;
        repo.config().import().check().map_err(|error| {
            Error::new(format!("constructing the node (see log for full detail): {error}"))
        })?;
        Ok(repo)
    }

    /// All blocks: those that the repository stores and, if that is enabled, those that it refers
    /// to in other files.
    ///
    /// # Errors
    /// As [`Env::repo`], or when the stores can't be opened.
    pub fn blocks(&self) -> Result<&Arc<dyn Store>> {
        if let Some(blocks) = self.blocks.get() {
            return Ok(blocks);
        }
        let blocks: Arc<dyn Store> = Arc::new(self.node()?.blocks()?);
        Ok(self.blocks.get_or_init(|| blocks))
    }

    /// The pins.
    ///
    /// # Errors
    /// As [`Env::blocks`].
    pub fn pinner(&self) -> Result<&Pinner> {
        if let Some(pinner) = self.pinner.get() {
            return Ok(pinner);
        }
        let pinner = Pinner::open(self.node()?.datastore()?.clone())?;
        Ok(self.pinner.get_or_init(|| pinner))
    }

    /// What follows names.
    ///
    /// # Errors
    /// As [`Env::repo`], or when a setting makes no sense.
    pub fn names(&self) -> Result<&Arc<Resolver>> {
        if let Some(names) = self.names.get() {
            return Ok(names);
        }
        let names = Arc::new(crate::names::resolver(self.repo()?)?);
        Ok(self.names.get_or_init(|| names))
    }

    /// The configuration as it is in the file, without opening or locking the repository.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn config(&self) -> Result<Tree> {
        let layout = Layout::new(self.repo_path()?);
        Ok(ipfs_repo::config::load(&RealDisk, &layout.config())?)
    }

    /// Fails while another process, usually a daemon, uses the repository.
    ///
    /// # Errors
    /// `ipfs daemon is running. please stop it to run this command`
    // spec: cli.no-daemon
    pub fn require_no_daemon(&self) -> Result<()> {
        let path = Layout::new(self.repo_path()?).lock();
        if !path.exists() {
            return Ok(());
        }
        match Lock::take(&path) {
            Err(lock::Error::Held { .. }) => {
                Err(Error::client("ipfs daemon is running. please stop it to run this command"))
            }
            _ => Ok(()),
        }
    }

    /// Finishes all writes and lets go of the lock.
    ///
    /// # Errors
    /// When the stores can't be closed.
    pub fn close(self) -> Result<()> {
        match self.repo.into_inner() {
            Some(repo) => Ok(repo.close()?),
            None => Ok(()),
        }
    }
}

fn wait_for_lock() -> Wait {
    let Ok(text) = std::env::var("IPFS_WAIT_REPO_LOCK") else { return Wait::No };
    match crate::duration::parse(&text) {
        Ok(nanoseconds) if nanoseconds > 0 => {
            Wait::For(Duration::from_nanos(nanoseconds.unsigned_abs()))
        }
        Ok(_) => Wait::Forever,
        Err(message) => {
            crate::terminal::eprint_line(&format!("IPFS_WAIT_REPO_LOCK: {message}"));
            Wait::No
        }
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
