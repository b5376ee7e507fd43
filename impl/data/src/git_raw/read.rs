//! Spec: spec/data/git-raw.md
//!
//! Objects to values.

use super::{Error, link, text};
use crate::ipld::{Node, Text};
use crate::multibase;
use crate::quote::quoted;
use bytes::Bytes;
use std::collections::HashSet;

/// Decodes an object. Optional fields that are absent are null.
// spec: git-raw.model
pub fn decode(block: &Bytes) -> Result<Node, Error> {
    let space = block.iter().position(|&byte| byte == b' ').ok_or(Error::UnexpectedEnd)?;
    let kind = &block[..space];
    if !matches!(kind, b"blob" | b"tree" | b"commit" | b"tag") {
        return Err(Error::Type(quoted(kind)));
    }
    let rest = &block[space + 1..];
    let nul = rest.iter().position(|&byte| byte == 0).ok_or(Error::End)?;
    let size = std::str::from_utf8(&rest[..nul]).ok().and_then(|text| text.parse::<u64>().ok());
    let size = match (kind, size) {
        (b"tag", None) => 0,
        (_, None) => return Err(Error::Size(quoted(&rest[..nul]))),
        (_, Some(size)) => size,
    };
    let body = &rest[nul + 1..];
    match kind {
        b"blob" => blob(block, body.len() as u64, size),
        b"tree" => tree(body),
        b"commit" => commit(body),
        _ => tag(body),
    }
}

/// A blob keeps its header: the value is the whole block.
// spec: git-raw.blob
fn blob(block: &Bytes, length: u64, size: u64) -> Result<Node, Error> {
    match length.cmp(&size) {
        std::cmp::Ordering::Less if length == 0 => Err(Error::End),
        std::cmp::Ordering::Less => Err(Error::UnexpectedEnd),
        std::cmp::Ordering::Greater => Err(Error::BlobSize),
        std::cmp::Ordering::Equal => Ok(Node::Bytes(block.clone())),
    }
}

// spec: git-raw.tree
fn tree(mut rest: &[u8]) -> Result<Node, Error> {
    let mut map = Vec::new();
    let mut seen = HashSet::new();
    while !rest.is_empty() {
        let mode = until(&mut rest, b' ')?;
        let name = until(&mut rest, 0)?;
        let (hash, after) = rest.split_at_checked(20).ok_or(Error::UnexpectedEnd)?;
        rest = after;
        if !seen.insert(name) {
            return Err(Error::DuplicateName(quoted(name)));
        }
        let entry = vec![("mode".into(), text(mode)), ("hash".into(), link(hash)?)];
        map.push((Text::from_bytes(name.to_vec()), Node::Map(entry)));
    }
    Ok(Node::Map(map))
}

fn until<'a>(rest: &mut &'a [u8], end: u8) -> Result<&'a [u8], Error> {
    let at = rest.iter().position(|&byte| byte == end).ok_or(Error::UnexpectedEnd)?;
    let found = &rest[..at];
    *rest = &rest[at + 1..];
    Ok(found)
}

/// The next line without its end; `None` after the last.
fn next_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    if rest.is_empty() {
        return None;
    }
    let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
    let line = &rest[..end];
    *rest = rest.get(end + 1..).unwrap_or_default();
    Some(line)
}

#[derive(Default)]
struct Commit {
    tree: Option<Node>,
    parents: Vec<Node>,
    message: Vec<u8>,
    author: Option<Node>,
    committer: Option<Node>,
    encoding: Option<Node>,
    signature: Option<Node>,
    mergetag: Vec<Node>,
    other: Vec<Node>,
}

// spec: git-raw.commit
fn commit(mut rest: &[u8]) -> Result<Node, Error> {
    let mut commit = Commit::default();
    while let Some(line) = next_line(&mut rest) {
        let mut pending = Some(line);
        while let Some(line) = pending.take() {
            pending = commit.line(line, &mut rest)?;
        }
    }
    let optional = |node: Option<Node>| node.unwrap_or(Node::Null);
    Ok(Node::Map(vec![
        ("tree".into(), commit.tree.ok_or(Error::NoField("commit", "tree"))?),
        ("parents".into(), Node::List(commit.parents)),
        ("message".into(), text(&commit.message)),
        ("author".into(), optional(commit.author)),
        ("committer".into(), optional(commit.committer)),
        ("encoding".into(), optional(commit.encoding)),
        ("signature".into(), optional(commit.signature)),
        ("mergetag".into(), Node::List(commit.mergetag)),
        ("other".into(), Node::List(commit.other)),
    ]))
}

impl Commit {
    /// Takes one line of the header; gives back a line that was read ahead.
    fn line<'a>(&mut self, line: &'a [u8], rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, Error> {
        if line.is_empty() {
            self.message = std::mem::take(rest).to_vec();
        } else if let Some(hash) = line.strip_prefix(b"tree ") {
            self.tree = Some(hex_link(hash)?);
        } else if let Some(hash) = line.strip_prefix(b"parent ") {
            self.parents.push(hex_link(hash)?);
        } else if line.starts_with(b"author ") {
            self.author = Some(person(line)?);
        } else if line.starts_with(b"committer ") {
            self.committer = Some(person(line)?);
        } else if let Some(encoding) = line.strip_prefix(b"encoding ") {
            self.encoding = Some(text(encoding));
        } else if let Some(hash) = line.strip_prefix(b"mergetag object ") {
            let (tag, ahead) = merge_tag(hash, rest)?;
            self.mergetag.push(tag);
            return Ok(ahead);
        } else if line.starts_with(b"gpgsig ") {
            self.signature = Some(signature(rest)?);
        } else {
            self.other.push(text(line));
        }
        Ok(None)
    }
}

