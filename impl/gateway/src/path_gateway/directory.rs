//! Spec: spec/gateway/path-gateway.md
//!
//! Directories: their `index.html`, or a page that lists them.

use super::file;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::request::ContentRequest;
use crate::{Response, escape, headers, page, serve};
use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue};
use ipfs_data::cid::Cid;
use ipfs_data::unixfs::{self, resolve::entry};
use ipfs_node::http::body;

/// The file that stands for its directory.
const INDEX: &str = "index.html";

/// The validator of a page that lists a directory.
pub(super) fn etag(cid: &Cid) -> String {
    format!("\"DirIndex-{}_CID-{cid}\"", page::VERSION)
}

/// Serves a directory.
pub(super) fn respond(
    gateway: &Gateway,
    request: &ContentRequest,
    cid: &Cid,
    _block: &Bytes,
) -> Result<Response, Error> {
    let head = &request.head;
    // spec: path-gateway.directory-slash
    if !head.path.ends_with('/') && head.query.get("go-get") != Some("1") {
        return Ok(serve::redirect(head, StatusCode::MOVED_PERMANENTLY, &with_slash(request)));
    }
    let blocks = gateway.content.blocks.as_ref();
    // spec: path-gateway.index-html
    match entry(blocks, cid, INDEX.as_bytes()) {
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
    Ok(serve::response(StatusCode::OK, headers, body::empty()))
}

/// The URL that was asked for with a slash behind its path.
pub(super) fn with_slash(request: &ContentRequest) -> String {
    let mut target = escape::escape_path(&request.head.path);
    target.push('/');
    if !request.head.raw_query.is_empty() {
        target.push('?');
        target.push_str(&request.head.raw_query);
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
    if !file::is_file(cid, &block)? {
        return Err(Error::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "index.html could not be read: not a file",
        ));
    }
    file::respond(gateway, request, directory, cid, block, Some("text/html"))
}
