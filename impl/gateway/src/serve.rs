//! Spec: spec/gateway/path-gateway.md
//!
//! Sending some content: conditions, ranges, lengths. All formats whose length is known go through
//! here.

use crate::Response;
use crate::conditional::{self, Verdict};
use crate::error::Error;
use crate::range::{self, Part};
use crate::request::Head;
use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    LAST_MODIFIED, LOCATION, RANGE,
};
use http::{Method, StatusCode};
use ipfs_data::unixfs::read::Reader;
use ipfs_node::http::body::{self, BodyError};
use std::collections::VecDeque;
use std::time::{SystemTime, UNIX_EPOCH};

/// Files up to this many bytes are read before the answer starts, so that they need one step only.
pub const WHOLE_BYTES_MAX: u64 = 256 << 10;

/// Where the bytes of an answer come from.
pub enum Content {
    /// Memory.
    Bytes(Bytes),
    /// A file, read as the client takes it.
    File(Box<Reader<'static>>),
}

impl std::fmt::Debug for Content {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(out, "Bytes({})", bytes.len()),
            Self::File(_) => out.write_str("File"),
        }
    }
}

/// Some content with all that is known of it.
#[derive(Debug)]
pub struct Representation {
    /// `Content-Type`, `Etag`, `Cache-Control` and what else the format wants.
    pub headers: HeaderMap,
    /// When it was changed last.
    pub modified: Option<SystemTime>,
    /// Its length in bytes.
    pub bytes: u64,
    /// Where it is.
    pub content: Content,
}

/// Answers with some content, or as much of it as is wanted.
///
/// # Errors
/// 400 and 416 for ranges that make no sense; 412 for conditions that are not met.
pub fn serve(head: &Head, mut what: Representation) -> Result<Response, Error> {
    set_last_modified(&mut what.headers, what.modified);
    let etag = what.headers.get(ETAG).and_then(|etag| etag.to_str().ok()).unwrap_or_default();
    let ranges = match conditional::evaluate(head, etag, what.modified) {
        Verdict::Send { ranges } => ranges,
        Verdict::NotModified => return Ok(not_modified(what.headers)),
        Verdict::Failed => {
            let mut failed = response(StatusCode::PRECONDITION_FAILED, what.headers, body::empty());
            failed.headers_mut().remove(CONTENT_TYPE);
            return Ok(failed);
        }
    };
    let parts = match head.header(RANGE).filter(|_| ranges) {
        Some(header) => wanted_parts(header, &what)?,
        None => Vec::new(),
    };
    // spec: path-gateway.accept-ranges
    what.headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    match parts[..] {
        [] => {
            let plan = Plan::one(Part { start: 0, bytes: what.bytes });
            send(head, StatusCode::OK, what, plan)
        }
        [part] => {
            what.headers.insert(CONTENT_RANGE, ascii(&part.content_range(what.bytes)));
            send(head, StatusCode::PARTIAL_CONTENT, what, Plan::one(part))
        }
        _ => send_parts(head, what, &parts),
    }
}

fn wanted_parts(header: &str, what: &Representation) -> Result<Vec<Part>, Error> {
    // spec: path-gateway.range-unsatisfiable
    let specs = range::parse(header).map_err(invalid_range)?;
    range::resolve(&specs, what.bytes).map_err(|error| {
        let mut refusal = Error::new(StatusCode::RANGE_NOT_SATISFIABLE, error.to_string());
        *refusal.headers = what.headers.clone();
        refusal.with_header(CONTENT_RANGE, ascii(&format!("bytes */{}", what.bytes)))
    })
}

/// 400 for a range that can't be read.
pub fn invalid_range(error: range::Error) -> Error {
    Error::bad_request(format!("invalid range request: {error}"))
}

/// What is sent, in order.
#[derive(Debug, Default)]
struct Plan {
    pieces: VecDeque<Piece>,
    bytes: u64,
}

#[derive(Debug)]
enum Piece {
    Text(Bytes),
    Part(Part),
}

impl Plan {
    fn one(part: Part) -> Self {
        Self { pieces: [Piece::Part(part)].into(), bytes: part.bytes }
    }

    fn push_text(&mut self, text: String) {
        self.bytes += text.len() as u64;
        self.pieces.push_back(Piece::Text(text.into()));
    }

    fn push_part(&mut self, part: Part) {
        self.bytes += part.bytes;
        self.pieces.push_back(Piece::Part(part));
    }
}

/// Several parts, each with a small head of its own.
// spec: path-gateway.multiple-ranges
fn send_parts(head: &Head, mut what: Representation, parts: &[Part]) -> Result<Response, Error> {
    let boundary = boundary(what.headers.get(ETAG), parts);
    let content_type = what.headers.get(CONTENT_TYPE).cloned();
    let content_type = content_type.as_ref().and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut plan = Plan::default();
    for (index, part) in parts.iter().enumerate() {
        let line = if index == 0 { "" } else { "\r\n" };
        plan.push_text(format!(
            "{line}--{boundary}\r\nContent-Range: {}\r\nContent-Type: {content_type}\r\n\r\n",
            part.content_range(what.bytes)
        ));
        plan.push_part(*part);
    }
    plan.push_text(format!("\r\n--{boundary}--\r\n"));
    let multipart = format!("multipart/byteranges; boundary={boundary}");
    what.headers.insert(CONTENT_TYPE, ascii(&multipart));
    send(head, StatusCode::PARTIAL_CONTENT, what, plan)
}

