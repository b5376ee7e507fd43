//! Spec: spec/data/cbor.md
//!
//! Strict reading. Text and byte strings are slices of the block. Nesting is bounded by
//! [`DEPTH_MAX`], memory by what the block holds: nothing is reserved because a header says so.

use super::{COST_MAX, Error, Links, STRING_BYTES_MAX};
use crate::cid::{self, Cid};
use crate::ipld::{DEPTH_MAX, Node, Text};
use bytes::Bytes;
use std::collections::HashSet;
use std::ops::Range;

const MAP_ENTRY_COST: u64 = 8;
const LIST_ENTRY_COST: u64 = 4;
const LINK_TAG: u64 = 42;
/// Entries for which memory is reserved at once, whatever the header declares.
const RESERVE_MAX: u64 = 64;

/// Decodes a block that holds exactly one value.
pub(crate) fn decode_with(block: &Bytes, links: Links) -> Result<Node, Error> {
    let mut reader = Reader { bytes: block, at: 0, cost_left: COST_MAX, links };
    let node = reader.read(&mut Build(block))?;
    reader.finish()?;
    Ok(node)
}

/// Calls `found` with every link of a block, in order. Checks the block like [`decode_with`], but
/// builds no values.
pub(crate) fn links_in(
    block: &[u8],
    links: Links,
    found: &mut dyn FnMut(Cid),
) -> Result<(), Error> {
    let mut reader = Reader { bytes: block, at: 0, cost_left: COST_MAX, links };
    reader.read(&mut Scan(found))?;
    reader.finish()
}

/// What becomes of the values that are read.
trait Make {
    type Value;
    /// A value that holds no others.
    fn leaf(&mut self, token: Token) -> Self::Value;
    /// An empty list or map for up to this many entries.
    fn open(&mut self, is_map: bool, length: u64) -> Self::Value;
    /// Adds an entry; lists have no keys.
    fn add(&mut self, to: &mut Self::Value, key: Option<Range<usize>>, value: Self::Value);
}

struct Build<'a>(&'a Bytes);

impl Make for Build<'_> {
    type Value = Node;

    fn leaf(&mut self, token: Token) -> Node {
        match token {
            Token::Bool(value) => Node::Bool(value),
            Token::Int(value) => Node::Int(value),
            Token::Float(value) => Node::Float(value),
            Token::String(range) => Node::String(Text::from_bytes(self.0.slice(range))),
            Token::Bytes(range) => Node::Bytes(self.0.slice(range)),
            Token::Link(cid) => Node::Link(cid),
            Token::Null | Token::List(_) | Token::Map(_) => Node::Null,
        }
    }

    fn open(&mut self, is_map: bool, length: u64) -> Node {
        let reserved = length.min(RESERVE_MAX) as usize;
        match is_map {
            true => Node::Map(Vec::with_capacity(reserved)),
            false => Node::List(Vec::with_capacity(reserved)),
        }
    }

    fn add(&mut self, to: &mut Node, key: Option<Range<usize>>, value: Node) {
        match (to, key) {
            (Node::Map(map), Some(key)) => {
                map.push((Text::from_bytes(self.0.slice(key)), value));
            }
            (Node::List(list), _) => list.push(value),
            _ => {}
        }
    }
}

struct Scan<'a>(&'a mut dyn FnMut(Cid));

impl Make for Scan<'_> {
    type Value = ();

    fn leaf(&mut self, token: Token) {
        if let Token::Link(cid) = token {
            (self.0)(*cid);
        }
    }

    fn open(&mut self, _: bool, _: u64) {}

    fn add(&mut self, _: &mut (), _: Option<Range<usize>>, _: ()) {}
}

/// A list or map that is being read.
struct Frame<'a, V> {
    value: V,
    entries_left: u64,
    /// The key of the entry that is being read.
    key: Option<Range<usize>>,
    keys: Option<Keys<'a>>,
}

enum Token {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    String(Range<usize>),
    Bytes(Range<usize>),
    Link(Box<Cid>),
    List(u64),
    Map(u64),
}

impl Token {
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(value) if *value < 0 => "int",
            Self::Int(_) => "uint",
            Self::Float(_) => "float",
            Self::String(_) => "string",
            Self::Bytes(_) | Self::Link(_) => "bytes",
            Self::List(_) => "array open",
            Self::Map(_) => "map open",
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    cost_left: u64,
    links: Links,
}

