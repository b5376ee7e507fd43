//! Spec: spec/command/add.md
//!
//! `--to-files`: links what was added in the mutable file system.

use crate::content::Content;
use crate::prelude::*;
use ipfs_data::unixfs::build::Part;
use ipfs_repo::mfs;

/// The target, and whether it is taken.
pub(super) struct ToFiles<'a> {
    content: &'a Content<'a>,
    target: String,
    taken: bool,
}

impl<'a> ToFiles<'a> {
    pub(super) fn open(content: &'a Content<'a>, target: &str) -> Result<Self> {
        let target = if target.is_empty() { "/" } else { target };
        let target = mfs::path::check(target).map_err(|error| prefixed(&error))?;
        content.files()?;
        Ok(Self { content, target, taken: false })
    }

    /// Links one argument: below the target if that ends with a slash, else in its place.
    // spec: add.to-files
    pub(super) fn link(&mut self, name: &[u8], root: &Part) -> Result<()> {
        let name = String::from_utf8_lossy(name);
        if name.is_empty() {
            return Err(prefixed(&"cannot add unnamed files to MFS"));
        }
        let files = self.content.files()?;
        let mut target = self.target.clone();
        if target.ends_with('/') {
            match files.lookup(&target) {
                Ok(entry) if entry.kind == mfs::Kind::Directory => {}
                Ok(_) => {
                    let text = format!("MFS destination {target:?} is not a directory");
                    return Err(prefixed(&text));
                }
                Err(error) => {
                    return Err(prefixed(&format!(
                        "MFS destination directory {target:?} does not exist: {error}"
                    )));
                }
            }
            target.push_str(name.rsplit('/').next().unwrap_or_default());
        } else if self.taken {
            return Err(prefixed(&format!(
                "MFS destination is a file: only one entry can be copied to {target:?}"
            )));
        }
        let parent = mfs::path::parent(&target);
        if let Err(error) = files.lookup(&parent) {
            return Err(prefixed(&format!(
                "MFS destination parent {target:?} {parent:?} does not exist: {error}"
            )));
        }
        files
            .put(&target, root.cid, root.tsize, false)
            .map_err(|error| prefixed(&format!("cannot put node in path {target:?}: {error}")))?;
        self.taken = true;
        Ok(())
    }

    pub(super) fn finish(self) -> Result<()> {
        self.content.files()?.flush()?;
        Ok(())
    }
}

fn prefixed(text: &dyn std::fmt::Display) -> Error {
    Error::new(format!("to-files: {text}"))
}
