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

/// Text in double quotes with the reference's escapes.
pub fn quote(text: &str) -> String {
    ipfs_data::quote::quoted(text.as_bytes())
}

/// Names for the terminal: what can't be printed is escaped, so that a hostile name can't drive it.
// spec: cli.names-escaped
pub fn escape_name(name: &[u8]) -> String {
    let quoted = ipfs_data::quote::quoted(name);
    let inner = &quoted[1..quoted.len() - 1];
    inner.replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_escaped() {
        assert_eq!(escape_name(b"a \"b\""), "a \"b\"");
        assert_eq!(escape_name(b"a\x1b[2J\n"), "a\\x1b[2J\\n");
        assert_eq!(escape_name(b"a\\b"), "a\\\\b");
        assert_eq!(escape_name("\u{e4}".as_bytes()), "\u{e4}");
    }
}
