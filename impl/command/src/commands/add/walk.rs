//! Spec: spec/command/add.md
//!
//! Trees of files into the store. Small files are imported several at a time; results come in the
//! order of the walk all the same.

use super::import::{Importer, SMALL_BYTES_MAX, workers};
use crate::files::{DirectoryNode, Entry, FileNode, Meta, Node};
use crate::prelude::*;
use ipfs_data::block::Store;
use ipfs_data::dag_pb::Link;
use ipfs_data::unixfs::build::Part;
use ipfs_data::unixfs::{self, directory::Directory};
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

/// Small files that are read ahead of the walk, at most.
const FILES_AHEAD_MAX: usize = 128;

/// Something that was stored, or is on its way.
pub(super) struct Added {
    /// Path from the argument on, without the argument's own name.
    pub(super) path: Vec<u8>,
    /// What a link to it needs.
    pub(super) part: Part,
}

/// Who is told.
pub(super) trait Report {
    /// A file or link is stored.
    fn added(&mut self, added: &Added) -> Result<()>;
    /// So many bytes of this file are read.
    fn progress(&mut self, path: &[u8], bytes: u64) -> Result<()>;

    /// The file at `path` is read; it had so many bytes.
    ///
    /// # Errors
    /// Ends the walk.
    fn end(&mut self, path: &[u8], bytes: u64) -> Result<()>;
}

/// A small file that a worker has to import, and where the result goes.
struct Job {
    file: FileNode,
    done: SyncSender<Result<Part>>,
}

/// A step of the walk whose result is not there yet.
enum Step {
    /// A worker has it.
    Waiting(Receiver<Result<Part>>, Vec<u8>),
    /// It is done.
    Done(Part, Vec<u8>),
}

/// A directory whose entries are not complete.
struct Open {
    directory: Directory,
    path: Vec<u8>,
    entries: Box<dyn Iterator<Item = std::io::Result<Entry>> + Send>,
    /// Entries that were given to workers, with their names.
    steps: VecDeque<(Vec<u8>, Step)>,
}

/// Walks trees.
pub(super) struct Walk<'a> {
    pub(super) importer: &'a Importer<'a>,
    pub(super) store: &'a dyn Store,
}

/// The root of a finished tree, and its directories, inner ones first.
pub(super) struct Tree {
    pub(super) root: Part,
    pub(super) directories: Vec<Added>,
}

