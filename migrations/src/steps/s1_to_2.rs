//! Spec: spec/migrations/1-to-2.md
//!
//! Blocks leave LevelDB for files of their own; `.go-ipfs` becomes `.ipfs`.

mod to_files;
mod to_leveldb;

use crate::context::Context;
use crate::error::Error;
use crate::report::{Report, Style};
use crate::step::{Direction, Plan, Step};
use crate::stock::Stock;
use ipfs_store::disk::{Disk, Kind};
use ipfs_store::leveldb::{LevelDb, Options};
use std::path::{Path, PathBuf};

/// In front of the keys of blocks in LevelDB.
const BLOCK_PREFIX: &[u8] = b"/b/";
/// The repository's directory name before and after.
const NAMES: [&str; 2] = [".go-ipfs", ".ipfs"];
/// Mode of the directories of blocks, minus umask.
const DIRECTORY_MODE: u32 = 0o777;
/// Upstream's counter is shown for every so many blocks.
const COUNTER_STEP: u64 = 1000;
/// Space for what is on its way on the way back, where each block is deleted once it is stored.
const REVERT_BYTES: u64 = 32 * 1024 * 1024;
/// Blocks that are moved in a millisecond, for the estimate.
const BLOCKS_PER_MILLI: u64 = 4;

/// A block in either place.
struct Block {
    /// Its key in LevelDB, with [`BLOCK_PREFIX`].
    stored: Vec<u8>,
    value: Vec<u8>,
    file: PathBuf,
}

/// The step.
#[derive(Debug, Clone, Copy)]
pub struct Step1To2;

impl Step for Step1To2 {
    fn from(&self) -> u32 {
        1
    }

    fn about(&self) -> &'static str {
        "blocks move from LevelDB to files; the directory .go-ipfs becomes .ipfs"
    }

    fn forward(&self, context: &mut Context<'_>) -> Result<(), Error> {
        check_new_name(context)?;
        context.report.verbose("performed sanity check");
        let db = open(context)?;
        context.begin()?;
        to_files::run(context, &db)?;
        context.report.verbose("moved blocks from leveldb to flatfs");
        Ok(())
    }

    fn revert(&self, context: &mut Context<'_>) -> Result<(), Error> {
        context.begin()?;
        rename_repo(context, Direction::Revert)?;
        let db = open(context)?;
        to_leveldb::run(context, &db)?;
        context.report.verbose("moved blocks from flatfs to leveldb");
        Ok(())
    }

    // spec: 1-to-2.rename-last
    fn finish(&self, context: &mut Context<'_>, direction: Direction) -> Result<(), Error> {
        match direction {
            Direction::Forward => rename_repo(context, direction),
            Direction::Revert => Ok(()),
        }
    }

    // spec: 1-to-2.undo
    fn undo(&self, context: &mut Context<'_>, interrupted: Direction) -> Result<bool, Error> {
        let db = open(context)?;
        match interrupted {
            Direction::Forward => to_leveldb::run(context, &db)?,
            Direction::Revert => {
                to_files::run(context, &db)?;
                drop(db);
                rename_repo(context, Direction::Forward)?;
            }
        }
        Ok(true)
    }

    fn plan(&self, context: &mut Context<'_>, direction: Direction) -> Result<Plan, Error> {
        let blocks = match direction {
            Direction::Forward => to_files::count(&open(context)?)?,
            Direction::Revert => to_leveldb::count(context)?,
        };
        let change = match direction {
            Direction::Forward => format!("move {blocks} blocks from datastore to blocks"),
            Direction::Revert => format!("move {blocks} blocks from blocks to datastore"),
        };
        let renamed = new_name(context.repo(), direction);
        let rename = renamed.map(|name| format!("rename the repository to {}", name.display()));
        Ok(Plan {
            changes: std::iter::once(change).chain(rename).collect(),
            items: blocks,
            bytes_needed: self.space_needed(context, direction)?,
            millis: blocks / BLOCKS_PER_MILLI,
        })
    }

    fn forecast(&self, stock: &Stock) -> Option<Plan> {
        let bytes = match stock.direction {
            Direction::Forward => stock.leveldb_bytes,
            Direction::Revert => REVERT_BYTES,
        };
        Some(Plan::reckoned(stock.blocks, bytes, stock.blocks / BLOCKS_PER_MILLI))
    }

    // spec: 1-to-2.space
    fn space_needed(&self, context: &Context<'_>, direction: Direction) -> Result<u64, Error> {
        if direction == Direction::Revert {
            return Ok(REVERT_BYTES);
        }
        let directory = context.file("datastore");
        let entries = context.disk().read_dir(&directory).map_err(Error::io("open", &directory))?;
        let mut bytes = 0;
        for entry in entries {
            bytes += context.meta(&directory.join(entry.name))?.map_or(0, |meta| meta.bytes);
        }
        Ok(bytes)
    }

    // spec: 1-to-2.found-after-rename
    fn locate(&self, disk: &dyn Disk, path: &Path, _direction: Direction) -> PathBuf {
        let moved = [Direction::Forward, Direction::Revert]
            .into_iter()
            .filter_map(|direction| new_name(path, direction))
            .find(|moved| disk.meta(&moved.join("config")).is_ok());
        match (disk.meta(path), moved) {
            (Err(error), Some(moved)) if error.kind() == std::io::ErrorKind::NotFound => moved,
            _ => path.to_path_buf(),
        }
    }

    fn announce(&self, _repo: &Path, _direction: Direction, _report: &mut Report) {}

    fn verifying(&self, _direction: Direction, _report: &mut Report) {}

    fn finished(&self, direction: Direction, report: &mut Report) {
        match direction {
            Direction::Forward => {
                report.verbose("updated version file");
                report.verbose("removing daemon.lock file");
                report.log("Migration 1 to 2 succeeded");
            }
            Direction::Revert => report.verbose("lowered version number to 1"),
        }
    }
}

