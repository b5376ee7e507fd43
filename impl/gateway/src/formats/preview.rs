//! Spec: spec/gateway/formats.md
//!
//! A page that shows a block of `dag-json` or `dag-cbor` to people.

use crate::error::Error;
use crate::gateway::Gateway;
use crate::path_gateway::{dag_etag, with_slash};
use crate::request::ContentRequest;
use crate::{Response, headers, page, serve};
use bytes::Bytes;
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, LOCATION,
};
use ipfs_data::cid::{Cid, codec};
use ipfs_data::ipld::Node;
use ipfs_data::multicodec;
use ipfs_node::http::body;
use maud::{Markup, html};

/// Values that are shown; larger blocks are shown in part.
const VALUES_MAX: usize = 1000;
/// Nesting that is shown.
const DEPTH_MAX: usize = 32;
/// Bytes of a byte string that are shown.
const BYTES_SHOWN: usize = 64;
/// Characters of a text that are shown.
const TEXT_SHOWN: usize = 1000;

/// Whether the client is a browser that looks at a block.
// spec: formats.preview
// spec: path-gateway.preview
pub(super) fn is_wanted(request: &ContentRequest, code: u64) -> bool {
    matches!(code, codec::DAG_JSON | codec::DAG_CBOR)
        && request.head.accepts_html()
        && request.head.query.get("download") != Some("true")
}

pub(super) fn respond(
    gateway: &Gateway,
    request: &ContentRequest,
    cid: &Cid,
    block: &Bytes,
    mut all: HeaderMap,
) -> Result<Response, Error> {
    // Links on the page are relative to it.
    if !request.head.path.ends_with('/') {
        all.insert(LOCATION, headers::value(&with_slash(request)));
        return Ok(serve::response(StatusCode::MOVED_PERMANENTLY, all, body::empty()));
    }
    all.remove(CONTENT_DISPOSITION);
    all.remove(CACHE_CONTROL);
    all.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    all.insert(ETAG, headers::value(&dag_etag(cid)));
    let title = format!("{cid} \u{2013} {}", codec_name(cid));
    let mut text = page::begin(&title, "A block of IPLD data");
    text.push_str(&content(gateway, request, cid, block).into_string());
    text.push_str(page::END);
    let body = if request.head.is_head() { body::empty() } else { body::full(text) };
    Ok(serve::response(StatusCode::OK, all, body))
}

fn codec_name(cid: &Cid) -> String {
    multicodec::name(cid.codec())
}

fn content(gateway: &Gateway, request: &ContentRequest, cid: &Cid, block: &Bytes) -> Markup {
    let value = ipfs_data::codec::decode(cid.codec(), block);
    let mut left = VALUES_MAX;
    html! {
        h1 { (codec_name(cid)) " block" }
        dl {
            dt { "CID" }
            dd { code { (cid) } }
            dt { "Path" }
            dd { (maud::PreEscaped(page::breadcrumbs(request))) }
            dt { "Codec" }
            dd { (codec_name(cid)) " (" (format!("0x{:x}", cid.codec())) ")" }
            dt { "Size" }
            dd { (block.len()) " bytes" }
        }
        p {
            a href="?format=raw" { "Raw block" }
            @if cid.codec() == codec::DAG_JSON || gateway.config.allow_codec_conversion {
                " · " a href="?format=dag-json" { "DAG-JSON" }
            }
            @if cid.codec() == codec::DAG_CBOR || gateway.config.allow_codec_conversion {
                " · " a href="?format=dag-cbor" { "DAG-CBOR" }
            }
        }
        @match value {
            Ok(value) => (shown(&page::links_host(request), &value, 0, &mut left)),
            Err(error) => p { "This block can't be shown: " (error) },
        }
    }
}

/// A value, as far as the budget goes.
// spec: formats.preview-bounded
fn shown(host: &str, value: &Node, depth: usize, left: &mut usize) -> Markup {
    if *left == 0 || depth > DEPTH_MAX {
        return html! { "\u{2026}" };
    }
    *left -= 1;
    match value {
        Node::Null => html! { "null" },
        Node::Bool(value) => html! { (value) },
        Node::Int(value) => html! { (value) },
        Node::Float(value) => html! { (value) },
        Node::String(text) => html! {
            "\"" (text.to_str_lossy().chars().take(TEXT_SHOWN).collect::<String>()) "\""
        },
        Node::Bytes(bytes) => html! {
            code { (hex(bytes)) }
            @if bytes.len() > BYTES_SHOWN { "\u{2026} (" (bytes.len()) " bytes)" }
        },
        Node::Link(cid) => html! { a href=(format!("{host}/ipfs/{cid}/")) { code { (cid) } } },
        Node::List(list) => html! {
            ol start="0" {
                @for value in list.iter().take(*left + 1) {
                    li { (shown(host, value, depth + 1, left)) }
                }
            }
        },
        Node::Map(map) => html! {
            dl {
                @for (key, value) in map.iter().take(*left + 1) {
                    dt { (key.to_str_lossy().chars().take(TEXT_SHOWN).collect::<String>()) }
                    dd { (shown(host, value, depth + 1, left)) }
                }
            }
        },
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(BYTES_SHOWN).map(|byte| format!("{byte:02x}")).collect()
}
