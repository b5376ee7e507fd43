//! Spec: spec/repo/flatfs.md
//!
//! One file per value, in directories chosen by a shard function. Only for values that are named
//! by their hash: a key always has the same value.

mod deferred;
mod shard;
mod usage;

pub use shard::ShardFunction;

use crate::datastore::{Change, Datastore, Error, Key, Pair, Pairs, Query, Result};
use crate::disk::{DiskRef, Entry, Kind, Open};
use crate::layout::DIRECTORY_MODE;
use deferred::Deferred;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use usage::Usage;

const EXTENSION: &str = ".data";
const TEMPORARY: &str = ".temp";
const SHARDING: &str = "SHARDING";
const README: &str = "_README";

/// Mode of the files of values.
pub const FILE_MODE: u32 = 0o600;

/// Files that [`FlatFs::prefetch`] opens per call.
pub const PREFETCH_FILES_MAX: usize = 16;

const README_TEXT: &str = "\
Every file below this directory is one block of an IPFS repository.

Its name is the multihash of its content in base32 (upper case, no padding) and
\".data\". It lies in the directory named by the two characters before the last
one of that base32 text; the file SHARDING says so in a form for programs:

    name:       CIQFTFEEHEDF6KLBT32BFAGLXEZL4UWFNWM4LFTLMXQBCERZ6CMLX3Y.data
    directory:  X3

.temp holds files that are being written, and is emptied at each start.
diskUsage.cache keeps the number of bytes used, so that nobody has to count.
";

/// How a store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Puts files and directory entries on the disk before a put or flush returns.
    pub sync: bool,
    /// After this many bytes written by deferred puts, what is written is pushed out of the page
    /// cache again, so that a large import doesn't drive everything else out. `u64::MAX`: never.
    pub cache_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { sync: false, cache_bytes: 96 << 20 }
    }
}

/// The store.
#[derive(Debug)]
pub struct FlatFs {
    disk: DiskRef,
    root: PathBuf,
    temporary: PathBuf,
    shard: ShardFunction,
    options: Options,
    usage: OnceLock<Usage>,
    deferred: Deferred,
    next_temporary: AtomicU64,
    process: u32,
}

impl FlatFs {
    // spec: flatfs.create
    /// Opens the store in `root`; makes it when the directory is missing or empty.
    pub fn open(
        disk: DiskRef,
        root: &Path,
        shard: ShardFunction,
        options: Options,
    ) -> Result<Self> {
        make(&*disk, root, shard)?;
        let temporary = root.join(TEMPORARY);
        // spec: flatfs.temp-emptied
        empty_temporary(&*disk, &temporary)?;
        Ok(Self {
            disk,
            root: root.to_path_buf(),
            temporary,
            shard,
            options,
            usage: OnceLock::new(),
            deferred: Deferred::default(),
            next_temporary: AtomicU64::new(0),
            process: std::process::id(),
        })
    }

    /// The shard function.
    pub fn shard_function(&self) -> ShardFunction {
        self.shard
    }

    /// The directory of the store.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directories that hold values. Their order means nothing.
    pub fn shards(&self) -> Result<Vec<PathBuf>> {
        let entries = self.disk.read_dir(&self.root).map_err(io("list", &self.root))?;
        Ok(entries
            .iter()
            .filter(|entry| entry.kind == Kind::Directory && !starts_with_dot(entry))
            .map(|entry| self.root.join(&entry.name))
            .collect())
    }

