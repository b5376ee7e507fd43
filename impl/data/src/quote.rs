//! Spec: spec/data/ipld.md
//!
//! Text in double quotes, as the reference's messages show it.

/// Quotes `text`, which need not be UTF-8.
pub fn quoted(text: &[u8]) -> String {
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
pub fn quoted_char(letter: char) -> String {
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
    // Behind another letter, because in front a combining mark would be escaped as well.
    let mut buffer = [b'a'; 5];
    let length = letter.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..=length]).is_ok_and(|pair| {
        matches!(letter, ' ' | '\'' | '"') || pair.escape_debug().nth(1) == Some(letter)
    })
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
            assert_eq!(quoted(text.as_bytes()), expected);
        }
    }
}
