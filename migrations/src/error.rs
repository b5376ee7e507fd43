//! Spec: spec/migrations/framework.md
//!
//! Why a migration stopped.

use std::io;
use std::path::PathBuf;

// spec: framework.refused
/// Why a migration stopped. The texts that upstream has too are upstream's.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused something.
    #[error("{operation} {}: {}", .path.display(), os_text(.source))]
    Io {
        /// The system call, as upstream names it.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The system refused to rename.
    #[error("rename {} {}: {}", .from.display(), .to.display(), os_text(.source))]
    Rename {
        /// The old name.
        from: PathBuf,
        /// The new name.
        to: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Something that is no repository.
    #[error("{} is no repository: it has no file 'config'", .0.display())]
    NotARepo(PathBuf),
    /// A repository of version 0, or none.
    #[error("no version file in repo at {}", .0.display())]
    NoVersionFile(PathBuf),
    /// The version file is empty or holds no number.
    #[error(
        "{}: {found:?} is not a version. Find out which program used this repository last, and write \
         its version number into the file", .path.display()
    )]
    UnreadableVersion {
        /// The version file.
        path: PathBuf,
        /// Its content.
        found: String,
    },
    /// The repository has a version where this step doesn't begin.
    #[error("{text}")]
    WrongVersion {
        /// Upstream's text.
        text: String,
    },
    /// The repository is newer than all steps known.
    #[error(
        "repository version {found} is newer than {newest}, the newest that this program knows"
    )]
    Newer {
        /// What the repository has.
        found: u32,
        /// The newest version known.
        newest: u32,
    },
    /// A daemon or another migration uses the repository.
    #[error(
        "failed to acquire repo lock at {}\n\
         Is a daemon running? please stop it before running migration", .path.display()
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Why exactly.
        source: ipfs_store::lock::Error,
    },
    /// The disk may not be written.
    #[error("{} is on a read-only disk: mount it for writing first", .0.display())]
    ReadOnly(PathBuf),
    /// Too little free space.
    #[error(
        "not enough space at {}: {needed} bytes are needed, {free} are free; nothing was changed",
        .path.display()
    )]
    Space {
        /// The repository.
        path: PathBuf,
        /// Bytes needed.
        needed: u64,
        /// Bytes there are.
        free: u64,
    },
    /// Another step was interrupted.
    #[error("{}", interrupted_text(.step, *.reverting))]
    Interrupted {
        /// For example `3-to-4`.
        step: String,
        /// Whether it was on the way back.
        reverting: bool,
    },
    /// A journal that doesn't fit the version.
    #[error(
        "{}: it says that {step} was interrupted, but the repository has version {version}. Another \
         program went on from there. Check the repository, then remove this file", .path.display()
    )]
    ForeignJournal {
        /// The journal.
        path: PathBuf,
        /// The step that it names.
        step: String,
        /// The version that was found.
        version: String,
    },
    /// What another tool left half done.
    #[error("{what}. {advice}")]
    HalfDone {
        /// What was found.
        what: String,
        /// What to do.
        advice: String,
    },
    /// The configuration is no JSON.
    #[error(transparent)]
    Json(#[from] crate::config::json::Error),
    /// Wrong use of the command line, or an impossible range.
    #[error("{0}")]
    Usage(String),
    /// A step's own reason.
    #[error("{0}")]
    Step(String),
    /// A step's own error.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// The system's answer to an operation on a path.
    pub fn io(operation: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| match source.kind() {
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly(path),
            _ => Self::Io { operation, path, source },
        }
    }

    /// The same for a step's own error.
    pub fn other(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Other(Box::new(error))
    }
}

fn interrupted_text(step: &str, reverting: bool) -> String {
    let (again, back) = if reverting { (" --revert", "") } else { ("", " --revert") };
    format!(
        "{}{step} was interrupted here: '{step}{again}' completes it, '{step}{back}' takes it back",
        if reverting { "the revert of " } else { "" }
    )
}

/// A system error's text as Go programs have it: lower case, without the number.
pub fn os_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}