    /// The keys in one of the [`FlatFs::shards`]. Other files are passed over.
    pub fn shard_keys(&self, shard: &Path) -> Result<Vec<Key>> {
        let entries = match self.disk.read_dir(shard) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            result => result.map_err(io("list", shard))?,
        };
        Ok(entries
            .iter()
            .filter(|entry| !starts_with_dot(entry))
            .filter_map(|entry| entry.name.to_str()?.strip_suffix(EXTENSION).map(Key::new))
            .collect())
    }

    /// The file of a key that [`name`] accepts.
    fn path(&self, name: &str) -> PathBuf {
        self.root.join(self.shard.directory(name)).join(format!("{name}{EXTENSION}"))
    }

    fn temporary_path(&self) -> PathBuf {
        let number = self.next_temporary.fetch_add(1, Ordering::Relaxed);
        self.temporary.join(format!("temp-{}-{number}", self.process))
    }

    fn usage(&self) -> Result<&Usage> {
        if let Some(usage) = self.usage.get() {
            return Ok(usage);
        }
        let (usage, fresh) =
            Usage::open(&*self.disk, &self.root).map_err(io("measure", &self.root))?;
        let usage = self.usage.get_or_init(|| usage);
        if fresh {
            let _ = usage.save(&*self.disk, &self.root, &self.temporary_path(), true);
        }
        Ok(usage)
    }

    fn count(&self, by: i64) -> Result<()> {
        let usage = self.usage()?;
        usage.change(by, &*self.disk, &self.root, &self.temporary_path());
        Ok(())
    }

    // spec: flatfs.put-atomic
    /// Moves a finished temporary file to its place; makes the directory if need be.
    fn place(&self, temporary: &Path, name: &str, bytes: u64) -> Result<()> {
        let path = self.path(name);
        let is_new = match self.disk.rename_new(temporary, &path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_shard(&path)?;
                self.disk.rename_new(temporary, &path)
            }
            result => result,
        }
        .map_err(io("rename", &path))?;
        if is_new {
            return self.count(bytes as i64);
        }
        let before = self.disk.meta(&path).map(|meta| meta.bytes).unwrap_or(0);
        self.disk.rename(temporary, &path).map_err(io("rename", &path))?;
        self.count(bytes as i64 - before as i64)
    }

    fn make_shard(&self, file: &Path) -> Result<()> {
        let directory = file.parent().unwrap_or(&self.root);
        match self.disk.create_dir(directory, DIRECTORY_MODE) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            result => result.map_err(io("create", directory))?,
        }
        if self.options.sync {
            self.disk.sync_dir(&self.root).map_err(io("sync", &self.root))?;
        }
        self.count(self.disk.meta(directory).map(|meta| meta.bytes as i64).unwrap_or(0))
    }

    /// Reads a file, `None` when it is missing.
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        match self.disk.read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(io("read", path)(source)),
        }
    }

    fn length(&self, path: &Path) -> Result<Option<u64>> {
        match self.disk.meta(path) {
            Ok(meta) => Ok(Some(meta.bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(io("stat", path)(source)),
        }
    }
}

// spec: flatfs.keys
/// The file name of a key without its extension; `None` for keys that flatfs can't hold.
fn name(key: &Key) -> Option<&str> {
    let name = key.as_str().strip_prefix('/')?;
    let fits =
        |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() || b"+-_=".contains(&byte);
    (!name.is_empty() && name.bytes().all(fits)).then_some(name)
}

fn name_or_error(key: &Key) -> Result<&str> {
    name(key).ok_or_else(|| {
        Error::Unsupported(format!(
            "when putting '{:?}': key not supported by flatfs",
            key.as_str()
        ))
    })
}

fn io<'a>(operation: &'static str, path: &'a Path) -> impl Fn(io::Error) -> Error + 'a {
    move |source| Error::Io { operation, path: path.to_path_buf(), source }
}

fn starts_with_dot(entry: &Entry) -> bool {
    entry.name.to_str().is_none_or(|name| name.starts_with('.'))
}

fn make(disk: &dyn crate::disk::Disk, root: &Path, shard: ShardFunction) -> Result<()> {
    let sharding = root.join(SHARDING);
    match disk.read(&sharding) {
        Ok(text) => {
            // spec: flatfs.sharding-file
            let found = ShardFunction::parse(&String::from_utf8_lossy(&text))
                .map_err(Error::Unsupported)?;
            if found != shard {
                return Err(Error::Unsupported(format!(
                    "specified shard func '{shard}' does not match repo shard func '{found}'"
                )));
            }
            return Ok(());
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(io("open", &sharding)(source)),
    }
    match disk.create_dir(root, DIRECTORY_MODE) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        result => result.map_err(io("create", root))?,
    }
    let parent = root.parent().filter(|parent| *parent != Path::new(""));
    let parent = parent.unwrap_or(Path::new("."));
    disk.sync_dir(parent).map_err(io("sync", parent))?;
    let entries = disk.read_dir(root).map_err(io("list", root))?;
    // Our own start that was interrupted may have left its temporary file.
    crate::disk::remove_temporaries(disk, root).map_err(io("clean", root))?;
    if entries.iter().any(|entry| !starts_with_dot(entry) && entry.name != README) {
        let text = format!("directory missing {SHARDING} file: {}", root.display());
        return Err(Error::Unsupported(text));
    }
    // spec: flatfs.readme
    // SHARDING comes last: with it the store is complete.
    if shard == ShardFunction::DEFAULT {
        crate::disk::write_atomic(disk, &root.join(README), README_TEXT.as_bytes(), 0o444)
            .map_err(io("create", root))?;
    }
    crate::disk::write_atomic(disk, &sharding, format!("{shard}\n").as_bytes(), 0o644)
        .map_err(io("create", &sharding))
}

fn empty_temporary(disk: &dyn crate::disk::Disk, directory: &Path) -> Result<()> {
    match disk.create_dir(directory, DIRECTORY_MODE) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(io("create", directory)(source)),
    }
    remove_content(disk, directory).map_err(io("clean", directory))
}

