//! Spec: spec/repo/disk.md
//!
//! A disk in memory for tests. It loses what was not synced when the power fails, tears writes, and
//! gives errors at chosen operations. It is stricter than common file systems: a synced file whose
//! directory was not synced is lost.

use super::{Disk, Entry, File, Held, Kind, Meta, Open};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

/// What is written or lost as one piece when the power fails.
const SECTOR_BYTES: usize = 512;

/// An error that an operation gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// EIO.
    Broken,
    /// ENOSPC; a write puts down a part of its data.
    Full,
    /// EACCES.
    Denied,
}

/// Which operations fail. Operations are counted from 0; those that change or sync something count,
/// and reads if asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The number of the first operation to fail.
    pub at: u64,
    /// How many fail from there on.
    pub count: u64,
    /// How.
    pub fault: Fault,
    /// Whether reading counts, and can fail, too.
    pub reads: bool,
}

#[derive(Debug, Clone, Default)]
struct Inode {
    data: Vec<u8>,
    /// The content that a power failure leaves, if the name survives.
    durable: Vec<u8>,
    mode: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    File(usize),
    Directory(u32),
}

/// A change of names that a power failure may undo.
#[derive(Debug, Clone)]
struct Change {
    remove: Option<PathBuf>,
    insert: Option<(PathBuf, Node)>,
    /// What lies in a renamed directory moves with it or not at all.
    below: Vec<(PathBuf, PathBuf, Node)>,
}

impl Change {
    fn touches(&self, directory: &Path) -> bool {
        let inserted = self.insert.as_ref().map(|(path, _)| path);
        [self.remove.as_ref(), inserted]
            .into_iter()
            .flatten()
            .any(|path| path.parent() == Some(directory))
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        for (from, to, node) in &self.below {
            names.remove(from);
            names.insert(to.clone(), *node);
        }
        if let Some(path) = &self.remove {
            names.remove(path);
        }
        if let Some((path, node)) = &self.insert {
            names.insert(path.clone(), *node);
        }
    }
}

#[derive(Debug, Default)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, Node>,
    durable: BTreeMap<PathBuf, Node>,
    pending: Vec<Change>,
    operations: u64,
    plan: Option<Plan>,
    locked: Vec<PathBuf>,
    free_bytes: Option<u64>,
}

/// The disk. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct FaultyDisk {
    state: Arc<Mutex<State>>,
}

fn no_such() -> io::Error {
    io::Error::from_raw_os_error(rustix::io::Errno::NOENT.raw_os_error())
}

impl Fault {
    fn error(self) -> io::Error {
        let errno = match self {
            Fault::Broken => rustix::io::Errno::IO,
            Fault::Full => rustix::io::Errno::NOSPC,
            Fault::Denied => rustix::io::Errno::ACCESS,
        };
        io::Error::from_raw_os_error(errno.raw_os_error())
    }
}

impl State {
    /// Counts an operation; the fault that it is to have.
    fn fault(&mut self, read: bool) -> Option<Fault> {
        let plan = self.plan;
        if read && !plan.is_some_and(|plan| plan.reads) {
            return None;
        }
        let number = self.operations;
        self.operations += 1;
        plan.filter(|plan| number >= plan.at && number - plan.at < plan.count)
            .map(|plan| plan.fault)
    }

    fn step(&mut self, read: bool) -> io::Result<()> {
        self.fault(read).map_or(Ok(()), |fault| Err(fault.error()))
    }

    fn node(&self, path: &Path) -> io::Result<Node> {
        if path == Path::new("/") {
            return Ok(Node::Directory(0o755));
        }
        self.names.get(path).copied().ok_or_else(no_such)
    }

