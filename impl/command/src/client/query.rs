//! Spec: spec/command/delegation.md
//!
//! A call of a command as path and query of a URL.

use crate::options::Value;
use crate::request::Request;
use std::fmt::Write;

/// Options that mean something in this process only.
const LOCAL_OPTIONS: &[&str] =
    &["api", "api-auth", "repo-dir", "config", "debug", "help", "h", "encoding"];

/// The path and the query of the call.
// spec: delegation.query
pub(super) fn target(request: &Request) -> String {
    let mut out = format!("/api/v0/{}", request.path.join("/"));
    let mut pairs: Vec<(&str, String)> =
        vec![("encoding", "json".to_owned()), ("stream-channels", "true".to_owned())];
    for (name, value) in &request.options {
        if !request.is_given(name) || LOCAL_OPTIONS.contains(name) {
            continue;
        }
        match value {
            Value::Bool(value) => pairs.push((name, value.to_string())),
            Value::Int(value) => pairs.push((name, value.to_string())),
            Value::Uint(value) => pairs.push((name, value.to_string())),
            Value::String(value) => pairs.push((name, value.clone())),
            Value::Strings(values) => {
                pairs.extend(values.iter().map(|value| (*name, value.clone())));
            }
        }
    }
    pairs.extend(request.arguments.iter().map(|value| ("arg", value.clone())));
    for (at, (name, value)) in pairs.iter().enumerate() {
        let mark = if at == 0 { '?' } else { '&' };
        let _ = write!(out, "{mark}{name}={}", escape(value.as_bytes()));
    }
    out
}

/// Percent-encodes all but letters, digits and `-_.~`; a space becomes `+`.
// spec: delegation.escapes
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(byte.into());
            }
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_forms() {
        assert_eq!(escape(b"/ipfs/a b+c\xff~"), "%2Fipfs%2Fa+b%2Bc%FF~");
    }
}
