//! Spec: spec/repo/leveldb-manifest.md
//!
//! File names of a database, and errors that name files.

use crate::datastore::Error;
use crate::disk::Disk;
use std::io;
use std::path::{Path, PathBuf};

/// Mode of new files, before the umask.
pub(super) const MODE: u32 = 0o644;
/// Mode of the directory, before the umask.
pub(super) const DIRECTORY_MODE: u32 = 0o755;

/// What a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// `000005.log`
    Log(u64),
    /// `000005.ldb`, in old databases `000005.sst`
    Table(u64),
    /// `MANIFEST-000005`
    Manifest(u64),
    /// `000005.tmp`
    Temporary(u64),
    /// `CURRENT.5`: a CURRENT that was not renamed yet
    Pending(u64),
    /// `CURRENT` or `CURRENT.bak`
    Current,
}

impl Name {
    /// What a file name means; `None` for names that are not the database's.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            // File numbers are signed in goleveldb.
            digits.parse().ok().filter(|&number: &u64| plain && number <= i64::MAX as u64)
        };
        if let Some(digits) = name.strip_prefix("MANIFEST-") {
            return number(digits).map(Self::Manifest);
        }
        match name {
            "CURRENT" | "CURRENT.bak" => return Some(Self::Current),
            _ => {}
        }
        if let Some(digits) = name.strip_prefix("CURRENT.") {
            return number(digits).map(Self::Pending);
        }
        let (digits, kind) = name.split_once('.')?;
        let number = number(digits)?;
        match kind {
            "log" => Some(Self::Log(number)),
            "ldb" | "sst" => Some(Self::Table(number)),
            "tmp" => Some(Self::Temporary(number)),
            _ => None,
        }
    }

    /// The file number in the name.
    pub(super) fn number(self) -> Option<u64> {
        match self {
            Self::Log(number)
            | Self::Table(number)
            | Self::Manifest(number)
            | Self::Temporary(number)
            | Self::Pending(number) => Some(number),
            Self::Current => None,
        }
    }
}

/// The path of a log.
pub(super) fn log(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:06}.log"))
}

/// The path of a new table.
pub(super) fn table(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:06}.ldb"))
}

/// The path of a table that is there: `.ldb`, or `.sst` in old databases.
pub(super) fn existing_table(disk: &dyn Disk, directory: &Path, number: u64) -> PathBuf {
    let path = table(directory, number);
    let old = path.with_extension("sst");
    let missing =
        |path: &Path| disk.meta(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    if missing(&path) && !missing(&old) { old } else { path }
}

/// The name of a MANIFEST.
pub(super) fn manifest_name(number: u64) -> String {
    format!("MANIFEST-{number:06}")
}

/// Turns a system error into one that names the operation and the path.
pub(super) fn io_error(
    operation: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_path_buf();
    move |source| Error::Io { operation, path, source }
}

/// An error about damaged content.
pub(super) fn corrupt(path: &Path, reason: &str) -> Error {
    Error::Corrupt { path: path.to_path_buf(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn names() {
        for (text, name) in [
            ("000005.log", Some(Name::Log(5))),
            ("1234567.ldb", Some(Name::Table(1_234_567))),
            ("000007.sst", Some(Name::Table(7))),
            ("MANIFEST-000009", Some(Name::Manifest(9))),
            ("000001.tmp", Some(Name::Temporary(1))),
            ("CURRENT.12", Some(Name::Pending(12))),
            ("CURRENT.bak", Some(Name::Current)),
            ("CURRENT", Some(Name::Current)),
            ("LOG", None),
            ("LOCK", None),
            ("-1.log", None),
            ("+1.log", None),
            ("5.log.bak", None),
            ("MANIFEST-", None),
            ("99999999999999999999.ldb", None),
        ] {
            assert_eq!(Name::parse(text), name, "{text}");
        }
    }
}