    fn directory(&self, path: &Path) -> io::Result<()> {
        match self.node(path)? {
            Node::Directory(_) => Ok(()),
            Node::File(_) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn commit(&mut self, change: Change) {
        change.apply(&mut self.names);
        self.pending.push(change);
    }

    fn change(&mut self, remove: Option<&Path>, insert: Option<(&Path, Node)>) {
        let change = Change {
            remove: remove.map(Path::to_path_buf),
            insert: insert.map(|(path, node)| (path.to_path_buf(), node)),
            below: Vec::new(),
        };
        self.commit(change);
    }

    fn children(&self, path: &Path) -> impl Iterator<Item = (&PathBuf, &Node)> {
        self.names.iter().filter(move |(child, _)| child.parent() == Some(path))
    }
}

impl FaultyDisk {
    /// An empty disk with only the root directory.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock_state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Sets which operations fail from now on, and counts anew.
    pub fn plan(&self, plan: Option<Plan>) {
        let mut state = self.lock_state();
        state.plan = plan;
        state.operations = 0;
    }

    /// Sets what [`Disk::free_bytes`] answers. Writing takes nothing away from it.
    pub fn set_free_bytes(&self, bytes: Option<u64>) {
        self.lock_state().free_bytes = bytes;
    }

    /// Operations counted since the last [`Self::plan`].
    pub fn operations(&self) -> u64 {
        self.lock_state().operations
    }

    /// What a new process finds when the old one was killed now: everything written, no locks.
    pub fn after_kill(&self) -> Self {
        let state = self.lock_state();
        let state = State {
            inodes: state.inodes.clone(),
            names: state.names.clone(),
            durable: state.durable.clone(),
            pending: state.pending.clone(),
            ..State::default()
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    // spec: disk.power-cut
    /// What is found after a power failure now. Of what was not synced some may be there: a prefix
    /// of the changes of names, any sectors of file contents; `seed` decides.
    pub fn after_power_failure(&self, seed: u64) -> Self {
        let state = self.lock_state();
        let mut chance = Chance(seed);
        let mut names = state.durable.clone();
        let kept = chance.below(state.pending.len() + 1);
        for change in &state.pending[..kept] {
            change.apply(&mut names);
        }
        // An entry whose directory was lost can't be reached.
        let reachable: Vec<PathBuf> = names
            .keys()
            .filter(|path| {
                path.ancestors()
                    .skip(1)
                    .all(|above| above == Path::new("/") || names.contains_key(above))
            })
            .cloned()
            .collect();
        names.retain(|path, _| reachable.contains(path));
        let inodes = state
            .inodes
            .iter()
            .map(|inode| {
                let data = chance.torn(&inode.durable, &inode.data);
                Inode { durable: data.clone(), data, mode: inode.mode }
            })
            .collect();
        let state = State { inodes, durable: names.clone(), names, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Paths of all files, for checks.
    pub fn files(&self) -> Vec<PathBuf> {
        let state = self.lock_state();
        let files = state.names.iter().filter(|(_, node)| matches!(node, Node::File(_)));
        files.map(|(path, _)| path.clone()).collect()
    }
}

/// A small seeded source of numbers.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        ((self.0 >> 33) as usize) % bound.max(1)
    }

    /// The durable content with some of the newer sectors.
    fn torn(&mut self, durable: &[u8], newer: &[u8]) -> Vec<u8> {
        if durable == newer {
            return durable.to_vec();
        }
        let (low, high) = (durable.len().min(newer.len()), durable.len().max(newer.len()));
        let length = match self.below(3) {
            0 => durable.len(),
            1 => newer.len(),
            _ => low + self.below(high - low + 1),
        };
        let mut out = durable.to_vec();
        out.resize(length, 0);
        let style = self.below(3);
        for (index, sector) in newer.chunks(SECTOR_BYTES).enumerate() {
            let at = index * SECTOR_BYTES;
            let take = style == 0 || (style == 1 && self.below(2) == 0);
            if take && at < length {
                let end = (at + sector.len()).min(length);
                out[at..end].copy_from_slice(&sector[..end - at]);
            }
        }
        out
    }
}

#[derive(Debug)]
struct FaultyFile {
    state: Arc<Mutex<State>>,
    inode: usize,
    writable: bool,
}

impl FaultyFile {
    fn lock_state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn writable(&self) -> io::Result<()> {
        if self.writable { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
    }
}

impl File for FaultyFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.lock_state();
        state.step(true)?;
        let data = &state.inodes[self.inode].data;
        let rest = data.get(offset as usize..).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, data: &[u8], offset: u64) -> io::Result<()> {
        self.writable()?;
        let mut state = self.lock_state();
        let fault = state.fault(false);
        let kept = match fault {
            None => data.len(),
            Some(Fault::Full) => data.len() / 2,
            Some(Fault::Broken | Fault::Denied) => 0,
        };
        let end = offset as usize + kept;
        let content = &mut state.inodes[self.inode].data;
        if content.len() < end {
            content.resize(end, 0);
        }
        content[offset as usize..end].copy_from_slice(&data[..kept]);
        fault.map_or(Ok(()), |fault| Err(fault.error()))
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.lock_state().inodes[self.inode].data.len() as u64)
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.writable()?;
        let mut state = self.lock_state();
        state.step(false)?;
        state.inodes[self.inode].data.resize(bytes as usize, 0);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.lock_state();
        state.step(false)?;
        let inode = &mut state.inodes[self.inode];
        inode.durable = inode.data.clone();
        Ok(())
    }
}

#[derive(Debug)]
struct HeldPath {
    state: Arc<Mutex<State>>,
    path: PathBuf,
}

impl Held for HeldPath {}

impl Drop for HeldPath {
    fn drop(&mut self) {
        let mut state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        state.locked.retain(|path| *path != self.path);
    }
}

impl Disk for FaultyDisk {
    fn open(&self, path: &Path, open: Open) -> io::Result<Box<dyn File>> {
        let mut state = self.lock_state();
        let found = match state.names.get(path) {
            Some(Node::File(inode)) => Some(*inode),
            Some(Node::Directory(_)) => return Err(io::ErrorKind::IsADirectory.into()),
            None => None,
        };
        let inode = match (open, found) {
            (Open::Read | Open::ReadWrite, None) => return Err(no_such()),
            (Open::Read | Open::ReadWrite, Some(inode)) => {
                state.step(true)?;
                inode
            }
            (Open::CreateNew(_), Some(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Open::Truncate(_), Some(inode)) => {
                state.step(false)?;
                state.inodes[inode].data.clear();
                inode
            }
            (Open::CreateNew(mode) | Open::Truncate(mode), None) => {
                state.directory(path.parent().unwrap_or(Path::new("/")))?;
                state.step(false)?;
                state.inodes.push(Inode { mode, ..Inode::default() });
                let inode = state.inodes.len() - 1;
                state.change(None, Some((path, Node::File(inode))));
                inode
            }
        };
        let writable = open != Open::Read;
        Ok(Box::new(FaultyFile { state: self.state.clone(), inode, writable }))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut state = self.lock_state();
        match state.node(path)? {
            Node::File(inode) => {
                state.step(true)?;
                Ok(state.inodes[inode].data.clone())
            }
            Node::Directory(_) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.lock_state();
        let node = state.node(from)?;
        state.directory(to.parent().unwrap_or(Path::new("/")))?;
        state.step(false)?;
        let moved = |path: &Path| to.join(path.strip_prefix(from).unwrap_or(path));
        let below = match node {
            Node::File(_) => Vec::new(),
            Node::Directory(_) => {
                let below = state.names.iter().filter(|(path, _)| path.starts_with(from));
                let below = below.filter(|(path, _)| *path != from);
                below.map(|(path, node)| (path.clone(), moved(path), *node)).collect()
            }
        };
        let insert = Some((to.to_path_buf(), node));
        state.commit(Change { remove: Some(from.to_path_buf()), insert, below });
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock_state();
        match state.node(path)? {
            Node::Directory(_) => Err(io::ErrorKind::IsADirectory.into()),
            Node::File(_) => {
                state.step(false)?;
                state.change(Some(path), None);
                Ok(())
            }
        }
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock_state();
        state.directory(path)?;
        if state.children(path).next().is_some() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        state.step(false)?;
        state.change(Some(path), None);
        Ok(())
    }

    fn create_dir(&self, path: &Path, mode: u32) -> io::Result<()> {
        let mut state = self.lock_state();
        if state.node(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.directory(path.parent().unwrap_or(Path::new("/")))?;
        state.step(false)?;
        state.change(None, Some((path, Node::Directory(mode))));
        Ok(())
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut state = self.lock_state();
        state.directory(path)?;
        state.step(true)?;
        let entry = |(path, node): (&PathBuf, &Node)| Entry {
            name: path.file_name().unwrap_or_default().to_owned(),
            kind: match node {
                Node::File(_) => Kind::File,
                Node::Directory(_) => Kind::Directory,
            },
        };
        Ok(state.children(path).map(entry).collect())
    }

    fn meta(&self, path: &Path) -> io::Result<Meta> {
        let state = self.lock_state();
        Ok(match state.node(path)? {
            Node::File(inode) => {
                let inode = &state.inodes[inode];
                let bytes = inode.data.len() as u64;
                Meta { bytes, kind: Kind::File, mode: inode.mode, mtime_s: 0 }
            }
            Node::Directory(mode) => Meta { bytes: 4096, kind: Kind::Directory, mode, mtime_s: 0 },
        })
    }

    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        let mut state = self.lock_state();
        let node = state.node(path)?;
        state.step(false)?;
        match node {
            Node::File(inode) => state.inodes[inode].mode = mode,
            Node::Directory(_) => state.change(None, Some((path, Node::Directory(mode)))),
        }
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock_state();
        state.directory(path)?;
        state.step(false)?;
        let (done, pending) =
            std::mem::take(&mut state.pending).into_iter().partition(|change| change.touches(path));
        state.pending = pending;
        let done: Vec<Change> = done;
        for change in done {
            change.apply(&mut state.durable);
        }
        Ok(())
    }

    fn sync_all(&self, _path: &Path) -> io::Result<()> {
        let mut state = self.lock_state();
        state.step(false)?;
        state.pending.clear();
        state.durable = state.names.clone();
        for inode in &mut state.inodes {
            inode.durable = inode.data.clone();
        }
        Ok(())
    }

    fn free_bytes(&self, _path: &Path) -> io::Result<Option<u64>> {
        Ok(self.lock_state().free_bytes)
    }

    fn lock(&self, path: &Path, mode: u32) -> io::Result<Box<dyn Held>> {
        if self.lock_state().node(path).is_err() {
            self.open(path, Open::CreateNew(mode))?;
        }
        let mut state = self.lock_state();
        if state.locked.iter().any(|held| held == path) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        state.locked.push(path.to_path_buf());
        Ok(Box::new(HeldPath { state: self.state.clone(), path: path.to_path_buf() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_synced_file_in_a_synced_directory_survives() {
        let disk = FaultyDisk::new();
        let path = Path::new("/file");
        crate::disk::write_atomic(&disk, path, b"content", 0o600).expect("write");
        for seed in 0..50 {
            let disk = disk.after_power_failure(seed);
            assert_eq!(disk.read(path).expect("read"), b"content");
        }
    }

    #[test]
    fn what_was_not_synced_is_lost_sometimes() {
        let disk = FaultyDisk::new();
        let path = Path::new("/file");
        let file = disk.open(path, Open::CreateNew(0o600)).expect("create");
        disk.sync_dir(Path::new("/")).expect("sync");
        file.write_at(&[7; 2000], 0).expect("write");
        let found: Vec<Vec<u8>> =
            (0..50).map(|seed| disk.after_power_failure(seed).read(path).expect("read")).collect();
        assert!(found.iter().any(|data| data == &[7; 2000]));
        assert!(found.iter().any(|data| data.is_empty()));
        assert!(found.iter().any(|data| data.contains(&0)), "no torn write");
        assert_eq!(disk.after_kill().read(path).expect("read"), [7; 2000]);
    }

    #[test]
    fn planned_errors_come_when_planned() {
        let disk = FaultyDisk::new();
        let file = disk.open(Path::new("/file"), Open::CreateNew(0o600)).expect("create");
        disk.plan(Some(Plan { at: 1, count: 1, fault: Fault::Full, reads: false }));
        file.write_at(b"0123", 0).expect("first");
        let error = file.write_at(b"4567", 4).expect_err("full");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(file.len().expect("length"), 6);
        file.write_at(b"4567", 4).expect("third");
        assert_eq!(disk.operations(), 3);
    }
}
