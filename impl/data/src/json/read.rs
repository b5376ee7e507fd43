//! Spec: spec/data/json.md
//!
//! Reading, exactly as lenient as the reference: a comma may precede the end of a list or map, `1.`
//! is a number, white space and zero bytes may follow the value.

use super::{Error, Slash};
use crate::cid;
use crate::ipld::{DEPTH_MAX, Node, Text};
use crate::multibase;
use crate::quote::quoted;
use bytes::Bytes;
use std::collections::HashSet;

/// Decodes a text that holds exactly one value.
pub(crate) fn decode_with(text: &[u8], slash: Slash) -> Result<Node, Error> {
    let mut reader = Reader { text, at: 0, slash };
    let token = match reader.value_token() {
        Err(Error::End) => return Err(Error::UnexpectedEnd),
        token => token?,
    };
    let node = reader.read(token)?;
    // spec: json.trailing
    match text[reader.at..].iter().all(|byte| matches!(byte, b' ' | 0 | b'\t' | b'\r' | b'\n')) {
        true => Ok(node),
        false => Err(Error::Trailing),
    }
}

enum Token {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(Vec<u8>),
    List,
    Map,
}

impl Token {
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::String(_) => "string",
            Self::List => "array open",
            Self::Map => "map open",
        }
    }
}

/// A list or map that is being read.
struct Frame {
    value: Node,
    /// The key of the entry that is being read.
    key: Text,
    seen: HashSet<Text>,
}

impl Frame {
    fn add(&mut self, value: Node) {
        match &mut self.value {
            Node::Map(map) => map.push((std::mem::take(&mut self.key), value)),
            Node::List(list) => list.push(value),
            _ => {}
        }
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    slash: Slash,
}

impl Reader<'_> {
    /// Reads the value that begins with `token`, without recursion.
    fn read(&mut self, mut token: Token) -> Result<Node, Error> {
        let mut stack: Vec<Frame> = Vec::new();
        loop {
            let mut value = self.begin(token, &mut stack)?;
            // Hands finished values up until a list or map has another entry.
            token = loop {
                let Some(mut frame) = stack.pop() else {
                    // Nothing is open: the value is whole.
                    return value.ok_or(Error::UnexpectedEnd);
                };
                if let Some(value) = value.take() {
                    frame.add(value);
                }
                if let Some(token) = self.entry(&mut frame)? {
                    stack.push(frame);
                    break token;
                }
                value = Some(frame.value);
            };
        }
    }

    /// The value of a token; `None` when it opens a list or map, which then lies on the stack.
    // spec: ipld.depth-max
    fn begin(&mut self, token: Token, stack: &mut Vec<Frame>) -> Result<Option<Node>, Error> {
        let opened = match token {
            Token::Null => return Ok(Some(Node::Null)),
            Token::Bool(value) => return Ok(Some(Node::Bool(value))),
            Token::Int(value) => return Ok(Some(Node::Int(value.into()))),
            Token::Float(value) => return Ok(Some(Node::Float(value))),
            Token::String(text) => return Ok(Some(Node::String(Text::from_bytes(text)))),
            Token::List | Token::Map if stack.len() >= DEPTH_MAX => return Err(Error::Depth),
            Token::List => Node::List(Vec::new()),
            Token::Map => {
                if self.slash == Slash::Special
                    && let Some(node) = self.special()?
                {
                    return Ok(Some(node));
                }
                Node::Map(Vec::new())
            }
        };
        stack.push(Frame { value: opened, key: Text::default(), seen: HashSet::new() });
        Ok(None)
    }

    /// The first token of the next entry; `None` at the end of the list or map.
    fn entry(&mut self, frame: &mut Frame) -> Result<Option<Token>, Error> {
        let map = match &frame.value {
            Node::Map(map) => map,
            Node::List(list) => return self.element(!list.is_empty()),
            _ => return Ok(None),
        };
        let Some(key) = self.key(!map.is_empty())? else { return Ok(None) };
        frame.key = Text::from_bytes(key);
        // spec: json.no-duplicate-keys
        if !frame.seen.insert(frame.key.clone()) {
            return Err(Error::DuplicateKey(quoted(frame.key.as_bytes())));
        }
        self.value_token().map(Some)
    }

