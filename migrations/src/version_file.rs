//! Spec: spec/migrations/framework.md
//!
//! The file `version`.

use crate::error::Error;
use crate::step::{Direction, Family, Step};
use ipfs_store::disk::{self, Disk};
use std::io;
use std::path::Path;

/// Its name in the repository.
pub const VERSION_FILE: &str = "version";
/// Longest version file that is read, in bytes.
const VERSION_BYTES_MAX: usize = 64;
/// What some descriptions of the format put before the number. It is read, never written.
const NAME_PREFIX: &str = "fs-repo/";

/// The trimmed content; `None` if there is no version file.
pub fn text(disk: &dyn Disk, repo: &Path) -> Result<Option<String>, Error> {
    let path = repo.join(VERSION_FILE);
    let bytes = match disk.read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::io("open", path)(source)),
    };
    let head = &bytes[..bytes.len().min(VERSION_BYTES_MAX)];
    let text = String::from_utf8_lossy(head).trim().to_owned();
    Ok(Some(text.strip_prefix(NAME_PREFIX).map(str::to_owned).unwrap_or(text)))
}

/// The version. No version file means 0 if there is a configuration.
pub fn read(disk: &dyn Disk, repo: &Path) -> Result<u32, Error> {
    match text(disk, repo)? {
        Some(found) => found
            .parse()
            .map_err(|_| Error::UnreadableVersion { path: repo.join(VERSION_FILE), found }),
        None => match disk.meta(&repo.join("config")) {
            Ok(_) => Ok(0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Error::NotARepo(repo.to_path_buf()))
            }
            Err(source) => Err(Error::io("stat", repo.join("config"))(source)),
        },
    }
}

// spec: framework.version-bytes
/// Writes the version at which `step` ends; version 0 has no file.
pub fn write(
    disk: &dyn Disk,
    repo: &Path,
    step: &dyn Step,
    direction: Direction,
) -> Result<(), Error> {
    let path = repo.join(VERSION_FILE);
    let version = if direction == Direction::Forward { step.to() } else { step.from() };
    if version == 0 {
        match disk.remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => result.map_err(Error::io("remove", path))?,
        }
        return disk.sync_dir(repo).map_err(Error::io("sync", repo));
    }
    let end = if step.family() == Family::External { "\n" } else { "" };
    let mode = disk.meta(&path).map_or(0o644, |meta| meta.mode);
    let text = format!("{version}{end}");
    disk::write_atomic(disk, &path, text.as_bytes(), mode).map_err(Error::io("write", path))
}
