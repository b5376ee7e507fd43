//! Spec: spec/data/dag-pb.md
//!
//! dag-pb nodes as values of the data model.

use super::{Link, Node};
use crate::ipld::{self, Text, WrongKind};
use crate::quote::quoted;

/// How absent fields appear in the data model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// They are left out, as when a block is converted to another codec.
    Omitted,
    /// They are null, as when a stored block is shown.
    Null,
}

/// Why a value is not a dag-pb node. The texts are those that clients of the reference see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// A field of the wrong kind.
    #[error(transparent)]
    Kind(#[from] WrongKind),
    /// A field that does not exist; its name is quoted.
    #[error("invalid key for map dagpb.{0}: {1}: no such field")]
    Field(&'static str, String),
    /// No links, or a link without target.
    #[error("missing required fields: {0}")]
    Missing(&'static str),
    /// A negative size.
    #[error("Link has negative Tsize value [{0}]")]
    NegativeSize(i128),
    /// A size above 2^63-1.
    #[error("unsigned integer out of range of int64 type")]
    Size,
}

/// The value of a node.
// spec: dag-pb.model
pub fn to_ipld(node: &Node, absent: Absent) -> ipld::Node {
    let links =
        ipld::Node::List(node.links.iter().map(|link| link_to_ipld(link, absent)).collect());
    let mut map = vec![("Links".into(), links)];
    push(&mut map, "Data", node.data.clone().map(ipld::Node::Bytes), absent);
    ipld::Node::Map(map)
}

fn link_to_ipld(link: &Link, absent: Absent) -> ipld::Node {
    let name = link.name.clone().map(|name| ipld::Node::String(Text::from_bytes(name)));
    // The reference holds sizes as signed numbers.
    let size = link.tsize.map(|size| ipld::Node::Int((size as i64).into()));
    let mut map = vec![("Hash".into(), ipld::Node::Link(link.cid.into()))];
    push(&mut map, "Name", name, absent);
    push(&mut map, "Tsize", size, absent);
    ipld::Node::Map(map)
}

fn push(map: &mut Vec<(Text, ipld::Node)>, key: &str, value: Option<ipld::Node>, absent: Absent) {
    match (value, absent) {
        (Some(value), _) => map.push((key.into(), value)),
        (None, Absent::Null) => map.push((key.into(), ipld::Node::Null)),
        (None, Absent::Omitted) => {}
    }
}

/// The node that a value describes. Null stands for absent where a field is optional.
// spec: dag-pb.model-strict
pub fn from_ipld(value: &ipld::Node) -> Result<Node, ModelError> {
    let mut node = Node::default();
    let mut links = None;
    for (key, value) in entries(value, "dagpb.PBNode")? {
        match key.as_bytes() {
            b"Data" if *value == ipld::Node::Null => {}
            b"Data" => node.data = Some(value.as_bytes()?.clone()),
            b"Links" => links = Some(links_from_ipld(value)?),
            other => return Err(ModelError::Field("PBNode", quoted(other))),
        }
    }
    node.links = links.ok_or(ModelError::Missing("Links"))?;
    Ok(node)
}

fn links_from_ipld(value: &ipld::Node) -> Result<Vec<Link>, ModelError> {
    match value {
        ipld::Node::List(list) => list.iter().map(link_from_ipld).collect(),
        ipld::Node::Null => Err(null("dagpb.PBLinks", "list").into()),
        other => Err(assign(other, "dagpb.PBLinks", "list").into()),
    }
}

fn link_from_ipld(value: &ipld::Node) -> Result<Link, ModelError> {
    let (mut cid, mut name, mut tsize) = (None, None, None);
    for (key, value) in entries(value, "dagpb.PBLink")? {
        match (key.as_bytes(), value) {
            (b"Hash", ipld::Node::Null) => return Err(null("dagpb.Link", "link").into()),
            (b"Hash", value) => cid = Some(*value.as_link()?),
            (b"Name" | b"Tsize", ipld::Node::Null) => {}
            (b"Name", value) => name = Some(value.as_text()?.clone().into_bytes()),
            (b"Tsize", value) => tsize = Some(size(value.as_int()?)?),
            (other, _) => return Err(ModelError::Field("PBLink", quoted(other))),
        }
    }
    Ok(Link { cid: cid.ok_or(ModelError::Missing("Hash"))?, name, tsize })
}

fn size(value: i128) -> Result<u64, ModelError> {
    match value {
        value if value < 0 => Err(ModelError::NegativeSize(value)),
        value => i64::try_from(value).map(|size| size as u64).map_err(|_| ModelError::Size),
    }
}

fn entries<'a>(
    value: &'a ipld::Node,
    on: &'static str,
) -> Result<&'a [(Text, ipld::Node)], WrongKind> {
    match value {
        ipld::Node::Map(map) => Ok(map),
        ipld::Node::Null => Err(null(on, "map")),
        other => Err(assign(other, on, "map")),
    }
}

fn assign(value: &ipld::Node, on: &'static str, wanted: &'static str) -> WrongKind {
    WrongKind { method: "AssignNode", on, kind: value.kind(), wanted }
}

fn null(on: &'static str, kind: &'static str) -> WrongKind {
    WrongKind { method: "AssignNull", on, kind, wanted: "null" }
}
