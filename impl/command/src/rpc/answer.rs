//! Spec: spec/command/rpc.md
//!
//! How results become an HTTP answer: values, bytes, errors before and after the first of them.

use crate::emit::{AnyOutput, Sink};
use crate::encode::Encoding;
use crate::error::{Error, Kind, Result};
use crate::request::Request;
use crate::table::OutputKind;
use crate::terminal::Terminal;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use ipfs_node::http::body::{self, Writer};
use ipfs_node::http::{Body, full};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::oneshot;

const STREAM: HeaderName = HeaderName::from_static("x-stream-output");
const CHUNKED: HeaderName = HeaderName::from_static("x-chunked-output");
const LENGTH: HeaderName = HeaderName::from_static("x-content-length");
const STREAM_ERROR: HeaderName = HeaderName::from_static("x-stream-error");
const EXPOSED: HeaderValue =
    HeaderValue::from_static("X-Stream-Output, X-Chunked-Output, X-Content-Length");
const ONE: HeaderValue = HeaderValue::from_static("1");
const SERVER: HeaderValue = HeaderValue::from_static(super::AGENT);

/// A plain answer, as Go's HTTP library writes its errors.
pub(super) fn text(status: StatusCode, message: &str) -> Response<Body> {
    let mut response = Response::new(full(format!("{}\n", message.trim_end_matches('\n'))));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

pub(super) fn not_found() -> Response<Body> {
    text(StatusCode::NOT_FOUND, "404 page not found")
}

fn media_type(encoding: Encoding) -> HeaderValue {
    HeaderValue::from_static(match encoding {
        Encoding::Json => "application/json",
        Encoding::Xml => "application/xml",
        Encoding::Text | Encoding::TextNewline => "text/plain",
        Encoding::OctetStream => "application/octet-stream",
    })
}

/// What a first result is: it decides the head of the answer.
enum First {
    Value,
    Bytes,
    Nothing,
}

/// Turns what a command emits into the head and the body of an answer.
pub(super) struct Reply {
    output: OutputKind,
    encoding: Encoding,
    headers: HeaderMap,
    length: Option<u64>,
    only: bool,
    media_type: Option<&'static str>,
    uploaded: Arc<AtomicBool>,
    head: Option<oneshot::Sender<Response<Body>>>,
    body: Option<Writer>,
}

impl Reply {
    /// A reply whose head goes to `head`; `uploaded` tells whether the request was read to its end.
    pub(super) fn new(
        request: &Request,
        headers: HeaderMap,
        uploaded: Arc<AtomicBool>,
        head: oneshot::Sender<Response<Body>>,
    ) -> Self {
        let output = request.command.output;
        let encoding = request.encoding;
        Self {
            output,
            encoding,
            headers,
            length: None,
            only: matches!(output, OutputKind::Value(_)),
            media_type: None,
            uploaded,
            head: Some(head),
            body: None,
        }
    }

    // spec: rpc.stream-headers, rpc.trailer-declared, rpc.server-header, rpc.user-headers
    // spec: rpc.content-length, rpc.chunked
    fn common(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.insert(header::SERVER, SERVER);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, EXPOSED);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        headers.insert(header::TRAILER, HeaderValue::from_static("X-Stream-Error"));
        // spec: rpc.close-unread, rpc.keep-alive
        if !self.uploaded.load(Ordering::Acquire) {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(bytes) = self.length {
            headers.insert(LENGTH, bytes.into());
        }
        headers
    }

    // spec: rpc.mode-value, rpc.mode-lines, rpc.mode-empty, rpc.mode-bytes
    fn start(&mut self, first: &First) -> Result<&mut Writer> {
        if let Some(head) = self.head.take() {
            let mut headers = self.common();
            let mut media = media_type(self.encoding);
            match first {
                First::Bytes => {
                    headers.insert(STREAM, ONE);
                    if self.encoding == Encoding::Json {
                        media = HeaderValue::from_static("text/plain");
                    }
                    let usual = match self.output {
                        OutputKind::Bytes(own) => Some(own),
                        _ => None,
                    };
                    let own = self.media_type.or(usual);
                    if let Some(own) =
                        own.filter(|own| !matches!(*own, "application/octet-stream" | "text/plain"))
                    {
                        media = HeaderValue::from_static(own);
                    }
                }
                First::Value if self.only => {}
                First::Value | First::Nothing => {
                    headers.insert(CHUNKED, ONE);
                }
            }
            headers.insert(header::CONTENT_TYPE, media);
            let (writer, body) = body::channel();
            let mut response = Response::new(body);
            *response.headers_mut() = headers;
            head.send(response).map_err(|_| Error::cancelled())?;
            self.body = Some(writer);
        }
        self.body.as_mut().ok_or_else(Error::cancelled)
    }

    /// Ends the answer with the outcome of the command.
    // spec: rpc.error-trailer
    pub(super) fn end(mut self, result: Result<()>) {
        let error = result.err();
        if let Some(error) = &error
            && let Some(head) = self.head.take()
        {
            let _ = head.send(self.error(error));
            return;
        }
        let nothing = match self.output {
            OutputKind::Bytes(_) => First::Bytes,
            _ => First::Nothing,
        };
        if self.start(&nothing).is_err() {
            return;
        }
        let trailers = error.map(|error| {
            let line: String =
                error.message().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let mut trailers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(line.as_bytes()) {
                trailers.insert(STREAM_ERROR, value);
            }
            trailers
        });
        if let Some(body) = self.body.take() {
            let _ = body.finish(trailers);
        }
    }

    /// Answers that the request is no call.
    pub(super) fn refuse(mut self, error: &Error) {
        if let Some(head) = self.head.take() {
            let _ = head.send(text(StatusCode::BAD_REQUEST, error.message()));
        }
    }

    // spec: rpc.error-object, rpc.error-status
    fn error(&self, error: &Error) -> Response<Body> {
        let code = error.kind().rpc_code();
        let body = serde_json::json!({ "Message": error.message(), "Code": code, "Type": "error" });
        let mut text = Vec::new();
        let _ = crate::encode::json::write(&body, &mut text);
        text.push(b'\n');
        let mut response = Response::new(full(text));
        let status = StatusCode::from_u16(error.kind().http_status());
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = self.common();
        response.headers_mut().remove(LENGTH);
        response.headers_mut().insert(header::CONTENT_TYPE, media_type(Encoding::Json));
        response
    }
}

impl Sink for Reply {
    // spec: rpc.early-answer, rpc.error-in-value, rpc.slow-reader
    fn value(&mut self, value: &dyn AnyOutput, request: &Request) -> Result<()> {
        let mut text = Vec::new();
        value.encode(self.encoding, request, &mut text)?;
        let body = self.start(&First::Value)?;
        body.send(Bytes::from(text)).map_err(gone)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        let body = self.start(&First::Bytes)?;
        body.write_all(bytes).map_err(gone)
    }

    fn flush(&mut self) -> Result<()> {
        self.start(&First::Bytes)?.flush().map_err(gone)
    }

    fn length(&mut self, bytes: u64) {
        self.length = Some(bytes);
    }

    fn only(&mut self) {
        self.only = true;
    }

    fn media_type(&mut self, media_type: &'static str) {
        self.media_type = Some(media_type);
    }

    fn terminal(&mut self) -> Option<&mut Terminal> {
        None
    }
}

fn gone(_: std::io::Error) -> Error {
    Error::with_kind(Kind::Cancelled, "context canceled")
}
