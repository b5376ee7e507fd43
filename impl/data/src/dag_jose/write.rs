//! Spec: spec/data/dag-jose.md
//!
//! Values to blocks. The flattened form, with one signature or recipient, becomes the general form.

use super::{Error, FieldKind, JWE, JWS, Schema};
use crate::ipld::{Node, Text, WrongKind};
use crate::multibase;
use crate::quote::quoted;
use crate::{cbor, cid, json};

/// Largest integer up to which all are exact as doubles.
const EXACT_MAX: i128 = 1 << 53;

/// Encodes a value: with a ciphertext a JWE, else with a payload a JWS.
// spec: dag-jose.general-form
pub fn encode(node: &Node) -> Result<Vec<u8>, Error> {
    if !matches!(node, Node::Map(_)) {
        return Err(node.wrong("LookupByString", "map").into());
    }
    let map = if node.get("ciphertext").is_some() {
        jwe(node)?
    } else if node.get("payload").is_some() {
        jws(node)?
    } else {
        return Err(Error::NotJose);
    };
    Ok(cbor::encode_with(&Node::Map(map), cbor::Links::Refused, cbor::MapOrder::LengthFirst)?)
}

type Entries = Vec<(Text, Node)>;

fn jwe(node: &Node) -> Result<Entries, Error> {
    let mut out = Entries::new();
    node.get("ciphertext").map(Node::as_text).transpose()?;
    match node.get("recipients") {
        None => {
            let one = flattened(node, &["encrypted_key", "header"])?;
            if !one.is_empty() {
                out.push(("recipients".into(), Node::List(vec![Node::Map(one)])));
            }
        }
        Some(recipients) => {
            refuse(node, &["encrypted_key", "header"], "JWE")?;
            let list = objects(recipients)?;
            // An empty object says nothing; the reference drops the list for it.
            // spec: dag-jose.empty-recipients
            if list.iter().any(|recipient| !matches!(recipient, Node::Map(map) if map.is_empty())) {
                out.push(("recipients".into(), Node::List(list)));
            }
        }
    }
    for field in ["ciphertext", "aad", "iv", "protected", "tag"] {
        if let Some(value) = node.get(field) {
            out.push((field.into(), Node::String(value.as_text()?.clone())));
        }
    }
    if let Some(header) = node.get("unprotected") {
        out.push(("unprotected".into(), json_object(header)?));
    }
    stored(&Node::Map(out), &JWE)
}

// spec: dag-jose.payload-cid
fn jws(node: &Node) -> Result<Entries, Error> {
    let payload = match node.get("payload") {
        Some(payload) => payload.as_text()?,
        None => return Err(Error::Missing("payload")),
    };
    cid::parse_bytes(&[b"u", payload.as_bytes()].concat()).map_err(Error::Payload)?;
    let mut out = vec![("payload".into(), Node::String(payload.clone()))];
    let signatures = match node.get("signatures") {
        None => vec![Node::Map(flattened(node, &["header", "protected", "signature"])?)],
        Some(signatures) => {
            refuse(node, &["header", "protected", "signature"], "JWS")?;
            objects(signatures)?
        }
    };
    out.push(("signatures".into(), Node::List(signatures)));
    stored(&Node::Map(out), &JWS)
}

fn flattened(node: &Node, fields: &[&str]) -> Result<Entries, Error> {
    let mut out = Entries::new();
    for field in fields {
        match node.get(field) {
            None => {}
            Some(header) if *field == "header" => out.push(("header".into(), json_object(header)?)),
            Some(text) => out.push(((*field).into(), Node::String(text.as_text()?.clone()))),
        }
    }
    Ok(out)
}

fn refuse(node: &Node, fields: &[&str], what: &'static str) -> Result<(), Error> {
    match fields.iter().any(|field| node.get(field).is_some()) {
        true => Err(Error::Serialization(what)),
        false => Ok(()),
    }
}

const OBJECT: &str = "map[string]interface {}";

