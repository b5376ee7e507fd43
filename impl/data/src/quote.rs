//! Spec: spec/data/ipld.md
//!
//! Text in double quotes, as the reference's messages show it.

/// Quotes `text`, which need not be UTF-8.
pub(crate) fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in text.utf8_chunks() {
        chunk.valid().chars().for_each(|letter| push_escaped(letter, '"', &mut out));
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push('"');
    out
}

/// Quotes one character in single quotes.
pub(crate) fn quoted_char(letter: char) -> String {
    let mut out = String::from("'");
    push_escaped(letter, '\'', &mut out);
    out.push('\'');
    out
}

fn push_escaped(letter: char, quote: char, out: &mut String) {
    let short = match letter {
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\\' => '\\',
        letter if letter == quote => letter,
        letter if letter.is_ascii_control() => {
            out.push_str(&format!("\\x{:02x}", u32::from(letter)));
            return;
        }
        letter if is_printable(letter) => {
            out.push(letter);
            return;
        }
        letter if u32::from(letter) > 0xffff => {
            out.push_str(&format!("\\U{:08x}", u32::from(letter)));
            return;
        }
        letter => {
            out.push_str(&format!("\\u{:04x}", u32::from(letter)));
            return;
        }
    };
    out.push('\\');
    out.push(short);
}

fn is_printable(letter: char) -> bool {
    letter == ' ' || letter == '\'' || letter == '"' || letter.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_is_not_printable() {
        assert_eq!(quoted(b"a\"\\\n\x01\xff\xc2\xa0\xe4"), r#""a\"\\\n\x01\xff\u00a0\xe4""#);
        assert_eq!(quoted("é🚀'".as_bytes()), "\"é🚀'\"");
        assert_eq!(quoted_char('\''), r"'\''");
    }
}
