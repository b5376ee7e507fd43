//! Spec: spec/command/delegation.md
//!
//! File arguments as the body of a request: written by a thread of its own while the answer already
//! comes in, and never more than a few pieces ahead of the connection.

use super::query::escape;
use crate::error::{Error, Result};
use crate::files::{DirectoryNode, Entries, Entry, FileNode, Meta, Node, Reader};
use bytes::{Bytes, BytesMut};
use ipfs_node::http::body::{self, Body, Writer};
use rand::RngCore;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, Read, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Bytes that are read at once.
const PIECE_BYTES: usize = 256 << 10;

/// Places of pieces that are kept for use again.
const PIECES_MAX: usize = 8;

/// Most directories inside each other.
const DEPTH_MAX: usize = 512;

/// Bits of the reference's file modes.
const MODE_DIRECTORY: u32 = 1 << 31;
const MODE_SYMLINK: u32 = 1 << 27;
const MODE_SETUID: u32 = 1 << 23;
const MODE_SETGID: u32 = 1 << 22;
const MODE_STICKY: u32 = 1 << 20;

/// What is sent.
pub(super) enum Content {
    /// File arguments.
    Files(Entries),
    /// Text arguments, one per line.
    Lines(Reader),
}

/// A body that is being written.
pub(super) struct Upload {
    /// The body.
    pub(super) body: Body,
    /// The value of its header `Content-Type`.
    pub(super) content_type: String,
    /// Why it broke off.
    pub(super) failure: Failure,
}

/// Why an upload broke off, once it did.
#[derive(Clone, Default)]
pub(super) struct Failure(Arc<Mutex<Option<Error>>>);

impl Failure {
    /// Takes the reason.
    pub(super) fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take()
    }
}

/// Starts to write. `raw_paths` is for servers that expect absolute paths unescaped.
// spec: delegation.upload-streams
pub(super) fn start(content: Content, raw_paths: bool) -> Result<Upload> {
    let (writer, body) = body::channel();
    let mut random = [0; 30];
    rand::rngs::OsRng.fill_bytes(&mut random);
    let boundary = random.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let content_type = format!("multipart/form-data; boundary={boundary}");
    let failure = Failure::default();
    let reason = failure.clone();
    let run = move || {
        let mut parts = Parts { writer, boundary, first: true, raw_paths };
        let sent = match content {
            Content::Files(entries) => parts.entries(entries),
            Content::Lines(lines) => parts.lines(lines),
        };
        let keep = |error: io::Error| {
            if error.kind() != io::ErrorKind::BrokenPipe {
                let mut slot = reason.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                *slot = Some(error.into());
            }
        };
        // The reason is known before the body breaks off, which happens as the parts are dropped.
        // A body without end: the server must not take the beginning for the whole.
        match sent {
            Ok(()) => parts.finish().unwrap_or_else(keep),
            Err(error) => {
                keep(error);
                drop(parts);
            }
        }
    };
    std::thread::Builder::new().name("upload".to_owned()).spawn(run)?;
    Ok(Upload { body, content_type, failure })
}

/// A place for the next piece: that of an old one which the connection has taken. Fresh memory
/// costs more than what is done with it.
fn room(sent: &mut VecDeque<Bytes>) -> BytesMut {
    match sent.pop_front().map(Bytes::try_into_mut) {
        Some(Ok(free)) => free,
        Some(Err(busy)) if sent.len() < PIECES_MAX => {
            sent.push_front(busy);
            BytesMut::zeroed(PIECE_BYTES)
        }
        _ => BytesMut::zeroed(PIECE_BYTES),
    }
}

struct Parts {
    writer: Writer,
    boundary: String,
    first: bool,
    raw_paths: bool,
}

impl Parts {
    fn lines(&mut self, lines: Reader) -> io::Result<()> {
        self.head(b"stdin", Meta::default(), 0, "application/octet-stream", Some(Vec::new()))?;
        self.content(lines)
    }

    /// The entries of a directory after it, depth first.
    // spec: delegation.upload-tree
    fn entries(&mut self, entries: Entries) -> io::Result<()> {
        let mut open = vec![(Vec::new(), entries)];
        while let Some((path, entries)) = open.last_mut() {
            let Some(Entry { name, node }) = entries.next().transpose()? else {
                open.pop();
                continue;
            };
            let path = join(path, name.as_bytes());
            match node {
                Node::File(file) => self.file(file, &path)?,
                Node::Symlink(link) => {
                    let meta = Meta { mode: Some(0o777), ..link.meta };
                    self.head(&path, meta, MODE_SYMLINK, "application/symlink", None)?;
                    self.writer.write_all(link.target.as_bytes())?;
                }
                Node::Directory(directory) => {
                    if open.len() >= DEPTH_MAX {
                        return Err(io::Error::other(format!(
                            "{}: directories nest deeper than {DEPTH_MAX} levels",
                            String::from_utf8_lossy(&path)
                        )));
                    }
                    let entries = self.directory(directory, &path)?;
                    open.push((path, entries));
                }
            }
        }
        Ok(())
    }

