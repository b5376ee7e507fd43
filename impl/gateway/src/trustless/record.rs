//! Spec: spec/gateway/trustless.md
//!
//! Signed records of names.

use super::respond::file_name;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::request::ContentRequest;
use crate::routing_v1::{not_a_name, seconds_until};
use crate::xxhash::{base32, xxh64};
use crate::{Response, conditional, headers, serve};
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH,
    X_CONTENT_TYPE_OPTIONS,
};
use ipfs_data::cid;
use ipfs_data::ipns_record::Record;
use ipfs_data::key::PeerId;
use ipfs_node::http::body;
use ipfs_node::names;
use std::time::SystemTime;

pub(super) fn respond(gateway: &Gateway, request: &ContentRequest) -> Result<Response, Error> {
    let name = name(request)?;
    let bytes = gateway.content.names.record(&name).map_err(|error| match error {
        // spec: trustless.record-missing
        names::Error::NotFound => Error::new(StatusCode::NOT_FOUND, "routing: not found"),
        other => other.into(),
    })?;
    // spec: trustless.record-max
    let record = Record::decode(&bytes).map_err(|error| Error::internal(error.to_string()))?;
    let mut all = HeaderMap::new();
    // spec: trustless.record-etag
    let etag = format!("\"{}\"", base32(xxh64(&bytes)));
    all.insert(ETAG, headers::value(&etag));
    match max_age_s(&record) {
        Some(seconds) => {
            let text = format!("public, max-age={seconds}");
            all.insert(CACHE_CONTROL, headers::value(&text));
        }
        None => serve::set_last_modified(&mut all, Some(SystemTime::now())),
    }
    if let Some(list) = request.head.header(IF_NONE_MATCH)
        && conditional::lists(list, &[&etag])
    {
        return Ok(serve::not_modified(all));
    }
    let name = file_name(request, || format!("{}.ipns-record", request.path.root()));
    headers::set_disposition(&mut all, &name, "attachment");
    let media_type = HeaderValue::from_static("application/vnd.ipfs.ipns-record");
    all.insert(CONTENT_TYPE, media_type);
    all.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    all.insert(CONTENT_LENGTH, bytes.len().into());
    // spec: trustless.record-bytes
    let body = if request.head.is_head() { body::empty() } else { body::full(bytes) };
    Ok(serve::response(StatusCode::OK, all, body))
}

// spec: trustless.record-name-only
fn name(request: &ContentRequest) -> Result<PeerId, Error> {
    let path = &request.path;
    if !path.is_mutable() {
        return Err(Error::bad_request(format!("{path} is not an IPNS link")));
    }
    if path.has_segments() {
        return Err(Error::bad_request("cannot find ipns key for subpath"));
    }
    let cid = cid::parse(path.root()).map_err(|error| Error::bad_request(error.to_string()))?;
    PeerId::from_cid(&cid).map_err(|_| Error::bad_request(not_a_name(&cid)))
}

/// How long the record may be kept, in seconds; none if it does not say.
// spec: trustless.record-cache
fn max_age_s(record: &Record) -> Option<u64> {
    let ttl_s = record.ttl_ns().ok()?.max(0) as u64 / 1_000_000_000;
    Some(record.validity().map_or(ttl_s, |end| ttl_s.min(seconds_until(end))))
}
