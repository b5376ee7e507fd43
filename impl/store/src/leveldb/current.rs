//! Spec: spec/repo/leveldb-manifest.md
//!
//! CURRENT: the name of the MANIFEST in force.

use super::files::{self, Name};
use crate::datastore::{Error, Result};
use crate::disk::{Disk, Open};
use std::io;
use std::path::Path;

/// More bytes than this are not a file name.
const CURRENT_BYTES_MAX: u64 = 256;

/// What the directory says about its MANIFEST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Current {
    /// This MANIFEST is in force.
    Manifest(u64),
    /// There is no pointer to an existing MANIFEST.
    Missing,
}

/// Finds the MANIFEST in force among the names in the directory: the newest pending CURRENT
/// if it is newer than CURRENT, then CURRENT, then CURRENT.bak. Unusable pointers are passed over.
pub(super) fn find(disk: &dyn Disk, directory: &Path, names: &[Name]) -> Result<Current> {
    // spec: leveldb-manifest.current-choice
    let mut pending = Vec::new();
    for name in names {
        if let Name::Pending(number) = name {
            pending.push(*number);
        }
    }
    pending.sort_unstable_by(|a, b| b.cmp(a));
    let mut newest_pending = None;
    for number in pending {
        newest_pending = read(disk, directory, &format!("CURRENT.{number}"), names)?;
        if newest_pending.is_some() {
            break;
        }
    }
    let mut current = read(disk, directory, "CURRENT", names)?;
    if current.is_none() {
        current = read(disk, directory, "CURRENT.bak", names)?;
    }
    Ok(current.max(newest_pending).map_or(Current::Missing, Current::Manifest))
}

/// The MANIFEST that a pointer file names; `None` if the file or its target is missing or the
/// content is not a name.
fn read(disk: &dyn Disk, directory: &Path, name: &str, names: &[Name]) -> Result<Option<u64>> {
    let path = directory.join(name);
    let content = match disk.meta(&path) {
        Ok(meta) if meta.bytes > CURRENT_BYTES_MAX => return Ok(None),
        Ok(_) => disk.read(&path).map_err(files::io_error("read", &path))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::Io { operation: "read", path, source }),
    };
    let target = content
        .strip_suffix(b"\n")
        .and_then(|line| std::str::from_utf8(line).ok())
        .and_then(Name::parse);
    match target {
        Some(Name::Manifest(number)) if names.contains(&Name::Manifest(number)) => Ok(Some(number)),
        _ => Ok(None),
    }
}

/// Makes a MANIFEST the one in force, atomically and durably.
pub(super) fn set(disk: &dyn Disk, directory: &Path, number: u64) -> Result<()> {
    // spec: leveldb-manifest.current-swap
    let pending = directory.join(format!("CURRENT.{number}"));
    let current = directory.join("CURRENT");
    let content = format!("{}\n", files::manifest_name(number));
    let file = disk
        .open(&pending, Open::Truncate(files::MODE))
        .map_err(files::io_error("create", &pending))?;
    file.write_at(content.as_bytes(), 0).map_err(files::io_error("write", &pending))?;
    file.sync().map_err(files::io_error("sync", &pending))?;
    disk.rename(&pending, &current).map_err(files::io_error("rename", &pending))?;
    disk.sync_dir(directory).map_err(files::io_error("sync", directory))
}
