//! Spec: spec/gateway/routing-v1.md
//!
//! Responses and their headers.

use super::{Filters, PEERS_MAX, Peer, Peers, RouterError};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LAST_MODIFIED, VARY};
use http::{HeaderValue, Response, StatusCode};
use ipfs_node::http::Body;
use ipfs_node::http::body::{full, pull};
use serde::Serialize;
use std::time::SystemTime;

/// How long an answer with peers may be kept, in seconds.
const MAX_AGE_FOUND_S: u64 = 300;
/// How long an answer without may be kept, in seconds.
const MAX_AGE_NONE_S: u64 = 15;
/// How long an old answer is better than none, in seconds: as long as provider records live.
const STALE_S: u64 = 48 * 3600;
/// Longest error text, in bytes.
const ERROR_BYTES_MAX: usize = 1024;

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Ndjson,
}

impl Form {
    /// What the values of `Accept` ask for.
    // spec: routing-v1.form
    pub(super) fn of<'a>(accept: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut accepted = accept
            .flat_map(|value| value.split(','))
            .map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
            .peekable();
        if accepted.peek().is_none() {
            return Some(Self::Json);
        }
        let mut form = None;
        for media_type in accepted {
            match media_type.as_str() {
                "application/x-ndjson" => return Some(Self::Ndjson),
                "application/json" | "*/*" => form = Some(Self::Json),
                _ => {}
            }
        }
        form
    }
}

fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// `Cache-Control`, in seconds.
pub(super) fn cache_control(max_age_s: u64, stale_s: u64) -> HeaderValue {
    header(&format!(
        "public, max-age={max_age_s}, stale-while-revalidate={stale_s}, stale-if-error={stale_s}"
    ))
}

pub(super) fn nothing_found() -> HeaderValue {
    cache_control(MAX_AGE_NONE_S, STALE_S)
}

/// Now, as headers have it.
pub(super) fn now() -> HeaderValue {
    header(&httpdate::fmt_http_date(SystemTime::now()))
}

/// An error as text.
pub(super) fn error(status: StatusCode, text: impl Into<String>) -> Response<Body> {
    let mut text: String = text.into();
    while text.len() > ERROR_BYTES_MAX {
        text.pop();
    }
    let mut response = Response::new(full(text));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

// spec: routing-v1.closest-unsupported
pub(super) fn failed(cause: &RouterError) -> Response<Body> {
    let status = match cause {
        RouterError::Unsupported(_) => StatusCode::NOT_IMPLEMENTED,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    error(status, format!("delegate error: {cause}"))
}

#[derive(Serialize)]
struct Providers {
    #[serde(rename = "Providers")]
    peers: Vec<Peer>,
}

#[derive(Serialize)]
struct Found {
    #[serde(rename = "Peers")]
    peers: Vec<Peer>,
}

/// Peers that pass the filters, in the wanted form. `as_providers` names the list.
// spec: routing-v1.empty-200
// spec: routing-v1.cache
pub(super) fn peers(
    found: Result<Peers, RouterError>,
    form: Form,
    filters: Filters,
    as_providers: bool,
) -> Response<Body> {
    let found = match found {
        Ok(found) => found,
        Err(RouterError::NotFound) => Box::new(std::iter::empty()) as Peers,
        Err(error) => return failed(&error),
    };
    let mut found = found
        .filter_map(move |peer| match peer {
            Ok(peer) => filters.apply(peer).map(Ok),
            Err(error) => Some(Err(error)),
        })
        .peekable();
    let any = found.peek().is_some();
    let (media_type, body) = match form {
        Form::Json => {
            let peers: Result<Vec<Peer>, RouterError> = found.take(PEERS_MAX).collect();
            let json = match peers {
                Err(error) => return failed(&error),
                Ok(peers) if as_providers => serde_json::to_vec(&Providers { peers }),
                Ok(peers) => serde_json::to_vec(&Found { peers }),
            };
            ("application/json", full(json.unwrap_or_default()))
        }
        Form::Ndjson if any => ("application/x-ndjson", pull(found.map(line))),
        Form::Ndjson => ("application/x-ndjson", full(Bytes::new())),
    };
    let max_age_s = if any { MAX_AGE_FOUND_S } else { MAX_AGE_NONE_S };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    headers.insert(CACHE_CONTROL, cache_control(max_age_s, STALE_S));
    headers.insert(LAST_MODIFIED, now());
    response
}

fn line(peer: Result<Peer, RouterError>) -> Result<Bytes, ipfs_node::http::body::BodyError> {
    let mut line = serde_json::to_vec(&peer?)?;
    line.push(b'\n');
    Ok(line.into())
}
