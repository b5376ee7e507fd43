//! Spec: spec/gateway/formats.md
//!
//! Blocks of the codecs that HTTP has media types for: in their own, or converted where that is
//! allowed.

use super::preview;
use crate::error::Error;
use crate::format::Format;
use crate::gateway::Gateway;
use crate::request::ContentRequest;
use crate::resolve::Resolution;
use crate::serve::{Content, Representation, not_modified, serve};
use crate::trustless::respond::{file_name, modified};
use crate::{Response, conditional, headers};
use bytes::Bytes;
use http::StatusCode;
use http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH,
    X_CONTENT_TYPE_OPTIONS,
};
use ipfs_data::cid::codec;
use ipfs_data::{codec as codecs, multicodec};
use ipfs_node::http::body;

/// Answers with the block that the path leads to. Without a wanted format it must be of one of the
/// four codecs.
pub(crate) fn respond(
    gateway: &Gateway,
    request: &ContentRequest,
    resolution: &Resolution,
) -> Result<Response, Error> {
    let cid = &resolution.cid;
    let block = gateway.content.blocks.get(cid);
    let block = block.map_err(|error| Error::from(error).resolving(&request.path))?;
    let mut all = HeaderMap::new();
    headers::set_roots(&mut all, resolution);
    refuse_remainder(resolution, &all)?;
    let wanted = request.wanted.format.as_ref();
    let own = own_format(cid.codec());
    let Some(format) = wanted.or(own.as_ref()) else {
        return Err(Error::internal("content type not found for codec"));
    };
    headers::set_cache(&mut all, request, cid, Some(format));
    set_disposition(&mut all, request, resolution, format);
    all.insert(CONTENT_TYPE, headers::value(format.media_type()));
    all.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if wanted.is_none() && preview::is_wanted(request, cid.codec()) {
        return preview::respond(gateway, request, cid, &block, all);
    }
    // spec: formats.own
    let as_it_is = own.as_ref() == Some(format)
        || match format {
            // spec: formats.plain-of-dag
            Format::Json => own == Some(Format::DagJson),
            Format::Cbor => own == Some(Format::DagCbor),
            _ => false,
        };
    if as_it_is {
        return serve(
            &request.head,
            Representation {
                headers: all,
                modified: modified(request),
                bytes: block.len() as u64,
                content: Content::Bytes(block),
            },
        );
    }
    let target = match format {
        Format::DagJson => codec::DAG_JSON,
        Format::DagCbor => codec::DAG_CBOR,
        _ => {
            let text = "converting to requested format is not supported";
            return Err(refusal(StatusCode::BAD_REQUEST, text.into(), all));
        }
    };
    // spec: formats.no-conversion
    if !gateway.config.allow_codec_conversion {
        let text = format!(
            "format \"{}\" requested but block has codec \"{}\": codec conversion is not \
             supported, fetch raw block with ?format=raw and convert client-side",
            format.media_type(),
            multicodec::name(cid.codec())
        );
        return Err(refusal(StatusCode::NOT_ACCEPTABLE, text, all));
    }
    converted(request, cid.codec(), target, &block, all)
}

/// The format that blocks of a codec are in.
fn own_format(code: u64) -> Option<Format> {
    match code {
        codec::JSON => Some(Format::Json),
        codec::CBOR => Some(Format::Cbor),
        codec::DAG_JSON => Some(Format::DagJson),
        codec::DAG_CBOR => Some(Format::DagCbor),
        _ => None,
    }
}

fn refusal(status: StatusCode, text: String, all: HeaderMap) -> Error {
    let mut error = Error::new(status, text);
    *error.headers = all;
    error
}

/// Values inside of blocks have no answer of their own.
// spec: formats.remainder
// spec: path-gateway.remainder
fn refuse_remainder(resolution: &Resolution, all: &HeaderMap) -> Result<(), Error> {
    if resolution.remainder.is_empty() {
        return Ok(());
    }
    let rest = format!("/{}", resolution.remainder.join("/"));
    let block = format!("/ipfs/{}", resolution.cid);
    let text = format!(
        "\"{rest}\" of \"{block}{rest}\" could not be returned: reading IPLD Kinds other than \
         Links (CBOR Tag 42) is not implemented: try reading \"{block}\" instead"
    );
    Err(refusal(StatusCode::NOT_IMPLEMENTED, text, all.clone()))
}

/// JSON is shown by browsers, CBOR is saved.
// spec: formats.disposition
fn set_disposition(
    all: &mut HeaderMap,
    request: &ContentRequest,
    resolution: &Resolution,
    format: &Format,
) {
    let json = matches!(format, Format::Json | Format::DagJson);
    let extension = if json { "json" } else { "cbor" };
    let name = file_name(request, || format!("{}.{extension}", resolution.cid));
    let download = request.head.query.get("download") == Some("true");
    let disposition = if json && !download { "inline" } else { "attachment" };
    headers::set_disposition(all, &name, disposition);
}

// spec: formats.conversion
fn converted(
    request: &ContentRequest,
    from: u64,
    to: u64,
    block: &Bytes,
    mut all: HeaderMap,
) -> Result<Response, Error> {
    let etag = all.get(ETAG).and_then(|etag| etag.to_str().ok()).unwrap_or_default();
    if let Some(list) = request.head.header(IF_NONE_MATCH)
        && conditional::lists(list, &[etag])
    {
        return Ok(not_modified(all));
    }
    let value = codecs::decode(from, block).and_then(|value| codecs::encode(to, &value));
    let bytes = value.map_err(|error| {
        refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string(), all.clone())
    })?;
    crate::serve::set_last_modified(&mut all, modified(request));
    all.insert(CONTENT_LENGTH, bytes.len().into());
    let body = if request.head.is_head() { body::empty() } else { body::full(bytes) };
    Ok(crate::serve::response(StatusCode::OK, all, body))
}
