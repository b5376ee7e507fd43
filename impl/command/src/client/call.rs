//! Spec: spec/command/delegation.md
//!
//! HTTP requests to a daemon, and the errors that it answers with.

use super::{Daemon, NO_DAEMON};
use crate::error::{Error as CommandError, Kind, os_text};
use crate::rpc::asked;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use ipfs_node::http::address::Address;
use ipfs_node::http::body::{self, Body};
use ipfs_node::http::connect::{self, Trust};
use std::io;
use std::path::PathBuf;

/// What daemons take the client for.
const AGENT: &str = "go-ipfs-cmds/http";

/// Longest answer that is read at once, in bytes: errors and the version.
const ANSWER_BYTES_MAX: usize = 8 << 20;

/// Why a call got no answer to read.
#[derive(Debug)]
pub(super) enum Error {
    /// Nobody accepts connections.
    Refused,
    /// The daemon says so.
    Answered(Kind, String),
    /// The connection or the answer is broken.
    Broken(String),
}

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused => Self::new(NO_DAEMON),
            Error::Answered(kind, message) => Self::with_kind(kind, message),
            Error::Broken(message) => Self::new(message),
        }
    }
}

impl From<connect::Error> for Error {
    fn from(error: connect::Error) -> Self {
        match error {
            connect::Error::Refused { .. } => Self::Refused,
            connect::Error::Tls(error) => Self::Broken(match is_plain(&error) {
                true => "http: server gave HTTP response to HTTPS client".to_owned(),
                false if is_untrusted(&error) => UNTRUSTED.to_owned(),
                false => format!("tls: {}", os_text(&error)),
            }),
            error => Self::Broken(error.to_string()),
        }
    }
}

/// What the reference says of a certificate that nobody vouches for.
const UNTRUSTED: &str =
    "tls: failed to verify certificate: x509: certificate signed by unknown authority";

/// Whether the other side has a certificate of an unknown authority, or one it signed itself.
fn is_untrusted(error: &io::Error) -> bool {
    use tokio_rustls::rustls::{CertificateError, Error as Tls};
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<Tls>());
    match cause {
        Some(Tls::InvalidCertificate(CertificateError::UnknownIssuer)) => true,
        // A certificate of an authority, presented by a server: it stands for itself.
        Some(Tls::InvalidCertificate(CertificateError::Other(other))) => {
            other.0.to_string() == "CaUsedAsEndEntity"
        }
        _ => false,
    }
}

/// Whether the other side of a handshake seems to speak without TLS.
fn is_plain(error: &io::Error) -> bool {
    use tokio_rustls::rustls::{Error as Tls, InvalidMessage};
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<Tls>());
    matches!(cause, Some(Tls::InvalidMessage(InvalidMessage::InvalidContentType)))
}

/// One request.
pub(super) struct Call {
    target: String,
    body: Body,
    content_type: String,
    name: Option<u128>,
}

impl Call {
    /// A request without body.
    pub(super) fn post(target: &str) -> Self {
        let content_type = "application/octet-stream".to_owned();
        Self { target: target.to_owned(), body: body::empty(), content_type, name: None }
    }

    /// Adds a body.
    pub(super) fn with_body(&mut self, body: Body, content_type: String) {
        self.body = body;
        self.content_type = content_type;
    }

    /// Gives the call a name, by which the daemon can be asked about it.
    pub(super) fn named(&mut self, name: u128) {
        self.name = Some(name);
    }
}

/// A connection to a daemon, made again when the daemon closed it.
pub(super) struct Caller {
    address: Address,
    host: HeaderValue,
    authorization: Option<HeaderValue>,
    roots: Option<PathBuf>,
    open: Option<SendRequest<Body>>,
}

impl Caller {
    /// A caller that is not connected yet; `roots` is a file of certificate authorities.
    pub(super) fn new(daemon: &Daemon, roots: Option<PathBuf>) -> Result<Self, CommandError> {
        let address = daemon.address.clone();
        let host = address.authority().unwrap_or_else(|| "unix".to_owned());
        let host = HeaderValue::try_from(host)?;
        let authorization = match &daemon.authorization {
            Some(text) => Some(HeaderValue::try_from(text.as_str()).map_err(|_| {
                CommandError::new("net/http: invalid header field value for \"Authorization\"")
            })?),
            None => None,
        };
        Ok(Self { address, host, authorization, roots, open: None })
    }

