//! Spec: spec/gateway/routing-v1.md
//!
//! Records of names: read and stored.

use super::answer::{cache_control, error, failed, nothing_found, now};
use super::{Router, RouterError};
use crate::xxhash::xxh64;
use bytes::Bytes;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, EXPIRES, LAST_MODIFIED, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use ipfs_data::cid::{self, Cid};
use ipfs_data::ipns_record::{self, Record, Time};
use ipfs_data::key::PeerId;
use ipfs_data::multicodec;
use ipfs_node::http::Body;
use ipfs_node::http::body::{empty, full};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long records may be kept that don't say it, in seconds (delegated routing specification).
const MAX_AGE_S_DEFAULT: u64 = 60;
const MEDIA_TYPE: &str = "application/vnd.ipfs.ipns-record";

/// The name in a path, which must be a CID.
// spec: routing-v1.ipns-name
fn name(text: &str) -> Result<PeerId, Response<Body>> {
    let bad = |text: String| error(StatusCode::BAD_REQUEST, text);
    let cid = cid::parse(text).map_err(|error| bad(format!("unable to parse CID: {error}")))?;
    PeerId::from_cid(&cid)
        .map_err(|_| bad(format!("peer ID CID is not valid: {}", not_a_name(&cid))))
}

/// Why a CID is no name, in the reference's words.
pub(crate) fn not_a_name(cid: &Cid) -> String {
    let codec = multicodec::name(cid.codec());
    format!("CID codec \"{codec}\" is not allowed for IPNS Names, use  \"libp2p-key\" instead")
}

/// GET of a record.
// spec: routing-v1.ipns-get
pub(super) fn get(router: &dyn Router, text: &str, headers: &HeaderMap) -> Response<Body> {
    let accept = headers.get(ACCEPT).map(|value| value.to_str().unwrap_or_default());
    if accept.is_some_and(|accept| {
        !accept.is_empty() && !accept.contains("*/*") && !accept.contains(MEDIA_TYPE)
    }) {
        let text = "content type in 'Accept' header is not supported, retry with \
                    'application/vnd.ipfs.ipns-record'";
        return error(StatusCode::NOT_ACCEPTABLE, text);
    }
    let name = match name(text) {
        Ok(name) => name,
        Err(response) => return response,
    };
    let bytes = match router.record(&name) {
        Ok(bytes) => bytes,
        Err(cause @ RouterError::NotFound) => {
            // spec: routing-v1.ipns-none
            let mut response = error(StatusCode::OK, format!("delegate error: {cause}\n"));
            let headers = response.headers_mut();
            headers.insert(CACHE_CONTROL, nothing_found());
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            return response;
        }
        Err(cause) => return failed(&cause),
    };
    match Record::decode(&bytes) {
        Ok(record) => found(&name, &record, bytes),
        Err(cause) => error(StatusCode::INTERNAL_SERVER_ERROR, cause.to_string()),
    }
}

// spec: routing-v1.ipns-headers
fn found(name: &PeerId, record: &Record, bytes: Bytes) -> Response<Body> {
    let value = |text: String| HeaderValue::try_from(text);
    let texts = [
        (ETAG, value(format!("\"{:x}\"", xxh64(&bytes)))),
        (
            CONTENT_DISPOSITION,
            value(format!("attachment; filename=\"{}.ipns-record\"", name.to_name())),
        ),
    ];
    let mut response = Response::new(full(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    headers.insert(LAST_MODIFIED, now());
    for (header, value) in texts {
        if let Ok(value) = value {
            headers.insert(header, value);
        }
    }
    let mut left_s = 0;
    if let Ok(end) = record.validity() {
        let unix_s = u64::try_from(end.unix_ns() / 1_000_000_000).unwrap_or(0);
        // Dates of HTTP have four digits for the year.
        let shown = UNIX_EPOCH + Duration::from_secs(unix_s.min(253_402_300_799));
        if let Ok(value) = value(httpdate::fmt_http_date(shown)) {
            headers.insert(EXPIRES, value);
        }
        left_s = seconds_until(end);
    }
    // spec: routing-v1.ipns-cache
    let cache = match left_s {
        0 => HeaderValue::from_static("no-store"),
        left_s => {
            // spec: routing-v1.ipns-cache-default
            let ttl_s = match record.ttl_ns().unwrap_or(0) {
                ..=0 => MAX_AGE_S_DEFAULT,
                ttl_ns => ttl_ns as u64 / 1_000_000_000,
            };
            let max_age_s = ttl_s.min(left_s);
            cache_control(max_age_s, left_s - max_age_s)
        }
    };
    headers.insert(CACHE_CONTROL, cache);
    response
}

/// Whole seconds from now; 0 in the past.
pub(crate) fn seconds_until(end: Time) -> u64 {
    let left_ns = end.unix_ns().saturating_sub(Time::from(SystemTime::now()).unix_ns());
    u64::try_from(left_ns.max(0) / 1_000_000_000).unwrap_or(u64::MAX)
}

/// PUT of a record.
// spec: routing-v1.ipns-put
pub(super) fn put(
    router: &dyn Router,
    text: &str,
    headers: &HeaderMap,
    bytes: &[u8],
) -> Response<Body> {
    let bad = |text: String| error(StatusCode::BAD_REQUEST, text);
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|given| given.contains(MEDIA_TYPE)) {
        let text = "content type in 'Content-Type' header is missing or not supported";
        return error(StatusCode::NOT_ACCEPTABLE, text);
    }
    let name = match name(text) {
        Ok(name) => name,
        Err(response) => return response,
    };
    // spec: routing-v1.ipns-put-max
    let judged = Record::decode(bytes).and_then(|record| {
        ipns_record::validate_for(&record, &name, Time::from(SystemTime::now()))
    });
    if let Err(cause) = judged {
        return bad(format!("provided record is invalid: {cause}"));
    }
    match router.put_record(&name, bytes) {
        Ok(()) => Response::new(empty()),
        Err(cause) => failed(&cause),
    }
}