fn open(context: &Context<'_>) -> Result<LevelDb, Error> {
    let options = Options { mode: context.leveldb_mode(), ..Options::default() };
    LevelDb::open(context.disk_ref(), context.file("datastore"), options).map_err(Error::other)
}

// spec: 1-to-2.last-component
/// Where the repository moves to; `None` if its name has nothing to be replaced.
fn new_name(repo: &Path, direction: Direction) -> Option<PathBuf> {
    let [old, new] = match direction {
        Direction::Forward => NAMES,
        Direction::Revert => [NAMES[1], NAMES[0]],
    };
    let name = repo.file_name()?.to_str()?;
    name.contains(old).then(|| repo.with_file_name(name.replacen(old, new, 1)))
}

/// That the rename at the end will work, found out before anything is changed.
fn check_new_name(context: &Context<'_>) -> Result<(), Error> {
    let Some(to) = new_name(context.repo(), Direction::Forward) else { return Ok(()) };
    match context.meta(&to)? {
        // A run that was killed during this very check has left it.
        Some(meta) if meta.kind == Kind::Directory => {}
        Some(_) => return Err(Error::Step(format!("mkdir {}: file exists", to.display()))),
        None => context.create_dir(&to, DIRECTORY_MODE)?,
    }
    match context.disk().remove_dir(&to) {
        Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {
            Err(Error::Step(format!("mkdir {}: file exists", to.display())))
        }
        result => result.map_err(Error::io("remove", to)),
    }
}

fn rename_repo(context: &mut Context<'_>, direction: Direction) -> Result<(), Error> {
    let from = context.repo().to_path_buf();
    let Some(to) = new_name(&from, direction) else { return Ok(()) };
    let failed = |source| Error::Rename { from: from.clone(), to: to.clone(), source };
    if !context.disk().rename_new(&from, &to).map_err(failed)? {
        return Err(Error::Step(format!(
            "rename {} {}: file exists",
            from.display(),
            to.display()
        )));
    }
    context.moved_to(to.clone());
    context.sync_dir(
        to.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new(".")),
    )?;
    let line = match direction {
        Direction::Forward => "moved ipfs directory from .go-ipfs to .ipfs",
        Direction::Revert => "moved ipfs directory from .ipfs to .go-ipfs",
    };
    context.report.verbose(line);
    Ok(())
}

/// The counter of blocks, in either form.
fn tell_moved(report: &mut Report, count: u64, last: bool) {
    report.progress("moving objects", count, None);
    let shown = if last { count > 0 } else { count.is_multiple_of(COUNTER_STEP) };
    if report.style() == (Style::Upstream { verbose: true }) && shown {
        report.raw(&format!("\rmoving objects: {count}"));
    }
    if last {
        report.verbose("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_component_is_renamed() {
        let up = |path: &str| new_name(Path::new(path), Direction::Forward);
        let down = |path: &str| new_name(Path::new(path), Direction::Revert);
        assert_eq!(up("/home/a/.go-ipfs"), Some("/home/a/.ipfs".into()));
        assert_eq!(up("/home/a/.go-ipfs/"), Some("/home/a/.ipfs".into()));
        assert_eq!(up("/home/a/.go-ipfs/repo"), None);
        assert_eq!(up("/data/ipfs"), None);
        assert_eq!(down("/x.ipfs-data/.ipfs"), Some("/x.ipfs-data/.go-ipfs".into()));
        assert_eq!(down("/home/a/.go-ipfs"), None);
    }
}
