//! Spec: spec/gateway/formats.md
//!
//! Files and directories as a tar archive, made while the client reads it.

mod names;
pub(crate) mod respond;
mod tree;

#[cfg(test)]
mod tests;

pub use names::{OUTSIDE, PATH_BYTES_MAX};
pub use tree::{DEPTH_MAX, WAITING_BYTES_MAX};

use bytes::Bytes;
use ipfs_data::block::{self, Source};
use ipfs_data::cid::Cid;
use ipfs_data::unixfs::read::Reader;
use ipfs_data::unixfs::{self, Mtime};
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tar::{Builder, EntryType, Header};
use tree::{Entry, Tree, What};

/// Blocks that are read to find names that lead out of the archive before it begins. A tree of more
/// blocks is archived up to the first such name.
pub const CHECKED_BLOCKS_MAX: usize = 4096;

/// Records of a tar archive are this long, in bytes.
const RECORD_BYTES: u64 = 512;
static ZEROS: [u8; RECORD_BYTES as usize] = [0; RECORD_BYTES as usize];

/// Why there is no archive, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// A block is missing or can't be read.
    #[error(transparent)]
    Block(#[from] block::Error),
    /// A node that is no file, directory or link.
    #[error(transparent)]
    Unixfs(#[from] unixfs::Error),
    /// A name that leads out of the archive.
    #[error("{OUTSIDE}")]
    Outside,
    /// A name with a zero byte, or a path above [`PATH_BYTES_MAX`].
    #[error("the archive can't hold a path of {0} bytes or with a zero byte in it")]
    Path(usize),
    /// Directories below directories below directories.
    #[error("directories nest deeper than {DEPTH_MAX} levels")]
    Depth,
    /// More than [`WAITING_BYTES_MAX`].
    #[error("entries of directories that wait need more than {WAITING_BYTES_MAX} bytes")]
    Waiting,
    /// A file is longer or shorter than its root says.
    #[error("{0}: the file does not have the {1} bytes that its root says")]
    Size(Cid, u64),
    /// A header can't hold a value.
    #[error(transparent)]
    Header(#[from] io::Error),
}

impl TarError {
    /// Whether this is about what the content is, not about what is missing or damaged.
    pub fn is_unsuitable(&self) -> bool {
        use unixfs::Error::{DagPb, Message, UnknownKind};
        matches!(
            self,
            Self::Outside
                | Self::Path(_)
                | Self::Depth
                | Self::Waiting
                | Self::Unixfs(UnknownKind | DagPb(_) | Message(_))
        )
    }
}

/// A file that is being archived.
struct Content {
    reader: Reader<'static>,
    cid: Cid,
    bytes: u64,
    left: u64,
}

/// An archive that is being made. Its items are the bytes in order; after an error there is nothing
/// more.
pub struct TarStream {
    source: Arc<dyn Source>,
    tree: Tree,
    content: Option<Content>,
    headers: Builder<Vec<u8>>,
    ready: VecDeque<Bytes>,
    now_s: u64,
    done: bool,
}

impl std::fmt::Debug for TarStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TarStream").field("done", &self.done).finish_non_exhaustive()
    }
}

impl TarStream {
    /// An archive of the graph below `root`, under its CID as name. What has no time of its own
    /// gets `now_s`, in seconds since 1970. The first block, and names as far as
    /// [`CHECKED_BLOCKS_MAX`] allows, are looked at here.
    // spec: formats.tar-outside
    pub fn open(source: Arc<dyn Source>, root: Cid, now_s: u64) -> Result<Self, TarError> {
        let mut checked = Tree::new(source.clone(), root, true);
        checked.next().transpose()?;
        while checked.blocks_read() < CHECKED_BLOCKS_MAX
            && let Some(entry) = checked.next()
        {
            match entry {
                // What is not here breaks the stream off when its turn comes.
                Err(TarError::Block(_)) => break,
                entry => drop(entry?),
            }
        }
        Ok(Self {
            tree: Tree::new(source.clone(), root, false),
            source,
            content: None,
            headers: Builder::new(Vec::new()),
            ready: VecDeque::new(),
            now_s,
            done: false,
        })
    }

    fn step(&mut self) -> Result<(), TarError> {
        if let Some(content) = &mut self.content {
            match content.next_piece()? {
                Some(piece) => self.ready.push_back(piece),
                None => {
                    let over = (content.bytes % RECORD_BYTES) as usize;
                    if over > 0 {
                        self.ready.push_back(Bytes::from_static(&ZEROS[over..]));
                    }
                    self.content = None;
                }
            }
            return Ok(());
        }
        match self.tree.next() {
            Some(entry) => self.entry(entry?),
            None => {
                self.done = true;
                self.ready.push_back(Bytes::from_static(&[0; 2 * RECORD_BYTES as usize]));
                Ok(())
            }
        }
    }

    fn entry(&mut self, entry: Entry) -> Result<(), TarError> {
        let mut header = self.header(&entry);
        let path = shown(&entry.path);
        match &entry.what {
            What::Directory => {
                header.set_entry_type(EntryType::Directory);
                self.headers.append_data(&mut header, path, io::empty())?;
            }
            What::Symlink(target) => {
                header.set_entry_type(EntryType::Symlink);
                self.headers.append_link(&mut header, path, shown(target))?;
            }
            What::File(bytes) => {
                header.set_entry_type(EntryType::Regular);
                header.set_size(*bytes);
                // The header alone: the content follows as it is read.
                self.headers.append_data(&mut header, path, io::empty())?;
                self.content = Some(Content {
                    reader: Reader::open_shared(self.source.clone(), &entry.cid, entry.block)?,
                    cid: entry.cid,
                    bytes: *bytes,
                    left: *bytes,
                });
            }
        }
        self.ready.push_back(std::mem::take(self.headers.get_mut()).into());
        Ok(())
    }

    // spec: formats.tar-metadata
    fn header(&self, entry: &Entry) -> Header {
        let mut header = Header::new_gnu();
        header.set_mode(match (entry.mode, &entry.what) {
            (0, What::Directory) => 0o755,
            (0, What::File(_)) => 0o644,
            (0, What::Symlink(_)) => 0o777,
            (mode, _) => mode,
        });
        header.set_mtime(entry.mtime.map_or(self.now_s, seconds));
        header.set_size(0);
        header
    }
}

/// Rounded to seconds, as `ipfs get` does.
fn seconds(time: Mtime) -> u64 {
    let rounds_up = time.nanos.is_some_and(|nanos| nanos >= 500_000_000);
    u64::try_from(time.seconds.saturating_add(rounds_up.into())).unwrap_or(0)
}

fn shown(path: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(path))
}

impl Content {
    // spec: formats.tar-size
    fn next_piece(&mut self) -> Result<Option<Bytes>, TarError> {
        let wrong = TarError::Size(self.cid, self.bytes);
        match self.reader.next_piece()? {
            Some(piece) => {
                self.left = self.left.checked_sub(piece.len() as u64).ok_or(wrong)?;
                Ok(Some(piece))
            }
            None if self.left > 0 => Err(wrong),
            None => Ok(None),
        }
    }
}

impl Iterator for TarStream {
    type Item = Result<Bytes, TarError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.done {
            if let Err(error) = self.step() {
                self.done = true;
                return Some(Err(error));
            }
        }
        self.ready.pop_front().map(Ok)
    }
}
