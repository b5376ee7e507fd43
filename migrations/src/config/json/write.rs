//! Spec: spec/migrations/config-file.md
//!
//! Writing JSON.

use super::Value;
use std::fmt::Write;

// spec: config-file.format
pub(super) fn indented(value: &Value) -> String {
    let mut out = String::new();
    write(value, Some(0), &mut out);
    out.push('\n');
    out
}

pub(super) fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(value, None, &mut out);
    out
}

/// `level`: how deep the value stands; `None` for no white space.
fn write(value: &Value, level: Option<usize>, out: &mut String) {
    let deeper = level.map(|level| level + 1);
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(number.text()),
        Value::String(text) => string(text, out),
        Value::Array(array) if array.is_empty() => out.push_str("[]"),
        Value::Array(array) => {
            out.push('[');
            for (index, item) in array.iter().enumerate() {
                separate(index, deeper, out);
                write(item, deeper, out);
            }
            line(level, out);
            out.push(']');
        }
        Value::Object(object) if object.is_empty() => out.push_str("{}"),
        Value::Object(object) => {
            out.push('{');
            for (index, (key, item)) in object.iter().enumerate() {
                separate(index, deeper, out);
                string(key, out);
                out.push_str(if level.is_some() { ": " } else { ":" });
                write(item, deeper, out);
            }
            line(level, out);
            out.push('}');
        }
    }
}

fn separate(index: usize, level: Option<usize>, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    line(level, out);
}

fn line(level: Option<usize>, out: &mut String) {
    if let Some(level) = level {
        out.push('\n');
        for _ in 0..level {
            out.push_str("  ");
        }
    }
}

// spec: config-file.escapes
fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", character as u32);
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
