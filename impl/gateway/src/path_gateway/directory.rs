//! Spec: spec/gateway/path-gateway.md
//!
//! Directories: their `index.html`, or a page that lists them.

use super::{file, listing};
use crate::error::Error;
use crate::gateway::Gateway;
use crate::request::ContentRequest;
use crate::{Response, escape, headers, page, serve};
use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue};
use ipfs_data::cid::Cid;
use ipfs_data::unixfs::{self, resolve::entry};

/// The file that stands for its directory.
const INDEX: &str = "index.html";

/// The validator of a page that lists a directory.
pub(super) fn etag(cid: &Cid) -> String {
    format!("\"DirIndex-{}_CID-{cid}\"", page::VERSION)
}

/// Serves a directory whose root block is here.
pub(super) fn respond(
    gateway: &Gateway,
    request: &ContentRequest,
    cid: &Cid,
    block: &Bytes,
) -> Result<Response, Error> {
    let head = &request.head;
    // spec: path-gateway.directory-slash
    if !head.path.ends_with('/') && head.query.get("go-get") != Some("1") {
        return Ok(serve::redirect(head, StatusCode::MOVED_PERMANENTLY, &with_slash(request)));
    }
    // spec: path-gateway.index-html
    match entry(gateway.content.blocks.as_ref(), cid, INDEX.as_bytes()) {
        Ok(link) => return index(gateway, request, cid, &link.cid),
        Err(unixfs::Error::NoEntry) => {}
        Err(error) => return Err(error.into()),
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    headers.insert(ETAG, headers::value(&etag(cid)));
    if let Some(cache_control) = headers::page_cache_control(request) {
        headers.insert(CACHE_CONTROL, cache_control);
    }
    let body = listing::body(gateway, request, cid, block)?;
    Ok(serve::response(StatusCode::OK, headers, body))
}

/// The URL that was asked for with a slash behind its path.
pub(crate) fn with_slash(request: &ContentRequest) -> String {
    let head = &request.head;
    let mut target = match head.raw_path.contains('%') {
        true => escape::escape_path(&head.path),
        false => head.raw_path.clone(),
    };
    target.push('/');
    if !head.raw_query.is_empty() {
        target.push('?');
        target.push_str(&head.raw_query);
    }
    target
}

fn index(
    gateway: &Gateway,
    request: &ContentRequest,
    directory: &Cid,
    cid: &Cid,
) -> Result<Response, Error> {
    let block = gateway.content.blocks.get(cid)?;
    // spec: path-gateway.index-not-a-file
    if !file::is_file(cid, &block)? {
        return Err(Error::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "index.html could not be read: not a file",
        ));
    }
    file::respond(gateway, request, directory, cid, block, Some("text/html"))
}
