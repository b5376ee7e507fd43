//! Spec: spec/data/path.md
//!
//! Text in double quotes as the reference's messages show it (Go's `%q`).

use std::fmt::Write;

/// Puts `text` in double quotes; control characters and what a terminal can't print are escaped.
// spec: path.quote
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            '\0'..' ' | '\x7f' => {
                let _ = write!(out, "\\x{:02x}", u32::from(character));
            }
            printable if is_printable(printable) => out.push(printable),
            other if u32::from(other) <= 0xffff => {
                let _ = write!(out, "\\u{:04x}", u32::from(other));
            }
            other => {
                let _ = write!(out, "\\U{:08x}", u32::from(other));
            }
        }
    }
    out.push('"');
    out
}

fn is_printable(character: char) -> bool {
    // Not as first character of the text, where combining marks would be escaped as well.
    let mut buffer = [b'a'; 5];
    let length = character.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..=length])
        .is_ok_and(|pair| pair.escape_debug().nth(1) == Some(character) || character == '\'')
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn escapes_as_the_reference_does() {
        for (text, expected) in [
            ("plain", r#""plain""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("\0\x07\x08\t\n\x0b\x0c\r\x1b\x7f", r#""\x00\a\b\t\n\v\f\r\x1b\x7f""#),
            ("ä 日 😀 '", r#""ä 日 😀 '""#),
            ("e\u{301}", "\"e\u{301}\""),
            ("\u{301}", "\"\u{301}\""),
            ("\u{200b}\u{202e}\u{a0}\u{feff}", r#""\u200b\u202e\u00a0\ufeff""#),
            ("\u{e0001}", r#""\U000e0001""#),
        ] {
            assert_eq!(quote(text), expected);
        }
    }
}