/// A line that content does not hold by chance: made of the content's name and of what is wanted.
fn boundary(etag: Option<&HeaderValue>, parts: &[Part]) -> String {
    use std::hash::{BuildHasher, Hash, Hasher, RandomState};
    let mut hasher = RandomState::new().build_hasher();
    etag.map(HeaderValue::as_bytes).hash(&mut hasher);
    parts.iter().for_each(|part| (part.start, part.bytes).hash(&mut hasher));
    let first = hasher.finish();
    parts.len().hash(&mut hasher);
    format!("{first:016x}{:016x}", hasher.finish())
}

fn send(
    head: &Head,
    status: StatusCode,
    mut what: Representation,
    plan: Plan,
) -> Result<Response, Error> {
    let bytes = plan.bytes;
    // spec: path-gateway.head
    what.headers.insert(CONTENT_LENGTH, bytes.into());
    if head.is_head() || bytes == 0 {
        return Ok(response(status, what.headers, body::empty()));
    }
    let mut chunks = Chunks { content: what.content, plan: plan.pieces, left: 0 };
    // spec: path-gateway.truncated
    if bytes > WHOLE_BYTES_MAX {
        return Ok(response(status, what.headers, body::pull_sized(chunks, bytes)));
    }
    let mut whole = Bytes::new();
    while let Some(chunk) = chunks.next().transpose().map_err(|e| Error::internal(e.to_string()))? {
        whole = match whole.is_empty() {
            true => chunk,
            false => [&whole[..], &chunk[..]].concat().into(),
        };
    }
    if whole.len() as u64 != bytes {
        return Err(Error::internal("file is shorter than its root says"));
    }
    Ok(response(status, what.headers, body::full(whole)))
}

/// The pieces of a plan, read one after another.
struct Chunks {
    content: Content,
    plan: VecDeque<Piece>,
    /// Bytes of the current part that are still to be read.
    left: u64,
}

impl Chunks {
    fn step(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            if self.left > 0 {
                let Content::File(reader) = &mut self.content else { return Ok(None) };
                let Some(mut piece) = reader.next_piece()? else {
                    return Err(Error::internal("file is shorter than its root says"));
                };
                piece.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
                self.left -= piece.len() as u64;
                return Ok(Some(piece));
            }
            match (self.plan.pop_front(), &mut self.content) {
                (None, _) => return Ok(None),
                (Some(Piece::Text(text)), _) => return Ok(Some(text)),
                (Some(Piece::Part(part)), Content::Bytes(bytes)) => {
                    let end =
                        part.start.saturating_add(part.bytes).min(bytes.len() as u64) as usize;
                    let start = (part.start as usize).min(end);
                    if start < end {
                        return Ok(Some(bytes.slice(start..end)));
                    }
                }
                (Some(Piece::Part(part)), Content::File(reader)) => {
                    reader.seek(part.start)?;
                    self.left = part.bytes;
                }
            }
        }
    }
}

impl Iterator for Chunks {
    type Item = Result<Bytes, BodyError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().map_err(|error| error.to_string().into()).transpose()
    }
}

/// An answer of these parts.
pub fn response(status: StatusCode, headers: HeaderMap, body: crate::Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// 304 with the headers that a client's copy is to be renewed with.
// spec: path-gateway.not-modified
pub fn not_modified(mut headers: HeaderMap) -> Response {
    headers.remove(CONTENT_TYPE);
    headers.remove(CONTENT_LENGTH);
    if headers.contains_key(ETAG) {
        headers.remove(LAST_MODIFIED);
    }
    response(StatusCode::NOT_MODIFIED, headers, body::empty())
}

/// Sets when content was changed last, unless that is unknown.
pub fn set_last_modified(headers: &mut HeaderMap, modified: Option<SystemTime>) {
    // Dates of HTTP are years of four digits.
    const YEAR_10000: u64 = 253_402_300_800;
    if let Some(modified) = modified
        && let Ok(since) = modified.duration_since(UNIX_EPOCH)
        && (1..YEAR_10000).contains(&since.as_secs())
    {
        headers.insert(LAST_MODIFIED, ascii(&httpdate::fmt_http_date(modified)));
    }
}

/// An answer that sends the client elsewhere, with a link for people.
pub fn redirect(head: &Head, status: StatusCode, target: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(LOCATION, location(target));
    let mut text = String::new();
    if matches!(head.method, Method::GET | Method::HEAD) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    }
    if head.method == Method::GET {
        let reason = status.canonical_reason().unwrap_or_default();
        text = format!("<a href=\"{}\">{reason}</a>.\n\n", crate::escape::html(target));
    }
    response(status, headers, body::full(text))
}

/// A target as a header: everything beyond ASCII escaped.
fn location(target: &str) -> HeaderValue {
    let mut text = String::with_capacity(target.len());
    for byte in target.bytes() {
        match byte {
            0x21..=0x7e => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02x}")),
        }
    }
    crate::headers::value(&text)
}

fn ascii(text: &str) -> HeaderValue {
    crate::headers::value(text)
}
