//! Spec: spec/repo/config.md
//!
//! Checks the types of all known keys and brings a configuration into the form that the reference
//! would write: known keys only, in order, those at their default left out where it does so.

use super::tables::{COMPOSED_ROUTER, CONFIG, DHT_ROUTER, HTTP_ROUTER};
use super::{Field, Struct, Type, target};
use crate::config::json;
use crate::config::tree::kind;
use crate::config::value::{duration_text, parse_bytes, parse_duration};
use ipfs_data::key::PeerId;
use serde_json::{Map, Value, json};

// spec: config.decode
/// The normal form of a whole configuration. The error is the reference's text.
pub(in crate::config) fn normalize(map: &Map<String, Value>) -> Result<Value, String> {
    let mut decoder = Decoder { context: Vec::new(), place: "", saved: None };
    let value = decoder.object(&CONFIG, map)?;
    match decoder.saved {
        Some(text) => Err(text),
        None => Ok(value),
    }
}

/// A mismatch of types that a decoder of its own noticed; where it happened is added outside.
struct Mismatch {
    value: String,
    field: String,
    wanted: String,
}

enum Failure {
    Text(String),
    Mismatch(Mismatch),
}

type Decoded = Result<Value, Failure>;

fn mismatch(value: &Value, wanted: &str) -> Failure {
    Failure::Mismatch(Mismatch {
        value: kind(value).to_owned(),
        field: String::new(),
        wanted: wanted.to_owned(),
    })
}

fn text(text: impl Into<String>) -> Failure {
    Failure::Text(text.into())
}

struct Decoder {
    /// Keys on the way to the value.
    context: Vec<&'static str>,
    /// Name of the innermost object with known keys.
    place: &'static str,
    /// The first mismatch; decoding goes on after it, as the reference does.
    saved: Option<String>,
}

impl Decoder {
    fn object(
        &mut self,
        known: &'static Struct,
        map: &Map<String, Value>,
    ) -> Result<Value, String> {
        let mut values: Vec<Option<Value>> = known.fields.iter().map(empty).collect();
        for (key, value) in map {
            let Some(field) = known.field(key) else { continue };
            let outer = std::mem::replace(&mut self.place, known.name);
            self.context.push(field.name);
            let decoded = self.value(field.kind, value)?;
            self.context.pop();
            self.place = outer;
            let index = known.fields.iter().position(|other| std::ptr::eq(other, field));
            if let Some(slot) = index.and_then(|index| values.get_mut(index)) {
                *slot = if field.omitted_when_empty && is_empty(field.kind, &decoded) {
                    None
                } else {
                    Some(decoded)
                };
            }
        }
        let fields = known.fields.iter().zip(values);
        Ok(fields
            .filter_map(|(field, value)| Some((field.name.to_owned(), value?)))
            .collect::<Map<String, Value>>()
            .into())
    }

    fn describe(&self, mismatch: &Mismatch) -> String {
        let mut path = self.context.join(".");
        if !mismatch.field.is_empty() {
            path = format!("{path}.{}", mismatch.field);
        }
        format!(
            "json: cannot unmarshal {} into Go struct field {}.{path} of type {}",
            mismatch.value, self.place, mismatch.wanted
        )
    }

    /// Notes a mismatch and goes on with the default.
    fn mismatched(&mut self, value: String, kind: Type) -> Value {
        let found = Mismatch { value, field: String::new(), wanted: type_name(kind) };
        let text = self.describe(&found);
        self.saved.get_or_insert(text);
        default(kind)
    }

