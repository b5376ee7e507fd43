//! Spec: spec/gateway/path-gateway.md
//!
//! A request for content, read once: what every format needs to know of it.

use crate::error::Error;
use crate::escape;
use crate::format::{self, Wanted};
use crate::query::Query;
use crate::resolve::{self, Resolution};
use bytes::Bytes;
use http::header::{AsHeaderName, HOST, HeaderMap, HeaderName};
use http::{Method, StatusCode, Version, request::Parts};
use ipfs_data::block::Source;
use ipfs_data::path::Path;
use std::time::{Duration, SystemTime};

/// Longest path and query of a request, in bytes.
pub const TARGET_BYTES_MAX: usize = 32 << 10;

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Most bytes that are taken along with a request (10 KiB): a record of a name.
pub const UPLOAD_BYTES_MAX: usize = ipfs_data::ipns_record::RECORD_BYTES_MAX;

/// Method, target and headers, with the escapes of the path undone.
#[derive(Debug, Clone)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// The host that the client wanted, with its port if it named one; may be empty.
    pub host: String,
    /// Whether the client came by HTTPS, to us or to a proxy before us.
    pub is_https: bool,
    /// The path, unescaped.
    pub path: String,
    /// The path as it was sent.
    pub raw_path: String,
    /// What follows `?`, as it was sent; empty for nothing.
    pub raw_query: String,
    /// The same, read.
    pub query: Query,
    /// The headers.
    pub headers: HeaderMap,
    /// What was sent along, where that means something; at most [`UPLOAD_BYTES_MAX`] and one more.
    pub upload: Bytes,
}

impl Head {
    /// Reads the head of a request.
    ///
    /// # Errors
    /// 414 for a target above [`TARGET_BYTES_MAX`], 400 for one that can't be unescaped.
    // spec: path-gateway.target-max
    pub fn read(parts: Parts) -> Result<Self, Error> {
        let uri = &parts.uri;
        let (raw_path, raw_query) = (uri.path(), uri.query().unwrap_or_default());
        if raw_path.len() + raw_query.len() > TARGET_BYTES_MAX {
            return Err(Error::new(StatusCode::URI_TOO_LONG, "request target is too long"));
        }
        // spec: path-gateway.broken-escape
        let path = escape::unescape(raw_path)
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| Error::bad_request("400 Bad Request: path has broken escapes"))?;
        let host = match uri.authority() {
            Some(authority) => authority.as_str().to_owned(),
            None => text(&parts.headers, HOST).unwrap_or_default().to_owned(),
        };
        // spec: subdomain.proxy
        let is_https = uri.scheme() == Some(&http::uri::Scheme::HTTPS)
            || text(&parts.headers, X_FORWARDED_PROTO) == Some("https");
        Ok(Self {
            host,
            is_https,
            path,
            raw_path: raw_path.to_owned(),
            raw_query: raw_query.to_owned(),
            query: Query::parse(raw_query),
            method: parts.method,
            headers: parts.headers,
            upload: Bytes::new(),
        })
    }

    /// Whether only headers are wanted.
    pub fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    /// A header as text; none when it is absent, empty or no text.
    pub fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        text(&self.headers, name)
    }

    /// Whether the client reads HTML, as browsers say they do.
    pub fn accepts_html(&self) -> bool {
        let accept = self.headers.get(http::header::ACCEPT);
        accept.is_some_and(|value| value.as_bytes().windows(9).any(|part| part == b"text/html"))
    }
}

/// Looks at the header `Host`, of which there has to be one since HTTP/1.1, and never more.
///
/// # Errors
/// 400.
// spec: path-gateway.host-header
pub fn check_host(parts: &Parts) -> Result<(), Error> {
    let bad = |why: &str| Err(Error::bad_request(format!("400 Bad Request: {why} Host header")));
    let mut all = parts.headers.get_all(HOST).iter();
    let host = match (all.next(), all.next()) {
        (Some(host), None) => host.to_str().unwrap_or(" "),
        (None, _) if parts.version < Version::HTTP_11 || parts.uri.authority().is_some() => "",
        (None, _) => return bad("missing required"),
        (Some(_), Some(_)) => return bad("too many"),
    };
    // The characters of RFC 3986 that a host and a port may be made of.
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!$%&'()*+,-.:;=[]_~".contains(c);
    if host.chars().all(allowed) { Ok(()) } else { bad("malformed") }
}

fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().filter(|text| !text.is_empty())
}

/// How the host name of a request was understood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// The path says everything; all content shares one origin.
    #[default]
    Path,
    /// The content root is part of the host name.
    Subdomain {
        /// The gateway's own name, with port, where other roots are found.
        gateway: String,
    },
    /// The host name is a name with a DNSLink.
    DnsLink {
        /// The host name, with port.
        host: String,
    },
}

impl Origin {
    /// Whether the content has an origin of its own, as web sites need it.
    // spec: redirects.origin
    pub fn is_isolated(&self) -> bool {
        *self != Self::Path
    }
}

/// A request after the host name was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routed {
    /// The unescaped path to serve: the request's own, or one made from the host name.
    pub path: String,
    /// How the host name was understood.
    pub origin: Origin,
    /// What the host's rules in `Gateway.PublicGateways` say about files and directories, if it has
    /// any.
    pub deserialized_responses: Option<bool>,
}

/// A request for content.
#[derive(Debug, Clone)]
pub struct ContentRequest {
    /// The request as it came; its path is the one that the client sees.
    pub head: Head,
    /// How the host name was understood.
    pub origin: Origin,
    /// The content path: of the request, or made from the host name.
    pub path: Path,
    /// The format that is wanted.
    pub wanted: Wanted,
    /// [`ContentRequest::path`] with names replaced by what they stand for.
    pub immutable: Path,
    /// How long the replaced names may be kept; `None` when that is unknown or there were none.
    pub ttl: Option<Duration>,
    /// When the replaced names were seen to say this.
    pub modified: Option<SystemTime>,
}

impl ContentRequest {
    /// Reads what is wanted of a path. Names are not followed yet.
    ///
    /// # Errors
    /// 400 for what is no content path, or when `Accept` can't be read.
    pub fn new(head: Head, origin: Origin, path: Path) -> Result<Self, Error> {
        let wanted = format::negotiate(&head.query, &head.headers).map_err(|reason| {
            Error::bad_request(format!("error while processing the Accept header: {reason}"))
        })?;
        Ok(Self { head, origin, immutable: path.clone(), path, wanted, ttl: None, modified: None })
    }

    /// Where the path leads.
    ///
    /// # Errors
    /// With the path in front of the reason.
    pub fn resolve(&self, source: &dyn Source) -> Result<Resolution, Error> {
        resolve::resolve(source, &self.immutable).map_err(|error| error.resolving(&self.path))
    }
}
