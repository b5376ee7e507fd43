//! Spec: spec/command/get.md
//!
//! Writing a tar archive that comes from a daemon as files, directories and symbolic links. Nothing
//! in it is trusted more than a graph from strangers.

use super::place;
use super::write::{self, Finished};
use crate::error::{Error, Result};
use ipfs_data::unixfs::Mtime;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tar::{EntryType, Header, PaxExtensions};

/// Bytes of a block of an archive.
const BLOCK_BYTES: usize = 512;

/// Longest name or list of extensions, in bytes.
const NAME_BYTES_MAX: u64 = 1 << 20;

/// Bytes that are copied at once.
const PIECE_BYTES: usize = 256 << 10;

/// What an archive says about the entry that comes next, beyond its header.
#[derive(Default)]
struct Extensions {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    mtime: Option<Mtime>,
}

/// One entry.
struct Entry {
    kind: EntryType,
    path: Vec<u8>,
    link: Vec<u8>,
    size: u64,
    mode: u32,
    mtime: Option<Mtime>,
}

/// Writes the archive to `target`. A single file goes into `target` if that is a directory.
// spec: get.unpack
pub(super) fn unpack(archive: &mut dyn Read, target: &Path) -> Result<()> {
    let mut finished = Vec::new();
    let result = entries(archive, target, &mut finished);
    // Also after an error: what was written gets its attributes.
    finished.iter().rev().try_for_each(Finished::apply)?;
    result
}

fn entries(archive: &mut dyn Read, target: &Path, finished: &mut Vec<Finished>) -> Result<()> {
    let mut root: Option<Vec<u8>> = None;
    while let Some(entry) = next(archive)? {
        let (first, inside) = split(&entry.path);
        let Some(root) = &root else {
            // spec: get.null-device
            if target != Path::new("/dev/null") {
                let path = match entry.kind {
                    EntryType::Directory => target.to_path_buf(),
                    _ => place::of_leaf(target, last(&entry.path))?,
                };
                write_entry(archive, &entry, path, finished)?;
            } else {
                skip(archive, entry.size)?;
            }
            root = Some(first.to_vec());
            continue;
        };
        if target == Path::new("/dev/null") {
            skip(archive, entry.size)?;
            continue;
        }
        if first != root.as_slice() {
            return Err(Error::new("the archive has more than one root"));
        }
        let path = place::on_disk(target, &place::join(b"", inside)?)?;
        write_entry(archive, &entry, path, finished)?;
    }
    Ok(())
}

fn write_entry(
    archive: &mut dyn Read,
    entry: &Entry,
    path: PathBuf,
    finished: &mut Vec<Finished>,
) -> Result<()> {
    match entry.kind {
        EntryType::Directory => {
            write::directory(&path)?;
            finished.push(Finished::new(path, entry.mode, entry.mtime));
            Ok(())
        }
        EntryType::Symlink => write::symlink(&entry.link, &path, entry.mtime),
        EntryType::Regular => write::file(&path, entry.mode, entry.mtime, |out| {
            out.expect(entry.size);
            copy(archive, entry.size, &mut |piece| out.write(piece))?;
            pad(archive, entry.size)
        }),
        kind => Err(Error::new(format!("unrecognized tar header type: {}", kind.as_byte()))),
    }
}

/// The next entry, its content still to be read; `None` at the end of the archive.
fn next(archive: &mut dyn Read) -> Result<Option<Entry>> {
    let mut extensions = Extensions::default();
    loop {
        let mut block = [0; BLOCK_BYTES];
        if !fill(archive, &mut block)? || block == [0; BLOCK_BYTES] {
            io::copy(archive, &mut io::sink())?;
            return Ok(None);
        }
        let header = Header::from_byte_slice(&block);
        if !checksum_fits(header, &block) {
            return Err(Error::new("archive/tar: invalid tar header"));
        }
        let size = header.entry_size()?;
        match header.entry_type() {
            EntryType::XHeader => read_extensions(&content(archive, size)?, &mut extensions)?,
            EntryType::XGlobalHeader => drop(content(archive, size)?),
            EntryType::GNULongName => extensions.path = Some(text(content(archive, size)?)),
            EntryType::GNULongLink => extensions.link = Some(text(content(archive, size)?)),
            kind => {
                let kind = match kind {
                    EntryType::Continuous => EntryType::Regular,
                    kind => kind,
                };
                let seconds = i64::try_from(header.mtime()?).unwrap_or_default();
                let path = extensions.path.unwrap_or_else(|| header.path_bytes().into_owned());
                let link = || header.link_name_bytes().unwrap_or_default().into_owned();
                return Ok(Some(Entry {
                    kind,
                    path,
                    link: extensions.link.unwrap_or_else(link),
                    size: extensions.size.unwrap_or(size),
                    mode: header.mode()? & 0o7777,
                    mtime: extensions.mtime.or(Some(Mtime { seconds, nanos: None })),
                }));
            }
        }
    }
}