    /// Another caller of the same daemon, with a connection of its own.
    pub(super) fn beside(&self) -> Self {
        Self {
            address: self.address.clone(),
            host: self.host.clone(),
            authorization: self.authorization.clone(),
            roots: self.roots.clone(),
            open: None,
        }
    }

    async fn connected(&mut self) -> Result<SendRequest<Body>, Error> {
        if let Some(mut sender) = self.open.take()
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        let trust = match &self.address {
            Address::Tcp { tls: true, .. } => {
                let trust = Trust::new(self.roots.as_deref());
                Some(trust.map_err(|error| Error::Broken(format!("tls: {error}")))?)
            }
            _ => None,
        };
        let stream = connect::connect(&self.address, trust.as_ref()).await?;
        let (sender, connection) = Builder::new()
            .title_case_headers(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| broken(&error, "EOF"))?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Sends a request and waits for the beginning of the answer.
    ///
    /// # Errors
    /// When nobody is there, or the answer is an error.
    pub(super) async fn send(&mut self, call: Call) -> Result<Response<Incoming>, Error> {
        let mut sender = self.connected().await?;
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(call.target)
            .header(HOST, self.host.clone())
            .header(USER_AGENT, AGENT)
            .header(CONTENT_TYPE, call.content_type);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if let Some(name) = call.name {
            request = request.header(asked::CALL, asked::name(name));
        }
        let request = request
            .body(call.body)
            .map_err(|error| Error::Broken(format!("cannot make the request: {error}")))?;
        let response = sender.send_request(request).await.map_err(|error| broken(&error, "EOF"))?;
        self.open = Some(sender);
        match response.status().as_u16() {
            200..300 => Ok(response),
            // spec: delegation.redirects
            status @ ..400 => {
                let target = response.headers().get(LOCATION);
                let target = target.and_then(|target| target.to_str().ok()).unwrap_or("nowhere");
                Err(Error::Broken(format!(
                    "the daemon answered with status {status} and redirects to {target}"
                )))
            }
            status => Err(refusal(status, response).await),
        }
    }
}

/// What is said about a connection that broke; `ended` if it just ended.
pub(super) fn broken(error: &hyper::Error, ended: &str) -> Error {
    let mut cause: &dyn std::error::Error = error;
    loop {
        if let Some(io) = cause.downcast_ref::<io::Error>()
            && io.kind() != io::ErrorKind::UnexpectedEof
        {
            return Error::Broken(os_text(io));
        }
        match cause.source() {
            Some(source) => cause = source,
            None => break,
        }
    }
    match error.is_parse() {
        true => Error::Broken(format!("malformed HTTP response: {error}")),
        false => Error::Broken(ended.to_owned()),
    }
}

/// The media type of an answer, without parameters.
pub(super) fn media_type<B>(response: &Response<B>) -> String {
    let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned()
}

/// Reads a whole short answer.
pub(super) async fn collect(response: Response<Incoming>) -> Result<Bytes, Error> {
    let body = http_body_util::Limited::new(response.into_body(), ANSWER_BYTES_MAX);
    match body.collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(match error.downcast_ref::<hyper::Error>() {
            Some(error) => broken(error, "unexpected EOF"),
            None => Error::Broken(format!("the answer has more than {ANSWER_BYTES_MAX} bytes")),
        }),
    }
}

/// The error in an answer.
// spec: delegation.errors
async fn refusal(status: u16, response: Response<Incoming>) -> Error {
    let media_type = media_type(&response);
    if status == 404 {
        return Error::Answered(Kind::Client, "Command not found.".to_owned());
    }
    let body = match collect(response).await {
        Ok(body) => body,
        Err(error) => return error,
    };
    match media_type.as_str() {
        "text/plain" => {
            let kind = if status == 400 { Kind::Client } else { Kind::Normal };
            Error::Answered(kind, String::from_utf8_lossy(&body).into_owned())
        }
        "application/json" => match super::response::error_value(&body) {
            Some(error) => Error::Answered(error.kind(), error.message().to_owned()),
            None => Error::Broken(format!("the daemon answered with status {status}")),
        },
        other => Error::Broken(format!("unknown error content type: {other}")),
    }
}
