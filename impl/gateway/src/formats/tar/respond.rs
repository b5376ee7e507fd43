//! Spec: spec/gateway/formats.md
//!
//! Archives of files as answers.

use super::{TarError, TarStream};
use crate::error::Error;
use crate::format::Format;
use crate::gateway::Gateway;
use crate::request::ContentRequest;
use crate::resolve::Resolution;
use crate::trustless::respond::{file_name, modified};
use crate::{Response, headers, serve};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use ipfs_data::unixfs;
use ipfs_node::http::body::{self, BodyError};
use std::time::{SystemTime, UNIX_EPOCH};

// spec: formats.tar
pub(crate) fn respond(
    gateway: &Gateway,
    request: &ContentRequest,
    resolution: &Resolution,
) -> Result<Response, Error> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    if !request.head.is_head() {
        gateway.content.blocks.prefetch_graph(&resolution.cid);
    }
    let stream = TarStream::open(gateway.content.blocks.clone(), resolution.cid, now)
        .map_err(|error| refusal(error).resolving(&request.path))?;
    let mut all = HeaderMap::new();
    let cid = &resolution.cid;
    headers::set_cache(&mut all, request, cid, Some(&Format::Tar));
    headers::set_disposition(&mut all, &file_name(request, || format!("{cid}.tar")), "attachment");
    serve::set_last_modified(&mut all, modified(request));
    all.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-tar"));
    all.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let body = match request.head.is_head() {
        true => body::pull(std::iter::empty()),
        false => body::pull(stream.map(|chunk| chunk.map_err(BodyError::from))),
    };
    Ok(serve::response(StatusCode::OK, all, body))
}

// spec: formats.tar-unixfs-only
fn refusal(error: TarError) -> Error {
    match error {
        TarError::Block(error) | TarError::Unixfs(unixfs::Error::Block(error)) => error.into(),
        error if error.is_unsuitable() => Error::new(StatusCode::NOT_ACCEPTABLE, error.to_string()),
        error => Error::internal(error.to_string()),
    }
}