fn checksum_fits(header: &Header, block: &[u8; BLOCK_BYTES]) -> bool {
    let sum = block.iter().enumerate().map(|(at, &byte)| match at {
        148..156 => u32::from(b' '),
        _ => u32::from(byte),
    });
    header.cksum().is_ok_and(|expected| expected == sum.sum::<u32>())
}

fn read_extensions(records: &[u8], extensions: &mut Extensions) -> Result<()> {
    for record in PaxExtensions::new(records) {
        let record = record?;
        let value = record.value_bytes();
        let bad = || Error::new("archive/tar: invalid tar header");
        match record.key_bytes() {
            b"path" => extensions.path = Some(value.to_vec()),
            b"linkpath" => extensions.link = Some(value.to_vec()),
            b"size" => {
                let number = record.value().ok().and_then(|value| value.parse().ok());
                extensions.size = Some(number.ok_or_else(bad)?);
            }
            b"mtime" => {
                let time = record.value().ok().and_then(time);
                extensions.mtime = Some(time.ok_or_else(bad)?);
            }
            _ => {}
        }
    }
    Ok(())
}

/// `-12.5`: seconds since 1970.
fn time(text: &str) -> Option<Mtime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = whole.parse().ok()?;
    let nanos: u32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    Some(match whole.starts_with('-') && nanos > 0 {
        true => Mtime { seconds: seconds.checked_sub(1)?, nanos: Some(1_000_000_000 - nanos) },
        false => Mtime { seconds, nanos: Some(nanos).filter(|&nanos| nanos > 0) },
    })
}

fn text(mut bytes: Vec<u8>) -> Vec<u8> {
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    bytes
}

/// The first part of a path, and the rest.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().position(|&byte| byte == b'/') {
        Some(at) => (&path[..at], path[at + 1..].trim_suffix_slashes()),
        None => (path, b""),
    }
}

fn last(path: &[u8]) -> &[u8] {
    path.trim_suffix_slashes().rsplit(|&byte| byte == b'/').next().unwrap_or_default()
}

trait TrimSlashes {
    fn trim_suffix_slashes(&self) -> &[u8];
}

impl TrimSlashes for [u8] {
    fn trim_suffix_slashes(&self) -> &[u8] {
        let end = self.iter().rposition(|&byte| byte != b'/').map_or(0, |at| at + 1);
        &self[..end]
    }
}

/// A short content in one piece.
fn content(archive: &mut dyn Read, size: u64) -> Result<Vec<u8>> {
    if size > NAME_BYTES_MAX {
        return Err(Error::new("archive/tar: header field too long"));
    }
    let mut out = Vec::new();
    copy(archive, size, &mut |piece| {
        out.extend_from_slice(piece);
        Ok(())
    })?;
    pad(archive, size)?;
    Ok(out)
}

fn skip(archive: &mut dyn Read, size: u64) -> Result<()> {
    copy(archive, size, &mut |_| Ok(()))?;
    pad(archive, size)
}

fn copy(
    archive: &mut dyn Read,
    mut left: u64,
    take: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut buffer = vec![0; PIECE_BYTES.min(usize::try_from(left).unwrap_or(PIECE_BYTES))];
    while left > 0 {
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(PIECE_BYTES));
        let count = match archive.read(&mut buffer[..wanted])? {
            0 => return Err(Error::new("unexpected EOF")),
            count => count,
        };
        take(&buffer[..count])?;
        left -= count as u64;
    }
    Ok(())
}

