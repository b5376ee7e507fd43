//! Spec: spec/gateway/path-gateway.md
//!
//! `Range`: which bytes of some content a client wants.

/// Ranges of one request beyond which all of the content is sent instead.
pub const RANGES_MAX: usize = 16;

/// Why ranges can't be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The header makes no sense.
    #[error("invalid range")]
    Invalid,
    /// All ranges lie behind the end.
    #[error("invalid range: failed to overlap")]
    NoOverlap,
}

/// A range as it stands in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spec {
    /// From an offset to another, both included; without the second to the end.
    From(u64, Option<u64>),
    /// So many bytes at the end.
    Last(u64),
}

/// A part of some content: offset and length, both in bytes; the length is never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Offset of the first byte.
    pub start: u64,
    /// Number of bytes.
    pub bytes: u64,
}

impl Part {
    /// The value of `Content-Range` in content of this size.
    pub fn content_range(self, size: u64) -> String {
        format!("bytes {}-{}/{size}", self.start, self.start + self.bytes - 1)
    }
}

/// Reads the header.
///
/// # Errors
/// [`Error::Invalid`] for anything but ranges of bytes.
// spec: path-gateway.range-invalid
pub fn parse(header: &str) -> Result<Vec<Spec>, Error> {
    let list = header.strip_prefix("bytes=").ok_or(Error::Invalid)?;
    let mut specs = Vec::new();
    for item in list.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let (first, last) = item.split_once('-').ok_or(Error::Invalid)?;
        let (first, last) = (first.trim(), last.trim());
        specs.push(match (first, last) {
            ("", last) => Spec::Last(number(last)?),
            (first, "") => Spec::From(number(first)?, None),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                if first > last {
                    return Err(Error::Invalid);
                }
                Spec::From(first, Some(last))
            }
        });
    }
    Ok(specs)
}

/// Digits only; what does not fit is as good as the end.
fn number(text: &str) -> Result<u64, Error> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::Invalid);
    }
    text.parse::<i64>().map(i64::cast_unsigned).map_err(|_| Error::Invalid)
}

/// The parts of content of a size that ranges name; empty when all of it is to be sent: for no
/// ranges, too many, or ranges that together are more than all.
///
/// # Errors
/// [`Error::NoOverlap`] when nothing of what is wanted exists.
// spec: path-gateway.ranges-max
pub fn resolve(specs: &[Spec], size: u64) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::new();
    for spec in specs {
        match *spec {
            Spec::Last(bytes) => {
                let bytes = bytes.min(size);
                if bytes > 0 {
                    parts.push(Part { start: size - bytes, bytes });
                }
            }
            Spec::From(start, last) if start < size => {
                let last = last.unwrap_or(u64::MAX).min(size - 1);
                parts.push(Part { start, bytes: last - start + 1 });
            }
            Spec::From(..) => {}
        }
    }
    if parts.is_empty() && !specs.is_empty() && size > 0 {
        return Err(Error::NoOverlap);
    }
    let total = parts.iter().fold(0u64, |sum, part| sum.saturating_add(part.bytes));
    if parts.len() > RANGES_MAX || total > size {
        parts.clear();
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(header: &str, size: u64) -> Result<Vec<(u64, u64)>, Error> {
        let parts = resolve(&parse(header)?, size)?;
        Ok(parts.iter().map(|part| (part.start, part.bytes)).collect())
    }

    #[test]
    fn ranges_are_cut_to_the_content() {
        assert_eq!(parts("bytes=0-4", 13), Ok(vec![(0, 5)]));
        assert_eq!(parts("bytes=6-", 13), Ok(vec![(6, 7)]));
        assert_eq!(parts("bytes=-3", 13), Ok(vec![(10, 3)]));
        assert_eq!(parts("bytes=-30", 13), Ok(vec![(0, 13)]));
        assert_eq!(parts("bytes=5-1000, 0-0", 13), Ok(vec![(5, 8), (0, 1)]));
        assert_eq!(parts("bytes=0-1,100-200", 13), Ok(vec![(0, 2)]));
        assert_eq!(parts("bytes=", 13), Ok(vec![]));
    }

    #[test]
    fn refusals() {
        for header in [
            "items=0-1",
            "bytes=abc",
            "bytes=4-2",
            "bytes=-",
            "bytes=--1",
            "bytes=+1-2",
            "bytes=1",
            "bytes=1-2-3",
            "bytes=99999999999999999999-",
            "bytes=-1-2",
            "bytes=0x1-2",
        ] {
            assert_eq!(parts(header, 13), Err(Error::Invalid), "{header}");
        }
        assert_eq!(parts("bytes=100-200", 13), Err(Error::NoOverlap));
        assert_eq!(parts("bytes=-0", 13), Err(Error::NoOverlap));
        assert_eq!(parts("bytes=0-1", 0), Ok(vec![]), "an empty file has no ranges");
    }

    #[test]
    fn abuse_gets_the_whole() {
        let many = format!("bytes={}", vec!["0-0"; RANGES_MAX + 1].join(","));
        assert_eq!(parts(&many, 1000), Ok(vec![]));
        assert_eq!(parts("bytes=0-,0-", 10), Ok(vec![]));
    }
}