impl<'a> Reader<'a> {
    /// Reads one value, without recursion.
    fn read<M: Make>(&mut self, make: &mut M) -> Result<M::Value, Error> {
        let mut stack: Vec<Frame<'a, M::Value>> = Vec::new();
        let mut token = self.token().map_err(no_value)?;
        loop {
            let mut value = match token {
                Token::List(length) | Token::Map(length) => {
                    let is_map = matches!(token, Token::Map(_));
                    self.open(length, stack.len())?;
                    stack.push(Frame {
                        value: make.open(is_map, length),
                        entries_left: length,
                        key: None,
                        keys: is_map.then(Keys::default),
                    });
                    None
                }
                leaf => Some(make.leaf(leaf)),
            };
            // Hands finished values up until a list or map wants another entry.
            let frame = loop {
                let Some(mut frame) = stack.pop() else {
                    // Nothing is open: the value is whole. It is there, as only opening gives none.
                    return value.ok_or(Error::UnexpectedEnd);
                };
                if let Some(value) = value.take() {
                    make.add(&mut frame.value, frame.key.take(), value);
                }
                if frame.entries_left > 0 {
                    stack.push(frame);
                    break stack.last_mut();
                }
                value = Some(frame.value);
            };
            let Some(frame) = frame else { return Err(Error::UnexpectedEnd) };
            frame.entries_left -= 1;
            token = self.entry(frame)?;
        }
    }

    /// The key of the next entry, if it has one, and the first token of its value.
    fn entry<V>(&mut self, frame: &mut Frame<'a, V>) -> Result<Token, Error> {
        let bytes: &'a [u8] = self.bytes;
        let Some(keys) = &mut frame.keys else {
            let token = self.token()?;
            self.spend(LIST_ENTRY_COST)?;
            return Ok(token);
        };
        let key = self.key()?;
        keys.add(&bytes[key.clone()])?;
        frame.key = Some(key);
        self.token().map_err(no_value)
    }

    fn finish(&self) -> Result<(), Error> {
        match self.at == self.bytes.len() {
            true => Ok(()),
            false => Err(Error::Trailing),
        }
    }

    /// Enters a list or map.
    // spec: ipld.depth-max
    // spec: cbor.no-allocation-by-declaration
    fn open(&mut self, length: u64, depth: usize) -> Result<(), Error> {
        if depth >= DEPTH_MAX {
            return Err(Error::Depth);
        }
        self.spend(length)
    }

    fn key(&mut self) -> Result<Range<usize>, Error> {
        match self.token_without_cost()? {
            Token::String(range) => {
                self.spend(range.len() as u64 + MAP_ENTRY_COST)?;
                Ok(range)
            }
            other => Err(Error::Key(other.kind())),
        }
    }

    // spec: cbor.cost-max
    fn spend(&mut self, cost: u64) -> Result<(), Error> {
        self.cost_left = self.cost_left.checked_sub(cost).ok_or(Error::Cost)?;
        Ok(())
    }

    fn token(&mut self) -> Result<Token, Error> {
        let token = self.token_without_cost()?;
        let cost = match &token {
            Token::String(range) | Token::Bytes(range) => range.len() as u64,
            Token::Bool(_) | Token::Int(_) | Token::Float(_) => 1,
            Token::Link(cid) => cid.encoded_len() as u64 + 1,
            Token::Null | Token::List(_) | Token::Map(_) => 0,
        };
        // Elements of a list pay for being an element first; the sum is what counts.
        self.spend(cost)?;
        Ok(token)
    }

    fn token_without_cost(&mut self) -> Result<Token, Error> {
        let head = self.byte()?;
        if head & 0xe0 != 0xc0 {
            return self.untagged(head);
        }
        let tag = self.length(head)?;
        let head = self.byte()?;
        if head & 0xe0 == 0xc0 {
            return Err(Error::TagOnTag);
        }
        match self.untagged(head)? {
            Token::Bytes(range) => self.tagged(tag, range).map(|cid| Token::Link(cid.into())),
            // A tag on anything else says nothing in the data model.
            other => Ok(other),
        }
    }

    // spec: dag-cbor.links
    fn tagged(&self, tag: u64, range: Range<usize>) -> Result<Cid, Error> {
        if tag != LINK_TAG || self.links == Links::Refused {
            return Err(Error::Tag(tag));
        }
        match self.bytes[range].split_first() {
            Some((0, cid)) => Ok(cid::cast(cid)?),
            _ => Err(Error::LinkPrefix),
        }
    }

    fn untagged(&mut self, head: u8) -> Result<Token, Error> {
        Ok(match head {
            0xf6 | 0xf7 => Token::Null,
            0xf4 => Token::Bool(false),
            0xf5 => Token::Bool(true),
            0xf9 => Token::Float(finite(half(self.array()?))?),
            0xfa => Token::Float(finite(f32::from_be_bytes(self.array()?).into())?),
            0xfb => Token::Float(finite(f64::from_be_bytes(self.array()?))?),
            // spec: cbor.no-indefinite
            0x5f | 0x7f | 0x9f | 0xbf => return Err(Error::Indefinite),
            _ => match head >> 5 {
                0 => Token::Int(self.number(head)?.into()),
                1 => Token::Int(self.negative(head)?),
                2 => Token::Bytes(self.string(head, "byte")?),
                3 => Token::String(self.string(head, "string")?),
                4 => Token::List(self.length(head)?),
                5 => Token::Map(self.length(head)?),
                _ => return Err(Error::Major(head)),
            },
        })
    }

