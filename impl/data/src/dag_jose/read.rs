//! Spec: spec/data/dag-jose.md
//!
//! Blocks to values.

use super::{Error, FieldKind, JWE, JWS, Schema};
use crate::ipld::{Node, Text, WrongKind};
use crate::multibase::{self, Base};
use crate::quote::quoted;
use crate::{cid, dag_cbor};
use bytes::Bytes;

/// Decodes a block. A JWS gets the field `link`: its payload as a link.
// spec: dag-jose.payload-link
pub fn decode(block: &Bytes) -> Result<Node, Error> {
    let node = dag_cbor::decode(block)?;
    if let Ok(jwe) = object(&node, &JWE) {
        return Ok(jwe);
    }
    let mut jws = object(&node, &JWS)?;
    if let Node::Map(map) = &mut jws
        && !map.iter().any(|(key, _)| *key == "link")
        && let Some(Node::Bytes(payload)) = node.get("payload").map(payload_bytes).transpose()?
    {
        map.insert(0, ("link".into(), Node::Link(cid::cast(&payload)?.into())));
    }
    Ok(jws)
}

fn payload_bytes(node: &Node) -> Result<Node, Error> {
    match node {
        Node::String(text) => Ok(Node::Bytes(base64(text)?)),
        other => Ok(other.clone()),
    }
}

fn base64(text: &Text) -> Result<Bytes, Error> {
    let prefixed = [b"u", text.as_bytes()].concat();
    Ok(multibase::decode(&prefixed)?.1.into())
}

/// The object in the order of its schema.
fn object(node: &Node, schema: &'static Schema) -> Result<Node, Error> {
    let Node::Map(map) = node else { return Err(wrong(node, type_name(schema), "map").into()) };
    let mut found: Vec<Option<Node>> = vec![None; schema.fields.len()];
    for (key, value) in map {
        let at = schema.fields.iter().position(|(name, _)| *key == *name);
        let at = at.ok_or_else(|| Error::Field(decoded(schema), quoted(key.as_bytes())))?;
        found[at] = Some(field(value, schema.fields[at].1)?);
    }
    let entries = schema.fields.iter().zip(found);
    let map: Vec<(Text, Node)> = entries
        .filter_map(|((name, _), value)| value.map(|value| (Text::from(*name), value)))
        .collect();
    match schema.required.is_empty() || map.iter().any(|(key, _)| *key == schema.required) {
        true => Ok(Node::Map(map)),
        false => Err(Error::Missing(schema.required)),
    }
}

fn field(value: &Node, kind: FieldKind) -> Result<Node, Error> {
    Ok(match (kind, value) {
        (FieldKind::Base64, Node::String(text)) => {
            Node::String(Text::from_bytes(text_of(&base64(text)?)))
        }
        (FieldKind::Base64, Node::Bytes(bytes)) => Node::String(Text::from_bytes(text_of(bytes))),
        (FieldKind::Base64, other) => {
            return Err(wrong(other, "dagjose.Base64Url", "string").into());
        }
        (FieldKind::Link, Node::Link(cid)) => Node::Link(cid.clone()),
        (FieldKind::Link, other) => return Err(wrong(other, "dagjose.Link", "link").into()),
        (FieldKind::List(schema), Node::List(list)) => {
            Node::List(list.iter().map(|node| object(node, schema)).collect::<Result<_, _>>()?)
        }
        (FieldKind::List(schema), other) => {
            return Err(wrong(other, list_name(schema), "list").into());
        }
        (FieldKind::Header, header) => {
            check_header(header)?;
            header.clone()
        }
    })
}

fn text_of(bytes: &[u8]) -> Vec<u8> {
    multibase::encode(Base::Base64Url, bytes).split_off(1)
}

/// Headers hold numbers, text, bytes, links, lists and maps.
// spec: dag-jose.header-kinds
pub(super) fn check_header(node: &Node) -> Result<(), Error> {
    match node {
        Node::Null => Err(Error::Header("AssignNull")),
        Node::Bool(_) => Err(Error::Header("AssignBool")),
        Node::List(list) => list.iter().try_for_each(check_header),
        Node::Map(map) => map.iter().try_for_each(|(_, node)| check_header(node)),
        _ => Ok(()),
    }
}

fn wrong(node: &Node, on: &'static str, kind: &'static str) -> WrongKind {
    let (method, wanted) = match node {
        Node::Null => ("AssignNull", "null"),
        Node::Bool(_) => ("AssignBool", "bool"),
        Node::Int(_) => ("AssignInt", "int"),
        Node::Float(_) => ("AssignFloat", "float"),
        Node::String(_) => ("AssignString", "string"),
        Node::Bytes(_) => ("AssignBytes", "bytes"),
        Node::List(_) => ("BeginList", "list"),
        Node::Map(_) => ("BeginMap", "map"),
        Node::Link(_) => ("AssignLink", "link"),
    };
    WrongKind { method, on, kind, wanted }
}

fn decoded(schema: &Schema) -> &'static str {
    match schema.name {
        "JWE" => "DecodedJWE",
        "JWS" => "DecodedJWS",
        "Recipient" => "DecodedRecipient",
        _ => "DecodedSignature",
    }
}

fn type_name(schema: &Schema) -> &'static str {
    match schema.name {
        "JWE" => "dagjose.DecodedJWE.Repr",
        "JWS" => "dagjose.DecodedJWS.Repr",
        "Recipient" => "dagjose.DecodedRecipient.Repr",
        _ => "dagjose.DecodedSignature.Repr",
    }
}

fn list_name(schema: &Schema) -> &'static str {
    match schema.name {
        "Recipient" => "dagjose.DecodedRecipients.Repr",
        _ => "dagjose.DecodedSignatures.Repr",
    }
}
