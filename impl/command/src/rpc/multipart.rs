//! Spec: spec/command/rpc.md
//!
//! The parts of a `multipart/form-data` body, read as they arrive and with bounded memory.

use bytes::{Bytes, BytesMut};
use ipfs_node::http::body::Reader;
use memchr::memmem;
use std::io;

/// Largest head of a part, in bytes.
const PART_HEAD_BYTES_MAX: usize = 64 << 10;

/// Longest boundary, in bytes (RFC 2046).
const BOUNDARY_BYTES_MAX: usize = 70;

/// Most parts of a body that are read before one of them is used.
const PARTS_MAX: u64 = 10_000_000;

/// Headers of a part.
#[derive(Debug, Default, Clone)]
pub(super) struct PartHead {
    lines: Vec<(String, String)>,
}

impl PartHead {
    /// The value of a header, by its name in lower case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.lines.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    #[cfg(test)]
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.lines.push((name.to_owned(), value.to_owned()));
    }

    fn parse(bytes: &[u8]) -> io::Result<Self> {
        let mut lines: Vec<(String, String)> = Vec::new();
        for line in bytes.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            let text = String::from_utf8_lossy(line);
            if text.starts_with([' ', '\t'])
                && let Some((_, value)) = lines.last_mut()
            {
                value.push(' ');
                value.push_str(text.trim());
                continue;
            }
            let Some((name, value)) = text.split_once(':') else {
                return Err(bad(&format!("malformed MIME header line: {text}")));
            };
            lines.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Self { lines })
    }
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

fn broken_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "unexpected EOF")
}

#[derive(PartialEq)]
enum At {
    /// Before the first boundary.
    Start,
    /// Inside the content of a part.
    Content,
    /// Behind the content of a part, at its delimiter.
    Delimiter,
    /// Behind the last boundary.
    End,
}

/// The parts of one body.
pub(super) struct Parts {
    body: Reader,
    buffer: Bytes,
    /// `\r\n--BOUNDARY`
    delimiter: Vec<u8>,
    at: At,
    number: u64,
}

impl Parts {
    /// Reads parts between lines of this boundary.
    pub(super) fn new(body: Reader, boundary: &str) -> Self {
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        Self { body, buffer: Bytes::new(), delimiter, at: At::Start, number: 0 }
    }

    /// Whether a text may be a boundary.
    pub(super) fn is_boundary(text: &str) -> bool {
        (1..=BOUNDARY_BYTES_MAX).contains(&text.len())
            && text.bytes().all(|byte| (b' '..0x7f).contains(&byte))
    }

    /// The number of the current part, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Goes to the next part, past what is left of the current one. `None` behind the last one.
    ///
    /// # Errors
    /// When the body breaks off or has another form.
    // spec: rpc.many-parts
    pub(super) fn next(&mut self) -> io::Result<Option<PartHead>> {
        match self.at {
            At::End => return Ok(None),
            At::Start => self.skip_preamble()?,
            At::Content => while self.content()?.is_some() {},
            At::Delimiter => {}
        }
        if self.at == At::End {
            return Ok(None);
        }
        self.number += 1;
        if self.number > PARTS_MAX {
            return Err(bad("multipart: too many parts"));
        }
        // Behind the boundary: `--` at the end of all, or a line break.
        while self.buffer.len() < 2 {
            self.fill()?;
        }
        if self.buffer.starts_with(b"--") {
            self.at = At::End;
            return Ok(None);
        }
        let line = self.until(b"\n")?;
        if !line.iter().all(|byte| b" \t\r".contains(byte)) {
            return Err(bad("multipart: expecting a new Part"));
        }
        let head = self.head()?;
        self.at = At::Content;
        Ok(Some(head))
    }

    // spec: rpc.part-framing
    fn skip_preamble(&mut self) -> io::Result<()> {
        let first = self.delimiter[2..].to_vec();
        loop {
            if let Some(at) = memmem::find(&self.buffer, &first) {
                let _ = self.buffer.split_to(at + first.len());
                self.at = At::Delimiter;
                return Ok(());
            }
            let kept = self.buffer.len().min(first.len());
            let _ = self.buffer.split_to(self.buffer.len() - kept);
            if !self.more()? {
                if self.buffer.is_empty() {
                    self.at = At::End;
                    return Ok(());
                }
                return Err(bad("multipart: NextPart: EOF"));
            }
        }
    }

    // spec: rpc.part-head-limit
    fn head(&mut self) -> io::Result<PartHead> {
        let mut head = Vec::new();
        loop {
            let line = self.until(b"\n")?;
            if line.iter().all(|byte| b"\r".contains(byte)) {
                return PartHead::parse(&head);
            }
            head.extend_from_slice(&line);
            head.push(b'\n');
            if head.len() > PART_HEAD_BYTES_MAX {
                return Err(bad("multipart: message too large"));
            }
        }
    }

