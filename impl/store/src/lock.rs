//! Spec: spec/repo/lock.md
//!
//! The lock that lets one process at a time use a repo: a POSIX record lock (`fcntl`) over the
//! whole of the empty file `repo.lock`.

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::process::{Flock, FlockType, fcntl_getlk};
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Pause between two tries while waiting.
pub const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Tries to open the file that is at the path; more means that others make and remove it all the
/// time.
const REOPEN_TRIES_MAX: u32 = 100;

/// How long to wait for a lock that another process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wait {
    /// Not at all.
    #[default]
    No,
    /// Up to this long.
    For(Duration),
    /// Until it is free.
    Forever,
}

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    // spec: lock.held-text
    /// Another process holds it.
    #[error("lock {}: someone else has the lock{}", .path.display(), holder_text(*.holder))]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Process ID of the holder, when the system tells it.
        holder: Option<u32>,
    },
    // spec: lock.held-by-us
    /// This process holds it already.
    #[error("lock {}: lock is already held by us", .0.display())]
    HeldByUs(PathBuf),
    // spec: lock.not-empty
    /// The file has content, so it is no lock file of this kind.
    #[error("cannot acquire lock: can't Lock file {path:?}: has non-zero size")]
    NotEmpty {
        /// The lock file.
        path: PathBuf,
    },
    /// The directory may not be written.
    #[error("lock {}: permission denied", .0.display())]
    Permission(PathBuf),
    /// The system refused otherwise.
    #[error("cannot acquire lock: {}: {source}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl Error {
    /// The text without the holder: exactly the reference's.
    pub fn reference_text(&self) -> String {
        match self {
            Self::Held { path, .. } => Self::Held { path: path.clone(), holder: None }.to_string(),
            other => other.to_string(),
        }
    }

    /// Process ID of the process that holds the lock, when known.
    pub fn holder(&self) -> Option<u32> {
        match self {
            Self::Held { holder, .. } => *holder,
            _ => None,
        }
    }
}

// spec: lock.holder
fn holder_text(holder: Option<u32>) -> String {
    holder.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

/// A held lock. Dropping it removes the file and lets go of the lock.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    // Dropped after the file is removed.
    _file: File,
}

/// Record locks belong to the process, so the process itself must remember what it holds.
static HELD: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);

fn held() -> MutexGuard<'static, Option<HashSet<PathBuf>>> {
    HELD.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Lock {
    /// Takes the lock, without waiting. The file is made when it is missing.
    pub fn take(path: &Path) -> Result<Self, Error> {
        let absolute = std::path::absolute(path)
            .map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        let mut guard = held();
        let set = guard.get_or_insert_with(HashSet::new);
        if set.contains(&absolute) {
            return Err(Error::HeldByUs(path.to_path_buf()));
        }
        let file = open_and_lock(path)?;
        set.insert(absolute.clone());
        Ok(Self { path: absolute, _file: file })
    }

    // spec: lock.wait
    /// Takes the lock, trying again each second as long as `wait` allows. `on_retry` is called
    /// before each pause with the reason.
    pub fn wait(path: &Path, wait: Wait, mut on_retry: impl FnMut(&Error)) -> Result<Self, Error> {
        let started = Instant::now();
        loop {
            let error = match Self::take(path) {
                Err(error @ Error::Held { .. }) => error,
                other => return other,
            };
            let pause = match wait {
                Wait::No => return Err(error),
                Wait::Forever => RETRY_PAUSE,
                Wait::For(limit) => match limit.checked_sub(started.elapsed()) {
                    None | Some(Duration::ZERO) => return Err(error),
                    Some(left) => RETRY_PAUSE.min(left),
                },
            };
            on_retry(&error);
            std::thread::sleep(pause);
        }
    }

    /// The lock file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut guard = held();
        // spec: lock.removed
        // Removed while still locked, so that nobody's fresh lock file is removed instead.
        let _ = std::fs::remove_file(&self.path);
        if let Some(set) = guard.as_mut() {
            set.remove(&self.path);
        }
    }
}

// spec: lock.record-lock
fn open_and_lock(path: &Path) -> Result<File, Error> {
    let io = |source: io::Error| match source.kind() {
        io::ErrorKind::PermissionDenied => Error::Permission(path.to_path_buf()),
        _ => Error::Io { path: path.to_path_buf(), source },
    };
    for _ in 0..REOPEN_TRIES_MAX {
        // spec: lock.not-empty
        if std::fs::metadata(path).is_ok_and(|meta| meta.len() > 0) {
            return Err(Error::NotEmpty { path: path.to_path_buf() });
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o666)
            .open(path)
            .map_err(io)?;
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => {
                return Err(Error::Held { path: path.to_path_buf(), holder: holder(&file) });
            }
            Err(errno) => return Err(io(errno.into())),
        }
        // spec: lock.same-file
        // The previous holder removes the file before it lets go: a lock on a file that is no
        // longer at the path excludes nobody.
        let ours = file.metadata().map_err(io)?;
        if std::fs::metadata(path)
            .is_ok_and(|there| (there.dev(), there.ino()) == (ours.dev(), ours.ino()))
        {
            return Ok(file);
        }
    }
    Err(Error::Held { path: path.to_path_buf(), holder: None })
}

fn holder(file: &File) -> Option<u32> {
    let question = Flock::from(FlockType::WriteLock);
    let answer = fcntl_getlk(file, &question).ok()??;
    u32::try_from(answer.pid?.as_raw_nonzero().get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_empty_and_goes_away() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("repo.lock");
        let lock = Lock::take(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
        assert!(matches!(Lock::take(&path), Err(Error::HeldByUs(_))));
        drop(lock);
        assert!(!path.exists());
        drop(Lock::take(&path).unwrap());
    }

    #[test]
    fn a_left_over_empty_file_is_no_obstacle_but_content_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("repo.lock");
        std::fs::write(&path, b"").unwrap();
        drop(Lock::take(&path).unwrap());
        std::fs::write(&path, b"{}").unwrap();
        assert!(matches!(Lock::take(&path), Err(Error::NotEmpty { .. })));
    }

    #[test]
    fn reference_text_has_no_holder() {
        let error = Error::Held { path: "/r/repo.lock".into(), holder: Some(7) };
        assert_eq!(error.reference_text(), "lock /r/repo.lock: someone else has the lock");
        assert!(error.to_string().ends_with("(process 7)"));
    }
}
