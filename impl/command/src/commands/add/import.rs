//! Spec: spec/command/add.md
//!
//! One file into the store. A worker takes the next chunk, hashes and stores it, and passes on only
//! its CID; so no block moves between threads, and memory is a few chunks whatever the file's size.

use super::settings::Settings;
use crate::files::{FileNode, Meta, Reader};
use crate::prelude::*;
use crate::request::Cancel;
use bytes::Bytes;
use ipfs_data::block::Sink;
use ipfs_data::chunker::{Chunker, Chunks};
use ipfs_data::cid::Cid;
use ipfs_data::unixfs;
use ipfs_data::unixfs::build::{self, Layout, LeafBuffer, Options, Part};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard};

/// Chunks that are done but not yet joined to the tree, at most.
const PARTS_WAITING_MAX: usize = 256;
/// Files up to this many bytes are read whole, by one thread.
pub(super) const SMALL_BYTES_MAX: u64 = 1 << 20;
/// Threads that hash and store.
const WORKERS_MAX: usize = 8;

/// Threads that are worth having on this machine.
pub(super) fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).clamp(1, WORKERS_MAX)
}

/// Stores references to a file's chunks instead of their bytes.
pub(super) trait References: Sync {
    /// The chunk at `offset` of the file at `path` has this CID.
    fn put(&self, path: &str, offset: u64, cid: Cid, bytes: u64) -> Result<(), unixfs::Error>;
}

/// Puts files into the store.
pub(super) struct Importer<'a> {
    pub(super) settings: &'a Settings,
    pub(super) sink: &'a dyn Sink,
    pub(super) references: Option<&'a dyn References>,
    pub(super) cancel: &'a Cancel,
}

/// Tells how many bytes of the file are done.
pub(super) type Progress<'p> = dyn FnMut(u64) -> Result<()> + 'p;