fn remove_content(disk: &dyn crate::disk::Disk, directory: &Path) -> io::Result<()> {
    for entry in disk.read_dir(directory)? {
        let path = directory.join(&entry.name);
        if entry.kind == Kind::Directory {
            remove_content(disk, &path)?;
            disk.remove_dir(&path)?;
        } else {
            disk.remove_file(&path)?;
        }
    }
    Ok(())
}

impl Datastore for FlatFs {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>> {
        let Some(name) = name(key) else { return Ok(None) };
        if let Some(temporary) = self.deferred.path(name)
            && let Some(bytes) = self.read(&temporary)?
        {
            return Ok(Some(bytes));
        }
        self.read(&self.path(name))
    }

    fn has(&self, key: &Key) -> Result<bool> {
        Ok(self.size(key)?.is_some())
    }

    fn size(&self, key: &Key) -> Result<Option<u64>> {
        let Some(name) = name(key) else { return Ok(None) };
        match self.deferred.bytes(name) {
            Some(bytes) => Ok(Some(bytes)),
            None => self.length(&self.path(name)),
        }
    }

    fn put(&self, key: &Key, value: &[u8]) -> Result<()> {
        let name = name_or_error(key)?;
        // A count made anew must not include the temporary file.
        self.usage()?;
        let temporary = self.temporary_path();
        let result = (|| {
            let file = self
                .disk
                .open(&temporary, Open::CreateNew(FILE_MODE))
                .map_err(io("create", &temporary))?;
            file.write_at(value, 0).map_err(io("write", &temporary))?;
            // spec: flatfs.sync
            if self.options.sync {
                file.sync().map_err(io("sync", &temporary))?;
            }
            self.place(&temporary, name, value.len() as u64)
        })();
        if result.is_err() {
            let _ = self.disk.remove_file(&temporary);
            return result;
        }
        if self.options.sync {
            let path = self.path(name);
            let directory = path.parent().unwrap_or(&self.root);
            self.disk.sync_dir(directory).map_err(io("sync", directory))?;
        }
        Ok(())
    }

    fn delete(&self, key: &Key) -> Result<()> {
        let Some(name) = name(key) else { return Ok(()) };
        self.forget_deferred(name)?;
        let path = self.path(name);
        let Some(bytes) = self.length(&path)? else { return Ok(()) };
        self.usage()?;
        match self.disk.remove_file(&path) {
            Ok(()) => self.count(-(bytes as i64)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(io("remove", &path)(source)),
        }
    }

    fn apply(&self, changes: &[Change]) -> Result<()> {
        for change in changes {
            match change {
                Change::Put(key, value) => self.put_deferred(key, value)?,
                Change::Delete(key) => self.delete(key)?,
            }
        }
        self.flush()
    }

    fn query(&self, query: &Query) -> Result<Pairs<'_>> {
        // spec: flatfs.query
        if query.prefix.as_str() != "/" {
            return Ok(Box::new(std::iter::empty()));
        }
        self.flush()?;
        let keys_only = query.keys_only;
        let pair = move |key: Key| -> Option<Result<Pair>> {
            if keys_only {
                return Some(Ok((key, Vec::new())));
            }
            match self.get(&key) {
                Ok(value) => value.map(|value| Ok((key, value))),
                Err(error) => Some(Err(error)),
            }
        };
        let pairs = self.shards()?.into_iter().flat_map(move |shard| {
            let (keys, error) = match self.shard_keys(&shard) {
                Ok(keys) => (keys, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            keys.into_iter().filter_map(pair).chain(error)
        });
        Ok(Box::new(pairs))
    }

    fn sync(&self, _prefix: &Key) -> Result<()> {
        self.flush()
    }

    fn disk_usage(&self) -> Result<u64> {
        self.flush()?;
        Ok(self.usage()?.bytes())
    }

    fn put_deferred(&self, key: &Key, value: &[u8]) -> Result<()> {
        self.write_deferred(name_or_error(key)?, value)
    }

    fn flush(&self) -> Result<()> {
        self.flush_deferred()
    }

    // spec: flatfs.prefetch
    fn prefetch(&self, keys: &[Key]) {
        for name in keys.iter().filter_map(name).take(PREFETCH_FILES_MAX) {
            if let Ok(file) = self.disk.open(&self.path(name), Open::Read) {
                file.will_need();
            }
        }
    }

    fn close(&self) -> Result<()> {
        self.flush()?;
        let Some(usage) = self.usage.get() else { return Ok(()) };
        let temporary = self.temporary_path();
        usage
            .save(&*self.disk, &self.root, &temporary, false)
            .map_err(io("write", &self.root.join(usage::FILE_NAME)))
    }
}

impl Drop for FlatFs {
    fn drop(&mut self) {
        let _ = self.close();
    }
}

#[cfg(test)]
mod tests;
