//! Spec: spec/migrations/blocks.md
//!
//! Moves block files from one layout to another by renaming them inside `blocks`. The names of two
//! layouts never collide, so a half-moved directory is a valid start for either direction.

use super::layout::{Shard, block_name, is_unfinished};
use crate::context::Context;
use crate::error::Error;
use crate::report::Report;
use crate::step::Plan;
use ipfs_store::disk::{Entry, Kind};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

/// Names of kept files that are reported one by one; of more only the number.
const KEPT_NAMED_MAX: u64 = 20;
/// Permission bits that a new directory has at most.
const DIRECTORY_MODE: u32 = 0o755;
/// Emptied directories that are removed together.
const EMPTIED_MAX: usize = 256;

/// Space for directories, the log of LevelDB and lists of names: renaming takes no more.
pub const BYTES_NEEDED: u64 = 8 * 1024 * 1024;
/// Files that are renamed in a millisecond, for the estimate.
const FILES_PER_MILLI: u64 = 20;

/// What a step takes that renames so many block files.
pub(crate) fn plan(files: u64) -> Plan {
    Plan::reckoned(files, BYTES_NEEDED, files / FILES_PER_MILLI)
}

/// Where a block file belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Where it is, with the name that it has.
    Here,
    /// In the directory of this name (without `.data`).
    Named(String),
    /// In the directory of the name that this function gives for its name and content.
    ByContent(NameForContent),
    /// Nowhere: it is no block of either layout, and is kept.
    Unknown,
}

/// Gives a new name (without `.data`) for an old one and the content.
#[derive(Debug, Clone, Copy)]
pub struct NameForContent(pub fn(&str, &[u8]) -> String);

impl PartialEq for NameForContent {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::fn_addr_eq(self.0, other.0)
    }
}

impl Eq for NameForContent {}

/// One move of all block files.
pub struct Relocation<'a> {
    /// The directory to take files from.
    pub from: &'a Path,
    /// The directory to move them to; mostly the same.
    pub to: &'a Path,
    /// The layout to be.
    pub shard: Shard,
    /// Where a block file of this name (without `.data`) belongs.
    pub place: &'a dyn Fn(&str) -> Place,
    /// Whether what killed programs left of unfinished writes is removed.
    pub remove_unfinished: bool,
}

/// What is there to be moved.
#[derive(Debug, Default)]
pub struct Survey {
    /// Block files.
    pub blocks: u64,
    /// Those of them that change their place.
    pub moving: u64,
    /// Other files, which stay as they are.
    pub kept: u64,
    /// Directories that the moved files need, as far as their names say.
    directories: BTreeSet<String>,
    /// Directories that there are; the empty name is `from` itself.
    listed: Vec<OsString>,
}

/// Told of each block file: the output, how many are done, of how many.
pub type OnBlock<'a> = &'a mut dyn FnMut(&mut Report, u64, u64);

impl Relocation<'_> {
    // spec: blocks.bounded-memory
    /// Looks at all names. `on_kept` is told of every file that is no block, by its
    /// path below `from`.
    pub fn survey(
        &self,
        context: &mut Context<'_>,
        on_kept: &mut dyn FnMut(&mut Report, &str),
    ) -> Result<Survey, Error> {
        let mut survey = Survey { listed: directories(context, self.from)?, ..Survey::default() };
        for directory in &survey.listed {
            for entry in list(context, &self.from.join(directory))? {
                if directory.is_empty() && entry.kind == Kind::Directory {
                    continue;
                }
                let place = self.place_of(&entry);
                if place == Place::Unknown {
                    survey.kept += 1;
                    let path = Path::new(directory).join(&entry.name);
                    on_kept(context.report, &path.to_string_lossy());
                    continue;
                }
                survey.blocks += 1;
                let target = match &place {
                    Place::Named(name) => Some((self.shard.directory(name), name)),
                    _ => None,
                };
                let stays = match &target {
                    Some((to, name)) => self.is_there(directory, &entry, to, name),
                    None => place == Place::Here,
                };
                survey.moving += u64::from(!stays);
                survey.directories.extend(target.filter(|_| !stays).map(|(to, _)| to));
            }
        }
        Ok(survey)
    }

    fn place_of(&self, entry: &Entry) -> Place {
        match entry.name.to_str().and_then(block_name) {
            Some(name) if entry.kind == Kind::File => (self.place)(name),
            _ => Place::Unknown,
        }
    }

    fn is_there(&self, directory: &OsString, entry: &Entry, to: &str, name: &str) -> bool {
        self.from == self.to
            && directory == to
            && entry.name.to_str().and_then(block_name) == Some(name)
    }

    // spec: blocks.move-order
    /// Moves everything that was surveyed; all of it is on the disk when this returns. Directories
    /// that have become empty are removed.
    pub fn run(
        &self,
        context: &mut Context<'_>,
        survey: &Survey,
        on_block: OnBlock<'_>,
    ) -> Result<(), Error> {
        // First all directories, durably: no power cut can lose one that has got blocks.
        let mode = context.meta(self.to)?.map_or(DIRECTORY_MODE, |meta| meta.mode & DIRECTORY_MODE);
        for directory in &survey.directories {
            context.create_dir(&self.to.join(directory), mode)?;
        }
        if !survey.directories.is_empty() {
            context.sync_dir(self.to)?;
        }
        let (mut done, mut emptied) = (0, Vec::new());
        for directory in &survey.listed {
            for entry in list(context, &self.from.join(directory))? {
                if directory.is_empty() && entry.kind == Kind::Directory {
                    continue;
                }
                if self.move_one(context, directory, &entry)? {
                    done += 1;
                    on_block(context.report, done, survey.blocks);
                }
            }
            // Soon, while the changed directory is in memory only: file systems that keep the
            // order of such changes, without which no rename is safe, then never write it.
            if self.is_left(survey, directory) {
                emptied.push(self.from.join(directory));
            }
            if emptied.len() >= EMPTIED_MAX {
                remove_emptied(context, &mut emptied)?;
            }
        }
        remove_emptied(context, &mut emptied)?;
        let disk = context.disk();
        disk.sync_all(self.to).map_err(Error::io("sync", self.to))?;
        let rest = survey.listed.iter().filter(|name| !name.is_empty());
        let mut removed = false;
        for directory in rest.filter(|name| !self.is_left(survey, name)) {
            removed |= remove_if_empty(context, &self.from.join(directory))?;
        }
        if removed { context.sync_dir(self.from) } else { Ok(()) }
    }

    /// Whether nothing will be moved into a directory that was listed.
    fn is_left(&self, survey: &Survey, directory: &OsStr) -> bool {
        let needed = directory.to_str().is_some_and(|name| survey.directories.contains(name));
        !directory.is_empty() && (!needed || self.from != self.to)
    }

    /// Whether it is a block.
    fn move_one(
        &self,
        context: &mut Context<'_>,
        directory: &OsString,
        entry: &Entry,
    ) -> Result<bool, Error> {
        let path = self.from.join(directory).join(&entry.name);
        let name = match self.place_of(entry) {
            Place::Here => return Ok(true),
            Place::Named(name) => name,
            Place::ByContent(NameForContent(name_for)) => {
                let name = entry.name.to_str().and_then(block_name).unwrap_or_default();
                name_for(name, &context.read(&path)?)
            }
            Place::Unknown => {
                let unfinished = entry.kind == Kind::File
                    && self.remove_unfinished
                    && entry.name.to_str().is_some_and(is_unfinished);
                if unfinished {
                    context.remove_file(&path)?;
                }
                return Ok(false);
            }
        };
        let target = self.shard.file(self.to, &name);
        if target != path {
            move_file(context, &path, &target)?;
        }
        Ok(true)
    }
}