impl Importer<'_> {
    /// Options for one file: what it says of itself is kept if that is wanted.
    pub(super) fn options(&self, meta: &Meta) -> Options {
        let (mode, mtime) = self.attributes(meta);
        Options { mode, mtime, ..self.settings.file }
    }

    /// Mode and time to record for something that says this of itself.
    // spec: add.preserve
    pub(super) fn attributes(&self, meta: &Meta) -> (u32, Option<unixfs::Mtime>) {
        let file = &self.settings.file;
        let mode = match self.settings.preserve_mode {
            true => meta.mode.unwrap_or_default(),
            false => file.mode,
        };
        let mtime = match self.settings.preserve_mtime {
            true => meta.mtime.map(|(seconds, nanos)| unixfs::Mtime::new(seconds, nanos)),
            false => file.mtime,
        };
        (mode, mtime)
    }

    /// Imports a file with all workers.
    pub(super) fn file(&self, file: FileNode, progress: &mut Progress<'_>) -> Result<Part> {
        let options = self.options(&file.meta);
        let origin = self.origin(&file)?;
        match (self.settings.chunker, file.path(), file.size) {
            (Chunker::Size(chunk), Some(path), Some(bytes)) if bytes > chunk as u64 => {
                let source = Cut::open(path, chunk, bytes)?;
                let next = |buffer: &mut LeafBuffer| source.next(buffer);
                self.parallel(&options, &next, origin.as_deref(), progress)
            }
            _ => self.stream(&options, file.open()?, origin.as_deref(), progress),
        }
    }

    /// Imports a small file in this thread.
    pub(super) fn small(&self, file: FileNode) -> Result<Part> {
        let options = self.options(&file.meta);
        let origin = self.origin(&file)?;
        let mut content = Vec::with_capacity(file.size.unwrap_or_default() as usize + 1);
        io::Read::read_to_end(&mut file.open()?, &mut content)?;
        if content.len() <= self.whole_bytes(&options) {
            let leaf = options.sole_leaf(content.into())?;
            let part = leaf.part;
            self.put(leaf, origin.as_deref(), 0)?;
            return Ok(part);
        }
        let mut offset = 0;
        let mut parts = self.settings.chunker.chunks(&content[..]).map(|chunk| {
            self.cancelled()?;
            let leaf = options.leaf(chunk.map_err(failed)?)?;
            let (part, at) = (leaf.part, offset);
            offset += part.file_bytes;
            self.put(leaf, origin.as_deref(), at)?;
            Ok(part)
        });
        Ok(build::layout(&options, self.sink, &mut parts)?)
    }

    /// Content up to this many bytes is one chunk and one leaf.
    fn whole_bytes(&self, options: &Options) -> usize {
        match (options.layout, self.settings.chunker) {
            (Layout::Balanced, Chunker::Size(size)) => size,
            _ => 0,
        }
    }

    /// The path that references name.
    fn origin(&self, file: &FileNode) -> Result<Option<String>> {
        if self.references.is_none() {
            return Ok(None);
        }
        let path = file.path().map(absolute).transpose()?;
        path.map(|path| path.to_string_lossy().into_owned())
            .map(Some)
            .ok_or_else(|| Error::new("missing file path or URL, can't create filestore reference"))
    }

    fn put(
        &self,
        leaf: build::Leaf,
        origin: Option<&str>,
        offset: u64,
    ) -> Result<(), unixfs::Error> {
        match (self.references, origin) {
            (Some(references), Some(path)) if self.settings.file.raw_leaves => {
                references.put(path, offset, leaf.part.cid, leaf.part.file_bytes)
            }
            _ => Ok(self.sink.put(leaf.block)?),
        }
    }

    fn cancelled(&self) -> Result<(), unixfs::Error> {
        match self.cancel.is_cancelled() {
            true => Err(ipfs_data::block::Error::Cancelled.into()),
            false => Ok(()),
        }
    }

    fn stream(
        &self,
        options: &Options,
        reader: Reader,
        origin: Option<&str>,
        progress: &mut Progress<'_>,
    ) -> Result<Part> {
        let mut chunks = self.settings.chunker.chunks(reader);
        let first: VecDeque<Bytes> = chunks.by_ref().take(2).collect::<io::Result<_>>()?;
        if first.len() < 2 && options.layout == Layout::Balanced {
            let leaf = options.sole_leaf(first.into_iter().next().unwrap_or_default())?;
            let part = leaf.part;
            self.put(leaf, origin, 0)?;
            progress(part.file_bytes)?;
            return Ok(part);
        }
        let source = Mutex::new(Stream { first, chunks, index: 0, offset: 0 });
        let next = |buffer: &mut LeafBuffer| lock(&source).next(buffer);
        self.parallel(options, &next, origin, progress)
    }

    /// Workers take chunks from `next`; this thread joins them in order.
    fn parallel(
        &self,
        options: &Options,
        next: &Next<'_>,
        origin: Option<&str>,
        progress: &mut Progress<'_>,
    ) -> Result<Part> {
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(PARTS_WAITING_MAX);
            for _ in 0..workers() {
                let sender = sender.clone();
                scope.spawn(move || self.work(options, next, origin, &sender));
            }
            drop(sender);
            let mut done = 0;
            let mut shown = Ok(());
            let mut parts =
                Ordered { receiver, waiting: BTreeMap::new(), next: 0 }.inspect(|part| {
                    if let (Ok(part), Ok(())) = (part, &shown) {
                        done += part.file_bytes;
                        shown = progress(done);
                    }
                });
            let root = build::layout(options, self.sink, &mut parts);
            drop(parts);
            shown?;
            Ok(root?)
        })
    }

    fn work(
        &self,
        options: &Options,
        next: &Next<'_>,
        origin: Option<&str>,
        done: &SyncSender<(u64, Result<Part, unixfs::Error>)>,
    ) {
        let mut buffer = LeafBuffer::default();
        loop {
            let (index, result) = match next(&mut buffer) {
                Ok(None) => return,
                Err(error) => (u64::MAX, Err(failed(error))),
                Ok(Some(place)) => {
                    let filled = std::mem::take(&mut buffer);
                    let result = self.leaf(options, filled, origin, place.offset);
                    let result = result.map(|(part, memory)| {
                        buffer = memory;
                        part
                    });
                    (place.index, result)
                }
            };
            let stop = result.is_err();
            // A closed channel means that the other side has failed and told why.
            if done.send((index, result)).is_err() || stop {
                return;
            }
        }
    }

    fn leaf(
        &self,
        options: &Options,
        buffer: LeafBuffer,
        origin: Option<&str>,
        offset: u64,
    ) -> Result<(Part, LeafBuffer), unixfs::Error> {
        self.cancelled()?;
        let (leaf, used) = options.leaf_in(buffer)?;
        let part = leaf.part;
        self.put(leaf, origin, offset)?;
        Ok((part, used.reclaim()))
    }
}

