//! Spec: spec/command/rpc.md
//!
//! File arguments, and text arguments line by line, from the parts of a request's body.

use super::multipart::{PartHead, Parts};
use super::query::decode;
use crate::files::{DirectoryNode, Entries, Entry, FileNode, Input, Meta, Node, SymlinkNode};
use crate::table::Command;
use bytes::Bytes;
use http::{HeaderMap, header};
use ipfs_node::http::body;
use std::io::{self, Read};
use std::sync::{Arc, Mutex};

/// Longest target of a symbolic link, in bytes.
const TARGET_BYTES_MAX: u64 = 64 << 10;

/// The boundary of a multipart body; `None` when the body is something else and doesn't count.
// spec: rpc.body-kind
pub(super) fn boundary(headers: &HeaderMap) -> Result<Option<String>, String> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let Some((media, parameters)) = kind.and_then(media_type) else { return Ok(None) };
    if media != "multipart/form-data" {
        return Ok(None);
    }
    match parameters.into_iter().find(|(name, _)| name == "boundary") {
        Some((_, boundary)) if Parts::is_boundary(&boundary) => Ok(Some(boundary)),
        _ => Err("no multipart boundary param in Content-Type".to_owned()),
    }
}

/// What a body means for a command: files, or lines that are text arguments.
pub(super) fn arguments(
    command: &Command,
    body: body::Reader,
    boundary: Option<String>,
) -> (Option<Input>, Option<Box<dyn Read + Send>>) {
    let Some(boundary) = boundary else { return (None, None) };
    let shared = Arc::new(Mutex::new(Walker { parts: Parts::new(body, &boundary), head: None }));
    let entries = children("/".to_owned(), shared);
    let last = command.arguments.last();
    if last.is_some_and(|arg| arg.stdin && !arg.file) {
        return (None, Some(Box::new(Lines { entries, current: None })));
    }
    (Some(Input::Stream(entries)), None)
}

/// The parts, with one that was looked at and not taken.
struct Walker {
    parts: Parts,
    head: Option<(PartHead, String)>,
}

type Shared = Arc<Mutex<Walker>>;

impl Walker {
    /// The next part and its cleaned name, left in place.
    fn peek(&mut self) -> io::Result<Option<&(PartHead, String)>> {
        if self.head.is_none() {
            let Some(head) = self.parts.next()? else { return Ok(None) };
            let Some(name) = file_name(&head) else { return Ok(None) };
            self.head = Some((head, name));
        }
        Ok(self.head.as_ref())
    }
}

fn lock(shared: &Shared) -> std::sync::MutexGuard<'_, Walker> {
    shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// What lies directly below a directory, until a part comes that doesn't.
// spec: rpc.part-depth, rpc.part-order, rpc.part-names, rpc.part-reopened, rpc.part-many
fn children(directory: String, shared: Shared) -> Entries {
    let mut last: Option<String> = None;
    let mut ended = false;
    Box::new(std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let next = next_child(&directory, &shared, &mut last).transpose();
        ended = !matches!(next, Some(Ok(_)));
        next
    }))
}

fn next_child(
    directory: &str,
    shared: &Shared,
    last: &mut Option<String>,
) -> io::Result<Option<Entry>> {
    let mut walker = lock(shared);
    loop {
        let Some((_, name)) = walker.peek()? else { return Ok(None) };
        let Some(relative) = below(name, directory) else { return Ok(None) };
        // Inside a directory that was given out already, and not read.
        if last.as_deref().is_some_and(|last| below(name, &join(directory, last)).is_some()) {
            walker.head = None;
            continue;
        }
        let relative = relative.to_owned();
        if let Some((first, _)) = relative.split_once('/') {
            *last = Some(first.to_owned());
            let entries = children(join(directory, first), shared.clone());
            let node = DirectoryNode::from_entries(entries, Meta::default());
            return Ok(Some(Entry { name: first.into(), node: Node::Directory(node) }));
        }
        let Some((head, path)) = walker.head.take() else { return Ok(None) };
        let node = node(&head, path, &mut walker, shared)?;
        // Only a directory has something inside; a file without a name is in the root as well.
        *last = matches!(node, Node::Directory(_)).then(|| relative.clone());
        return Ok(Some(Entry { name: relative.into(), node }));
    }
}

