//! Spec: spec/migrations/11-to-12.md
//!
//! The list of keys that are changed: one a line, as `/blocks/` or `/filestore/` and the base32 of
//! the CIDv1. It is what makes the way back possible, so it is complete before anything is changed.

use super::LIST_FILE;
use super::spaces::{BLOCKS, FILESTORE, Space, Spaces};
use crate::blocks::key::{base32, from_base32, multihash_of_cid1};
use crate::context::Context;
use crate::error::Error;
use ipfs_store::disk::{Disk, File, Open};
use std::io;
use std::path::{Path, PathBuf};

/// Mode of the list, minus umask.
const MODE: u32 = 0o644;
/// Bytes read or written at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// Longest line, in bytes.
const LINE_BYTES_MAX: usize = 1024;
/// Phase of the journal: the list is being written; bytes of an earlier list follow.
const LISTING: &str = "listing ";

fn unfinished(context: &Context<'_>) -> PathBuf {
    context.file(&format!("{LIST_FILE}.new"))
}

/// Removes what a killed run left of a list.
pub(super) fn remove_unfinished(context: &Context<'_>) -> Result<(), Error> {
    context.remove_file(&unfinished(context))
}

struct Writer {
    file: Box<dyn File>,
    path: PathBuf,
    offset: u64,
    buffer: Vec<u8>,
}

impl Writer {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.file.write_at(&self.buffer, self.offset).map_err(Error::io("write", &self.path))?;
        self.offset += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

// spec: 11-to-12.list
/// Writes the list of all CIDv1 keys, after what an earlier list has.
pub(super) fn write(context: &mut Context<'_>, spaces: &Spaces) -> Result<(), Error> {
    let path = context.file(LIST_FILE);
    // What stood there before this run, if it was interrupted: only that is kept.
    let earlier = context.phase().strip_prefix(LISTING).and_then(|bytes| bytes.parse().ok());
    let earlier: u64 = match earlier {
        Some(bytes) => bytes,
        None => {
            let bytes = context.meta(&path)?.map_or(0, |meta| meta.bytes);
            if bytes > 0 {
                let path = path.display();
                context.report.log(&format!(
                    "WARN: backup file {path} already exists. CIDs-Multihash pairs will be appended"
                ));
            }
            context.set_phase(&format!("{LISTING}{bytes}"))?;
            bytes
        }
    };
    let new = unfinished(context);
    let file = context.disk().open(&new, Open::Truncate(MODE)).map_err(Error::io("open", &new))?;
    let mut writer = Writer { file, path: new.clone(), offset: 0, buffer: Vec::new() };
    copy_earlier(context, &path, earlier, &mut writer)?;
    let mut counts = [0_u64; 2];
    spaces.each_cid1(context, &mut |space, name| {
        counts[usize::from(space == FILESTORE)] += 1;
        writer.push(format!("{space}/{name}\n").as_bytes())
    })?;
    writer.flush()?;
    writer.file.sync().map_err(Error::io("sync", &new))?;
    let listed = counts.iter().sum();
    check(context, &new, listed)?;
    context.rename(&new, &path)?;
    context.sync_dir(context.repo())?;
    for (space, count) in [(BLOCKS, counts[0]), (FILESTORE, counts[1])] {
        context.report.verbose(&format!("  - Adding keys in prefix {space} to backup file"));
        context.report.log(&format!("{count} CIDv1 keys added to backup file for {space}"));
    }
    Ok(())
}

fn copy_earlier(
    context: &Context<'_>,
    path: &Path,
    bytes: u64,
    writer: &mut Writer,
) -> Result<(), Error> {
    if bytes == 0 {
        return Ok(());
    }
    let file = context.disk().open(path, Open::Read).map_err(Error::io("open", path))?;
    let (mut chunk, mut done, mut last) = (vec![0; CHUNK_BYTES], 0, b'\n');
    while done < bytes {
        let want = usize::try_from(bytes - done).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        let got = file.read_at(&mut chunk[..want], done).map_err(Error::io("read", path))?;
        if got == 0 {
            break;
        }
        last = chunk[got - 1];
        writer.push(&chunk[..got])?;
        done += got as u64;
    }
    // A line that a killed program has not completed must not swallow the next one.
    if last == b'\n' { Ok(()) } else { writer.push(b"\n") }
}

/// Reads the list back.
fn check(context: &Context<'_>, path: &Path, listed: u64) -> Result<(), Error> {
    let mut lines = 0;
    each(context.disk(), path, &mut |_, _| {
        lines += 1;
        Ok(())
    })?;
    if lines >= listed {
        return Ok(());
    }
    let path = path.display();
    Err(Error::Step(format!("{path}: {lines} lines were read back, {listed} were written")))
}

/// Reads a list line by line, with the lines' numbers; empty lines are left out. A missing list is
/// an empty one.
pub(super) fn each(
    disk: &dyn Disk,
    path: &Path,
    visit: &mut dyn FnMut(u64, &str) -> Result<(), Error>,
) -> Result<(), Error> {
    let file = match disk.open(path, Open::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file.map_err(Error::io("open", path))?,
    };
    let (mut chunk, mut offset, mut number) = (vec![0; CHUNK_BYTES], 0, 0);
    let mut rest: Vec<u8> = Vec::new();
    loop {
        let got = file.read_at(&mut chunk, offset).map_err(Error::io("read", path))?;
        offset += got as u64;
        rest.extend_from_slice(&chunk[..got]);
        let whole = match rest.iter().rposition(|byte| *byte == b'\n') {
            _ if got == 0 => rest.len(),
            Some(at) => at + 1,
            None => 0,
        };
        for line in rest[..whole].split_inclusive(|byte| *byte == b'\n') {
            number += 1;
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            if !line.is_empty() {
                visit(number, &String::from_utf8_lossy(line))?;
            }
        }
        rest.drain(..whole);
        if got == 0 {
            return Ok(());
        }
        if rest.len() > LINE_BYTES_MAX {
            let (path, line) = (path.display(), number + 1);
            return Err(Error::Step(format!("{path}: line {line} is too long")));
        }
    }
}

/// A change that a line stands for.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    /// Where both names are.
    pub(super) space: &'a Space,
    /// In front of both names in a key.
    pub(super) namespace: &'a str,
    /// The name (base32) of the CIDv1.
    pub(super) cid: &'a str,
    /// The name (base32) of its multihash.
    pub(super) multihash: String,
}

/// What a line stands for; `None` if it is damaged.
pub(super) fn pair<'a>(spaces: &'a Spaces, line: &'a str) -> Option<Pair<'a>> {
    let (space, cid) = spaces.of(line)?;
    let namespace = &line[..line.len() - cid.len() - 1];
    let multihash = base32(multihash_of_cid1(&from_base32(cid)?)?);
    Some(Pair { space, namespace, cid, multihash })
}