    fn value(&mut self, kind: Type, value: &Value) -> Result<Value, String> {
        match (kind, value) {
            (Type::Pointer(_) | Type::Any | Type::Raw, Value::Null) => Ok(Value::Null),
            (Type::Pointer(inner), value) => self.value(*inner, value),
            (Type::Any | Type::Raw, value) => Ok(json::sorted(value)),
            (Type::List(inner), Value::Array(items)) => {
                items.iter().map(|item| self.value(*inner, item)).collect()
            }
            (Type::Map(inner), Value::Object(map)) => {
                let mut entries: Map<String, Value> = Map::new();
                for (key, value) in map {
                    entries.insert(key.clone(), self.value(*inner, value)?);
                }
                Ok(json_sorted_keys(entries))
            }
            (Type::Struct(known), Value::Object(map)) => self.object(known, map),
            (Type::Struct(known), Value::Null) => self.object(known, &Map::new()),
            (Type::Bool, Value::Bool(_)) | (Type::Text, Value::String(_)) => Ok(value.clone()),
            (Type::Integer(_), Value::Number(number)) if number.is_i64() => Ok(value.clone()),
            (Type::Integer(_), Value::Number(number)) => {
                let literal = format!("number {}", json::number(number));
                Ok(self.mismatched(literal, kind))
            }
            (
                Type::Bool | Type::Text | Type::Integer(_) | Type::List(_) | Type::Map(_),
                Value::Null,
            ) => Ok(default(kind)),
            (
                Type::Bool
                | Type::Text
                | Type::Integer(_)
                | Type::List(_)
                | Type::Map(_)
                | Type::Struct(_),
                other,
            ) => Ok(self.mismatched(super::super::tree::kind(other).to_owned(), kind)),
            (Type::ServiceMode, other) => self.service_mode(kind, other),
            (custom, other) => decode_custom(custom, other).map_err(|failure| match failure {
                Failure::Text(text) => text,
                Failure::Mismatch(mismatch) => self.describe(&mismatch),
            }),
        }
    }

    fn service_mode(&mut self, kind: Type, value: &Value) -> Result<Value, String> {
        match value {
            Value::Null => Ok(json!("")),
            Value::String(mode) => match mode.as_str() {
                "" | "enabled" | "disabled" | "legacy-v1" => Ok(value.clone()),
                other => Err(format!("unknown autonat mode: {other}")),
            },
            other => Ok(self.mismatched(super::super::tree::kind(other).to_owned(), kind)),
        }
    }
}

fn json_sorted_keys(map: Map<String, Value>) -> Value {
    let mut entries: Vec<_> = map.into_iter().collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.into_iter().collect::<Map<_, _>>().into()
}

/// What a field holds when its key is absent; nothing when it is left out then.
fn empty(field: &Field) -> Option<Value> {
    (!field.omitted_when_empty).then(|| default(field.kind))
}

fn default(kind: Type) -> Value {
    match kind {
        Type::Bool => json!(false),
        Type::Integer(_) => json!(0),
        Type::Text | Type::ServiceMode => json!(""),
        Type::Duration => json!("0s"),
        Type::Struct(known) => known
            .fields
            .iter()
            .filter_map(|field| Some((field.name.to_owned(), empty(field)?)))
            .collect::<Map<_, _>>()
            .into(),
        _ => Value::Null,
    }
}

fn is_empty(kind: Type, value: &Value) -> bool {
    match (kind, value) {
        (Type::Flag | Type::Priority, value) => value.is_null(),
        (Type::Removed { .. }, _) => true,
        (Type::Struct(_), _) => false,
        (Type::Map(_), Value::Object(map)) => map.is_empty(),
        // A pointer is present as soon as it leads somewhere.
        (Type::Pointer(_) | Type::Any | Type::Raw, value) => value.is_null(),
        (_, Value::Bool(value)) => !value,
        (_, Value::Number(number)) => number.as_i64() == Some(0),
        (_, Value::String(text)) => text.is_empty(),
        (_, Value::Array(items)) => items.is_empty(),
        (_, value) => value.is_null(),
    }
}