/// Reads over the zeros that fill the last block of a content.
fn pad(archive: &mut dyn Read, size: u64) -> Result<()> {
    let over = size % BLOCK_BYTES as u64;
    if over == 0 { Ok(()) } else { copy(archive, BLOCK_BYTES as u64 - over, &mut |_| Ok(())) }
}

/// Fills the block; false when the archive ends before it.
fn fill(archive: &mut dyn Read, block: &mut [u8]) -> Result<bool> {
    let mut filled = 0;
    while filled < block.len() {
        match archive.read(&mut block[filled..])? {
            0 if filled == 0 => return Ok(false),
            0 => return Err(Error::new("unexpected EOF")),
            count => filled += count,
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tar::Builder;

    fn archive(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for (name, kind, content) in entries {
            let mut header = Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(0o755);
            header.set_mtime(5);
            // As a stranger writes it: the crate's own setters refuse dangerous names.
            let field = &mut header.as_old_mut().name;
            field[..name.len()].copy_from_slice(name.as_bytes());
            if *kind == EntryType::Symlink {
                header.as_old_mut().linkname[..content.len()].copy_from_slice(content.as_bytes());
                header.set_size(0);
                header.set_cksum();
                builder.append(&header, io::empty()).expect("an entry");
            } else {
                header.set_size(content.len() as u64);
                header.set_cksum();
                builder.append(&header, content.as_bytes()).expect("an entry");
            }
        }
        builder.into_inner().expect("an archive")
    }

    #[test]
    fn trees_are_written() {
        let folder = tempfile::tempdir().expect("a directory");
        let target = folder.path().join("out");
        let bytes = archive(&[
            ("r", EntryType::Directory, ""),
            ("r/a", EntryType::Regular, "content"),
            ("r/l", EntryType::Symlink, "a"),
            ("r/d", EntryType::Directory, ""),
            ("r/d/e", EntryType::Regular, ""),
        ]);
        unpack(&mut bytes.as_slice(), &target).expect("unpacked");
        assert_eq!(std::fs::read(target.join("l")).expect("a link to a file"), b"content");
        assert_eq!(std::fs::read(target.join("d/e")).expect("a file"), b"");
        let time = target.join("d").metadata().and_then(|meta| meta.modified()).expect("a time");
        assert_eq!(time, std::time::UNIX_EPOCH + std::time::Duration::from_secs(5));
    }

    #[test]
    fn nothing_gets_out_of_the_target() {
        for entries in [
            &[("r", EntryType::Directory, ""), ("r/../../x", EntryType::Regular, "")][..],
            &[
                ("r", EntryType::Directory, ""),
                ("r/l", EntryType::Symlink, ".."),
                ("r/l/x", EntryType::Regular, ""),
            ],
            &[("r", EntryType::Directory, ""), ("x", EntryType::Regular, "")],
            &[("r", EntryType::Directory, ""), ("r/h", EntryType::Link, "")],
            &[("r", EntryType::Directory, ""), ("r/h", EntryType::Fifo, "")],
        ] {
            let folder = tempfile::tempdir().expect("a directory");
            let bytes = archive(entries);
            let result = unpack(&mut bytes.as_slice(), &folder.path().join("out"));
            assert!(result.is_err(), "{}", entries[entries.len() - 1].0);
            let found = std::fs::read_dir(folder.path()).expect("a directory").count();
            assert_eq!(found, 1);
        }
    }

    #[test]
    fn broken_archives_are_errors() {
        let folder = tempfile::tempdir().expect("a directory");
        let whole = archive(&[("r", EntryType::Regular, "some content")]);
        for length in [100, 512, 520, 600] {
            let target = folder.path().join("out");
            let result = unpack(&mut &whole[..length], &target);
            assert!(result.is_err(), "{length}");
            assert!(!target.exists());
        }
        let mut changed = whole;
        changed[0] ^= 1;
        assert!(unpack(&mut changed.as_slice(), &folder.path().join("out")).is_err());
    }

    #[test]
    fn times_may_have_fractions() {
        let shown = |text| time(text).map(|time| (time.seconds, time.nanos));
        assert_eq!(shown("12.5"), Some((12, Some(500_000_000))));
        assert_eq!(shown("12"), Some((12, None)));
        assert_eq!(shown("-1.25"), Some((-2, Some(750_000_000))));
        assert_eq!(shown("x"), None);
    }
}
