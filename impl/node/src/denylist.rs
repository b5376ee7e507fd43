//! Spec: spec/gateway/denylist.md
//!
//! Lists of content that is not to be provided, in the compact denylist format.

mod files;
mod header;
mod list;
mod query;
mod rule;
mod source;
#[cfg(test)]
mod tests;

pub use header::Error as HeaderError;
pub use list::{Error, HASH_FUNCTIONS_MAX, LINE_BYTES_MAX, LINES_MAX};
pub use source::Guarded;

use files::Loaded;
use ipfs_data::cid::Cid;
use ipfs_data::path::Path as ContentPath;
use query::Query;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

/// A check looks for changed files if the last look is this old, in milliseconds.
// spec: denylist.reload
pub const LOOK_INTERVAL_MS: u64 = 500;

/// The target of log lines about what was blocked.
const LOG_TARGET: &str = "nopfs-blocks";

/// What was asked for is on a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is blocked and cannot be provided")]
pub struct Blocked(pub String);

/// Why the lists can't be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A directory can't be listed.
    #[error("error walking {0}: {1}")]
    Directory(PathBuf, std::io::Error),
    /// There are lists, and not one of them can be used.
    #[error("error opening and processing {0}: {1}")]
    List(PathBuf, Error),
}

/// Size and place of one list, for `diag` and logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The file.
    pub file: PathBuf,
    /// The name that its header gives it.
    pub name: Option<String>,
    /// Number of rules.
    pub rules: usize,
    /// Memory that they take, in bytes.
    pub bytes: usize,
}

/// All lists of some directories. Checks may come from any thread.
#[derive(Debug)]
pub struct Denylists {
    directories: Vec<PathBuf>,
    lists: RwLock<Arc<Vec<Loaded>>>,
    looking: Mutex<()>,
    start: Instant,
    /// When to look again, in milliseconds from `start`.
    next_look: AtomicU64,
}

impl Default for Denylists {
    fn default() -> Self {
        Self::of(Vec::new(), Vec::new())
    }
}

impl Denylists {
    /// Reads every file `*.deny` of these directories and those below them. A later directory wins
    /// over an earlier one, and within one a later file by name. Directories may be missing.
    ///
    /// # Errors
    /// When a directory can't be listed or none of the files can be used. A file that can't be
    /// used beside others that can is logged.
    // spec: denylist.order
    pub fn open(directories: Vec<PathBuf>) -> Result<Self, OpenError> {
        let mut lists = Vec::new();
        let mut failed = None;
        for file in files::find(&directories)? {
            match Loaded::read(&file) {
                Ok(list) => lists.push(list),
                Err(error) => {
                    tracing::error!("error opening and processing {}: {error}", file.display());
                    lists.push(Loaded::unusable(&file));
                    failed.get_or_insert(OpenError::List(file, error));
                }
            }
        }
        match failed.filter(|_| lists.iter().all(Loaded::is_unusable)) {
            Some(error) => Err(error),
            None => Ok(Self::of(directories, lists)),
        }
    }

    fn of(directories: Vec<PathBuf>, lists: Vec<Loaded>) -> Self {
        Self {
            directories,
            lists: RwLock::new(Arc::new(lists)),
            looking: Mutex::new(()),
            start: Instant::now(),
            next_look: AtomicU64::new(LOOK_INTERVAL_MS),
        }
    }

    /// Whether a block may be provided.
    ///
    /// # Errors
    /// [`Blocked`] with the CID if not.
    pub fn check_cid(&self, cid: &Cid) -> Result<(), Blocked> {
        self.check(|| Query::block(cid), || cid.to_string())
    }

    /// Whether a path may be resolved.
    ///
    /// # Errors
    /// [`Blocked`] with the path if not.
    pub fn check_path(&self, path: &ContentPath) -> Result<(), Blocked> {
        self.check(|| Query::path(path), || path.to_string())
    }

    fn check(
        &self,
        query: impl FnOnce() -> Query,
        subject: impl FnOnce() -> String,
    ) -> Result<(), Blocked> {
        self.look();
        let lists = self.lists();
        if lists.iter().all(Loaded::is_unusable) {
            return Ok(());
        }
        let query = query();
        let found = lists.iter().rev().find_map(|list| Some((list, list.list().find(&query)?)));
        match found {
            Some((list, line)) if !line.allows() => {
                let blocked = Blocked(subject());
                let (file, line) = (list.file().display(), line.number());
                tracing::warn!(target: LOG_TARGET, "{}: blocked ({file}:{line})", blocked.0);
                Err(blocked)
            }
            _ => Ok(()),
        }
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.look();
        self.lists().iter().all(|list| list.list().len() == 0)
    }

    /// The lists in use, the strongest last.
    pub fn summaries(&self) -> Vec<Summary> {
        self.lists().iter().map(Loaded::summary).collect()
    }

    fn lists(&self) -> Arc<Vec<Loaded>> {
        Arc::clone(&self.lists.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks for changed files if it is time to. One thread does; others go on with the old lists.
    fn look(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        if self.directories.is_empty() || now < self.next_look.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(_looking) = self.looking.try_lock() {
            self.reload();
            let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.next_look.store(now + LOOK_INTERVAL_MS, Ordering::Relaxed);
        }
    }

    /// Reads again what has changed. What can't be read any more stays in force as it was; what is
    /// gone is not.
    fn reload(&self) {
        let old = self.lists();
        let found = match files::find(&self.directories) {
            Ok(found) => found,
            Err(error) => return tracing::error!("{error}"),
        };
        let is_same = |(list, file): (&Loaded, &PathBuf)| list.file() == file && list.is_current();
        if old.len() == found.len() && old.iter().zip(&found).all(is_same) {
            return;
        }
        let new = found.iter().map(|file| {
            let before = old.iter().find(|list| list.file() == file);
            match before {
                Some(list) if list.is_current() => list.clone(),
                _ => Loaded::read(file).unwrap_or_else(|error| {
                    tracing::error!("error opening and processing {}: {error}", file.display());
                    before.map_or_else(|| Loaded::unusable(file), Loaded::kept)
                }),
            }
        });
        let new = Arc::new(new.collect());
        *self.lists.write().unwrap_or_else(PoisonError::into_inner) = new;
    }
}
