//! Spec: spec/gateway/trustless.md
//!
//! `entity-bytes`: a range of the bytes of a file.

use ipfs_data::path::quote;
use std::num::IntErrorKind;

/// A range as it was asked for. Negative numbers count from the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte.
    pub from: i64,
    /// The last byte; none for the end of the file.
    pub to: Option<i64>,
}

/// Why a text is no range. The texts are the reference's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Not two parts.
    #[error("range must have two numbers separated with ':'")]
    Parts,
    /// Not a number; quoted.
    #[error("strconv.ParseInt: parsing {0}: invalid syntax")]
    Syntax(String),
    /// A number beyond 64 bits; quoted.
    #[error("strconv.ParseInt: parsing {0}: value out of range")]
    Size(String),
    /// Backwards, whatever the size of the file.
    #[error("cannot have an entity-bytes range where 'from' is after 'to'")]
    Backwards,
}

/// What a range means for a file of a known size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// From the first byte to the last one; `u64::MAX` stands for the end.
    Bytes(u64, u64),
    /// No byte.
    Nothing,
    /// Only bytes that the file does not have.
    Outside,
}

impl ByteRange {
    /// Reads `FROM:TO`.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        let (from, to) = text.split_once(':').ok_or(RangeError::Parts)?;
        if to.contains(':') {
            return Err(RangeError::Parts);
        }
        let from = integer(from)?;
        let to = if to == "*" { None } else { Some(integer(to)?) };
        match to {
            Some(to) if (from < 0) == (to < 0) && from > to => Err(RangeError::Backwards),
            _ => Ok(Self { from, to }),
        }
    }

    /// Whether this is the whole file, whatever its size.
    pub fn is_whole(&self) -> bool {
        self.from == 0 && self.to.is_none()
    }

    // spec: trustless.entity-bytes-partly
    // spec: trustless.entity-bytes-empty
    pub(crate) fn resolve(&self, file_bytes: u64) -> Resolved {
        let from_end = |offset: i64| i128::from(file_bytes) + i128::from(offset);
        let at = |offset: i64| if offset < 0 { from_end(offset) } else { i128::from(offset) };
        let from = at(self.from).max(0);
        let last = i128::from(file_bytes) - 1;
        let to = self.to.map_or(i128::MAX, at);
        if file_bytes == 0 {
            return Resolved::Nothing;
        }
        if from > last || to < 0 {
            return Resolved::Outside;
        }
        if to < from {
            return Resolved::Nothing;
        }
        Resolved::Bytes(from as u64, if to >= last { u64::MAX } else { to as u64 })
    }
}

fn integer(text: &str) -> Result<i64, RangeError> {
    text.parse().map_err(|error: std::num::ParseIntError| match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => RangeError::Size(quote(text)),
        _ => RangeError::Syntax(quote(text)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(ByteRange::parse("0:*"), Ok(ByteRange { from: 0, to: None }));
        assert_eq!(ByteRange::parse("499:-1000"), Ok(ByteRange { from: 499, to: Some(-1000) }));
        for text in ["", "5", "1:2:3"] {
            assert_eq!(ByteRange::parse(text), Err(RangeError::Parts));
        }
        let error = |text| ByteRange::parse(text).map_err(|error| error.to_string());
        let syntax = "strconv.ParseInt: parsing \"a\": invalid syntax";
        assert_eq!(error("a:b"), Err(syntax.to_owned()));
        assert_eq!(error("*:5"), Err(syntax.replace("\"a", "\"*")));
        assert!(error("0:99999999999999999999").unwrap_err().ends_with("value out of range"));
        assert_eq!(ByteRange::parse("5:4"), Err(RangeError::Backwards));
        assert_eq!(ByteRange::parse("-4:-5"), Err(RangeError::Backwards));
        assert!(ByteRange::parse("-4:0").is_ok());
    }

    #[test]
    fn ranges_of_ten_bytes() {
        let resolve = |text| ByteRange::parse(text).expect("a range").resolve(10);
        assert_eq!(resolve("0:*"), Resolved::Bytes(0, u64::MAX));
        assert_eq!(resolve("3:5"), Resolved::Bytes(3, 5));
        assert_eq!(resolve("3:9"), Resolved::Bytes(3, u64::MAX));
        assert_eq!(resolve("3:99"), Resolved::Bytes(3, u64::MAX));
        assert_eq!(resolve("-99:-3"), Resolved::Bytes(0, 7));
        assert_eq!(resolve("-2:*"), Resolved::Bytes(8, u64::MAX));
        assert_eq!(resolve("8:-5"), Resolved::Nothing);
        assert_eq!(resolve("-2:3"), Resolved::Nothing);
        assert_eq!(resolve("10:*"), Resolved::Outside);
        assert_eq!(resolve("0:-11"), Resolved::Outside);
        assert_eq!(ByteRange { from: 5, to: None }.resolve(0), Resolved::Nothing);
        let far = ByteRange { from: i64::MIN, to: Some(i64::MAX) };
        assert_eq!(far.resolve(u64::MAX), Resolved::Bytes(i64::MAX as u64, i64::MAX as u64));
    }
}
