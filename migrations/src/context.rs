//! Spec: spec/migrations/framework.md
//!
//! What a step works with: the repository, its disk, the journal and the output.

use crate::error::Error;
use crate::journal::Journal;
use crate::report::Report;
use crate::step::Direction;
use crate::unchanged::Unchanged;
use ipfs_store::disk::{self, Disk, DiskRef, Meta};
use ipfs_store::leveldb::Mode;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Numbers tried for the name of something that is set aside.
const ASIDE_TRIES_MAX: u32 = 10_000;

/// What a step works with.
#[derive(Debug)]
pub struct Context<'a> {
    disk: DiskRef,
    repo: PathBuf,
    journal: Journal,
    begun: bool,
    planning: bool,
    /// Where to say what is done.
    pub report: &'a mut Report,
}

impl<'a> Context<'a> {
    /// For the repository in directory `repo`. `begun`: the journal is on the disk already.
    pub(crate) fn new(
        disk: DiskRef,
        repo: PathBuf,
        journal: Journal,
        begun: bool,
        report: &'a mut Report,
    ) -> Self {
        Self { disk, repo, journal, begun, planning: false, report }
    }

    /// The same for finding out what would change.
    pub(crate) fn planning(self) -> Self {
        Self { disk: Arc::new(Unchanged(self.disk)), planning: true, ..self }
    }

    /// What opening a LevelDB may change.
    pub fn leveldb_mode(&self) -> Mode {
        if self.planning { Mode::ReadOnly } else { Mode::Lazy }
    }

    /// The disk, to be used for everything that is read or written.
    pub fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// The disk, shared.
    pub fn disk_ref(&self) -> DiskRef {
        self.disk.clone()
    }

    /// The repository's directory.
    pub fn repo(&self) -> &Path {
        &self.repo
    }

    /// A file of the repository.
    pub fn file(&self, name: &str) -> PathBuf {
        self.repo.join(name)
    }

    /// The repository lies elsewhere from now on (the step has renamed the directory).
    pub fn moved_to(&mut self, repo: PathBuf) {
        self.repo = repo;
    }

    // spec: framework.journal
    /// Writes the journal: from here on the step changes things. Call it once all checks that need
    /// no change have passed.
    pub fn begin(&mut self) -> Result<(), Error> {
        if !self.begun {
            self.journal.write(&*self.disk, &self.repo)?;
            self.begun = true;
        }
        Ok(())
    }

    /// Whether the journal is on the disk: at the start of a step, that an earlier run was
    /// interrupted.
    pub fn begun(&self) -> bool {
        self.begun
    }

    /// Starts over in a direction, after the run of the opposite one is complete.
    pub(crate) fn restart(&mut self, direction: Direction) {
        self.journal.direction = direction;
        self.journal.phase.clear();
        self.begun = false;
    }

    /// How far the interrupted run was, in the step's own words; empty at first.
    pub fn phase(&self) -> &str {
        &self.journal.phase
    }

    /// Notes in the journal how far the step is; on the disk when this returns.
    pub fn set_phase(&mut self, phase: &str) -> Result<(), Error> {
        self.journal.phase = phase.to_owned();
        self.journal.write(&*self.disk, &self.repo)?;
        self.begun = true;
        Ok(())
    }

    /// A whole file.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, Error> {
        self.disk.read(path).map_err(Error::io("open", path))
    }

    /// A whole file; `None` if it isn't there.
    pub fn read_optional(&self, path: &Path) -> Result<Option<Vec<u8>>, Error> {
        match self.disk.read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::io("open", path)(source)),
        }
    }

    /// Size, kind and mode; `None` if it isn't there.
    pub fn meta(&self, path: &Path) -> Result<Option<Meta>, Error> {
        match self.disk.meta(path) {
            Ok(meta) => Ok(Some(meta)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::io("stat", path)(source)),
        }
    }

    /// Writes a file so that a crash leaves the old or the new content, and reads it back. It is on
    /// the disk when this returns.
    pub fn replace(&self, path: &Path, data: &[u8], mode: u32) -> Result<(), Error> {
        disk::write_atomic(&*self.disk, path, data, mode).map_err(Error::io("write", path))?;
        if self.read(path)? != data {
            return Err(Error::Step(format!(
                "{}: other bytes were read back than were written",
                path.display()
            )));
        }
        Ok(())
    }

    /// Renames, replacing the target. Not synced: see [`Self::sync_dir`].
    pub fn rename(&self, from: &Path, to: &Path) -> Result<(), Error> {
        self.disk.rename(from, to).map_err(|source| Error::Rename {
            from: from.to_path_buf(),
            to: to.to_path_buf(),
            source,
        })
    }

    /// Removes a file if it is there. Not synced.
    pub fn remove_file(&self, path: &Path) -> Result<(), Error> {
        match self.disk.remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result.map_err(Error::io("remove", path)),
        }
    }

    /// Makes a directory unless it is there. Not synced.
    pub fn create_dir(&self, path: &Path, mode: u32) -> Result<(), Error> {
        match self.disk.create_dir(path, mode) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            result => result.map_err(Error::io("mkdir", path)),
        }
    }

    /// Puts a directory's entries on the disk.
    pub fn sync_dir(&self, path: &Path) -> Result<(), Error> {
        self.disk.sync_dir(path).map_err(Error::io("sync", path))
    }

    // spec: framework.never-overwritten
    /// Renames something out of the way, to the first free of `NAME.1`, `NAME.2`...; on the disk
    /// when this returns. Says so in a note.
    pub fn set_aside(&mut self, path: &Path) -> Result<PathBuf, Error> {
        for number in 1..=ASIDE_TRIES_MAX {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{number}"));
            let aside = PathBuf::from(name);
            let renamed = self.disk.rename_new(path, &aside).map_err(|source| Error::Rename {
                from: path.to_path_buf(),
                to: aside.clone(),
                source,
            })?;
            if renamed {
                self.sync_dir(path.parent().unwrap_or(Path::new(".")))?;
                self.report.note(&format!("kept {} as {}", path.display(), aside.display()));
                return Ok(aside);
            }
        }
        Err(Error::Step(format!("{}: no free name to set it aside", path.display())))
    }
}