    /// Takes what comes before the end mark, and the mark too.
    fn until(&mut self, mark: &[u8]) -> io::Result<Bytes> {
        let mut searched = 0;
        loop {
            if let Some(at) = memmem::find(&self.buffer[searched..], mark) {
                let line = self.buffer.split_to(searched + at);
                let _ = self.buffer.split_to(mark.len());
                return Ok(line);
            }
            searched = self.buffer.len().saturating_sub(mark.len());
            if self.buffer.len() > PART_HEAD_BYTES_MAX {
                return Err(bad("multipart: message too large"));
            }
            self.fill()?;
        }
    }

    /// Some bytes of the current part's content; `None` at its end.
    ///
    /// # Errors
    /// When the body breaks off.
    // spec: rpc.part-bytes, rpc.part-unfinished
    pub(super) fn content(&mut self) -> io::Result<Option<Bytes>> {
        while self.at == At::Content {
            if let Some(at) = memmem::find(&self.buffer, &self.delimiter) {
                let content = self.buffer.split_to(at);
                let _ = self.buffer.split_to(self.delimiter.len());
                self.at = At::Delimiter;
                return Ok((!content.is_empty()).then_some(content));
            }
            // An empty content: the delimiter follows the head without a line break of its own.
            let sure = self.buffer.len().saturating_sub(self.delimiter.len());
            if sure > 0 {
                return Ok(Some(self.buffer.split_to(sure)));
            }
            let Some(chunk) = self.body.next_chunk()? else { return Err(broken_off()) };
            if let Some(content) = self.pass(chunk) {
                return Ok(Some(content));
            }
        }
        Ok(None)
    }

    /// Takes a chunk into the buffer. What the buffer held is content when no delimiter begins in
    /// it: long contents come through without being copied.
    fn pass(&mut self, chunk: Bytes) -> Option<Bytes> {
        let across = self.delimiter.len() - 1;
        if self.buffer.is_empty() || chunk.len() < across {
            self.append(chunk);
            return None;
        }
        let seam = [&self.buffer[..], &chunk[..across]].concat();
        if memmem::find(&seam, &self.delimiter).is_some() {
            self.append(chunk);
            return None;
        }
        Some(std::mem::replace(&mut self.buffer, chunk))
    }

    fn append(&mut self, chunk: Bytes) {
        if self.buffer.is_empty() {
            self.buffer = chunk;
        } else {
            let mut joined = BytesMut::from(std::mem::take(&mut self.buffer));
            joined.extend_from_slice(&chunk);
            self.buffer = joined.freeze();
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        match self.more()? {
            true => Ok(()),
            false => Err(broken_off()),
        }
    }

    fn more(&mut self) -> io::Result<bool> {
        let Some(chunk) = self.body.next_chunk()? else { return Ok(false) };
        self.append(chunk);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipfs_node::http::body::pull;

    type Read = io::Result<Vec<(Option<String>, Vec<u8>)>>;

    /// Reads a body that arrives in pieces of `step` bytes.
    fn read(body: &str, step: usize) -> Read {
        let runtime = ipfs_node::runtime::daemon().unwrap();
        let _inside = runtime.enter();
        let pieces: Vec<_> =
            body.as_bytes().chunks(step).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let mut parts = Parts::new(Reader::new(pull(pieces.into_iter())), "bb");
        let mut out = Vec::new();
        while let Some(head) = parts.next()? {
            let mut content = Vec::new();
            while let Some(bytes) = parts.content()? {
                content.extend_from_slice(&bytes);
            }
            out.push((head.get("x").map(str::to_owned), content));
        }
        Ok(out)
    }

    #[test]
    fn parts_arrive_whatever_the_pieces() {
        let body = "preamble\r\n--bb\r\nX: 1\r\n\r\none\r\n--b\r\n\r\n--bb\r\nX: 2\r\n\r\n\r\n--bb\r\n\
                    \r\n--bbb\r\n--bb--\r\nafter";
        for step in [1, 2, 3, 7, 1000] {
            let parts = read(body, step).unwrap();
            assert_eq!(parts.len(), 3, "{step}");
            assert_eq!(parts[0], (Some("1".into()), b"one\r\n--b\r\n".to_vec()));
            assert_eq!(parts[1], (Some("2".into()), Vec::new()));
            assert_eq!(parts[2], (None, b"--bbb".to_vec()));
        }
    }

    #[test]
    fn long_contents_arrive_whatever_the_pieces() {
        let content = "\r\n--b-\r\n".repeat(100);
        let body = format!("--bb\r\n\r\n{content}\r\n--bb--");
        for step in 1..60 {
            let parts = read(&body, step).unwrap();
            assert_eq!(parts, [(None, content.clone().into_bytes())], "{step}");
        }
    }

    #[test]
    fn a_body_that_breaks_off_is_an_error() {
        for body in ["--bb\r\nX: 1\r\n\r\none", "--bb\r\nX", "--bb"] {
            assert!(read(body, 5).is_err(), "{body}");
        }
    }

    #[test]
    fn endless_heads_are_refused() {
        let body = format!("--bb\r\nX: {}\r\n\r\n\r\n--bb--", "y".repeat(PART_HEAD_BYTES_MAX));
        assert!(read(&body, 4096).is_err());
        let body = format!("--bb\r\n{}\r\n\r\n--bb--", "a: b\r\n".repeat(PART_HEAD_BYTES_MAX));
        assert!(read(&body, 4096).is_err());
    }
}