    /// Reads the rest of a map that is a link or bytes; otherwise leaves the reader where it was.
    // spec: dag-json.links
    // spec: dag-json.bytes
    fn special(&mut self) -> Result<Option<Node>, Error> {
        let start = self.at;
        let node = self.special_here();
        if !matches!(node, Ok(Some(_))) {
            self.at = start;
        }
        node
    }

    fn special_here(&mut self) -> Result<Option<Node>, Error> {
        if !self.key_is(b"/")? {
            return Ok(None);
        }
        match self.value_token()? {
            Token::String(link) if self.ends()? => {
                Ok(Some(Node::Link(cid::parse_bytes(&link)?.into())))
            }
            Token::Map if self.key_is(b"bytes")? => match self.value_token()? {
                Token::String(data) if self.ends()? && self.ends()? => {
                    Ok(Some(Node::Bytes(base64(&data)?)))
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// Whether the first key of a map is `wanted`. What is no string at all is left for the
    /// ordinary path to refuse.
    fn key_is(&mut self, wanted: &[u8]) -> Result<bool, Error> {
        match self.key(false) {
            Ok(key) => Ok(key.is_some_and(|key| key == wanted)),
            Err(Error::Key(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the map ends after its first entry.
    fn ends(&mut self) -> Result<bool, Error> {
        match self.key(true) {
            Ok(key) => Ok(key.is_none()),
            Err(Error::Key(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The next element of a list; `None` at its end.
    // spec: json.trailing-comma
    fn element(&mut self, after_other: bool) -> Result<Option<Token>, Error> {
        let mut byte = self.skip_space()?;
        if after_other {
            match byte {
                b']' => return Ok(None),
                b',' => byte = self.skip_space()?,
                other => return Err(Error::AfterElement(name(other))),
            }
        }
        match byte {
            b']' => Ok(None),
            other => self.start("value", other).map(Some),
        }
    }

    /// The next key of a map, with its colon; `None` at the end of the map.
    fn key(&mut self, after_other: bool) -> Result<Option<Vec<u8>>, Error> {
        let mut byte = self.skip_space()?;
        if after_other {
            match byte {
                b'}' => return Ok(None),
                b',' => byte = self.skip_space()?,
                other => return Err(Error::AfterEntry(name(other))),
            }
        }
        if byte == b'}' {
            return Ok(None);
        }
        let token = self.start("key", byte)?;
        match self.skip_space()? {
            b':' => {}
            other => return Err(Error::Colon(name(other))),
        }
        match token {
            Token::String(key) => Ok(Some(key)),
            other => Err(Error::Key(other.kind())),
        }
    }

    fn value_token(&mut self) -> Result<Token, Error> {
        let byte = self.skip_space()?;
        self.start("value", byte)
    }

    fn start(&mut self, what: &'static str, byte: u8) -> Result<Token, Error> {
        Ok(match byte {
            b'{' => Token::Map,
            b'[' => Token::List,
            b'n' => self.literal("ull", Token::Null)?,
            b't' => self.literal("rue", Token::Bool(true))?,
            b'f' => self.literal("alse", Token::Bool(false))?,
            b'"' => Token::String(self.string()?),
            b'-' | b'0'..=b'9' => self.number()?,
            other => return Err(Error::Start(what, name(other))),
        })
    }

    fn literal(&mut self, suffix: &'static str, token: Token) -> Result<Token, Error> {
        let left = &self.text[self.at..];
        if left.len() < suffix.len() {
            return Err(if left.is_empty() { Error::End } else { Error::UnexpectedEnd });
        }
        let got = &left[..suffix.len()];
        if got != suffix.as_bytes() {
            return Err(Error::Literal(quoted(suffix.as_bytes()), quoted(got)));
        }
        self.at += suffix.len();
        Ok(token)
    }

    /// The rest of a string. Bytes that are not UTF-8 and lone surrogates become U+FFFD.
    // spec: json.strings-utf8
    fn string(&mut self) -> Result<Vec<u8>, Error> {
        let start = self.at;
        let mut escaped = false;
        loop {
            match self.byte()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                control @ 0..0x20 => return Err(Error::Control(control)),
                _ => {}
            }
        }
        let raw = &self.text[start..self.at - 1];
        Ok(match (escaped, std::str::from_utf8(raw)) {
            (false, Ok(_)) => raw.to_vec(),
            _ => unescaped(raw),
        })
    }

    fn escape(&mut self) -> Result<(), Error> {
        match self.byte()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => (0..4).try_for_each(|_| match self.byte()? {
                digit if digit.is_ascii_hexdigit() => Ok(()),
                other => Err(Error::Hex(other)),
            }),
            other => Err(Error::Escape(other)),
        }
    }

    /// The number that began one byte ago. Takes as much as could belong to one.
    // spec: json.numbers
    fn number(&mut self) -> Result<Token, Error> {
        let start = self.at - 1;
        self.at = start;
        self.accept(|byte| byte == b'-');
        let digits = match self.accept(|byte| byte == b'0') {
            true => 1,
            false => self.accept_all(|byte| byte.is_ascii_digit()),
        };
        if digits > 0 {
            let mut exponent = true;
            if self.accept(|byte| byte == b'.') {
                exponent = self.accept_all(|byte| byte.is_ascii_digit()) > 0;
            }
            if exponent && self.accept(|byte| matches!(byte, b'e' | b'E')) {
                self.accept(|byte| matches!(byte, b'+' | b'-'));
                self.accept_all(|byte| byte.is_ascii_digit());
            }
        }
        let text = std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        let quoted = || quoted(text.as_bytes());
        if let Ok(value) = text.parse::<i64>() {
            return Ok(Token::Int(value));
        }
        let is_int = text.strip_prefix('-').unwrap_or(text).bytes().all(|b| b.is_ascii_digit());
        if is_int && text != "-" {
            return Err(Error::IntRange(quoted()));
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Token::Float(value)),
            Ok(_) => Err(Error::FloatRange(quoted())),
            Err(_) => Err(Error::Number(quoted())),
        }
    }

    fn accept(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        let found = self.text.get(self.at).is_some_and(|&byte| wanted(byte));
        self.at += usize::from(found);
        found
    }

    fn accept_all(&mut self, wanted: impl Fn(u8) -> bool) -> usize {
        let length = self.text[self.at..].iter().take_while(|&&byte| wanted(byte)).count();
        self.at += length;
        length
    }

    fn byte(&mut self) -> Result<u8, Error> {
        let byte = *self.text.get(self.at).ok_or(Error::End)?;
        self.at += 1;
        Ok(byte)
    }

    fn skip_space(&mut self) -> Result<u8, Error> {
        self.accept_all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        self.byte()
    }
}

/// Resolves the escapes of a string whose form was checked.
fn unescaped(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|&byte| byte == b'\\') {
        push_utf8(&rest[..at], &mut out);
        let code = rest.get(at + 1).copied().unwrap_or(b'\\');
        rest = rest.get(at + 2..).unwrap_or_default();
        match code {
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => {
                let unit = hex4(rest).unwrap_or_default();
                rest = rest.get(4..).unwrap_or_default();
                let low = rest.strip_prefix(b"\\u").and_then(hex4);
                let letter = match (unit, low) {
                    (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) => {
                        rest = &rest[6..];
                        char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
                    }
                    _ => char::from_u32(unit),
                };
                let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            }
            other => out.push(other),
        }
    }
    push_utf8(rest, &mut out);
    out
}

/// One U+FFFD for every byte that is not part of a character.
fn push_utf8(raw: &[u8], out: &mut Vec<u8>) {
    for chunk in raw.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        chunk.invalid().iter().for_each(|_| out.extend_from_slice("\u{fffd}".as_bytes()));
    }
}

fn hex4(text: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(text.get(..4)?).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

/// Base64 with or without padding.
fn base64(text: &[u8]) -> Result<Bytes, Error> {
    let with = |prefix: u8| {
        let text: Vec<u8> = std::iter::once(prefix).chain(text.iter().copied()).collect();
        multibase::decode(&text).map(|(_, data)| Bytes::from(data))
    };
    Ok(with(b'm').or_else(|_| with(b'M'))?)
}

/// A byte as the reference's messages name it.
fn name(byte: u8) -> String {
    match byte {
        b',' => "comma",
        b':' => "colon",
        b'{' => "map open",
        b'}' => "map close",
        b'[' => "array open",
        b']' => "array close",
        b'"' => "quote",
        other => return format!("0x{other:x}"),
    }
    .into()
}