// spec: blocks.never-overwritten
/// Renames a block file; its directory is made if need be. If there is a file of the new name
/// already, the old one is removed if both are the same and kept if not.
pub fn move_file(context: &mut Context<'_>, from: &Path, to: &Path) -> Result<bool, Error> {
    let failed = |source| Error::Rename { from: from.into(), to: to.into(), source };
    let moved = match context.disk().rename_new(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if context.meta(from)?.is_none() {
                return Err(failed(error));
            }
            make_directory_of(context, to)?;
            context.disk().rename_new(from, to).map_err(failed)?
        }
        result => result.map_err(failed)?,
    };
    if moved {
        return Ok(true);
    }
    if context.read(from)? == context.read(to)? {
        context.remove_file(from)?;
        return Ok(true);
    }
    let (from, to) = (from.display(), to.display());
    context.report.note(&format!("kept {from}: {to} is there already, with other content"));
    Ok(false)
}

/// Makes the directory that a block file needs. Not synced: no file system keeps a later rename
/// into it and loses the directory.
pub fn make_directory_of(context: &Context<'_>, file: &Path) -> Result<(), Error> {
    let directory = file.parent().unwrap_or(Path::new("."));
    let root = directory.parent().unwrap_or(Path::new("."));
    let mode = context.meta(root)?.map_or(DIRECTORY_MODE, |meta| meta.mode & DIRECTORY_MODE);
    context.create_dir(directory, mode)
}

/// Removes those directories in which nothing is. Not synced.
fn remove_emptied(context: &Context<'_>, directories: &mut Vec<PathBuf>) -> Result<(), Error> {
    let results = context.disk().remove_dirs(directories);
    for (directory, result) in directories.drain(..).zip(results) {
        is_removed(&directory, result)?;
    }
    Ok(())
}

/// Removes a directory unless something is in it. Not synced.
pub fn remove_if_empty(context: &Context<'_>, directory: &Path) -> Result<bool, Error> {
    is_removed(directory, context.disk().remove_dir(directory))
}

fn is_removed(directory: &Path, result: io::Result<()>) -> Result<bool, Error> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(source) => Err(Error::io("remove", directory)(source)),
    }
}

/// A sorted listing.
pub fn list(context: &Context<'_>, directory: &Path) -> Result<Vec<Entry>, Error> {
    let listed = context.disk().read_dir(directory);
    let mut entries = listed.map_err(Error::io("open", directory))?;
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// The directory itself as the empty name, then those in it.
pub fn directories(context: &Context<'_>, root: &Path) -> Result<Vec<OsString>, Error> {
    let below = list(context, root)?.into_iter().filter(|entry| entry.kind == Kind::Directory);
    Ok(std::iter::once(OsString::new()).chain(below.map(|entry| entry.name)).collect())
}

/// Collects what is kept, for a note.
#[derive(Debug, Default)]
pub struct Kept {
    count: u64,
    names: Vec<String>,
}

impl Kept {
    /// One more.
    pub fn add(&mut self, name: &str) {
        self.count += 1;
        if self.count <= KEPT_NAMED_MAX {
            self.names.push(name.to_owned());
        }
    }

    // spec: blocks.unknown-kept
    /// Says what was kept in `root`, if anything.
    pub fn tell(&self, report: &mut Report, root: &Path) {
        if self.count == 0 {
            return;
        }
        let more = self.count - self.names.len() as u64;
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let (names, root) = (self.names.join(", "), root.display());
        report.note(&format!(
            "kept in {root}, as these are no blocks of this version: {names}{more}"
        ));
    }
}

/// Path of the block directory of a repository.
pub fn root(context: &Context<'_>) -> PathBuf {
    context.file("blocks")
}
