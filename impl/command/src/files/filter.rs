//! Spec: spec/command/cli.md
//!
//! What a walk over a directory leaves out: hidden files and names that match ignore rules.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Rules that exclude names.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Keep names that start with a dot.
    pub hidden: bool,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    pattern: Vec<u8>,
    negated: bool,
    directory: bool,
}

impl Filter {
    /// A filter from rules in the syntax of `.gitignore`, one per line.
    pub fn new<'a>(lines: impl IntoIterator<Item = &'a str>, hidden: bool) -> Self {
        Self { hidden, rules: lines.into_iter().filter_map(Rule::parse).collect() }
    }

    /// Whether a name is left out. Rules see base names only, as in the reference.
    // spec: cli.ignore-rules
    pub fn excludes(&self, name: &OsStr, is_directory: bool) -> bool {
        let name = name.as_bytes();
        if !self.hidden && name.starts_with(b".") && name != b"." && name != b".." {
            return true;
        }
        let _ = is_directory;
        let last = self.rules.iter().rev().find(|rule| rule.matches(name));
        last.is_some_and(|rule| !rule.negated)
    }
}

impl Rule {
    fn parse(line: &str) -> Option<Self> {
        let line = line.trim_end_matches('\r').trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let (negated, line) = match line.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let (directory, line) = match line.strip_suffix('/') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let line = line.strip_prefix("**/").unwrap_or(line);
        let line = line.strip_prefix('/').unwrap_or(line);
        let line = line.strip_suffix("/**").unwrap_or(line);
        Some(Self { pattern: line.as_bytes().to_vec(), negated, directory })
    }

    fn matches(&self, name: &[u8]) -> bool {
        !self.directory && glob(&self.pattern, name)
    }
}

/// `*` stands for any run of bytes, `?` for one byte, `[a-z]` and `[!a-z]` for one of or not of a
/// set; a backslash takes the next byte as it is.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, n));
            p += 1;
        } else if let Some(length) = one(&pattern[p..], name[n]) {
            p += length;
            n += 1;
        } else if let Some((at, from)) = star {
            p = at + 1;
            n = from + 1;
            star = Some((at, from + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// How many bytes of the pattern stand for this byte of the name.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern {
        [b'?', ..] => Some(1),
        [b'\\', escaped, ..] => (escaped == byte).then_some(2),
        [b'[', ref set @ ..] => {
            let end = set.iter().skip(1).position(|&byte| byte == b']')? + 1;
            let (set, negated) = match set[..end] {
                [b'!' | b'^', ref set @ ..] => (set, true),
                ref set => (set, false),
            };
            (in_set(set, byte) != negated).then_some(end + 2)
        }
        [literal, ..] => (literal == byte).then_some(1),
        [] => None,
    }
}

fn in_set(mut set: &[u8], byte: u8) -> bool {
    loop {
        match *set {
            [low, b'-', high, ref rest @ ..] => {
                if (low..=high).contains(&byte) {
                    return true;
                }
                set = rest;
            }
            [single, ref rest @ ..] => {
                if single == byte {
                    return true;
                }
                set = rest;
            }
            [] => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, name, matches) in [
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbY", false),
            ("[a-c]?", "bz", true),
            ("[!a-c]?", "bz", false),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("*", "", true),
            ("[", "[", false),
            ("", "x", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), name.as_bytes()), matches, "{pattern} {name}");
        }
    }

    #[test]
    fn rules() {
        let filter = Filter::new(["*.app", "# no", "foo.txt", "!keep.app"], false);
        assert!(filter.excludes(OsStr::new("a.app"), false));
        assert!(filter.excludes(OsStr::new("foo.txt"), false));
        assert!(!filter.excludes(OsStr::new("keep.app"), false));
        assert!(!filter.excludes(OsStr::new("b.txt"), false));
        assert!(filter.excludes(OsStr::new(".hidden"), false));
        assert!(!Filter::new([], true).excludes(OsStr::new(".hidden"), false));
    }
}
