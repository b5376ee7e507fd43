//! Spec: spec/command/encoding.md
//!
//! JSON as the reference writes it: no spaces, `<`, `>`, `&` and the two Unicode line separators
//! escaped, floats without a trailing `.0`.

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter};
use std::io::{self, Write};

/// Writes one value, without a line break.
///
/// # Errors
/// What the writer returns, or a value that JSON can't hold.
// spec: encoding.json-escapes
pub fn write<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, Compact);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// Writes one value over several lines, indented.
///
/// # Errors
/// As [`write`].
pub fn write_indented<T: Serialize + ?Sized>(
    value: &T,
    indent: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let formatter = Indented(serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes()));
    let mut serializer = serde_json::Serializer::with_formatter(out, formatter);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// The reference's text of a finite float.
pub fn float_text(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => {
                format!("{digits}e+{exponent}")
            }
            _ => text,
        };
    }
    format!("{value}")
}

fn float32_text(value: f32) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        return float_text(f64::from(value));
    }
    format!("{value}")
}

fn string_fragment<W: Write + ?Sized>(out: &mut W, fragment: &str) -> io::Result<()> {
    let mut start = 0;
    for (at, letter) in fragment.char_indices() {
        let escape = match letter {
            '<' => "\\u003c",
            '>' => "\\u003e",
            '&' => "\\u0026",
            '\u{2028}' => "\\u2028",
            '\u{2029}' => "\\u2029",
            '\u{7f}' => continue,
            _ => continue,
        };
        out.write_all(&fragment.as_bytes()[start..at])?;
        out.write_all(escape.as_bytes())?;
        start = at + letter.len_utf8();
    }
    out.write_all(&fragment.as_bytes()[start..])
}

struct Compact;

impl Formatter for Compact {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        string_fragment(out, text)
    }

    fn write_f64<W: Write + ?Sized>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        out.write_all(float_text(value).as_bytes())
    }

    fn write_f32<W: Write + ?Sized>(&mut self, out: &mut W, value: f32) -> io::Result<()> {
        out.write_all(float32_text(value).as_bytes())
    }
}

struct Indented<'a>(serde_json::ser::PrettyFormatter<'a>);

impl Formatter for Indented<'_> {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        string_fragment(out, text)
    }

    fn write_char_escape<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(out, escape)
    }

    fn write_f64<W: Write + ?Sized>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        out.write_all(float_text(value).as_bytes())
    }

    fn write_f32<W: Write + ?Sized>(&mut self, out: &mut W, value: f32) -> io::Result<()> {
        out.write_all(float32_text(value).as_bytes())
    }

    fn begin_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_floats() {
        let mut out = Vec::new();
        write(&serde_json::json!({"a": "<&>\u{2028}", "b": 1.0, "c": 1e21, "d": 1e-7}), &mut out)
            .unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"a":"\u003c\u0026\u003e\u2028","b":1,"c":1e+21,"d":1e-7}"#
        );
    }
}
