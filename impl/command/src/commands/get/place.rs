//! Spec: spec/command/get.md
//!
//! Where a name of the graph lies on disk. Names come from strangers: nothing may be written
//! outside the target, nor through a symbolic link.

use crate::error::{Error, Result, path_error};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Joins a name to a path inside the target, resolving `.` and `..` as text. An error when it would
/// leave the target.
// spec: get.no-escape
pub(super) fn join(path: &[u8], name: &[u8]) -> Result<Vec<u8>> {
    let shown = || crate::encode::quote(&String::from_utf8_lossy(name));
    if name.contains(&0) {
        return Err(Error::new(format!("{} : path contains a zero byte", shown())));
    }
    let mut parts: Vec<&[u8]> =
        path.split(|&byte| byte == b'/').filter(|p| !p.is_empty()).collect();
    for part in name.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop().ok_or_else(|| Error::new(OUTSIDE))?;
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Err(Error::new(OUTSIDE));
    }
    Ok(parts.join(&b'/'))
}

/// The reference's words for names that lead out.
pub(super) const OUTSIDE: &str =
    "relative UnixFS paths outside the root are not allowed, use CAR instead";

/// The file system path of `inside`, of which all directories exist and none is a link.
// spec: get.no-symlink-traversal
pub(super) fn on_disk(root: &Path, inside: &[u8]) -> Result<PathBuf> {
    let mut path = root.to_path_buf();
    let mut parts = inside.split(|&byte| byte == b'/').filter(|part| !part.is_empty()).peekable();
    while let Some(part) = parts.next() {
        path.push(OsStr::from_bytes(part));
        if parts.peek().is_none() {
            break;
        }
        let meta = path.symlink_metadata().map_err(|error| path_error("lstat", &path, &error))?;
        if meta.is_symlink() {
            return Err(Error::new("cannot traverse symlinks"));
        }
        if !meta.is_dir() {
            return Err(Error::new("cannot traverse non-directory objects"));
        }
    }
    Ok(path)
}

/// Where a file or link goes: to `target`, or into it under `name` if it is a directory.
pub(super) fn of_leaf(target: &Path, name: &[u8]) -> Result<PathBuf> {
    match target.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
        true => on_disk(target, &join(b"", name)?),
        false => Ok(target.to_path_buf()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        assert_eq!(join(b"a", b"b").ok(), Some(b"a/b".to_vec()));
        assert_eq!(join(b"a/b", b"../c").ok(), Some(b"a/c".to_vec()));
        assert_eq!(join(b"a", b"/etc/passwd").ok(), Some(b"a/etc/passwd".to_vec()));
        for (path, name) in [
            (&b""[..], &b".."[..]),
            (b"", b"../x"),
            (b"a", b"../../x"),
            (b"", b""),
            (b"", b"."),
            (b"a", b"x\0y"),
        ] {
            assert!(join(path, name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn links_are_not_followed() {
        let root = tempfile::tempdir().expect("a directory");
        std::os::unix::fs::symlink("/", root.path().join("link")).expect("a link");
        std::fs::write(root.path().join("file"), b"x").expect("a file");
        assert!(on_disk(root.path(), b"link/etc").is_err());
        assert!(on_disk(root.path(), b"file/x").is_err());
        assert!(on_disk(root.path(), b"link").is_ok());
    }
}
