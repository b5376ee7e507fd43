//! Spec: spec/repo/flatfs.md
//!
//! The functions that choose the directory of a block.

use std::fmt;

const PREFIX: &str = "/repo/flatfs/shard/";

/// Longest directory name that a function may give, in bytes.
pub(super) const WIDTH_MAX: usize = 255;

/// Which characters of the file name (without `.data`) name its directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShardFunction {
    // spec: flatfs.shard-prefix
    /// The first ones.
    Prefix(usize),
    // spec: flatfs.shard-suffix
    /// The last ones.
    Suffix(usize),
    // spec: flatfs.shard-next-to-last
    /// Those before the very last one.
    NextToLast(usize),
}

impl ShardFunction {
    /// What `init` chooses.
    pub const DEFAULT: Self = Self::NextToLast(2);

    // spec: flatfs.shard-syntax
    /// Reads the identifier of a function. The error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("empty shard identifier".to_owned());
        }
        let Some(rest) = text.strip_prefix(PREFIX) else {
            return Err(format!("invalid or no prefix in shard identifier: {text}"));
        };
        let parts: Vec<&str> = rest.split('/').collect();
        let [version, name, width] = parts[..] else {
            return Err(format!("invalid shard identifier: {rest}"));
        };
        if version != "v1" {
            return Err(format!("expected 'v1' for version string got: {version}"));
        }
        let width: usize = width.parse().map_err(|_| {
            format!("invalid parameter: strconv.Atoi: parsing {width:?}: invalid syntax")
        })?;
        if width > WIDTH_MAX {
            return Err(format!("invalid parameter: {width} is more than {WIDTH_MAX}"));
        }
        match name {
            "prefix" => Ok(Self::Prefix(width)),
            "suffix" => Ok(Self::Suffix(width)),
            "next-to-last" => Ok(Self::NextToLast(width)),
            _ => Err(format!("expected 'prefix', 'suffix' or 'next-to-last' got: {name}")),
        }
    }

    // spec: flatfs.shard-padding
    /// The directory for a file name (without `.data`): its characters, padded with `_` where the
    /// name is too short. Names are ASCII.
    pub fn directory(&self, name: &str) -> String {
        let bytes = name.as_bytes();
        let at = |index: Option<usize>| {
            index.and_then(|index| bytes.get(index)).map_or('_', |&byte| char::from(byte))
        };
        match *self {
            Self::Prefix(width) => (0..width).map(|index| at(Some(index))).collect(),
            Self::Suffix(width) => from_end(bytes.len(), width, 0).map(at).collect(),
            Self::NextToLast(width) => from_end(bytes.len(), width, 1).map(at).collect(),
        }
    }
}

/// The indices of `width` bytes before the last `skipped` ones; `None` lies before the start.
fn from_end(length: usize, width: usize, skipped: usize) -> impl Iterator<Item = Option<usize>> {
    (1..=width).rev().map(move |back| length.checked_sub(back + skipped))
}

impl fmt::Display for ShardFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, width) = match self {
            Self::Prefix(width) => ("prefix", width),
            Self::Suffix(width) => ("suffix", width),
            Self::NextToLast(width) => ("next-to-last", width),
        };
        write!(f, "{PREFIX}v1/{name}/{width}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_names_of_all_lengths() {
        let cases = [
            (ShardFunction::Prefix(3), ["___", "A__", "ABC", "ABC"]),
            (ShardFunction::Suffix(3), ["___", "__A", "ABC", "CDE"]),
            (ShardFunction::NextToLast(2), ["__", "__", "AB", "CD"]),
        ];
        for (function, expected) in cases {
            let found = ["", "A", "ABC", "ABCDE"].map(|name| function.directory(name));
            assert_eq!(found, expected, "{function}");
        }
    }

    #[test]
    fn identifiers_round_trip_and_bad_ones_are_named() {
        for text in ["prefix/5", "suffix/2", "next-to-last/2"] {
            let text = format!("/repo/flatfs/shard/v1/{text}");
            assert_eq!(ShardFunction::parse(&format!("{text}\n")).unwrap().to_string(), text);
        }
        let error = |text: &str| ShardFunction::parse(text).unwrap_err();
        assert_eq!(error(" "), "empty shard identifier");
        assert_eq!(error("v1/prefix/2"), "invalid or no prefix in shard identifier: v1/prefix/2");
        assert!(error("/repo/flatfs/shard/v2/prefix/2").contains("expected 'v1'"));
        assert!(error("/repo/flatfs/shard/v1/prefix/x").starts_with("invalid parameter"));
        assert!(error("/repo/flatfs/shard/v1/prefix/300").starts_with("invalid parameter"));
        assert!(error("/repo/flatfs/shard/v1/middle/2").starts_with("expected 'prefix'"));
        assert!(error("/repo/flatfs/shard/v1/prefix").starts_with("invalid shard identifier"));
    }
}
