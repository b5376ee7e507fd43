//! Spec: spec/data/git-raw.md
//!
//! Values to objects.

use super::Error;
use crate::cid::hash;
use crate::ipld::{Node, Text, WrongKind};
use crate::quote::quoted;
use std::fmt::Write;

/// Encodes a value: bytes are a blob with its header, a map of entries with `mode` and `hash` is a
/// tree, other maps are tags or commits by their first key.
// spec: git-raw.kind-of-value
pub fn encode(node: &Node) -> Result<Vec<u8>, Error> {
    match node {
        Node::Bytes(blob) => Ok(blob.to_vec()),
        Node::Map(map) if map.is_empty() => Err(Error::Empty),
        Node::Map(map) if map.iter().all(|(_, entry)| is_tree_entry(entry)) => tree(map),
        Node::Map(map) => match map[0].0.as_bytes() {
            b"object" | b"type" | b"tag" | b"tagger" | b"text" => tag(node),
            _ => commit(map).map_err(|error| Error::NotCommit(Box::new(error))),
        },
        other => Err(Error::Kind(go_type(other))),
    }
}

fn go_type(node: &Node) -> &'static str {
    match node {
        Node::Null => "datamodel.nullPrototype",
        Node::Bool(_) => "basicnode.Prototype__Bool",
        Node::Int(_) => "basicnode.Prototype__Int",
        Node::Float(_) => "basicnode.Prototype__Float",
        Node::String(_) => "basicnode.Prototype__String",
        Node::List(_) => "basicnode.Prototype__List",
        Node::Link(_) => "basicnode.Prototype__Link",
        Node::Bytes(_) | Node::Map(_) => "basicnode.Prototype__Any",
    }
}

fn is_tree_entry(node: &Node) -> bool {
    let fields = (node.get("mode"), node.get("hash"));
    let two = matches!(node, Node::Map(map) if map.len() == 2);
    two && matches!(fields, (Some(Node::String(_)), Some(Node::Link(_))))
}

fn object(kind: &str, body: Vec<u8>) -> Vec<u8> {
    let mut out = format!("{kind} {}\0", body.len()).into_bytes();
    out.extend(body);
    out
}

fn tree(map: &[(Text, Node)]) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    for (name, entry) in map {
        body.extend_from_slice(string(entry, "mode")?);
        body.push(b' ');
        body.extend_from_slice(name.as_bytes());
        body.push(0);
        body.extend_from_slice(sha1(required(entry, "hash")?)?);
    }
    Ok(object("tree", body))
}

const COMMIT_FIELDS: [&str; 9] = [
    "tree",
    "parents",
    "message",
    "author",
    "committer",
    "encoding",
    "signature",
    "mergetag",
    "other",
];

fn commit(map: &[(Text, Node)]) -> Result<Vec<u8>, Error> {
    check_fields("Commit", map, &COMMIT_FIELDS)?;
    let field = |name: &str| {
        map.iter().find(|(key, _)| *key == name).map(|(_, node)| node).filter(|node| !is_null(node))
    };
    if let Some(tree) = field("tree") {
        tree.as_link()?;
    }
    let people = [field("author"), field("committer")].map(|node| node.map(person).transpose());
    let [author, committer] = people;
    let (author, committer) = (author?, committer?);
    let needed = ["tree", "parents", "message", "mergetag", "other"];
    let missing: Vec<&str> = needed.into_iter().filter(|name| field(name).is_none()).collect();
    if !missing.is_empty() {
        return Err(Error::Missing(missing.join(",")));
    }
    let mut body = Vec::new();
    if let Some(tree) = field("tree") {
        line(&mut body, b"tree ", hex(sha1(tree)?).as_bytes());
    }
    for parent in list(field("parents"))? {
        line(&mut body, b"parent ", hex(sha1(parent)?).as_bytes());
    }
    for (prefix, person) in [(b"author ".as_slice(), author), (b"committer ", committer)] {
        if let Some(person) = person {
            line(&mut body, prefix, &person);
        }
    }
    if let Some(encoding) = field("encoding") {
        line(&mut body, b"encoding ", encoding.as_text()?.as_bytes());
    }
    for tag in list(field("mergetag"))? {
        merge_tag(tag, &mut body)?;
    }
    if let Some(signature) = field("signature") {
        body.extend_from_slice(b"gpgsig -----BEGIN PGP SIGNATURE-----\n");
        body.extend_from_slice(signature.as_text()?.as_bytes());
        body.extend_from_slice(b" -----END PGP SIGNATURE-----\n");
    }
    for other in list(field("other"))? {
        line(&mut body, b"", other.as_text()?.as_bytes());
    }
    body.push(b'\n');
    if let Some(message) = field("message") {
        body.extend_from_slice(message.as_text()?.as_bytes());
    }
    Ok(object("commit", body))
}

