//! Spec: spec/gateway/path-gateway.md
//!
//! Requests that are answered without looking at content: links of browsers' protocol handlers,
//! service workers, other spellings of a path.

use crate::error::Error;
use crate::request::{Head, Origin, Routed};
use crate::{Response, escape, serve};
use http::StatusCode;
use http::header::HeaderName;
use ipfs_data::key::PeerId;
use ipfs_data::multibase::Base;
use ipfs_data::path::Path;

const SERVICE_WORKER: HeaderName = HeaderName::from_static("service-worker");

/// The answer, if the request is one of these.
pub(super) fn respond(head: &Head, routed: &Routed) -> Result<Option<Response>, Error> {
    if let Some(uri) = head.query.get("uri") {
        return protocol_handler(head, uri).map(Some);
    }
    refuse_service_worker(head, &routed.path)?;
    if let Some(response) = canonical_name(head, routed) {
        return Ok(Some(response));
    }
    superfluous_namespace(head, &routed.path)
}

/// `?uri=ipfs%3A%2F%2Fcid` becomes `/ipfs/cid`.
// spec: subdomain.uri-router
fn protocol_handler(head: &Head, uri: &str) -> Result<Response, Error> {
    let invalid = || Error::bad_request("failed to parse uri query parameter");
    let scheme_error = || Error::bad_request("uri query parameter scheme must be ipfs or ipns");
    let (scheme, rest) = uri.split_once(':').ok_or_else(scheme_error)?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "ipfs" && scheme != "ipns" {
        return Err(scheme_error());
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    escape::unescape(path).ok_or_else(invalid)?;
    let mut target = format!("/{scheme}");
    for segment in path.split('/').filter(|segment| !segment.is_empty() && *segment != ".") {
        target.push('/');
        target.push_str(segment);
    }
    push_query(&mut target, query);
    Ok(serve::redirect(head, StatusCode::MOVED_PERMANENTLY, &target))
}

/// A service worker at the root of a namespace would see the content of others.
// spec: path-gateway.service-worker
fn refuse_service_worker(head: &Head, path: &str) -> Result<(), Error> {
    let registers = head.header(SERVICE_WORKER) == Some("script");
    let root = path.strip_prefix("/ipfs/").or_else(|| path.strip_prefix("/ipns/"));
    match root {
        Some(root) if registers && !root.is_empty() && !root.contains('/') => {
            Err(Error::bad_request(
                "navigator.serviceWorker: registration is not allowed for this scope",
            ))
        }
        _ => Ok(()),
    }
}

/// Names of keys are written as CIDs in base36, as subdomains need them.
// spec: path-gateway.canonical-name
fn canonical_name(head: &Head, routed: &Routed) -> Option<Response> {
    if routed.origin != Origin::Path {
        return None;
    }
    let rest = routed.path.strip_prefix("/ipns/")?;
    let (name, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let canonical = PeerId::parse(name).ok()?.to_cid_text(Base::Base36);
    if canonical == name {
        return None;
    }
    let mut target = escape::escape_path(&format!("/ipns/{canonical}{rest}"));
    push_query(&mut target, &head.raw_query);
    Some(serve::redirect(head, StatusCode::FOUND, &target))
}

/// `/ipfs/ipfs/cid` and `/ipfs/ipns/name` mean the path without the first namespace.
// spec: path-gateway.superfluous-namespace
fn superfluous_namespace(head: &Head, path: &str) -> Result<Option<Response>, Error> {
    if !path.starts_with("/ipfs/ipfs/") && !path.starts_with("/ipfs/ipns/") {
        return Ok(None);
    }
    let meant = Path::parse(&path["/ipfs".len()..])
        .map_err(|error| Error::from(error).context("invalid ipfs path"))?;
    let mut target = escape::escape_path(meant.as_str());
    if !head.raw_query.is_empty() {
        push_query(&mut target, &head.query.encode());
    }
    Ok(Some(serve::redirect(head, StatusCode::MOVED_PERMANENTLY, &target)))
}

fn push_query(target: &mut String, query: &str) {
    if !query.is_empty() {
        target.push('?');
        target.push_str(query);
    }
}