    fn directory(&mut self, directory: DirectoryNode, path: &[u8]) -> io::Result<Entries> {
        self.head(path, directory.meta, MODE_DIRECTORY, "application/x-directory", None)?;
        directory.entries()
    }

    fn file(&mut self, file: FileNode, path: &[u8]) -> io::Result<()> {
        let absolute = match (file.path(), file.url()) {
            (Some(path), _) => absolute(path)?,
            (None, Some(url)) => url.as_bytes().to_vec(),
            (None, None) => b"/dev/stdin".to_vec(),
        };
        let meta = file.meta;
        let reader = file.open()?;
        self.head(path, meta, 0, "application/octet-stream", Some(absolute))?;
        self.content(reader)
    }

    fn content(&mut self, mut reader: Reader) -> io::Result<()> {
        let mut sent: VecDeque<Bytes> = VecDeque::new();
        loop {
            let mut buffer = room(&mut sent);
            let count = match reader.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                count => count?,
            };
            if count == 0 {
                return Ok(());
            }
            let piece = buffer.freeze();
            self.writer.send(piece.slice(..count))?;
            sent.push_back(piece);
        }
    }

    /// The lines before the content of a part.
    // spec: delegation.upload-part
    fn head(
        &mut self,
        path: &[u8],
        meta: Meta,
        kind: u32,
        content_type: &str,
        absolute: Option<Vec<u8>>,
    ) -> io::Result<()> {
        let mut text = String::new();
        let line = if std::mem::take(&mut self.first) { "" } else { "\r\n" };
        let _ = write!(text, "{line}--{}\r\n", self.boundary);
        self.writer.write_all(text.as_bytes())?;
        if let Some(absolute) = absolute {
            match self.raw_paths {
                true => {
                    self.writer.write_all(b"Abspath: ")?;
                    self.writer.write_all(&absolute)?;
                }
                false => write!(self.writer, "Abspath-Encoded: {}", escape(&absolute))?,
            }
            self.writer.write_all(b"\r\n")?;
        }
        write!(
            self.writer,
            "Content-Disposition: form-data; name=\"file{}\"; filename=\"{}\"\r\n\
             Content-Type: {content_type}\r\n\r\n",
            metadata(meta, kind),
            escape(path)
        )
    }

    fn finish(mut self) -> io::Result<()> {
        let line = if self.first { "" } else { "\r\n" };
        write!(self.writer, "{line}--{}--\r\n", self.boundary)?;
        self.writer.finish(None)
    }
}

/// Mode and time as a query behind the name of the part.
// spec: delegation.upload-metadata
fn metadata(meta: Meta, kind: u32) -> String {
    let mut pairs = Vec::new();
    if let Some(mode) = meta.mode {
        let special = [(0o4000, MODE_SETUID), (0o2000, MODE_SETGID), (0o1000, MODE_STICKY)];
        let special = special.iter().filter(|(bit, _)| mode & bit != 0);
        let mode = special.fold(mode & 0o777 | kind, |mode, (_, bit)| mode | bit);
        pairs.push(format!("mode=0{mode:o}"));
    }
    if let Some((seconds, nanoseconds)) = meta.mtime {
        pairs.push(format!("mtime={seconds}"));
        if nanoseconds > 0 {
            pairs.push(format!("mtime-nsecs={nanoseconds}"));
        }
    }
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn join(path: &[u8], name: &[u8]) -> Vec<u8> {
    match (path, name) {
        (b"", name) => name.to_vec(),
        (path, b"") => path.to_vec(),
        (path, name) => [path, name].join(&b'/'),
    }
}

/// The whole path, without a look at the disk.
fn absolute(path: &Path) -> io::Result<Vec<u8>> {
    let mut out = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            part => out.push(part),
        }
    }
    Ok(out.into_os_string().into_encoded_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_a_query() {
        let meta = Meta { mode: Some(0o1755), mtime: Some((-5, 7)) };
        assert_eq!(metadata(meta, MODE_DIRECTORY), "?mode=020004000755&mtime=-5&mtime-nsecs=7");
        assert_eq!(metadata(Meta::default(), 0), "");
        let link = Meta { mode: Some(0o777), mtime: Some((1, 0)) };
        assert_eq!(metadata(link, MODE_SYMLINK), "?mode=01000000777&mtime=1");
    }
}