    // spec: cbor.negative-range
    fn negative(&mut self, head: u8) -> Result<i128, Error> {
        let value = self.number(head)?;
        match value > i64::MAX as u64 {
            true => Err(Error::NegativeRange),
            false => Ok(-1 - i128::from(value)),
        }
    }

    fn string(&mut self, head: u8, kind: &'static str) -> Result<Range<usize>, Error> {
        let length = self.length(head)?;
        if length > STRING_BYTES_MAX {
            return Err(Error::Oversized(kind, length));
        }
        self.take(length as usize)
    }

    fn length(&mut self, head: u8) -> Result<u64, Error> {
        let length = self.number(head)?;
        match length > i64::MAX as u64 {
            true => Err(Error::LengthRange),
            false => Ok(length),
        }
    }

    // spec: cbor.minimal-integers
    fn number(&mut self, head: u8) -> Result<u64, Error> {
        let (value, least) = match head & 0x1f {
            small @ 0..=0x17 => return Ok(small.into()),
            0x18 => (self.byte()?.into(), 0x18),
            0x19 => (u16::from_be_bytes(self.array()?).into(), 0x100),
            0x1a => (u32::from_be_bytes(self.array()?).into(), 0x1_0000),
            0x1b => (u64::from_be_bytes(self.array()?), 0x1_0000_0000),
            _ => return Err(Error::Descriptor(head)),
        };
        match value < least {
            true => Err(Error::NotMinimal),
            false => Ok(value),
        }
    }

    fn byte(&mut self) -> Result<u8, Error> {
        let byte = *self.bytes.get(self.at).ok_or(Error::End)?;
        self.at += 1;
        Ok(byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let range = self.take(N)?;
        let mut array = [0; N];
        array.copy_from_slice(&self.bytes[range]);
        Ok(array)
    }

    fn take(&mut self, length: usize) -> Result<Range<usize>, Error> {
        let left = self.bytes.len() - self.at;
        if length > left {
            // The reference reads long strings in pieces of 4096 and names the end of input by
            // whether a piece had begun.
            let begun = if length < 32 { left > 0 } else { !left.is_multiple_of(4096) };
            return Err(if begun { Error::UnexpectedEnd } else { Error::End });
        }
        let start = self.at;
        self.at += length;
        Ok(start..self.at)
    }
}

/// A missing value is "unexpected", a missing element or key is a plain end.
fn no_value(error: Error) -> Error {
    match error {
        Error::End => Error::UnexpectedEnd,
        other => other,
    }
}

// spec: cbor.finite
fn finite(value: f64) -> Result<f64, Error> {
    match value {
        value if value.is_nan() => Err(Error::Nan),
        value if value.is_infinite() => Err(Error::Infinity),
        value => Ok(value),
    }
}

/// IEEE 754 half precision.
fn half(bytes: [u8; 2]) -> f64 {
    let bits = u16::from_be_bytes(bytes);
    let fraction = f64::from(bits & 0x3ff);
    let magnitude = match (bits >> 10) & 0x1f {
        0 => fraction * (-24f64).exp2(),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1024.0 + fraction) * (f64::from(exponent) - 25.0).exp2(),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// The keys of a map so far. Canonical order needs no hashing; a set is made at the first key that
/// is out of order.
// spec: cbor.no-duplicate-keys
#[derive(Default)]
struct Keys<'a> {
    last: Option<&'a [u8]>,
    seen: Option<HashSet<&'a [u8]>>,
    in_order: Vec<&'a [u8]>,
}

impl<'a> Keys<'a> {
    fn add(&mut self, key: &'a [u8]) -> Result<(), Error> {
        let is_new = match (&mut self.seen, self.last) {
            (Some(seen), _) => seen.insert(key),
            (None, Some(last)) if (key.len(), key) <= (last.len(), last) => {
                let mut seen: HashSet<&[u8]> = self.in_order.drain(..).collect();
                let is_new = seen.insert(key);
                self.seen = Some(seen);
                is_new
            }
            (None, _) => {
                self.in_order.push(key);
                true
            }
        };
        self.last = Some(key);
        match is_new {
            true => Ok(()),
            false => Err(Error::DuplicateKey(crate::quote::quoted(key))),
        }
    }
}