/// The lines of a signature between its first and its last, with their indentation.
// spec: git-raw.signature
fn signature(rest: &mut &[u8]) -> Result<Node, Error> {
    let first = next_line(rest).ok_or(Error::End)?;
    let known = [b" Version: ".as_slice(), b" Comment: "];
    if first != b" " && !known.iter().any(|prefix| first.starts_with(prefix)) {
        return Err(Error::Signature);
    }
    let mut lines = [first, b"\n"].concat();
    loop {
        match next_line(rest).ok_or(Error::End)? {
            b" -----END PGP SIGNATURE-----" => return Ok(text(&lines)),
            line => {
                lines.extend_from_slice(line);
                lines.push(b'\n');
            }
        }
    }
}

/// The tag inside a commit: lines indented by a space. Gives it and the line after it.
// spec: git-raw.mergetag
fn merge_tag<'a>(hash: &[u8], rest: &mut &'a [u8]) -> Result<(Node, Option<&'a [u8]>), Error> {
    let mut tag = Tag { object: Some(hex_link(hash)?), ..Tag::default() };
    while let Some(line) = next_line(rest) {
        if let Some(kind) = line.strip_prefix(b" type ") {
            tag.kind = kind.to_vec();
        } else if let Some(name) = line.strip_prefix(b" tag ") {
            tag.name = name.to_vec();
        } else if line.starts_with(b" tagger ") {
            tag.tagger = Some(person(&line[1..])?);
        } else if line == b" " {
            loop {
                let line = next_line(rest).ok_or(Error::End)?;
                if !line.starts_with(b" ") {
                    return Ok((tag.node()?, Some(line)));
                }
                tag.message.extend_from_slice(line);
                tag.message.push(b'\n');
            }
        } else if !line.starts_with(b" ") {
            return Ok((tag.node()?, Some(line)));
        }
    }
    Ok((tag.node()?, None))
}

#[derive(Default)]
struct Tag {
    object: Option<Node>,
    kind: Vec<u8>,
    name: Vec<u8>,
    tagger: Option<Node>,
    message: Vec<u8>,
}

impl Tag {
    fn node(self) -> Result<Node, Error> {
        let nobody = || person_node(b"", b"", b"", b"");
        Ok(Node::Map(vec![
            ("object".into(), self.object.ok_or(Error::NoField("tag", "object"))?),
            ("type".into(), text(&self.kind)),
            ("tag".into(), text(&self.name)),
            ("tagger".into(), self.tagger.unwrap_or_else(nobody)),
            ("message".into(), text(&self.message)),
        ]))
    }
}

// spec: git-raw.tag
fn tag(mut rest: &[u8]) -> Result<Node, Error> {
    let mut tag = Tag::default();
    while let Some(line) = next_line(&mut rest) {
        if line.is_empty() {
            tag.message = std::mem::take(&mut rest).to_vec();
        } else if let Some(hash) = line.strip_prefix(b"object ") {
            tag.object = Some(hex_link(hash)?);
        } else if let Some(name) = line.strip_prefix(b"tag ") {
            tag.name = name.to_vec();
        } else if line.starts_with(b"tagger ") {
            tag.tagger = Some(person(line)?);
        } else if let Some(kind) = line.strip_prefix(b"type ") {
            tag.kind = kind.to_vec();
        }
    }
    tag.node()
}

fn hex_link(hex: &[u8]) -> Result<Node, Error> {
    let (_, hash) = multibase::decode(&[b"f", hex].concat())?;
    link(&hash)
}

/// A line such as `author Name <address> date zone`; date and zone may lack.
// spec: git-raw.person
fn person(line: &[u8]) -> Result<Node, Error> {
    let parts: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
    if parts.len() < 3 {
        return Err(Error::PersonLine(quoted(line)));
    }
    let invalid = || Error::Person(quoted(line));
    let address = (1..parts.len()).find(|&at| parts[at].starts_with(b"<")).ok_or_else(invalid)?;
    let name = parts[1..address].join(&b' ');
    let leading = name.iter().take_while(|&&byte| byte == b' ').count();
    let end = (address..parts.len()).find(|&at| parts[at].ends_with(b">")).ok_or_else(invalid)?;
    let email = parts[address..=end].join(&b' ');
    let field = |at: usize| parts.get(at).copied().unwrap_or_default();
    Ok(person_node(field(end + 1), field(end + 2), &email[1..email.len() - 1], &name[leading..]))
}

fn person_node(date: &[u8], timezone: &[u8], email: &[u8], name: &[u8]) -> Node {
    Node::Map(vec![
        ("date".into(), text(date)),
        ("timezone".into(), text(timezone)),
        ("email".into(), text(email)),
        ("name".into(), text(name)),
    ])
}