fn json_object(node: &Node) -> Result<Node, Error> {
    match node {
        Node::Map(_) => through_json(node),
        other => Err(shape(other, OBJECT)),
    }
}

fn objects(node: &Node) -> Result<Vec<Node>, Error> {
    let Node::List(list) = node else { return Err(shape(node, "[]map[string]interface {}")) };
    list.iter().map(json_object).collect()
}

fn shape(node: &Node, wanted: &'static str) -> Error {
    match node {
        Node::Link(_) => json::Error::LinkRefused.into(),
        Node::Bytes(_) => json::Error::BytesRefused.into(),
        Node::Map(_) => Error::Shape("object", wanted),
        Node::List(_) => Error::Shape("array", wanted),
        Node::String(_) => Error::Shape("string", wanted),
        Node::Bool(_) => Error::Shape("bool", wanted),
        Node::Null => Error::Header("AssignNull"),
        Node::Int(_) | Node::Float(_) => Error::Shape("number", wanted),
    }
}

/// Numbers as they come out of JSON: whole and below a million they are integers, else floats.
// spec: dag-jose.header-numbers
fn through_json(node: &Node) -> Result<Node, Error> {
    Ok(match node {
        Node::Link(_) => return Err(json::Error::LinkRefused.into()),
        Node::Bytes(_) => return Err(json::Error::BytesRefused.into()),
        Node::Int(value) if i64::try_from(*value).is_err() => {
            return Err(json::Error::UnsignedRange.into());
        }
        Node::Int(value) if value.abs() < 1_000_000 || value.abs() > EXACT_MAX => node.clone(),
        Node::Int(value) => Node::Float(*value as f64),
        Node::Float(value) if value.fract() == 0.0 && value.abs() < 1e6 => {
            Node::Int(*value as i128)
        }
        Node::List(list) => Node::List(list.iter().map(through_json).collect::<Result<_, _>>()?),
        Node::Map(map) => {
            let entry = |(key, node): &(Text, Node)| Ok((key.clone(), through_json(node)?));
            Node::Map(map.iter().map(entry).collect::<Result<_, Error>>()?)
        }
        other => other.clone(),
    })
}

/// The object as it is stored: bytes for base64url.
fn stored(node: &Node, schema: &'static Schema) -> Result<Entries, Error> {
    let Node::Map(map) = node else { return Err(shape(node, OBJECT)) };
    let mut out = Entries::new();
    let mut sorted: Vec<_> = map.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (key, value) in sorted {
        let field = schema.fields.iter().find(|(name, _)| *key == *name);
        let (_, kind) =
            field.ok_or_else(|| Error::Field(encoded(schema), quoted(key.as_bytes())))?;
        let value = match (kind, value) {
            (FieldKind::Base64, Node::String(text)) => {
                let prefixed = [b"u", text.as_bytes()].concat();
                Node::Bytes(multibase::decode(&prefixed)?.1.into())
            }
            (FieldKind::Base64, Node::Null) => {
                let on = "dagjose.Raw";
                let kind = "bytes";
                return Err(WrongKind { method: "AssignNull", on, kind, wanted: "null" }.into());
            }
            (FieldKind::Base64, other) => return Err(other.wrong("AsBytes", "bytes").into()),
            (FieldKind::List(schema), Node::List(list)) => {
                let object = |node| stored(node, schema).map(Node::Map);
                Node::List(list.iter().map(object).collect::<Result<_, _>>()?)
            }
            (FieldKind::Header, header) => {
                super::read::check_header(header)?;
                header.clone()
            }
            (_, other) => return Err(other.wrong("AssignNode", "list").into()),
        };
        out.push((key.clone(), value));
    }
    match schema.required.is_empty() || out.iter().any(|(key, _)| *key == schema.required) {
        true => Ok(out),
        false => Err(Error::Missing(schema.required)),
    }
}

fn encoded(schema: &Schema) -> &'static str {
    match schema.name {
        "JWE" => "EncodedJWE",
        "JWS" => "EncodedJWS",
        "Recipient" => "EncodedRecipient",
        _ => "EncodedSignature",
    }
}
