//! Spec: spec/repo/version.md
//!
//! The version number of the repo format.

use crate::disk::{self, Disk};
use crate::layout::{Layout, PUBLIC_MODE};
use std::io;

/// The version that this program reads and writes.
pub const CURRENT: u32 = 18;

/// Longest version file that is read, in bytes.
const FILE_BYTES_MAX: usize = 64;

const INSTRUCTIONS: &str = "See https://github.com/ipfs/fs-repo-migrations/blob/master/run.md\n\
     Sorry for the inconvenience. In the future, these will run automatically.";

/// Why a repo of another version is not opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    // spec: version.missing
    /// There is no version file.
    #[error("no version file found, please run 0-to-1 migration tool.\n{INSTRUCTIONS}")]
    Missing,
    // spec: version.old
    /// The repo is older than this program.
    #[error("ipfs repo needs migration, please run migration tool.\n{INSTRUCTIONS}")]
    Old {
        /// What the repo has.
        found: u32,
    },
    // spec: version.new
    /// The repo is newer than this program.
    #[error(
        "Your programs version ({CURRENT}) is lower than your repos ({found}).\n\
         Please update ipfs to a version that supports the existing repo, or run\n\
         a migration in reverse.\n\n\
         See https://github.com/ipfs/fs-repo-migrations/blob/master/run.md for details."
    )]
    New {
        /// What the repo has.
        found: u32,
    },
    // spec: version.invalid
    /// The file holds no number.
    #[error("invalid data in repo version file")]
    Invalid,
    /// The file could not be read.
    #[error("open {path}: {source}")]
    Io {
        /// The version file.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
}

/// The version of the repo.
pub fn read(disk: &dyn Disk, layout: &Layout) -> Result<u32, Error> {
    let path = layout.version();
    let bytes = match disk.read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::Missing),
        Err(source) => return Err(Error::Io { path: path.display().to_string(), source }),
    };
    // spec: version.format
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Error::Invalid);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| Error::Invalid)?;
    text.trim().parse().map_err(|_| Error::Invalid)
}

/// Checks that this program may use the repo.
pub fn check(disk: &dyn Disk, layout: &Layout) -> Result<(), Error> {
    match read(disk, layout)? {
        CURRENT => Ok(()),
        found if found < CURRENT => Err(Error::Old { found }),
        found => Err(Error::New { found }),
    }
}

/// Writes the version of this program.
pub fn write(disk: &dyn Disk, layout: &Layout) -> io::Result<()> {
    disk::write_atomic(disk, &layout.version(), format!("{CURRENT}\n").as_bytes(), PUBLIC_MODE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;

    fn with_version(text: &str) -> Result<(), Error> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("version"), text).unwrap();
        check(&RealDisk, &Layout::new(directory.path()))
    }

    #[test]
    fn accepts_the_current_version_with_and_without_line_feed() {
        assert!(with_version("18\n").is_ok());
        assert!(with_version("18").is_ok());
    }

    #[test]
    fn refuses_other_versions() {
        assert!(matches!(with_version("17"), Err(Error::Old { found: 17 })));
        assert!(matches!(with_version("99\n"), Err(Error::New { found: 99 })));
        assert!(matches!(with_version("zz"), Err(Error::Invalid)));
        assert!(matches!(with_version(&"1".repeat(100)), Err(Error::Invalid)));
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(check(&RealDisk, &Layout::new(empty.path())), Err(Error::Missing)));
    }
}
