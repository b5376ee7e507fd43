//! Spec: spec/data/multicodec.md
//!
//! Names of codes. The table is the registry at the version that the reference uses.

/// `CODE NAME TAG` a line, ascending.
const TABLE: &str = include_str!("multicodec.txt");

/// Codes for private use, which need no name.
const PRIVATE: std::ops::RangeInclusive<u64> = 0x30_0000..=0x3f_ffff;

/// Codecs that the reference reads and writes, by code.
// spec: multicodec.supported
pub const SUPPORTED: [u64; 9] = [0x51, 0x55, 0x70, 0x71, 0x72, 0x78, 0x85, 0x129, 0x200];

/// A text that is neither a name nor a number in the table; quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown multicodec: {0}")]
pub struct Unknown(String);

fn rows() -> impl Iterator<Item = (u64, &'static str, &'static str)> {
    TABLE.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let code = u64::from_str_radix(fields.next()?.strip_prefix("0x")?, 16).ok()?;
        Some((code, fields.next()?, fields.next()?))
    })
}

/// The name of a code; `Code(N)` for a code without one.
pub fn name(code: u64) -> String {
    match known_name(code) {
        Some(name) => name.to_owned(),
        None => format!("Code({})", code as i64),
    }
}

/// The name of a code.
pub fn known_name(code: u64) -> Option<&'static str> {
    rows().find(|row| row.0 == code).map(|row| row.1)
}

/// The code that a text names: by name, or by number - decimal, or with the prefix `0x`, `0o` or
/// `0b`, or octal with a leading zero - which must be in the table or reserved for private use.
// spec: multicodec.parse
pub fn parse(text: &str) -> Result<u64, Unknown> {
    if let Some(code) = number(text)
        && (PRIVATE.contains(&code) || known_name(code).is_some())
    {
        return Ok(code);
    }
    rows()
        .find(|row| row.1 == text)
        .map(|row| row.0)
        .ok_or_else(|| Unknown(crate::quote::quoted(text.as_bytes())))
}

/// Codes of all IPLD codecs in the registry, ascending.
pub fn ipld_codecs() -> impl Iterator<Item = (u64, &'static str)> {
    rows().filter(|row| row.2 == "ipld").map(|row| (row.0, row.1))
}

/// A number as the reference's flags take it. Underscores may stand between digits and after the
/// base prefix.
fn number(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    let separated = radix != 10;
    let misplaced = |digits: &str| {
        (digits.starts_with('_') && !separated) || digits.ends_with('_') || digits.contains("__")
    };
    if digits.starts_with('+') || misplaced(digits) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        for text in ["dag-pb", "112", "0x70", "0X70", "0160", "0o160", "0b1110000", "0x_70"] {
            assert_eq!(parse(text), Ok(0x70), "{text}");
        }
        for text in ["", "dag_pb", "+112", "1__12", "_112", "0xdeadbeefdead", "DAG-PB"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(parse("0x300001"), Ok(0x30_0001));
        assert_eq!(parse("no\"").unwrap_err().to_string(), r#"unknown multicodec: "no\"""#);
        assert_eq!(name(0x0129), "dag-json");
        assert_eq!(name(0x7777_7777), "Code(2004318071)");
    }

    #[test]
    fn table_is_complete_and_ascending() {
        assert_eq!(rows().count(), TABLE.lines().count());
        assert!(rows().zip(rows().skip(1)).all(|(a, b)| a.0 < b.0));
        assert_eq!(ipld_codecs().count(), 44);
        assert!(SUPPORTED.iter().all(|&code| ipld_codecs().any(|row| row.0 == code)));
    }
}
