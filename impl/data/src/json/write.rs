//! Spec: spec/data/json.md
//!
//! Writing.

use super::{Error, Slash};
use crate::cid;
use crate::ipld::{Node, Text};
use crate::multibase::{self, Base};

/// Line breaks and the order of map entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// No white space; keys sorted by their bytes.
    Sorted,
    /// An entry a line, indented with tabs; keys as they are held.
    Tabs,
}

/// Encodes a value.
pub(crate) fn encode_with(node: &Node, slash: Slash, layout: Layout) -> Result<Vec<u8>, Error> {
    let mut writer = Writer { out: Vec::new(), slash, layout };
    writer.node(node, 0)?;
    if layout == Layout::Tabs && matches!(node, Node::List(_) | Node::Map(_)) {
        writer.out.push(b'\n');
    }
    Ok(writer.out)
}

struct Writer {
    out: Vec<u8>,
    slash: Slash,
    layout: Layout,
}

impl Writer {
    /// Recursion is as deep as the value, so this keeps its frame small.
    fn node(&mut self, node: &Node, depth: usize) -> Result<(), Error> {
        match node {
            Node::List(list) => {
                self.out.push(b'[');
                for (index, node) in list.iter().enumerate() {
                    self.separate(index, depth + 1);
                    self.node(node, depth + 1)?;
                }
                self.close(b']', list.is_empty(), depth);
            }
            Node::Map(map) => {
                self.out.push(b'{');
                for (index, (key, value)) in self.ordered(map).into_iter().enumerate() {
                    self.separate(index, depth + 1);
                    self.string(key.as_bytes());
                    self.put(if self.layout == Layout::Tabs { ": " } else { ":" });
                    self.node(value, depth + 1)?;
                }
                self.close(b'}', map.is_empty(), depth);
            }
            leaf => self.leaf(leaf)?,
        }
        Ok(())
    }

    // spec: dag-json.key-order
    fn ordered<'a>(&self, map: &'a [(Text, Node)]) -> Vec<&'a (Text, Node)> {
        let mut entries: Vec<_> = map.iter().collect();
        if self.layout == Layout::Sorted {
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        entries
    }

    fn leaf(&mut self, node: &Node) -> Result<(), Error> {
        match node {
            Node::Null | Node::List(_) | Node::Map(_) => self.put("null"),
            Node::Bool(true) => self.put("true"),
            Node::Bool(false) => self.put("false"),
            Node::Int(value) => {
                let value = i64::try_from(*value).map_err(|_| Error::UnsignedRange)?;
                self.put(&value.to_string());
            }
            Node::Float(value) => self.float(*value)?,
            Node::String(text) => self.string(text.as_bytes()),
            Node::Bytes(_) if self.slash == Slash::Plain => return Err(Error::BytesRefused),
            Node::Link(_) if self.slash == Slash::Plain => return Err(Error::LinkRefused),
            // spec: dag-json.bytes
            Node::Bytes(bytes) => {
                self.put("{\"/\":{\"bytes\":\"");
                self.out.extend_from_slice(&multibase::encode(Base::Base64, bytes)[1..]);
                self.put("\"}}");
            }
            // spec: dag-json.links
            Node::Link(cid) => {
                self.put("{\"/\":\"");
                self.out.extend_from_slice(&cid::encode(cid, Base::Base32));
                self.put("\"}");
            }
        }
        Ok(())
    }

    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn separate(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.out.push(b',');
        }
        self.break_line(depth);
    }

    fn close(&mut self, bracket: u8, is_empty: bool, depth: usize) {
        if !is_empty {
            self.break_line(depth);
        }
        self.out.push(bracket);
    }

    fn break_line(&mut self, depth: usize) {
        if self.layout == Layout::Tabs {
            self.out.push(b'\n');
            self.out.extend(std::iter::repeat_n(b'\t', depth));
        }
    }

    /// As ECMAScript prints numbers: no exponent between 1e-6 and 1e21, no fraction when whole.
    // spec: json.float-form
    fn float(&mut self, value: f64) -> Result<(), Error> {
        let magnitude = value.abs();
        if value.is_nan() {
            return Err(Error::NotFinite("NaN"));
        }
        if value.is_infinite() {
            return Err(Error::NotFinite(if value > 0.0 { "+Inf" } else { "-Inf" }));
        }
        if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
            let text = format!("{value:e}");
            match text.split_once('e') {
                Some((digits, exponent)) if !exponent.starts_with('-') => {
                    self.put(&format!("{digits}e+{exponent}"));
                }
                _ => self.put(&text),
            }
        } else {
            self.put(&value.to_string());
        }
        Ok(())
    }

    // spec: json.string-escapes
    fn string(&mut self, text: &[u8]) {
        self.out.push(b'"');
        for chunk in text.utf8_chunks() {
            for letter in chunk.valid().chars() {
                self.letter(letter);
            }
            chunk.invalid().iter().for_each(|_| self.put("\\ufffd"));
        }
        self.out.push(b'"');
    }

    fn letter(&mut self, letter: char) {
        match letter {
            '\\' => self.put("\\\\"),
            '"' => self.put("\\\""),
            '\n' => self.put("\\n"),
            '\r' => self.put("\\r"),
            '\t' => self.put("\\t"),
            '\0'..' ' | '\u{2028}' | '\u{2029}' => {
                self.put(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => self.out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}
