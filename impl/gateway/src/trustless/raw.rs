//! Spec: spec/gateway/trustless.md
//!
//! One block as it is.

use super::respond::{file_name, modified};
use crate::error::Error;
use crate::format::Format;
use crate::gateway::Gateway;
use crate::request::ContentRequest;
use crate::resolve::Resolution;
use crate::serve::{Content, Representation, serve};
use crate::{Response, headers};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, X_CONTENT_TYPE_OPTIONS};

// spec: trustless.block-bytes
// spec: trustless.probe
pub(super) fn respond(
    gateway: &Gateway,
    request: &ContentRequest,
    resolution: &Resolution,
) -> Result<Response, Error> {
    let cid = &resolution.cid;
    let block = gateway.content.blocks.get(cid);
    // spec: trustless.root-missing
    let block = block.map_err(|error| Error::from(error).resolving(&request.path))?;
    let mut all = HeaderMap::new();
    // spec: trustless.attachment
    headers::set_disposition(&mut all, &file_name(request, || format!("{cid}.bin")), "attachment");
    // spec: trustless.block-headers
    headers::set_cache(&mut all, request, cid, Some(&Format::Raw));
    all.insert(CONTENT_TYPE, HeaderValue::from_static("application/vnd.ipld.raw"));
    all.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    serve(
        &request.head,
        Representation {
            headers: all,
            modified: modified(request),
            bytes: block.len() as u64,
            content: Content::Bytes(block),
        },
    )
}
