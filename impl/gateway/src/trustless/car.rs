//! Spec: spec/gateway/trustless.md
//!
//! Archives of blocks as answers.

use super::params::{CarParams, Scope};
use super::recorder::Recorder;
use super::respond::file_name;
use super::walk::{CarStream, Terminus};
use crate::error::Error;
use crate::gateway::Gateway;
use crate::headers::{self, X_IPFS_ROOTS};
use crate::request::ContentRequest;
use crate::resolve::{self, Resolution, SEGMENTS_MAX};
use crate::{Response, conditional, serve};
use http::StatusCode;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH,
    X_CONTENT_TYPE_OPTIONS,
};
use ipfs_data::cid::Cid;
use ipfs_node::http::body::{self, BodyError};

pub(super) fn respond(gateway: &Gateway, request: &ContentRequest) -> Result<Response, Error> {
    let params = params(request)?;
    let root = *request.immutable.require_cid()?;
    let mut all = HeaderMap::new();
    let name = file_name(request, || match request.immutable.segments().last() {
        Some(last) => format!("{root}_{last}.car"),
        None => format!("{root}.car"),
    });
    // spec: trustless.attachment
    headers::set_disposition(&mut all, &name, "attachment");
    if let Some(cache_control) = headers::cache_control(request) {
        all.insert(CACHE_CONTROL, cache_control);
    }
    // spec: trustless.car-etag
    let etag = params.etag(request.immutable.as_str(), &root);
    all.insert(ETAG, headers::value(&etag));
    if let Some(list) = request.head.header(IF_NONE_MATCH)
        && conditional::lists(list, &[&etag])
    {
        return Ok(serve::not_modified(all));
    }
    let stream = open(gateway, request, root, &params, &mut all)?;
    // spec: trustless.car-no-ranges
    all.insert(ACCEPT_RANGES, HeaderValue::from_static("none"));
    all.insert(CONTENT_TYPE, HeaderValue::from_static(params.content_type()));
    all.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // spec: trustless.head
    let body = match request.head.is_head() {
        // The length is not known, so no empty body.
        true => body::pull(std::iter::empty()),
        false => body::pull(stream.map(|chunk| chunk.map_err(BodyError::from))),
    };
    Ok(serve::response(StatusCode::OK, all, body))
}

fn params(request: &ContentRequest) -> Result<CarParams, Error> {
    let query = &request.head.query;
    let given = |name: &str| query.has(name).then(|| query.get(name).unwrap_or_default());
    CarParams::parse(given, |name| request.wanted.param(name))
        .map_err(|error| Error::bad_request(error.to_string()))
}

/// Follows the path and reads its end, so that nothing is sent before it is known to be here.
// spec: trustless.car-path-missing
fn open(
    gateway: &Gateway,
    request: &ContentRequest,
    root: Cid,
    params: &CarParams,
    all: &mut HeaderMap,
) -> Result<CarStream, Error> {
    let blocks = &gateway.content.blocks;
    let segments: Vec<&str> = request.immutable.segments().collect();
    if segments.len() > SEGMENTS_MAX {
        return Err(Error::bad_request("path has too many components"));
    }
    let recorder = Recorder::new(blocks.as_ref());
    let found = resolve::follow(&recorder, request.immutable.namespace(), root, &segments);
    let mut path = recorder.finish();
    let failed = |error: Error| error.resolving(&request.path);
    let terminus = match found {
        Ok(Resolution { roots, cid, remainder }) => {
            // spec: trustless.root-missing
            let data = blocks.get(&cid).map_err(|error| failed(error.into()))?;
            if path.last() == Some(&cid) {
                path.pop();
            }
            let inside = !remainder.is_empty();
            headers::set_roots(all, &Resolution { roots, cid, remainder });
            if params.scope == Scope::All && !request.head.is_head() {
                blocks.prefetch_graph(&cid);
            }
            Some(Terminus { cid, data, inside })
        }
        // spec: trustless.car-absence
        Err(resolve::Error::NoLink { .. }) => {
            // A path below bytes leads nowhere, but only if they are here.
            if path.is_empty() {
                blocks.get(&root).map_err(|error| failed(error.into()))?;
            }
            all.insert(X_IPFS_ROOTS, headers::value(&root.to_string()));
            None
        }
        Err(error) => return Err(failed(error.into())),
    };
    CarStream::open(blocks.clone(), path, terminus, params)
        .map_err(|error| Error::bad_request(error.to_string()))
}
