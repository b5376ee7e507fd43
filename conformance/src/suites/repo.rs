//! Cases of `spec/repo/`.

pub(super) mod config;
pub(super) mod filestore;
pub(super) mod flatfs;
pub(super) mod gc;
pub(super) mod keystore;
pub(super) mod layout;
pub(super) mod leveldb;
pub(super) mod lock;
pub(super) mod pin;
pub(super) mod version;

use crate::case::{Check, failed};
use crate::sandbox::Sandbox;
use std::path::{Path, PathBuf};

/// Reads a file of a repo as text.
fn read(repo: &Path, name: &str) -> Check<String> {
    match std::fs::read_to_string(repo.join(name)) {
        Ok(text) => Ok(text),
        Err(error) => failed(format!("cannot read {name}: {error}")),
    }
}

/// The entries of a folder, in order.
fn list(folder: &Path) -> Check<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return failed(format!("cannot list {}: {error}", folder.display())),
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

/// The last part of a path.
fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or("")
}

/// Adds text as a file; gives the CID.
fn add(sandbox: &Sandbox, text: &str, options: &[&str]) -> Check<String> {
    let file = sandbox.write("added", text)?;
    sandbox.ok(&[&["add", "-Q"], options, &[&file]].concat())
}
