//! Spec: spec/command/get.md
//!
//! Writing a graph as a tar archive.

use super::extract::{Inspected, Item, inspect};
use super::place;
use crate::content::local;
use crate::error::{Error, Result};
use crate::request::Cancel;
use ipfs_data::block::Source;
use ipfs_data::cid::Cid;
use ipfs_data::dag_pb::Link;
use ipfs_data::unixfs::{Mtime, read::Reader, resolve};
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use tar::{Builder, EntryType, Header};

/// Deepest tree of directories.
const DEPTH_MAX: usize = 512;

/// Archives trees.
pub(super) struct Archiver<'a, W: Write> {
    source: &'a dyn Source,
    cancel: &'a Cancel,
    tar: Builder<W>,
    /// Times keep their part below one second.
    precise: bool,
    now_s: u64,
}

impl<'a, W: Write> Archiver<'a, W> {
    /// An archiver whose times are whole seconds, as users expect of an archive, or `precise`, for
    /// a client that makes files of it.
    pub(super) fn new(source: &'a dyn Source, cancel: &'a Cancel, out: W, precise: bool) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now_s = now.map_or(0, |now| now.as_secs());
        Self { source, cancel, tar: Builder::new(out), precise, now_s }
    }

    /// Archives the graph under `name`, ends the archive and gives the writer back.
    pub(super) fn archive(mut self, cid: &Cid, name: &[u8]) -> Result<W> {
        let root = place::join(b"", name)?;
        self.node(cid, &root, &root, 0)?;
        Ok(self.tar.into_inner()?)
    }

    fn node(&mut self, cid: &Cid, path: &[u8], root: &[u8], depth: usize) -> Result<()> {
        self.cancel.check()?;
        if depth > DEPTH_MAX {
            return Err(Error::new(format!("directories nest deeper than {DEPTH_MAX} levels")));
        }
        let node = inspect(self.source, cid)?;
        let mut header = self.header(&node);
        // spec: get.precise-times
        if self.precise
            && let Some(Mtime { seconds, nanos: Some(nanos) }) = node.mtime
        {
            let time = format!("{seconds}.{nanos:09}");
            let time = if seconds < 0 { before_1970(seconds, nanos) } else { time };
            self.tar.append_pax_extensions([("mtime", time.as_bytes())])?;
        }
        let shown = Path::new(OsStr::from_bytes(path));
        match &node.item {
            Item::File => {
                let reader = node.reader(self.source)?;
                header.set_size(reader.size());
                let exact = Exact { left: reader.size(), reader };
                self.tar.append_data(&mut header, shown, exact)?;
            }
            Item::Symlink(to) => {
                self.tar.append_link(&mut header, shown, OsStr::from_bytes(to))?;
            }
            Item::Directory => {
                self.tar.append_data(&mut header, shown, io::empty())?;
                let mut entries: Vec<Link> = Vec::new();
                let keep = &mut |link| {
                    entries.push(link);
                    Ok::<(), ipfs_data::unixfs::Error>(())
                };
                resolve::entries(self.source, cid, keep).map_err(local)?;
                for entry in entries {
                    let below = inside(root, path, entry.name())?;
                    self.node(&entry.cid, &below, root, depth + 1)?;
                }
            }
        }
        Ok(())
    }

    fn header(&self, node: &Inspected) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(match node.item {
            Item::File => EntryType::Regular,
            Item::Directory => EntryType::Directory,
            Item::Symlink(_) => EntryType::Symlink,
        });
        header.set_mode(node.permissions());
        // Rounded to seconds, as in the reference.
        let seconds = node.mtime.map_or(self.now_s, |time| {
            let rounds_up = time.nanos.is_some_and(|nanos| nanos >= 500_000_000);
            u64::try_from(time.seconds.saturating_add(rounds_up.into())).unwrap_or(0)
        });
        header.set_mtime(seconds);
        header.set_size(0);
        header
    }
}

/// Seconds before 1970 as a decimal number.
fn before_1970(seconds: i64, nanos: u32) -> String {
    match nanos {
        0 => seconds.to_string(),
        nanos => format!("-{}.{:09}", (seconds + 1).unsigned_abs(), 1_000_000_000 - nanos),
    }
}

/// The path of an entry, which must stay below the root of the archive.
fn inside(root: &[u8], path: &[u8], name: &[u8]) -> Result<Vec<u8>> {
    let below = place::join(path, name)?;
    let stays = below.strip_prefix(root).is_some_and(|rest| rest.first() == Some(&b'/'));
    match stays {
        true => Ok(below),
        false => Err(Error::new(place::OUTSIDE)),
    }
}

/// A reader that fails instead of giving fewer or more bytes than it promised.
struct Exact<'a> {
    reader: Reader<'a>,
    left: u64,
}

impl Read for Exact<'_> {
    // spec: get.size-checked
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("file has more bytes than its root says"))?;
        Ok(read)
    }
}
