//! Spec: spec/migrations/programs.md
//!
//! Where the repository is.

use crate::error::Error;
use std::path::PathBuf;

// spec: programs.place
/// The directory given, else `IPFS_PATH`, else `~/.ipfs`.
pub fn repo_path(given: Option<PathBuf>) -> Result<PathBuf, Error> {
    if let Some(path) = given.filter(|path| !path.as_os_str().is_empty()) {
        return Ok(path);
    }
    let home = || {
        std::env::home_dir().filter(|home| !home.as_os_str().is_empty()).ok_or_else(|| {
            Error::Usage("no home directory: give --path or set IPFS_PATH".to_owned())
        })
    };
    match std::env::var_os("IPFS_PATH").filter(|path| !path.is_empty()).map(PathBuf::from) {
        Some(path) => match path.strip_prefix("~") {
            Ok(rest) => Ok(home()?.join(rest)),
            Err(_) => Ok(path),
        },
        None => Ok(home()?.join(".ipfs")),
    }
}
