//! Spec: spec/repo/config.md
//!
//! JSON text as the reference writes it: two spaces per level, `<`, `>`, `&` and the two line
//! separators escaped, numbers as 64-bit floats.

mod syntax;

pub use syntax::syntax_error;

use serde_json::{Map, Value};

// spec: config.format
/// The indented form, without a final line feed.
pub fn indented(value: &Value) -> String {
    indented_with(value, "", "  ")
}

/// The indented form: each line after the first begins with `prefix`, then `indent` per level.
pub fn indented_with(value: &Value, prefix: &str, indent: &str) -> String {
    let mut text = String::new();
    write(&mut text, value, Some((prefix, indent)), 0);
    text
}

/// The form without white space.
pub fn compact(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, None, 0);
    text
}

// spec: config.sorted
/// The same tree with the keys of every object in ascending order.
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            let sorted_map: Map<String, Value> =
                entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            Value::Object(sorted_map)
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

fn line(text: &mut String, layout: Option<(&str, &str)>, level: usize) {
    if let Some((prefix, indent)) = layout {
        text.push('\n');
        text.push_str(prefix);
        (0..level).for_each(|_| text.push_str(indent));
    }
}

fn write(text: &mut String, value: &Value, layout: Option<(&str, &str)>, level: usize) {
    match value {
        Value::Object(map) if map.is_empty() => text.push_str("{}"),
        Value::Object(map) => {
            text.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                line(text, layout, level + 1);
                string(text, key);
                text.push_str(if layout.is_some() { ": " } else { ":" });
                write(text, value, layout, level + 1);
            }
            line(text, layout, level);
            text.push('}');
        }
        Value::Array(items) if items.is_empty() => text.push_str("[]"),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                line(text, layout, level + 1);
                write(text, item, layout, level + 1);
            }
            line(text, layout, level);
            text.push(']');
        }
        Value::String(content) => string(text, content),
        Value::Number(value) => text.push_str(&number(value)),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Null => text.push_str("null"),
    }
}

fn string(text: &mut String, content: &str) {
    text.push('"');
    for character in content.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

// spec: config.numbers
/// A number as the reference prints it: an exact integer as it is (the reference would round it
/// to a float beyond 2^53), everything else in the shortest form that reads back, with an exponent
/// below 1e-6 and from 1e21.
pub fn number(value: &serde_json::Number) -> String {
    if value.is_i64() || value.is_u64() {
        return value.to_string();
    }
    let Some(float) = value.as_f64() else { return value.to_string() };
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        // Rust prints `1e-7` and `1e21`; the reference `1e-7` (one digit) and `1e+21`.
        let text = format!("{float:e}");
        return match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => {
                format!("{digits}e+{exponent}")
            }
            _ => text,
        };
    }
    format!("{float}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn writes_like_the_reference() {
        let value = json!({"b": [1, 2.5, []], "a": {"x": "<a&b>\u{2028}\n\u{1}\""}, "c": {}});
        let expected = "{\n  \"b\": [\n    1,\n    2.5,\n    []\n  ],\n  \"a\": {\n    \
                        \"x\": \"\\u003ca\\u0026b\\u003e\\u2028\\n\\u0001\\\"\"\n  },\n  \
                        \"c\": {}\n}";
        assert_eq!(indented(&value), expected);
        assert!(compact(&sorted(&value)).starts_with("{\"a\":{\"x\":"));
    }

    #[test]
    fn numbers_keep_their_value() {
        let text = |text: &str| number(&serde_json::from_str(text).unwrap());
        assert_eq!(text("9007199254740993"), "9007199254740993");
        assert_eq!(text("1e21"), "1e+21");
        assert_eq!(text("1e20"), "100000000000000000000");
        assert_eq!(text("1e-7"), "1e-7");
        assert_eq!(text("0.000001"), "0.000001");
        assert_eq!(text("1.0"), "1");
    }
}
