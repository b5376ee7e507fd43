//! Spec: spec/gateway/denylist.md
//!
//! One list, indexed. A rule takes 24 bytes however long its line is; the texts of paths come on
//! top for the few rules that have one.

use super::header::{self, HEADER_BYTES_MAX, Header};
use super::query::Query;
use super::rule::{self, Below, Rule, Target};
use ipfs_data::cid::Multihash;
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, Read};

/// Longest line, in bytes, with its end.
// spec: denylist.line-max
pub const LINE_BYTES_MAX: usize = 2 << 20;
/// Most lines of a list: a line number and one bit have to fit into 32 bits.
pub const LINES_MAX: u32 = i32::MAX as u32;
/// Most hash functions among the hashed rules of a list. Every look-up has to calculate all.
pub const HASH_FUNCTIONS_MAX: usize = 8;

/// The first half of a SHA2-256 over a kind of rule and what it names, or the start of the hash
/// that a rule consists of. Two names with the same are not to be expected, and would only block
/// one name too many.
pub(super) type Key = [u8; 16];

/// Why a list can't be used at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file can't be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The header is broken.
    #[error(transparent)]
    Header(#[from] header::Error),
}

/// Why a line of a list was left out.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error(transparent)]
    Rule(#[from] rule::Error),
    #[error("line too long: at most {LINE_BYTES_MAX} bytes")]
    LineTooLong,
    #[error("too many lines: at most {LINES_MAX}, what follows is ignored")]
    TooManyLines,
    #[error("too many hash functions: at most {HASH_FUNCTIONS_MAX}")]
    TooManyFunctions,
}

/// The rules of one file.
#[derive(Debug, Default)]
pub(super) struct List {
    /// What the header says.
    pub(super) header: Header,
    /// Sorted by key, then by line.
    entries: Vec<Entry>,
    /// Paths of the entries that have one; `Entry::path` counts from 1.
    paths: Vec<Below>,
    /// Rules for all roots, in their order.
    any_root: Vec<(Line, Below)>,
    /// Functions of the hashed rules: code and digest length in bytes.
    pub(super) functions: Vec<(u64, usize)>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: Key,
    line: Line,
    /// 0: none.
    path: u32,
}

/// A line number from 1, and whether its rule allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line(u32);

impl Line {
    fn new(number: u32, allow: bool) -> Self {
        Self(number << 1 | u32::from(allow))
    }

    pub(super) fn number(self) -> u32 {
        self.0 >> 1
    }

    pub(super) fn allows(self) -> bool {
        self.0 & 1 == 1
    }
}

/// The key of a multihash below `/ipfs`.
pub(super) fn ipfs_key(hash: &Multihash) -> Key {
    key(b'c', hash.code(), hash.digest())
}

/// The key of a multihash below `/ipns`.
pub(super) fn ipns_key(hash: &Multihash) -> Key {
    key(b'k', hash.code(), hash.digest())
}

/// The key of a domain name below `/ipns`.
pub(super) fn name_key(name: &str) -> Key {
    key(b'n', 0, name.as_bytes())
}

/// The key of a hashed name: it is a hash already.
pub(super) fn hashed_key(hash: &Multihash) -> Key {
    match hash.digest().first_chunk() {
        Some(start) => *start,
        None => key(b'h', hash.code(), hash.digest()),
    }
}

fn key(kind: u8, code: u64, name: &[u8]) -> Key {
    let mut hasher = Sha256::new();
    hasher.update([kind]);
    hasher.update(code.to_be_bytes());
    hasher.update(name);
    let digest: [u8; 32] = hasher.finalize().into();
    let mut key = Key::default();
    key.copy_from_slice(&digest[..16]);
    key
}

impl List {
    /// Reads a list. Lines that are no rules are told to `problem` with their number and left out.
    pub(super) fn read(
        mut input: impl BufRead,
        problem: &mut dyn FnMut(u32, Problem),
    ) -> Result<Self, Error> {
        let mut head = Vec::new();
        (&mut input).take(HEADER_BYTES_MAX as u64).read_to_end(&mut head)?;
        let mut list = Self::default();
        let mut number = 0;
        if let Some((end, rules)) = header::find(&head) {
            let text = String::from_utf8_lossy(&head[..end]);
            list.header = header::parse(&text)?;
            number = line_count(&head[..rules]);
            head.drain(..rules);
        }
        list.rules(io::Cursor::new(head).chain(input), number, problem)?;
        list.entries.sort_unstable_by_key(|entry| (entry.key, entry.line));
        list.entries.shrink_to_fit();
        Ok(list)
    }

