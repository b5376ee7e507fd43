//! Spec: spec/repo/config.md
//!
//! The configuration: a file that people edit too. It is kept as a tree, so that unknown keys
//! survive; [`Config`] is the typed view of it that the node uses.

pub mod diff;
pub mod edit;
pub mod fresh;
pub mod json;
pub mod profile;
mod schema;
mod tree;
mod value;
mod view;

pub use fresh::Identity;
pub use tree::{FILE_BYTES_MAX, KeyError, LoadError, Tree};
pub use value::{duration_text, parse_bytes, parse_duration, to_duration};
pub use view::{Config, Import, ImportError};

use crate::disk::{self, Disk};
use crate::layout::PRIVATE_MODE;
use std::io;
use std::path::Path;

/// Reads the config file as tree.
pub fn load(disk: &dyn Disk, path: &Path) -> Result<Tree, LoadError> {
    let io = |source| LoadError::Io { path: path.display().to_string(), source };
    match disk.meta(path) {
        Ok(meta) if meta.bytes > FILE_BYTES_MAX => {
            let text = format!("more than {FILE_BYTES_MAX} bytes");
            return Err(LoadError::Decode(text));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(LoadError::Missing),
        result => result.map_err(io)?,
    };
    Tree::parse(&disk.read(path).map_err(io)?)
}

// spec: config.atomic
/// Writes the tree in the order it has.
pub fn store_in_order(disk: &dyn Disk, path: &Path, tree: &Tree) -> io::Result<()> {
    let text = json::indented(&tree.to_value());
    disk::write_atomic(disk, path, text.as_bytes(), PRIVATE_MODE)
}

// spec: config.rewrite-sorted
/// Writes the tree with the keys of all objects sorted: the form after any change.
pub fn store(disk: &dyn Disk, path: &Path, tree: &Tree) -> io::Result<()> {
    let text = json::indented(&json::sorted(&tree.to_value()));
    disk::write_atomic(disk, path, text.as_bytes(), PRIVATE_MODE)
}