fn failed(error: io::Error) -> unixfs::Error {
    ipfs_data::block::Error::store(error).into()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn absolute(path: &Path) -> io::Result<PathBuf> {
    std::path::absolute(path)
}

/// Puts the next chunk into the buffer and tells its place; `None` at the end.
type Next<'n> = dyn Fn(&mut LeafBuffer) -> io::Result<Option<Place>> + Sync + 'n;

/// Where a chunk belongs.
struct Place {
    index: u64,
    offset: u64,
}

/// A file of known length that is cut at fixed distances: every worker reads its own chunks.
struct Cut {
    file: File,
    path: PathBuf,
    chunk: usize,
    bytes: u64,
    next: AtomicU64,
}

impl Cut {
    fn open(path: &Path, chunk: usize, bytes: u64) -> Result<Self> {
        let file =
            File::open(path).map_err(|error| crate::error::path_error("open", path, &error))?;
        Ok(Self { file, path: path.to_path_buf(), chunk, bytes, next: AtomicU64::new(0) })
    }

    fn next(&self, buffer: &mut LeafBuffer) -> io::Result<Option<Place>> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let offset = index.saturating_mul(self.chunk as u64);
        if offset >= self.bytes {
            return Ok(None);
        }
        let length = (self.bytes - offset).min(self.chunk as u64) as usize;
        self.file.read_exact_at(buffer.content(length), offset).map_err(|error| {
            match error.kind() {
                // spec: add.changed-while-read
                io::ErrorKind::UnexpectedEof => io::Error::other(format!(
                    "{}: the file became shorter while it was read",
                    self.path.display()
                )),
                _ => error,
            }
        })?;
        Ok(Some(Place { index, offset }))
    }
}

/// A stream that the workers read in turn.
struct Stream {
    first: VecDeque<Bytes>,
    chunks: Chunks<Reader>,
    index: u64,
    offset: u64,
}

impl Stream {
    fn next(&mut self, buffer: &mut LeafBuffer) -> io::Result<Option<Place>> {
        let content = match self.first.pop_front() {
            Some(content) => content,
            None => match self.chunks.next().transpose()? {
                Some(content) => content,
                None => return Ok(None),
            },
        };
        let place = Place { index: self.index, offset: self.offset };
        self.index += 1;
        self.offset += content.len() as u64;
        buffer.fill(&content);
        Ok(Some(place))
    }
}

/// Brings the workers' results into the order of the file.
struct Ordered {
    receiver: Receiver<(u64, Result<Part, unixfs::Error>)>,
    waiting: BTreeMap<u64, Part>,
    next: u64,
}

impl Iterator for Ordered {
    type Item = Result<Part, unixfs::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(part) = self.waiting.remove(&self.next) {
                self.next += 1;
                return Some(Ok(part));
            }
            match self.receiver.recv() {
                Ok((index, Ok(part))) => {
                    self.waiting.insert(index, part);
                }
                Ok((_, Err(error))) => return Some(Err(error)),
                Err(_) => return None,
            }
        }
    }
}
