//! Spec: spec/data/cbor.md
//!
//! Writing: numbers in their shortest form, floats always in 64 bits.

use super::{Error, Links};
use crate::cid;
use crate::ipld::{Node, Text};

/// The order in which the entries of a map are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MapOrder {
    /// As they are held.
    Kept,
    /// Shorter keys first, then by bytes.
    LengthFirst,
}

/// Encodes a value.
pub(crate) fn encode_with(node: &Node, links: Links, order: MapOrder) -> Result<Vec<u8>, Error> {
    let mut writer = Writer { out: Vec::new(), links, order };
    writer.node(node)?;
    Ok(writer.out)
}

struct Writer {
    out: Vec<u8>,
    links: Links,
    order: MapOrder,
}

impl Writer {
    /// Recursion is as deep as the value, so this keeps its frame small.
    fn node(&mut self, node: &Node) -> Result<(), Error> {
        match node {
            Node::List(list) => {
                self.head(4, list.len() as u64);
                for node in list {
                    self.node(node)?;
                }
            }
            Node::Map(map) => {
                self.head(5, map.len() as u64);
                for (key, value) in self.ordered(map) {
                    self.string(3, key.as_bytes());
                    self.node(value)?;
                }
            }
            leaf => self.leaf(leaf)?,
        }
        Ok(())
    }

    // spec: dag-cbor.key-order
    fn ordered<'a>(&self, map: &'a [(Text, Node)]) -> Vec<&'a (Text, Node)> {
        let mut entries: Vec<_> = map.iter().collect();
        if self.order == MapOrder::LengthFirst {
            entries.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
        }
        entries
    }

    fn leaf(&mut self, node: &Node) -> Result<(), Error> {
        match node {
            Node::Null | Node::List(_) | Node::Map(_) => self.out.push(0xf6),
            Node::Bool(value) => self.out.push(if *value { 0xf5 } else { 0xf4 }),
            Node::Int(value) => self.int(*value)?,
            Node::Float(value) => self.float(*value)?,
            Node::String(text) => self.string(3, text.as_bytes()),
            Node::Bytes(bytes) => self.string(2, bytes),
            Node::Link(_) if self.links == Links::Refused => return Err(Error::LinkRefused),
            Node::Link(cid) => {
                self.out.extend_from_slice(&[0xd8, 42]);
                self.head(2, cid.encoded_len() as u64 + 1);
                self.out.push(0);
                cid::write(cid, &mut self.out);
            }
        }
        Ok(())
    }

    fn int(&mut self, value: i128) -> Result<(), Error> {
        let out_of_range = Error::IntRange(value);
        match value < 0 {
            false => self.head(0, u64::try_from(value).map_err(|_| out_of_range)?),
            true => {
                let value = i64::try_from(value).map_err(|_| out_of_range)?;
                self.head(1, (-1 - value) as u64);
            }
        }
        Ok(())
    }

    // spec: dag-cbor.float-64
    fn float(&mut self, value: f64) -> Result<(), Error> {
        if !value.is_finite() {
            return Err(Error::NotFinite);
        }
        self.out.push(0xfb);
        self.out.extend_from_slice(&value.to_be_bytes());
        Ok(())
    }

    fn string(&mut self, major: u8, bytes: &[u8]) {
        self.head(major, bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    fn head(&mut self, major: u8, value: u64) {
        let major = major << 5;
        match value {
            0..=0x17 => self.out.push(major | value as u8),
            0x18..=0xff => self.out.extend_from_slice(&[major | 0x18, value as u8]),
            0x100..=0xffff => {
                self.out.push(major | 0x19);
                self.out.extend_from_slice(&(value as u16).to_be_bytes());
            }
            0x1_0000..=0xffff_ffff => {
                self.out.push(major | 0x1a);
                self.out.extend_from_slice(&(value as u32).to_be_bytes());
            }
            _ => {
                self.out.push(major | 0x1b);
                self.out.extend_from_slice(&value.to_be_bytes());
            }
        }
    }
}
