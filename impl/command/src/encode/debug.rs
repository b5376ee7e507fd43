//! Spec: spec/command/encoding.md
//!
//! The form of `--enc=textnl`: the values of the fields in braces.

use serde_json::Value;

/// The text of a value.
pub fn text(value: &Value) -> String {
    match value {
        Value::Object(_) => format!("&{}", inner(value)),
        _ => inner(value),
    }
}

fn inner(value: &Value) -> String {
    match value {
        Value::Null => "[]".to_owned(),
        Value::Bool(value) => format!("%!s(bool={value})"),
        Value::Number(value) => format!("%!s(int={value})"),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inner).collect::<Vec<_>>().join(" "))
        }
        Value::Object(fields) => {
            format!("{{{}}}", fields.values().map(inner).collect::<Vec<_>>().join(" "))
        }
    }
}
