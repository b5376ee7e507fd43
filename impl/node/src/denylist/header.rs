//! Spec: spec/gateway/denylist.md
//!
//! What may stand before the rules: a YAML mapping, ended by a line `---`.

/// Longest header, in bytes.
// spec: denylist.header-max
pub(super) const HEADER_BYTES_MAX: usize = 1 << 20;

/// Why a header is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A line that is neither `key: value` nor belongs to the one before.
    #[error("line {0} of the header is not YAML of the form \"key: value\"")]
    Syntax(usize),
    /// A version other than 1.
    #[error("unsupported denylist version")]
    Version,
}

/// What is read from a header; the rest of it is for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// The list's name.
    pub(super) name: Option<String>,
}

/// Where the header ends: its bytes and those with the closing line. Nothing if the list begins
/// with its rules.
// spec: denylist.header-end
pub(super) fn find(list: &[u8]) -> Option<(usize, usize)> {
    let head = &list[..list.len().min(HEADER_BYTES_MAX)];
    let mut start = 0;
    for line in head.split_inclusive(|&byte| byte == b'\n') {
        let end = start + line.len();
        if line.ends_with(b"\n") && line.trim_ascii_end() == b"---" {
            return Some((start, end));
        }
        start = end;
    }
    None
}

/// Reads the mapping. Only its first level matters; deeper lines, block texts and lists are passed
/// over if they are indented.
// spec: denylist.header-invalid
// spec: denylist.header-unknown-fields
pub(super) fn parse(text: &str) -> Result<Header, Error> {
    let mut header = Header::default();
    let mut has_key = false;
    for (index, line) in text.lines().enumerate() {
        let content = line.trim_end();
        if content.is_empty() || content.trim_start().starts_with('#') {
            continue;
        }
        // A list of a key may also stand at the key's own indentation.
        let continues = content.starts_with(' ') || content == "-" || content.starts_with("- ");
        if continues && has_key {
            continue;
        }
        let (key, value) = key_value(content).ok_or(Error::Syntax(index + 1))?;
        has_key = true;
        match key {
            // spec: denylist.version
            "version" => version(scalar(value).ok_or(Error::Syntax(index + 1))?)?,
            "name" => header.name = Some(scalar(value).ok_or(Error::Syntax(index + 1))?.to_owned()),
            _ => drop(scalar(value).ok_or(Error::Syntax(index + 1))?),
        }
    }
    Ok(header)
}

fn key_value(line: &str) -> Option<(&str, &str)> {
    let (key, value) = match line.strip_suffix(':') {
        Some(key) if !key.contains(": ") => (key, ""),
        _ => line.split_once(": ")?,
    };
    let key = key.trim_end();
    let plain = |c: char| !c.is_control() && !"{}[],&*!|>%@`".contains(c);
    let unquoted = scalar(key)?;
    (!unquoted.is_empty() && key.chars().all(plain)).then_some((unquoted, value))
}

/// A value without quotes and without the comment behind it. Nothing if a quote or bracket isn't
/// closed, or a plain text is ambiguous.
fn scalar(value: &str) -> Option<&str> {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            let end = rest.rfind(quote)?;
            let behind = rest[end + 1..].trim();
            return (behind.is_empty() || behind.starts_with('#')).then_some(&rest[..end]);
        }
    }
    let value = value.split(" #").next().unwrap_or_default().trim_end();
    for (open, close) in [('{', '}'), ('[', ']')] {
        if value.starts_with(open) {
            return value.ends_with(close).then_some(value);
        }
    }
    let broken = value.contains(": ") || value.starts_with(['@', '`', '%', '}', ']', ',']);
    (!broken).then_some(value)
}

fn version(value: &str) -> Result<(), Error> {
    match value {
        "" | "0" | "1" | "~" | "null" => Ok(()),
        _ => Err(Error::Version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example() {
        let text = "version: 1\nname: Example IPFSCorp blocking list\ndescription: \"A collection\"\n\
                    author: abuse@example.com # us\nhints:\n  hint: value\n  hint2: value2\n\
                    custom: [a, b]\nlist:\n- a\n- b: c\ntext: |\n  many\n  lines: here\n";
        let header = parse(text).unwrap();
        assert_eq!(header.name.as_deref(), Some("Example IPFSCorp blocking list"));
        assert_eq!(parse("").unwrap(), Header::default());
    }

    #[test]
    fn what_is_no_header() {
        for broken in ["name", "name: \"x", "a: b: c", "\tname: x", "k: [a"] {
            assert!(matches!(parse(broken), Err(Error::Syntax(1))), "{broken}");
        }
        for version in ["2", "-1", "one"] {
            assert_eq!(parse(&format!("version: {version}")), Err(Error::Version));
        }
    }

    #[test]
    fn the_end_is_a_line_of_its_own() {
        assert_eq!(find(b"name: x\n---\n/ipfs/x\n"), Some((8, 12)));
        assert_eq!(find(b"---\r\nx"), Some((0, 5)));
        assert_eq!(find(b"/ipfs/x\n# --- \n"), None);
        assert_eq!(find(b"x\n---"), None);
        let late = [vec![b'\n'; HEADER_BYTES_MAX - 3], b"---\n".to_vec()].concat();
        assert_eq!(find(&late), None);
        assert_eq!(find(&late[1..]), Some((HEADER_BYTES_MAX - 4, HEADER_BYTES_MAX)));
    }
}