// spec: rpc.part-directory, rpc.part-symlink, rpc.part-nameless
fn node(head: &PartHead, path: String, walker: &mut Walker, shared: &Shared) -> io::Result<Node> {
    let media = match head.get("content-type").filter(|text| !text.is_empty()) {
        None => String::new(),
        Some(text) => match media_type(text) {
            Some((media, _)) => media,
            None => return Err(io::Error::other("mime: no media type")),
        },
    };
    let meta = meta(head);
    let content =
        Content { shared: shared.clone(), number: walker.parts.number(), chunk: Bytes::new() };
    Ok(match media.as_str() {
        "multipart/form-data" | "application/x-directory" => {
            Node::Directory(DirectoryNode::from_entries(children(path, shared.clone()), meta))
        }
        "application/symlink" => {
            let mut target = Vec::new();
            while let Some(bytes) = walker.parts.content()? {
                target.extend_from_slice(&bytes);
                if target.len() as u64 > TARGET_BYTES_MAX {
                    return Err(io::Error::other("target of a symbolic link is too long"));
                }
            }
            let target = std::os::unix::ffi::OsStringExt::from_vec(target);
            Node::Symlink(SymlinkNode { target, meta })
        }
        _ => {
            let mut file = FileNode::from_reader(Box::new(content));
            file.meta = meta;
            let encoded = head.get("abspath-encoded").filter(|text| !text.is_empty());
            match (
                encoded.map(|text| decode(text, true)),
                head.get("abspath").filter(|text| !text.is_empty()),
            ) {
                (Some(path), _) => file.at(path),
                (None, Some(path)) => file.at(path.to_owned()),
                (None, None) => file,
            }
            .into_node()
        }
    })
}

/// The content of one part.
struct Content {
    shared: Shared,
    number: u64,
    chunk: Bytes,
}

impl Read for Content {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        while self.chunk.is_empty() {
            let mut walker = lock(&self.shared);
            if walker.parts.number() != self.number {
                return Err(io::Error::other("a part was read after its successor"));
            }
            let Some(chunk) = walker.parts.content()? else { return Ok(0) };
            self.chunk = chunk;
        }
        let bytes = self.chunk.len().min(into.len());
        into[..bytes].copy_from_slice(&self.chunk.split_to(bytes));
        Ok(bytes)
    }
}

/// The parts as text, each ending with a line break.
struct Lines {
    entries: Entries,
    current: Option<(Box<dyn Read + Send>, bool)>,
}

impl Read for Lines {
    // spec: rpc.body-arguments
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some((reader, broken)) = &mut self.current {
                let bytes = reader.read(into)?;
                if bytes > 0 {
                    *broken = into[bytes - 1] == b'\n';
                    return Ok(bytes);
                }
                let needs_break = !*broken;
                self.current = None;
                if needs_break {
                    into[0] = b'\n';
                    return Ok(1);
                }
            }
            match self.entries.next().transpose()?.map(|entry| entry.node) {
                None => return Ok(0),
                Some(Node::File(file)) => self.current = Some((file.open()?, true)),
                Some(_) => {}
            }
        }
    }
}