fn merge_tag(tag: &Node, body: &mut Vec<u8>) -> Result<(), Error> {
    line(body, b"mergetag object ", hex(sha1(required(tag, "object")?)?).as_bytes());
    line(body, b" type ", string(tag, "type")?);
    line(body, b" tag ", string(tag, "tag")?);
    line(body, b" tagger ", &person(required(tag, "tagger")?)?);
    body.extend_from_slice(b" \n");
    body.extend_from_slice(string(tag, "message")?);
    Ok(())
}

fn tag(node: &Node) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let target = required(node, "object")?;
    target.as_link()?;
    let (kind, name) = (string(node, "type")?, string(node, "tag")?);
    let message = string(node, "message")?;
    line(&mut body, b"object ", hex(sha1(target)?).as_bytes());
    line(&mut body, b"type ", kind);
    line(&mut body, b"tag ", name);
    if let Some(tagger) = node.get("tagger").filter(|node| !is_null(node)) {
        line(&mut body, b"tagger ", &person(tagger)?);
    }
    if !message.is_empty() {
        body.push(b'\n');
        body.extend_from_slice(message);
    }
    Ok(object("tag", body))
}

fn line(body: &mut Vec<u8>, prefix: &[u8], value: &[u8]) {
    body.extend_from_slice(prefix);
    body.extend_from_slice(value);
    body.push(b'\n');
}

/// `Name <address> date zone`, the last two only when they are not empty.
fn person(node: &Node) -> Result<Vec<u8>, Error> {
    const FIELDS: [&str; 4] = ["date", "timezone", "email", "name"];
    let Node::Map(map) = node else {
        let on = "ipldgit.PersonInfo.Repr";
        return Err(WrongKind { method: "AssignNode", on, kind: node.kind(), wanted: "map" }.into());
    };
    check_fields("PersonInfo", map, &FIELDS)?;
    let missing: Vec<&str> = FIELDS.into_iter().filter(|name| node.get(name).is_none()).collect();
    if !missing.is_empty() {
        return Err(Error::Missing(missing.join(",")));
    }
    let mut out = [string(node, "name")?, b" <", string(node, "email")?, b">"].concat();
    for field in ["date", "timezone"] {
        let value = string(node, field)?;
        if !value.is_empty() {
            out.push(b' ');
            out.extend_from_slice(value);
        }
    }
    Ok(out)
}

fn check_fields(what: &'static str, map: &[(Text, Node)], known: &[&str]) -> Result<(), Error> {
    match map.iter().find(|(key, _)| !known.iter().any(|name| *key == *name)) {
        Some((key, _)) => Err(Error::Field(what, quoted(key.as_bytes()))),
        None => Ok(()),
    }
}

fn required<'a>(node: &'a Node, key: &str) -> Result<&'a Node, Error> {
    node.get(key).ok_or_else(|| Error::NoKey(quoted(key.as_bytes())))
}

fn string<'a>(node: &'a Node, key: &str) -> Result<&'a [u8], Error> {
    Ok(required(node, key)?.as_text()?.as_bytes())
}

fn list(node: Option<&Node>) -> Result<&[Node], Error> {
    match node {
        None => Ok(&[]),
        Some(Node::List(list)) => Ok(list),
        Some(other) => Err(other.wrong("AssignNode", "list").into()),
    }
}

fn sha1(node: &Node) -> Result<&[u8], Error> {
    let cid = node.as_link()?;
    match cid.hash().code() == hash::SHA1 && cid.hash().digest().len() == 20 {
        true => Ok(cid.hash().digest()),
        false => Err(Error::Link(*cid)),
    }
}

fn is_null(node: &Node) -> bool {
    matches!(node, Node::Null)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a string does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}
