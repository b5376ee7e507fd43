//! Spec: spec/command/encoding.md
//!
//! XML as the reference writes it: one element per field, lists as repeated elements.

use serde_json::Value;
use std::io::{self, Write};

/// Writes one value as an element called `name`.
///
/// # Errors
/// What the writer returns; a map without fixed fields has no XML form.
pub fn write(name: &str, value: &Value, out: &mut dyn Write) -> io::Result<()> {
    match value {
        Value::Null => Ok(()),
        Value::Array(items) => items.iter().try_for_each(|item| write(name, item, out)),
        Value::Object(fields) => {
            write!(out, "<{name}>")?;
            for (field, value) in fields {
                write(&capitalised(field), value, out)?;
            }
            write!(out, "</{name}>")
        }
        Value::String(text) => write!(out, "<{name}>{}</{name}>", escape(text)),
        Value::Bool(_) | Value::Number(_) => write!(out, "<{name}>{value}</{name}>"),
    }
}

/// The reference names elements by its fields, which all begin with a capital letter.
fn capitalised(field: &str) -> String {
    let mut letters = field.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            _ if letter < ' ' => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    out
}