/// Mode and time from the query behind the field's name.
// spec: rpc.part-metadata
fn meta(head: &PartHead) -> Meta {
    let disposition = head.get("content-disposition").and_then(media_type);
    let name = disposition
        .and_then(|(_, parameters)| parameters.into_iter().find(|(key, _)| key == "name"));
    let mut meta = Meta::default();
    let Some((_, name)) = name else { return meta };
    let Some((_, query)) = name.split_once('?') else { return meta };
    let (mut seconds, mut nanoseconds) = (None, 0);
    for pair in query.split('&') {
        let Some((key, value)) = pair.split_once('=') else { continue };
        match key {
            "mode" => meta.mode = u32::from_str_radix(value, 8).ok().map(|mode| mode & 0o7777),
            "mtime" => seconds = value.parse().ok(),
            "mtime-nsecs" => nanoseconds = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    meta.mtime = seconds.map(|seconds| (seconds, nanoseconds));
    meta
}

/// The absolute, cleaned path of a part; `None` without a disposition that can be read.
// spec: rpc.part-escapes, rpc.part-clean, rpc.part-no-disposition, rpc.part-field
fn file_name(head: &PartHead) -> Option<String> {
    let (_, parameters) = media_type(head.get("content-disposition")?)?;
    let name = parameters.into_iter().find(|(key, _)| key == "filename");
    let name = decode(&name.map(|(_, value)| value).unwrap_or_default(), true);
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}

fn join(directory: &str, name: &str) -> String {
    match directory {
        "/" => format!("/{name}"),
        _ => format!("{directory}/{name}"),
    }
}

/// The rest of a path below a directory. The root itself lies below the root, without a name.
fn below<'a>(path: &'a str, directory: &str) -> Option<&'a str> {
    match directory {
        "/" => path.strip_prefix('/'),
        _ => path.strip_prefix(directory)?.strip_prefix('/'),
    }
}

/// A media type (or disposition) in lower case and its parameters.
fn media_type(text: &str) -> Option<(String, Vec<(String, String)>)> {
    let (media, mut rest) = text.split_once(';').unwrap_or((text, ""));
    let media = media.trim().to_ascii_lowercase();
    let is_token = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"[]?=".contains(&b))
    };
    if !media.split('/').all(is_token) {
        return None;
    }
    let mut parameters = Vec::new();
    while !rest.trim().is_empty() {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        if !is_token(&name) {
            return None;
        }
        let (value, after) = value(after.trim_start())?;
        parameters.push((name, value));
        rest = after.trim_start();
        rest = if rest.is_empty() { rest } else { rest.strip_prefix(';')? };
    }
    Some((media, parameters))
}

/// A token or a quoted string, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return Some((text[..end].trim().to_owned(), &text[end..]));
    };
    let mut out = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((out, &quoted[at + 1..])),
            '\\' => match letters.next() {
                Some((_, escaped @ ('"' | '\\'))) => out.push(escaped),
                // Paths of Windows come without escapes.
                Some((_, other)) => out.extend(['\\', other]),
                None => return None,
            },
            letter => out.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_and_parameters() {
        let (media, parameters) =
            media_type("form-data; name=\"file?mode=0644\"; filename=\"a%2Fb \\\"c\\\"\"").unwrap();
        assert_eq!(media, "form-data");
        assert_eq!(parameters[0], ("name".into(), "file?mode=0644".into()));
        assert_eq!(parameters[1], ("filename".into(), "a%2Fb \"c\"".into()));
        assert!(media_type("multipart/form-data; boundary").is_none());
        assert!(media_type("; a=b").is_none() && media_type("a; b=\"c").is_none());
    }

    #[test]
    fn names_are_cleaned() {
        let head = |name: &str| {
            let line = format!("form-data; name=\"x\"; filename=\"{name}\"");
            let mut head = PartHead::default();
            head.set("content-disposition", &line);
            head
        };
        assert_eq!(file_name(&head("../../e")).unwrap(), "/e");
        assert_eq!(file_name(&head("a%2Fb+c")).unwrap(), "/a/b c");
        assert_eq!(file_name(&head("")).unwrap(), "/");
        assert_eq!(file_name(&PartHead::default()), None);
        assert_eq!(below("/", "/"), Some(""));
        assert_eq!(below("/ab/c", "/a"), None);
    }
}