fn decode_custom(kind: Type, value: &Value) -> Decoded {
    match kind {
        Type::Texts => texts(value),
        Type::Flag => match value {
            Value::Null | Value::Bool(_) => Ok(value.clone()),
            other => Err(text(format!(
                "failed to unmarshal {:?} into a flag: must be null/undefined, true, or false",
                json::compact(other)
            ))),
        },
        Type::Priority => priority(value),
        Type::OptionalInteger => match value {
            Value::Null => Ok(Value::Null),
            Value::Number(number) if number.is_i64() => Ok(value.clone()),
            Value::Number(number) => Err(Failure::Mismatch(Mismatch {
                value: format!("number {}", json::number(number)),
                field: String::new(),
                wanted: "int64".to_owned(),
            })),
            other => Err(mismatch(other, "int64")),
        },
        Type::OptionalText => match value {
            Value::Null | Value::String(_) => Ok(value.clone()),
            other => Err(mismatch(other, "string")),
        },
        Type::OptionalDuration => optional_duration(value),
        Type::OptionalBytes => optional_bytes(value),
        Type::Duration => duration(value),
        Type::Removed { text: reason, accepts_false } => match value {
            Value::Object(map) if map.is_empty() => Ok(Value::Null),
            Value::Bool(false) if accepts_false => Ok(Value::Null),
            _ => Err(text(reason)),
        },
        Type::AddressInfo => address_info(value),
        Type::Router => router(value),
        _ => Ok(value.clone()),
    }
}

fn texts(value: &Value) -> Decoded {
    match value {
        Value::Array(items) => {
            let mut list = Vec::with_capacity(items.len());
            for item in items {
                match item {
                    Value::String(_) => list.push(item.clone()),
                    Value::Null => list.push(json!("")),
                    other => return Err(mismatch(other, "string")),
                }
            }
            // One is written as plain text, none as null.
            Ok(match list.len() {
                0 => Value::Null,
                1 => list.remove(0),
                _ => Value::Array(list),
            })
        }
        Value::String(text) if text.is_empty() => Ok(Value::Null),
        Value::String(_) | Value::Null => Ok(value.clone()),
        other => Err(mismatch(other, "string")),
    }
}

fn priority(value: &Value) -> Decoded {
    match value {
        Value::Null | Value::Bool(false) => Ok(value.clone()),
        Value::Bool(true) => Err(text("'true' is not a valid priority")),
        Value::Number(number) => match number.as_i64() {
            Some(priority) if priority > 0 => Ok(value.clone()),
            Some(priority) => Err(text(format!("priority must be positive: {priority} <= 0"))),
            None => Err(Failure::Mismatch(Mismatch {
                value: format!("number {}", json::number(number)),
                field: String::new(),
                wanted: "int64".to_owned(),
            })),
        },
        other => Err(mismatch(other, "int64")),
    }
}

fn optional_duration(value: &Value) -> Decoded {
    let raw = match value {
        Value::Null => return Ok(Value::Null),
        Value::String(text) => text.clone(),
        other => json::compact(other),
    };
    if ["", "null", "default"].contains(&raw.as_str()) {
        return Ok(Value::Null);
    }
    parse_duration(&raw).map(|value| json!(duration_text(value))).map_err(Failure::Text)
}

fn optional_bytes(value: &Value) -> Decoded {
    let wrong = |kind: &str| {
        Err(text(format!(
            "unable to parse byte size, expected a size string (e.g., \"5GiB\") or a number, but \
             got {kind}"
        )))
    };
    match value {
        Value::Null => Ok(Value::Null),
        Value::String(size) => {
            parse_bytes(size).map_err(Failure::Text)?;
            Ok(value.clone())
        }
        Value::Number(number) => Ok(json!(format!("{:.0}", number.as_f64().unwrap_or(0.0)))),
        Value::Bool(_) => wrong("bool"),
        Value::Array(_) => wrong("[]interface {}"),
        Value::Object(_) => wrong("map[string]interface {}"),
    }
}

