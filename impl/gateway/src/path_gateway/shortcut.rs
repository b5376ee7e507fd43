//! Spec: spec/gateway/path-gateway.md
//!
//! Requests that are answered without looking at content: service workers, other
//! spellings of a path.

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
    refuse_service_worker(head, &routed.path)?;
    if let Some(response) = canonical_name(head, routed) {
        return Ok(Some(response));
    }
    superfluous_namespace(head, &routed.path)
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
// spec: dnslink.no-canonical-redirect
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
