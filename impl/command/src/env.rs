//! Spec: spec/command/cli.md
//!
//! What commands find around them: the repository and its parts, opened only when asked for.

use crate::commands::daemon::Stop;
use crate::commands::diag::calls::Calls;
use crate::content::{Blocks, local};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::request::Cancel;
use ipfs_node::content::{Fetch, Online};
use ipfs_node::denylist::Denylists;
use ipfs_node::names::Resolver;
use ipfs_repo::Repo;
use ipfs_repo::config::Tree;
use ipfs_repo::disk::RealDisk;
use ipfs_repo::layout::Layout;
use ipfs_repo::lock::{self, Lock, Wait};
use ipfs_repo::mfs::Mfs;
use ipfs_repo::pin::Pinner;
use ipfs_repo::repo::{Lazy, Options};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Changes of the mutable files that may wait in memory (`Internal.MFSNoFlushLimit`).
const UNFLUSHED_MAX: i64 = 256;

/// The surroundings of commands: of one on the command line, of all requests at once in a daemon
/// (behind an `Arc`, from many threads). Everything is opened at its first use and shared then.
pub struct Env {
    repo_path: Option<PathBuf>,
    resident: bool,
    repo: Lazy<Repo>,
    blocks: Lazy<Arc<Blocks>>,
    source: Lazy<Arc<Online<Blocks>>>,
    pinner: Lazy<Pinner>,
    files: Lazy<Mfs>,
    unflushed: Mutex<u64>,
    names: Lazy<Arc<Resolver>>,
    denylists: Lazy<Arc<Denylists>>,
    daemon: OnceLock<Stop>,
    calls: Calls,
    network: OnceLock<Network>,
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
            resident: false,
            repo: Lazy::default(),
            blocks: Lazy::default(),
            source: Lazy::default(),
            pinner: Lazy::default(),
            files: Lazy::default(),
            unflushed: Mutex::new(0),
            names: Lazy::default(),
            denylists: Lazy::default(),
            daemon: OnceLock::new(),
            calls: Calls::default(),
            network: OnceLock::new(),
        }
    }

    /// These surroundings outlive the command: changes of the mutable files may wait in memory.
    #[must_use]
    pub fn resident(self) -> Self {
        Self { resident: true, ..self }
    }

    /// Whether the process goes on after the command.
    pub fn is_resident(&self) -> bool {
        self.resident
    }

    /// From now on these are the surroundings of a daemon that is stopped this way.
    pub fn set_daemon(&self, stop: Stop) {
        // A second call can only come from the same daemon.
        let _ = self.daemon.set(stop);
    }

    /// How to stop the daemon whose surroundings these are; `None` outside of a daemon.
    pub fn daemon(&self) -> Option<&Stop> {
        self.daemon.get()
    }

    /// The network of a daemon that was not started with `--offline`.
    pub(crate) fn set_network(&self, network: Network) {
        // A second call can only come from the same daemon.
        let _ = self.network.set(network);
    }

    /// The network; `None` outside of a daemon that may use it.
    pub(crate) fn network(&self) -> Option<&Network> {
        self.network.get()
    }

    /// Whether this is a daemon that may use the network.
    pub fn may_use_network(&self) -> bool {
        self.network.get().is_some()
    }

    /// How a request gets blocks that are not here; `None` when there is no network.
    ///
    /// # Errors
    /// As [`Env::repo`], or when denylists can't be read.
    pub(crate) fn fetch(&self, cancel: &Cancel) -> Result<Option<Fetch>> {
        let Some(network) = self.network.get() else { return Ok(None) };
        let (flag, deadline) = (cancel.flag().clone(), cancel.deadline());
        Ok(Some(Fetch::new(ipfs_node::content::Request {
            providers: network.providers(),
            store: self.blocks()?.clone(),
            lists: Some(self.denylists()?.clone()),
            cancel: flag,
            deadline,
        })))
    }

    /// The commands that run here.
    pub fn calls(&self) -> &Calls {
        &self.calls
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
        self.repo.get_or_make(|| {
            let options = Options { wait: wait_for_lock(), ..Options::default() };
            Ok(Repo::open(self.repo_path()?, &options)?)
        })
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
    pub(crate) fn blocks(&self) -> Result<&Arc<Blocks>> {
        self.blocks.get_or_make(|| Ok(Arc::new(self.node()?.blocks()?)))
    }

    /// All blocks, and those of the network while a fetch is in force on the thread.
    pub(crate) fn source(&self) -> Result<&Arc<Online<Blocks>>> {
        self.source.get_or_make(|| Ok(Arc::new(Online::new(self.blocks()?.clone()))))
    }

    /// The pins.
    pub(crate) fn pinner(&self) -> Result<&Pinner> {
        self.pinner.get_or_make(|| Ok(Pinner::open(self.node()?.datastore()?.clone())?))
    }

    /// The mutable files, with the settings that the configuration had when they were first used.
    pub(crate) fn files(&self) -> Result<&Mfs> {
        self.files.get_or_make(|| {
            let repo = self.node()?;
            let settings = crate::commands::files::tree::settings(&repo.config().import())?;
            let (blocks, lock) = (self.source()?.clone(), repo.gc_lock().clone());
            Mfs::open(blocks, repo.datastore()?.clone(), lock, settings).map_err(local)
        })
    }

    /// Counts a change of the mutable files that is flushed or not.
    ///
    /// # Errors
    /// When too many were not.
    // spec: files-command.unflushed-bound
    pub(crate) fn count_change(&self, flush: bool) -> Result<()> {
        let mut unflushed = self.unflushed.lock().unwrap_or_else(PoisonError::into_inner);
        if flush {
            *unflushed = 0;
            return Ok(());
        }
        let limit = self.repo()?.config().integer("Internal.MFSNoFlushLimit");
        let limit = u64::try_from(limit.unwrap_or(UNFLUSHED_MAX)).unwrap_or(0);
        if limit > 0 && *unflushed >= limit {
            return Err(Error::new(format!(
                "reached limit of {limit} unflushed MFS operations. To resolve: 1) run 'ipfs files \
                 flush' to persist changes, 2) use --flush=true (default), or 3) increase \
                 Internal.MFSNoFlushLimit in config"
            )));
        }
        *unflushed += 1;
        Ok(())
    }

    /// What follows names.
    ///
    /// # Errors
    /// As [`Env::repo`], or when a setting makes no sense.
    pub fn names(&self) -> Result<&Arc<Resolver>> {
        self.names.get_or_make(|| {
            let denylists = self.denylists()?.clone();
            Ok(Arc::new(crate::names::resolver(self.repo()?, denylists)?))
        })
    }

    /// The lists of content that is not provided.
    ///
    /// # Errors
    /// When a directory can't be listed or no list can be used.
    // spec: denylist.disable
    // spec: denylist.locations
    // spec: denylist.in-force-at-once
    pub fn denylists(&self) -> Result<&Arc<Denylists>> {
        self.denylists.get_or_make(|| {
            let directories = match variable("IPFS_CONTENT_BLOCKING_DISABLE") {
                Some(_) => Vec::new(),
                None => denylist_directories(self.repo_path()?),
            };
            let lists = Denylists::open(directories).map_err(|error| {
                Error::new(format!("constructing the node (see log for full detail): {error}"))
            })?;
            Ok(Arc::new(lists))
        })
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

    /// Finishes all writes, also those that wait in memory. The lock is let go of when the last
    /// user of these surroundings is gone.
    ///
    /// # Errors
    /// When the mutable files or the stores can't be written.
    pub fn close(&self) -> Result<()> {
        let files = match self.files.get().filter(|_| self.resident) {
            Some(files) => files.flush().map(drop).map_err(local),
            None => Ok(()),
        };
        match self.repo.get() {
            Some(repo) => Ok(files.and(repo.finish().map_err(Error::from))?),
            None => files,
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

/// Where lists lie, the weakest place first.
fn denylist_directories(repo: &Path) -> Vec<PathBuf> {
    let home = || variable("HOME").map(|home| Path::new(&home).join(".config"));
    let config = variable("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home);
    let config = config.map(|config| config.join("ipfs/denylists"));
    let system = PathBuf::from("/etc/ipfs/denylists");
    [Some(system), config, Some(repo.join("denylists"))].into_iter().flatten().collect()
}

/// The value of a variable, if it has one.
fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
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

#[cfg(test)]
mod tests;