fn duration(value: &Value) -> Decoded {
    let wrong = |kind: &str| {
        Err(text(format!(
            "unable to parse duration, expected a duration string or a float, but got {kind}"
        )))
    };
    match value {
        Value::String(duration) => {
            parse_duration(duration).map(|value| json!(duration_text(value))).map_err(Failure::Text)
        }
        Value::Number(number) => Ok(json!(duration_text(number.as_f64().unwrap_or(0.0) as i64))),
        Value::Null => wrong("<nil>"),
        Value::Bool(_) => wrong("bool"),
        Value::Array(_) => wrong("[]interface {}"),
        Value::Object(_) => wrong("map[string]interface {}"),
    }
}

fn address_info(value: &Value) -> Decoded {
    let map = match value {
        Value::Null => return Ok(json!({"ID": "", "Addrs": []})),
        Value::Object(map) => map,
        other => return Err(mismatch(other, "peer.addrInfoJson")),
    };
    let in_field = |field: &str, value: &Value, wanted: &str| {
        Failure::Mismatch(Mismatch {
            value: kind(value).to_owned(),
            field: field.to_owned(),
            wanted: wanted.to_owned(),
        })
    };
    let id = match map.get("ID") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(id)) => {
            PeerId::parse(id).map_err(|error| text(error.to_string()))?.to_string()
        }
        Some(other) => return Err(in_field("ID", other, "string")),
    };
    let addresses = match map.get("Addrs") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.clone(),
        Some(other) => return Err(in_field("Addrs", other, "[]string")),
    };
    for address in &addresses {
        match address.as_str() {
            Some(address) if address.len() > 1 && address.starts_with('/') => {}
            Some("" | "/") => return Err(text("empty multiaddr")),
            Some(other) => {
                return Err(text(format!(
                    "failed to parse multiaddr {other:?}: must begin with /"
                )));
            }
            None => return Err(in_field("Addrs", address, "string")),
        }
    }
    Ok(json!({"ID": id, "Addrs": addresses}))
}

fn router(value: &Value) -> Decoded {
    let map = match value {
        Value::Object(map) => map,
        other => return Err(mismatch(other, "config.Router")),
    };
    let kind = map.get("Type").and_then(Value::as_str).unwrap_or("");
    let Some(parameters) = map.get("Parameters") else {
        return Err(text("unexpected end of JSON input"));
    };
    let known: &'static Struct = match kind {
        "http" => &HTTP_ROUTER,
        "dht" => &DHT_ROUTER,
        "sequential" | "parallel" => &COMPOSED_ROUTER,
        _ => return Ok(json!({"Type": kind, "Parameters": json::sorted(parameters)})),
    };
    let mut decoder = Decoder { context: Vec::new(), place: known.name, saved: None };
    let parameters = decoder.value(Type::Struct(known), parameters).map_err(Failure::Text)?;
    match decoder.saved {
        Some(saved) => Err(text(saved)),
        None => Ok(json!({"Type": kind, "Parameters": parameters})),
    }
}

/// The name of a type in error texts.
fn type_name(kind: Type) -> String {
    match target(kind) {
        Type::Bool => "bool".to_owned(),
        Type::Integer(name) => name.to_owned(),
        Type::Text => "string".to_owned(),
        Type::Texts => "config.Strings".to_owned(),
        Type::Flag => "config.Flag".to_owned(),
        Type::Priority => "config.Priority".to_owned(),
        Type::ServiceMode => "config.AutoNATServiceMode".to_owned(),
        Type::AddressInfo => "peer.AddrInfo".to_owned(),
        Type::Any => "interface {}".to_owned(),
        Type::List(inner) => format!("[]{}", type_name(*inner)),
        Type::Map(inner) => {
            let star = if matches!(inner, Type::Pointer(_)) { "*" } else { "" };
            format!("map[string]{star}{}", type_name(*inner))
        }
        Type::Struct(Struct { name: "", fields }) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| {
                    let name = type_name(field.kind);
                    format!("{} {name} \"json:\\\",omitempty\\\"\"", field.name)
                })
                .collect();
            format!("struct {{ {} }}", fields.join("; "))
        }
        Type::Struct(known) => format!("config.{}", known.name),
        other => format!("{other:?}"),
    }
}
