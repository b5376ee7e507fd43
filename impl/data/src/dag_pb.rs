//! Spec: spec/data/dag-pb.md
//!
//! The `dag-pb` codec: a node with named links and opaque data, the block format of UnixFS.
//!
//! Decoding copies nothing: names and data are slices of the block. Encoding always gives the
//! canonical form, whatever the order the links are held in.

use crate::cid::{self, Cid};
use bytes::Bytes;

mod model;

pub use model::{Absent, ModelError, from_ipld, to_ipld};

/// A link of a [`Node`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The target.
    pub cid: Cid,
    /// The name: raw bytes, usually UTF-8. Absent and empty differ in the encoding only.
    pub name: Option<Bytes>,
    /// Size in bytes of the graph below the link, as its author claims it.
    pub tsize: Option<u64>,
}

impl Link {
    /// A link with name and size present, as UnixFS writes them.
    pub fn new(cid: Cid, name: impl Into<Bytes>, tsize: u64) -> Self {
        Self { cid, name: Some(name.into()), tsize: Some(tsize) }
    }

    /// The name; empty when absent.
    pub fn name(&self) -> &[u8] {
        self.name.as_deref().unwrap_or_default()
    }

    /// The claimed size; 0 when absent.
    pub fn tsize(&self) -> u64 {
        self.tsize.unwrap_or_default()
    }

    fn body_len(&self) -> usize {
        let hash = self.cid.encoded_len();
        let name = self.name.as_ref().map_or(0, |name| 1 + varint_len(name.len()) + name.len());
        let tsize = self.tsize.map_or(0, |size| 1 + varint_len64(claimed(size)));
        1 + varint_len(hash) + hash + name + tsize
    }
}

/// A dag-pb node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// The links, in the order in which they were decoded or added.
    pub links: Vec<Link>,
    /// The data. Absent and empty differ in the encoding.
    pub data: Option<Bytes>,
}

impl Node {
    /// A node without links.
    pub fn with_data(data: impl Into<Bytes>) -> Self {
        Self { links: Vec::new(), data: Some(data.into()) }
    }

    /// The first link of that name.
    pub fn link(&self, name: &[u8]) -> Option<&Link> {
        self.links.iter().find(|link| link.name() == name)
    }

    /// Orders the links by the bytes of their names; equal names keep their order.
    pub fn sort_links(&mut self) {
        self.links.sort_by(|a, b| a.name().cmp(b.name()));
    }

    /// Bytes that [`encode`] gives.
    pub fn encoded_len(&self) -> usize {
        let links: usize = self
            .links
            .iter()
            .map(|link| link.body_len())
            .map(|body| 1 + varint_len(body) + body)
            .sum();
        links + self.data.as_ref().map_or(0, |data| 1 + varint_len(data.len()) + data.len())
    }
}

