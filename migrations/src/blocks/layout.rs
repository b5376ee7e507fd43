//! Spec: spec/migrations/blocks.md
//!
//! Which directory of `blocks` a block file lies in.

use std::path::{Path, PathBuf};

/// What block file names end with.
pub const EXTENSION: &str = ".data";
/// What the names of unfinished writes begin with.
const UNFINISHED: &str = "put-";
/// Widest directory name that a `SHARDING` file may ask for, in bytes.
const WIDTH_MAX: usize = 64;
/// In front of the function in a `SHARDING` file.
const IDENTIFIER: &str = "/repo/flatfs/shard/v1/";

/// Which characters of the file name (without `.data`) name its directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shard {
    /// The first ones.
    Prefix(usize),
    /// The last ones.
    Suffix(usize),
    /// Those before the very last one.
    NextToLast(usize),
}

// spec: blocks.layouts
/// Versions 2 and 3: hexadecimal names, directories of four bytes.
pub const HEX: Shard = Shard::Prefix(8);
/// Version 4: base32 names.
pub const PREFIX: Shard = Shard::Prefix(5);
/// From version 5 on: base32 names.
pub const NEXT_TO_LAST: Shard = Shard::NextToLast(2);

impl Shard {
    /// The directory of a file name (without `.data`); `_` where the name is too short.
    pub fn directory(self, name: &str) -> String {
        let bytes = name.as_bytes();
        let at = |index: Option<usize>| {
            index.and_then(|index| bytes.get(index)).map_or('_', |&byte| char::from(byte))
        };
        let back = |width: usize, skipped: usize| {
            (1..=width).rev().map(move |back| bytes.len().checked_sub(back + skipped)).map(at)
        };
        match self {
            Self::Prefix(width) => (0..width).map(Some).map(at).collect(),
            Self::Suffix(width) => back(width, 0).collect(),
            Self::NextToLast(width) => back(width, 1).collect(),
        }
    }

    /// The file of a name (without `.data`) below `root`.
    pub fn file(self, root: &Path, name: &str) -> PathBuf {
        let mut path = root.join(self.directory(name));
        path.push(format!("{name}{EXTENSION}"));
        path
    }

    /// Reads the content of a `SHARDING` file.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, width) = text.trim().strip_prefix(IDENTIFIER)?.split_once('/')?;
        let width = width.parse().ok().filter(|width| (1..=WIDTH_MAX).contains(width))?;
        match name {
            "prefix" => Some(Self::Prefix(width)),
            "suffix" => Some(Self::Suffix(width)),
            "next-to-last" => Some(Self::NextToLast(width)),
            _ => None,
        }
    }
}

/// The content of a `SHARDING` file.
impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, width) = match self {
            Self::Prefix(width) => ("prefix", width),
            Self::Suffix(width) => ("suffix", width),
            Self::NextToLast(width) => ("next-to-last", width),
        };
        writeln!(f, "{IDENTIFIER}{name}/{width}")
    }
}

/// The name of a block file without its ending; `None` for other files.
pub fn block_name(file: &str) -> Option<&str> {
    file.strip_suffix(EXTENSION).filter(|name| !name.is_empty() && !name.starts_with('.'))
}

// spec: blocks.unfinished
/// Whether a file is what a killed program of these versions left of a block that it was writing.
pub fn is_unfinished(file: &str) -> bool {
    let number = file.strip_prefix(UNFINISHED);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_cut_from_names_and_padded() {
        assert_eq!(NEXT_TO_LAST.directory("CIQFTFEEHEX3Y"), "X3");
        assert_eq!(PREFIX.directory("CIQFTFEEHEX3Y"), "CIQFT");
        assert_eq!(HEX.directory("d83220a26f"), "d83220a2");
        assert_eq!(HEX.directory("d832"), "d832____");
        assert_eq!(NEXT_TO_LAST.directory("A"), "__");
        assert_eq!(NEXT_TO_LAST.directory("AB"), "_A");
        assert_eq!(Shard::Suffix(3).directory("AB"), "_AB");
        assert_eq!(Shard::Suffix(3).directory("CIQFT3Y"), "T3Y");
        assert_eq!(PREFIX.directory("CI"), "CI___");
    }

    #[test]
    fn the_sharding_file_is_read_and_written() {
        for shard in [PREFIX, NEXT_TO_LAST, Shard::Suffix(2)] {
            assert_eq!(Shard::parse(&shard.to_string()), Some(shard));
        }
        assert_eq!(NEXT_TO_LAST.to_string(), "/repo/flatfs/shard/v1/next-to-last/2\n");
        for bad in
            ["", "prefix/5", "/repo/flatfs/shard/v1/prefix/-5", "/repo/flatfs/shard/v2/prefix/5"]
                .into_iter()
                .chain(["/repo/flatfs/shard/v1/prefix/0", "/repo/flatfs/shard/v1/prefix/65"])
        {
            assert_eq!(Shard::parse(bad), None);
        }
    }

    #[test]
    fn other_files_are_no_blocks() {
        assert_eq!(block_name("AB.data"), Some("AB"));
        assert_eq!(block_name(".data"), None);
        assert_eq!(block_name("AB.data.tmp"), None);
        assert!(is_unfinished("put-0123"));
        assert!(!is_unfinished("put-ABC"));
        assert!(!is_unfinished("put-"));
    }
}
