//! Spec: spec/gateway/denylist.md
//!
//! Where lists lie, and whether they have changed.

use super::list::{Error, List};
use super::{OpenError, Summary};
use std::fs;
use std::io::{self, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the names of lists end in.
const EXTENSION: &str = "deny";
/// How deep folders are searched.
const DEPTH_MAX: usize = 8;
/// Most lists in use.
// spec: denylist.files-max
pub(super) const FILES_MAX: usize = 1024;
/// Most lines of one list that are complained about, one by one.
const PROBLEMS_LOGGED_MAX: usize = 20;

/// The lists of some directories, in the order of their strength. Missing directories are empty.
// spec: denylist.extension
pub(super) fn find(directories: &[PathBuf]) -> Result<Vec<PathBuf>, OpenError> {
    let mut files = Vec::new();
    for directory in directories {
        walk(directory, DEPTH_MAX, &mut files)
            .map_err(|error| OpenError::Directory(directory.clone(), error))?;
    }
    Ok(files)
}

fn walk(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
    entries.sort_unstable_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if depth > 0 {
                walk(&path, depth - 1, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == EXTENSION) {
            if files.len() == FILES_MAX {
                tracing::error!("more than {FILES_MAX} denylists: {} is ignored", path.display());
                return Ok(());
            }
            files.push(path);
        }
    }
    Ok(())
}

/// What tells that a file has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: (u64, u64),
    bytes: u64,
    modified_s: i64,
    modified_ns: i64,
    changed_s: i64,
    changed_ns: i64,
}

impl Stamp {
    fn of(file: &fs::Metadata) -> Self {
        Self {
            inode: (file.dev(), file.ino()),
            bytes: file.size(),
            modified_s: file.mtime(),
            modified_ns: file.mtime_nsec(),
            changed_s: file.ctime(),
            changed_ns: file.ctime_nsec(),
        }
    }

    fn now(file: &Path) -> Option<Self> {
        fs::metadata(file).ok().map(|file| Self::of(&file))
    }
}

/// A list and the state of its file when it was read.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    file: PathBuf,
    stamp: Option<Stamp>,
    list: Arc<List>,
    unusable: bool,
}

impl Loaded {
    /// Reads a list; lines that are no rules are logged.
    // spec: denylist.bad-line
    pub(super) fn read(file: &Path) -> Result<Self, Error> {
        let input = fs::File::open(file)?;
        // Before reading: what is written meanwhile makes the stamp old.
        let stamp = Some(Stamp::of(&input.metadata()?));
        let mut problems = 0;
        let list = List::read(BufReader::new(input), &mut |line, problem| {
            problems += 1;
            if problems <= PROBLEMS_LOGGED_MAX {
                tracing::error!("{}:{line}: {problem}", file.display());
            }
        })?;
        if problems > PROBLEMS_LOGGED_MAX {
            tracing::error!("{}: {problems} lines are no rules", file.display());
        }
        let loaded = Self { file: file.to_owned(), stamp, list: Arc::new(list), unusable: false };
        let Summary { rules, bytes, .. } = loaded.summary();
        tracing::info!("{}: {rules} rules, {bytes} bytes", file.display());
        Ok(loaded)
    }

    /// A list that can't be used, until its file changes.
    pub(super) fn unusable(file: &Path) -> Self {
        let stamp = Stamp::now(file);
        Self { file: file.to_owned(), stamp, list: Arc::default(), unusable: true }
    }

    /// The same rules, although the file can't be read any more.
    pub(super) fn kept(&self) -> Self {
        Self { stamp: Stamp::now(&self.file), ..self.clone() }
    }

    pub(super) fn is_unusable(&self) -> bool {
        self.unusable
    }

    pub(super) fn is_current(&self) -> bool {
        self.stamp == Stamp::now(&self.file)
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    pub(super) fn list(&self) -> &List {
        &self.list
    }

    pub(super) fn summary(&self) -> Summary {
        Summary {
            file: self.file.clone(),
            name: self.list.header.name.clone(),
            rules: self.list.len(),
            bytes: self.list.bytes(),
        }
    }
}