/// Why bytes are not a dag-pb node. The texts are those that clients of the reference see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A length or a varint runs past the end.
    #[error("unexpected EOF")]
    UnexpectedEnd,
    /// A varint has more than 64 bits.
    #[error("proto: variable length integer overflow")]
    VarintOverflow,
    /// Field number 0, or one above 2^31-1.
    #[error("proto: invalid field number")]
    FieldNumber,
    /// A field of the node is not length-delimited.
    #[error("protobuf: (PBNode) invalid wireType, expected 2, got {0}")]
    NodeWireType(u8),
    /// The node has a field other than links and data.
    #[error("protobuf: (PBNode) invalid fieldNumber, expected 1 or 2, got {0}")]
    NodeField(u32),
    /// Two data fields, or links on both sides of the data.
    #[error("protobuf: (PBNode) duplicate {0} section")]
    NodeDuplicate(&'static str),
    /// A field of a link has the wrong wire type.
    #[error("protobuf: (PBLink) wrong wireType ({0}) for {1}")]
    LinkWireType(u8, &'static str),
    /// A link has an unknown field.
    #[error("protobuf: (PBLink) invalid fieldNumber, expected 1, 2 or 3, got {0}")]
    LinkField(u32),
    /// A field occurs twice in a link.
    #[error("protobuf: (PBLink) duplicate {0} section")]
    LinkDuplicate(&'static str),
    /// The fields of a link are not in the order hash, name, size.
    #[error("protobuf: (PBLink) invalid order, found {0} before {1}")]
    LinkOrder(&'static str, &'static str),
    /// A link without target.
    #[error("invalid Hash field found in link, expected CID")]
    NoHash,
    /// A link whose target is not a CID.
    #[error("invalid Hash field found in link, expected CID ({0})")]
    Hash(#[source] cid::Error),
}

/// Decodes a block. Every byte must belong to the node; names and data are slices of `block`.
pub fn decode(block: &Bytes) -> Result<Node, Error> {
    let mut node = Node::default();
    scan(block, |field| match field {
        Field::Data(range) => node.data = Some(block.slice(range)),
        Field::Link(link) => node.links.push(Link {
            cid: link.cid,
            name: link.name.map(|range| block.slice(range)),
            tsize: link.tsize,
        }),
    })?;
    Ok(node)
}

/// Calls `link` with the target of every link, in order, without building the node. Fails where
/// [`decode`] fails; `link` may have been called before that.
pub fn for_each_link(block: &[u8], mut link: impl FnMut(Cid)) -> Result<(), Error> {
    scan(block, |field| {
        if let Field::Link(found) = field {
            link(found.cid);
        }
    })
}

/// The canonical encoding: links sorted by name, then data.
pub fn encode(node: &Node) -> Vec<u8> {
    let mut out = Vec::with_capacity(node.encoded_len());
    encode_into(node, &mut out);
    out
}

/// Appends the canonical encoding to `out`.
// spec: dag-pb.links-sorted
// spec: dag-pb.links-first
pub fn encode_into(node: &Node, out: &mut Vec<u8>) {
    if node.links.is_sorted_by(|a, b| a.name() <= b.name()) {
        node.links.iter().for_each(|link| encode_link(link, out));
    } else {
        let mut sorted: Vec<&Link> = node.links.iter().collect();
        sorted.sort_by(|a, b| a.name().cmp(b.name()));
        sorted.into_iter().for_each(|link| encode_link(link, out));
    }
    if let Some(data) = &node.data {
        put_bytes(out, 0x0a, data);
    }
}

fn encode_link(link: &Link, out: &mut Vec<u8>) {
    out.push(0x12);
    put_varint(out, link.body_len() as u64);
    out.push(0x0a);
    put_varint(out, link.cid.encoded_len() as u64);
    cid::write(&link.cid, out);
    if let Some(name) = &link.name {
        put_bytes(out, 0x12, name);
    }
    if let Some(size) = link.tsize {
        out.push(0x18);
        put_varint(out, claimed(size));
    }
}

/// The reference holds sizes as signed 64-bit integers and writes 0 for what does not fit.
// spec: dag-pb.tsize-range
fn claimed(tsize: u64) -> u64 {
    if tsize > i64::MAX as u64 { 0 } else { tsize }
}

fn put_bytes(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint_len(value: usize) -> usize {
    varint_len64(value as u64)
}

fn varint_len64(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

type Range = std::ops::Range<usize>;

enum Field {
    Data(Range),
    Link(LinkFields),
}

struct LinkFields {
    cid: Cid,
    name: Option<Range>,
    tsize: Option<u64>,
}

/// Walks the fields of a node. Data and links may come in either order, but not interleaved.
// spec: dag-pb.either-order
// spec: dag-pb.strict
fn scan(block: &[u8], mut found: impl FnMut(Field)) -> Result<(), Error> {
    let mut reader = Reader { bytes: block, at: 0, end: block.len() };
    let (mut have_data, mut have_links, mut in_links) = (false, false, false);
    while !reader.is_done() {
        let (field, wire_type) = reader.tag()?;
        if wire_type != 2 {
            return Err(Error::NodeWireType(wire_type));
        }
        match field {
            1 => {
                if have_data {
                    return Err(Error::NodeDuplicate("Data"));
                }
                found(Field::Data(reader.bytes()?));
                (have_data, in_links) = (true, false);
            }
            2 => {
                let range = reader.bytes()?;
                if have_links && !in_links {
                    return Err(Error::NodeDuplicate("Links"));
                }
                (have_links, in_links) = (true, true);
                found(Field::Link(scan_link(block, range)?));
            }
            other => return Err(Error::NodeField(other)),
        }
    }
    Ok(())
}

fn scan_link(block: &[u8], range: Range) -> Result<LinkFields, Error> {
    let mut reader = Reader { bytes: block, at: range.start, end: range.end };
    let (mut hash, mut name, mut tsize) = (None, None, None);
    while !reader.is_done() {
        let (field, wire_type) = reader.tag()?;
        let expect = |wanted: u8, field: &'static str| match wire_type == wanted {
            true => Ok(()),
            false => Err(Error::LinkWireType(wire_type, field)),
        };
        match field {
            1 if hash.is_some() => return Err(Error::LinkDuplicate("Hash")),
            1 if name.is_some() => return Err(Error::LinkOrder("Name", "Hash")),
            1 if tsize.is_some() => return Err(Error::LinkOrder("Tsize", "Hash")),
            1 => {
                expect(2, "Hash")?;
                let bytes = reader.bytes()?;
                hash = Some(cid::read(&block[bytes]).map_err(Error::Hash)?.0);
            }
            2 if name.is_some() => return Err(Error::LinkDuplicate("Name")),
            2 if tsize.is_some() => return Err(Error::LinkOrder("Tsize", "Name")),
            2 => {
                expect(2, "Name")?;
                name = Some(reader.bytes()?);
            }
            3 if tsize.is_some() => return Err(Error::LinkDuplicate("Tsize")),
            3 => {
                expect(0, "Tsize")?;
                tsize = Some(reader.varint()?);
            }
            other => return Err(Error::LinkField(other)),
        }
    }
    Ok(LinkFields { cid: hash.ok_or(Error::NoHash)?, name, tsize })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl Reader<'_> {
    fn is_done(&self) -> bool {
        self.at >= self.end
    }

    fn tag(&mut self) -> Result<(u32, u8), Error> {
        let tag = self.varint()?;
        let field = u32::try_from(tag >> 3).ok().filter(|n| (1..=i32::MAX as u32).contains(n));
        Ok((field.ok_or(Error::FieldNumber)?, (tag & 7) as u8))
    }

    fn varint(&mut self) -> Result<u64, Error> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            if self.is_done() {
                return Err(Error::UnexpectedEnd);
            }
            let byte = self.bytes[self.at];
            self.at += 1;
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Error::VarintOverflow)
    }

    fn bytes(&mut self) -> Result<Range, Error> {
        let length = self.varint()?;
        if length > (self.end - self.at) as u64 {
            return Err(Error::UnexpectedEnd);
        }
        let start = self.at;
        self.at += length as usize;
        Ok(start..self.at)
    }
}

#[cfg(test)]
mod tests;