impl Walk<'_> {
    // spec: add.output-order
    /// Imports one argument. `report` hears of files and links in the order of the walk;
    /// directories are returned, because they are told after all files.
    pub(super) fn tree(&self, node: Node, report: &mut dyn Report) -> Result<Tree> {
        match node {
            Node::Directory(directory) => std::thread::scope(|scope| {
                let (jobs, queue) = sync_channel::<Job>(FILES_AHEAD_MAX);
                let queue = Arc::new(Mutex::new(queue));
                for _ in 0..workers() {
                    let queue = Arc::clone(&queue);
                    scope.spawn(move || self.work(&queue));
                }
                // Workers end when `jobs` is dropped.
                self.directory(directory, &jobs, report)
            }),
            Node::File(file) => {
                let root = self.importer.file(file, &mut |bytes| report.progress(b"", bytes))?;
                report.end(b"", root.file_bytes)?;
                self.unseen_directory(&root)?;
                report.added(&Added { path: Vec::new(), part: root })?;
                Ok(Tree { root, directories: Vec::new() })
            }
            Node::Symlink(link) => {
                let root = self.symlink(link.target.as_bytes(), &link.meta)?;
                self.unseen_directory(&root)?;
                report.added(&Added { path: Vec::new(), part: root })?;
                Ok(Tree { root, directories: Vec::new() })
            }
        }
    }

    fn work(&self, queue: &Mutex<Receiver<Job>>) {
        loop {
            let job = {
                let queue = queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                queue.recv()
            };
            let Ok(job) = job else { return };
            // Nobody waits for the result when the walk has failed.
            let _ = job.done.send(self.importer.small(job.file));
        }
    }

    fn symlink(&self, target: &[u8], meta: &Meta) -> Result<Part> {
        let (_, mtime) = self.importer.attributes(meta);
        let builder = &self.importer.settings.file.builder;
        Ok(unixfs::symlink(self.importer.sink, builder, target, 0, mtime)?)
    }

    /// The reference builds every import inside a directory that nobody sees, and stores it for a
    /// file that comes alone. Numbers of blocks and the work of the garbage collection depend on
    /// it.
    // spec: add.unseen-directory
    fn unseen_directory(&self, file: &Part) -> Result<()> {
        let settings = self.importer.settings;
        let mut root = Directory::new(settings.file.builder, 0, None, settings.directory);
        root.save(self.store)?;
        root.insert(self.store, Link::new(file.cid, file.cid.to_string(), file.tsize))?;
        root.save(self.store)?;
        Ok(())
    }

    fn open(&self, directory: DirectoryNode, path: Vec<u8>) -> Result<Open> {
        let (mode, mtime) = self.importer.attributes(&directory.meta);
        let settings = self.importer.settings;
        let mut empty = Directory::new(settings.file.builder, mode, mtime, settings.directory);
        // Directories are stored when they are made, not only when they are filled.
        empty.save(self.store)?;
        Ok(Open { directory: empty, path, entries: directory.entries()?, steps: VecDeque::new() })
    }

    fn directory(
        &self,
        root: DirectoryNode,
        jobs: &SyncSender<Job>,
        report: &mut dyn Report,
    ) -> Result<Tree> {
        let mut directories = Vec::new();
        let mut stack = vec![(Vec::new(), self.open(root, Vec::new())?)];
        loop {
            self.importer.cancel.check()?;
            let Some((_, open)) = stack.last_mut() else {
                return Err(Error::new("expected a file argument"));
            };
            let Some(entry) = open.entries.next() else {
                self.settle(open, 0, report)?;
                let (name, mut open) = stack.pop().unwrap_or_else(|| unreachable!("just seen"));
                let root = self.close(&mut open)?;
                directories.push(Added { path: open.path, part: root });
                match stack.last_mut() {
                    Some((_, parent)) => self.link(parent, &name, &root)?,
                    None => return Ok(Tree { root, directories }),
                }
                continue;
            };
            let Entry { name, node } = entry?;
            let path = join(&open.path, &name);
            match node {
                Node::Directory(child) => {
                    // Results of files before it are told first, and bound what waits.
                    self.settle(open, 0, report)?;
                    if let Some(child) = self.enter(child, path)? {
                        stack.push((name.as_bytes().to_vec(), child));
                    }
                }
                Node::Symlink(link) => {
                    let part = self.symlink(link.target.as_bytes(), &link.meta)?;
                    open.steps.push_back((name.as_bytes().to_vec(), Step::Done(part, path)));
                }
                Node::File(file) if is_small(&file) => {
                    let (done, result) = sync_channel(1);
                    jobs.send(Job { file, done }).map_err(|_| Error::new("a worker died"))?;
                    open.steps.push_back((name.as_bytes().to_vec(), Step::Waiting(result, path)));
                    self.settle(open, FILES_AHEAD_MAX, report)?;
                }
                Node::File(file) => {
                    self.settle(open, 0, report)?;
                    let tell = &mut |bytes| report.progress(&path, bytes);
                    let part = self.importer.file(file, tell)?;
                    report.end(&path, part.file_bytes)?;
                    // spec: add.unnamed
                    let (name, path) = match name.is_empty() {
                        true => {
                            let name = OsString::from(part.cid.to_string());
                            let path = join(&open.path, &name);
                            (name, path)
                        }
                        false => (name, path),
                    };
                    report.added(&Added { path, part })?;
                    self.link(open, name.as_bytes(), &part)?;
                }
            }
        }
    }

    /// An inner directory; `None` for an empty one that is to be left out.
    // spec: add.empty-directories
    fn enter(&self, directory: DirectoryNode, path: Vec<u8>) -> Result<Option<Open>> {
        let mut open = self.open(directory, path)?;
        if self.importer.settings.empty_directories {
            return Ok(Some(open));
        }
        let Some(first) = open.entries.next() else { return Ok(None) };
        open.entries = Box::new(std::iter::once(first).chain(open.entries));
        Ok(Some(open))
    }

    /// Waits until at most `keep` results of a directory are outstanding.
    fn settle(&self, open: &mut Open, keep: usize, report: &mut dyn Report) -> Result<()> {
        while open.steps.len() > keep {
            let Some((name, step)) = open.steps.pop_front() else { break };
            let (part, path) = match step {
                Step::Done(part, path) => (part, path),
                Step::Waiting(result, path) => {
                    (result.recv().map_err(|_| Error::new("a worker died"))??, path)
                }
            };
            report.end(&path, part.file_bytes)?;
            report.added(&Added { path, part })?;
            self.link(open, &name, &part)?;
        }
        Ok(())
    }

    fn link(&self, open: &mut Open, name: &[u8], part: &Part) -> Result<()> {
        let link = Link::new(part.cid, name.to_vec(), part.tsize);
        Ok(open.directory.insert(self.store, link)?)
    }

    fn close(&self, open: &mut Open) -> Result<Part> {
        let saved = open.directory.save(self.store)?;
        Ok(Part { cid: saved.cid, file_bytes: 0, tsize: saved.tsize })
    }
}

fn is_small(file: &FileNode) -> bool {
    file.path().is_some() && file.size.is_some_and(|bytes| bytes <= SMALL_BYTES_MAX)
}

fn join(path: &[u8], name: &OsStr) -> Vec<u8> {
    let mut out = path.to_vec();
    if !out.is_empty() {
        out.push(b'/');
    }
    out.extend_from_slice(name.as_bytes());
    out
}
