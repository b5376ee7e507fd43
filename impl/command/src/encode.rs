//! Spec: spec/command/encoding.md
//!
//! The encodings of `--enc`, as the reference writes them.

pub mod debug;
pub mod json;
pub mod xml;

/// An encoding of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// For people; falls back to JSON where a command has no text form.
    Text,
    /// One JSON value per line.
    Json,
    /// XML elements, one after the other.
    Xml,
    /// The value's fields in braces, and a line break.
    TextNewline,
    /// The value's fields in braces.
    OctetStream,
}

impl Encoding {
    /// The encoding with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "json" => Self::Json,
            "xml" => Self::Xml,
            "textnl" => Self::TextNewline,
            "octet-stream" => Self::OctetStream,
            _ => return None,
        })
    }
}

/// Text in double quotes with the reference's escapes (`%q`).
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        push_escaped(&mut out, letter, Some('"'));
    }
    out.push('"');
    out
}

/// Names for the terminal: what can't be printed is escaped, so that a hostile name can't drive it.
pub fn escape_name(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        push_escaped(&mut out, letter, None);
    }
    out
}

fn push_escaped(out: &mut String, letter: char, quote: Option<char>) {
    match letter {
        '\\' if quote.is_some() => out.push_str("\\\\"),
        _ if Some(letter) == quote => {
            out.push('\\');
            out.push(letter);
        }
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        ' ' => out.push(' '),
        _ if letter < ' ' || letter == '\u{7f}' => {
            out.push_str(&format!("\\x{:02x}", u32::from(letter)));
        }
        _ if is_printable(letter) => out.push(letter),
        _ if u32::from(letter) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
        _ => out.push_str(&format!("\\U{:08x}", u32::from(letter))),
    }
}

/// Letters, marks, numbers, punctuation and symbols; not controls, other spaces, formats or private
/// use.
fn is_printable(letter: char) -> bool {
    let code = u32::from(letter);
    !(letter.is_control()
        || letter.is_whitespace()
        || code == 0xad
        || (0x200b..=0x200f).contains(&code)
        || (0x2028..=0x202e).contains(&code)
        || (0x2060..=0x206f).contains(&code)
        || code == 0xfeff
        || (0xe000..=0xf8ff).contains(&code)
        || (0xfff0..=0xfffb).contains(&code)
        || code & 0xfffe == 0xfffe
        || code >= 0xe_0000 && !(0xe_0100..=0xe_01ef).contains(&code))
}