    fn rules(
        &mut self,
        mut input: impl BufRead,
        mut number: u32,
        problem: &mut dyn FnMut(u32, Problem),
    ) -> Result<(), Error> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut input).take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(());
            }
            // spec: denylist.unterminated
            number += 1;
            if number > LINES_MAX {
                problem(number, Problem::TooManyLines);
                return Ok(());
            }
            if read == LINE_BYTES_MAX && line.last() != Some(&b'\n') {
                input.skip_until(b'\n')?;
                problem(number, Problem::LineTooLong);
                continue;
            }
            let parsed = rule::parse(&String::from_utf8_lossy(&line));
            let added = match parsed {
                Ok(Some(rule)) => self.add(number, rule),
                Ok(None) => Ok(()),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = added {
                problem(number, error);
            }
        }
    }

    fn add(&mut self, number: u32, rule: Rule) -> Result<(), Problem> {
        let line = Line::new(number, rule.allow);
        match rule.target {
            Target::Ipfs(hash, below) => self.push(ipfs_key(&hash), line, below),
            Target::IpnsKey(hash, below) => self.push(ipns_key(&hash), line, below),
            Target::IpnsName(name, below) => self.push(name_key(&name), line, below),
            Target::AnyRoot(below) => self.any_root.push((line, below)),
            Target::Hashed(hashes) => {
                for hash in hashes {
                    let function = (hash.code(), hash.digest().len());
                    if !self.functions.contains(&function) {
                        if self.functions.len() == HASH_FUNCTIONS_MAX {
                            return Err(Problem::TooManyFunctions);
                        }
                        self.functions.push(function);
                    }
                    self.push(hashed_key(&hash), line, Below::default());
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, key: Key, line: Line, below: Below) {
        let path = match below.is_empty() {
            true => 0,
            false => {
                self.paths.push(below);
                // There are at most as many paths as lines.
                u32::try_from(self.paths.len()).unwrap_or(u32::MAX)
            }
        };
        self.entries.push(Entry { key, line, path });
    }

    /// The last line that matches.
    // spec: denylist.last-match
    pub(super) fn find(&self, query: &Query) -> Option<Line> {
        let below = query.below();
        let named = query.root_keys().filter_map(|key| self.last(key, below)).max();
        let hashed = self
            .functions
            .iter()
            .flat_map(|&function| query.hashed_keys(function))
            .filter_map(|key| self.last(&key, ""))
            .max();
        named.max(hashed).max(self.any_root(below))
    }

    fn last(&self, key: &Key, below: &str) -> Option<Line> {
        let end = self.entries.partition_point(|entry| entry.key <= *key);
        let mut same = self.entries[..end].iter().rev().take_while(|entry| entry.key == *key);
        same.find(|entry| self.matches(entry, below)).map(|entry| entry.line)
    }

    fn matches(&self, entry: &Entry, below: &str) -> bool {
        match (entry.path as usize).checked_sub(1).and_then(|index| self.paths.get(index)) {
            Some(rule) => rule.matches(below),
            None => below.is_empty(),
        }
    }

    fn any_root(&self, below: &str) -> Option<Line> {
        if below.is_empty() {
            return None;
        }
        self.any_root.iter().rev().find(|(_, rule)| rule.matches(below)).map(|&(line, _)| line)
    }

    /// Number of rules.
    pub(super) fn len(&self) -> usize {
        self.entries.len() + self.any_root.len()
    }

    /// Memory of the index, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let paths: usize =
            self.paths.iter().map(|below| size_of::<Below>() + below.path.len()).sum();
        self.entries.capacity() * size_of::<Entry>() + paths
    }
}

fn line_count(text: &[u8]) -> u32 {
    let lines = text.iter().filter(|&&byte| byte == b'\n').count();
    u32::try_from(lines).unwrap_or(u32::MAX)
}
