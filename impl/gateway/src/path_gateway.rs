//! Spec: spec/gateway/path-gateway.md
//!
//! Content by path: from `/ipfs/..` and `/ipns/..` to an answer in the format that is wanted.

mod directory;
mod file;
mod kind;
mod listing;
mod mime;
mod shortcut;
mod sniff;

use crate::Response;
use crate::conditional;
use crate::error::Error;
use crate::error_page;
use crate::format::Format;
use crate::gateway::Gateway;
use crate::headers::{self, X_IPFS_PATH};
use crate::redirects::apply::{self, Applied};
use crate::request::{ContentRequest, Head, Routed};
use crate::resolve::{self, Resolution};
use crate::serve;
use crate::trustless::respond as trustless;
use http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_LOCATION, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH,
};
use http::{Method, StatusCode};
use ipfs_data::cid::{Cid, codec};
use ipfs_data::path::{Namespace, Path};
use ipfs_node::denylist::Blocked;
use ipfs_node::http::body;

pub(crate) use directory::with_slash;
#[allow(unused_imports, reason = "for pages of sites")]
pub(crate) use file::respond as respond_file;

/// Answers a request for a path below `/ipfs/` or `/ipns/`.
pub(crate) fn respond(gateway: &Gateway, head: &Head, routed: Routed) -> Response {
    match head.method {
        Method::GET | Method::HEAD => get(gateway, head, routed)
            .unwrap_or_else(|error| error_page::respond(gateway, head, &error)),
        // spec: path-gateway.options
        Method::OPTIONS => serve::response(StatusCode::OK, allow(), body::empty()),
        _ => {
            // spec: path-gateway.methods
            let text = format!("Method {} not allowed: read only access", head.method);
            let mut refusal = Error::new(StatusCode::METHOD_NOT_ALLOWED, text);
            *refusal.headers = allow();
            error_page::plain(&refusal)
        }
    }
}

fn allow() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for method in ["GET", "HEAD", "OPTIONS"] {
        headers.append(ALLOW, HeaderValue::from_static(method));
    }
    headers
}

fn get(gateway: &Gateway, head: &Head, routed: Routed) -> Result<Response, Error> {
    if let Some(response) = shortcut::respond(head, &routed)? {
        return Ok(response);
    }
    // spec: subdomain.bad-root
    // spec: dnslink.path-gateway
    // spec: trustless.identity-max
    // spec: path-gateway.bad-path
    let path = Path::parse(&routed.path)?;
    if head.headers.get(CACHE_CONTROL).is_some_and(|value| value == "only-if-cached")
        && let Some(response) = only_if_cached(gateway, head, &path)
    {
        return Ok(response);
    }
    // spec: path-gateway.deserialized-responses
    // spec: subdomain.trusted-responses
    let trustless_only =
        !routed.deserialized_responses.unwrap_or(gateway.config.deserialized_responses);
    let mut request = ContentRequest::new(head.clone(), routed.origin, path)?;
    let mut response = match serve_content(gateway, &mut request, trustless_only) {
        Ok(response) => response,
        Err(error) => error_page::respond(gateway, head, &error),
    };
    let headers = response.headers_mut();
    // spec: path-gateway.x-ipfs-path
    headers.insert(X_IPFS_PATH, headers::value(request.path.as_str()));
    if let Some(location) = content_location(&request) {
        headers.insert(CONTENT_LOCATION, headers::value(&location));
    }
    Ok(response)
}

/// Answers from what is on this machine, or not at all.
// spec: path-gateway.only-if-cached
// spec: trustless.only-if-cached
fn only_if_cached(gateway: &Gateway, head: &Head, path: &Path) -> Option<Response> {
    let local = gateway.content.local.as_ref();
    let cached = gateway.content.names.resolve(path).is_ok_and(|found| {
        resolve::resolve(local, &found.path)
            .is_ok_and(|found| local.has(&found.cid).unwrap_or(false))
    });
    match (cached, head.is_head()) {
        (true, false) => None,
        (true, true) => Some(serve::response(StatusCode::OK, HeaderMap::new(), body::empty())),
        (false, true) => {
            let status = StatusCode::PRECONDITION_FAILED;
            Some(serve::response(status, HeaderMap::new(), body::empty()))
        }
        (false, false) => {
            let path = ipfs_data::path::quote(path.as_str());
            let text = format!("{path} not in local datastore");
            Some(error_page::plain(&Error::new(StatusCode::PRECONDITION_FAILED, text)))
        }
    }
}

/// Whether a client can verify the answer.
fn is_trustless(request: &ContentRequest) -> bool {
    let format = request.wanted.format.as_ref();
    if format != Some(&Format::Car) && request.path.has_segments() {
        return false;
    }
    match request.path.namespace() {
        Namespace::Ipns => {
            format == Some(&Format::IpnsRecord)
                && ipfs_data::key::PeerId::parse(request.path.root()).is_ok()
        }
        _ => matches!(format, Some(Format::Raw | Format::Car)),
    }
}

/// Strict mode: formats that clients can verify, or nothing.
fn refuse_deserialized(request: &ContentRequest) -> Result<(), Error> {
    const TEXT: &str = "only trustless requests are accepted on this gateway: \
                        https://specs.ipfs.tech/http-gateways/trustless-gateway/";
    // spec: trustless.strict-accept
    if request.wanted.format.is_none() && !request.head.headers.contains_key(ACCEPT) {
        return Err(Error::bad_request(TEXT));
    }
    // spec: trustless.strict-only
    match is_trustless(request) {
        true => Ok(()),
        false => Err(Error::new(StatusCode::NOT_ACCEPTABLE, TEXT)),
    }
}

fn serve_content(
    gateway: &Gateway,
    request: &mut ContentRequest,
    trustless_only: bool,
) -> Result<Response, Error> {
    if trustless_only {
        refuse_deserialized(request)?;
    }
    let format = request.wanted.format.clone();
    if format != Some(Format::IpnsRecord) {
        follow_names(gateway, request)?;
        refuse_blocked(gateway, request)?;
    }
    if let Some(format) = &format
        && let Some(response) = trustless::unresolved(gateway, request, format)
    {
        return response;
    }
    let resolution = match request.resolve(gateway.content.blocks.as_ref()) {
        Ok(resolution) => resolution,
        // spec: redirects.no-legacy-404
        Err(error) => match instead(gateway, request, &error)? {
            Some(Applied::Respond(response)) => return Ok(*response),
            Some(Applied::Rewrite(path)) => {
                // spec: redirects.rewrite-missing
                request.immutable = path;
                refuse_blocked(gateway, request)?;
                request.resolve(gateway.content.blocks.as_ref())?
            }
            None => return Err(error),
        },
    };
    // spec: redirects.if-none-match
    if let Some(response) = unchanged(request, &resolution) {
        return Ok(response);
    }
    let answer = match &format {
        // spec: path-gateway.unixfs-json
        None | Some(Format::Json | Format::Cbor) => deserialize(gateway, request, &resolution),
        // spec: path-gateway.format-unknown
        Some(Format::Unknown(_)) => {
            Err(Error::bad_request("unsupported response format requested"))
        }
        Some(format) => trustless::resolved(gateway, request, &resolution, format),
    };
    match answer {
        Ok(mut response) if !response.headers().contains_key(headers::X_IPFS_ROOTS) => {
            headers::set_roots(response.headers_mut(), &resolution);
            Ok(response)
        }
        // The content is here, only the range is not.
        Err(mut error) if error.status == StatusCode::RANGE_NOT_SATISFIABLE => {
            // Not of content whose block could not be read, as in the reference.
            if !error.message.starts_with("failed to resolve") {
                headers::set_roots(&mut error.headers, &resolution);
            }
            Err(error)
        }
        answer => answer,
    }
}

/// Replaces names by what they stand for.
// spec: dnslink.recursive
// spec: dnslink.subpath
fn follow_names(gateway: &Gateway, request: &mut ContentRequest) -> Result<(), Error> {
    if !request.path.is_mutable() {
        return Ok(());
    }
    let found = gateway.content.names.resolve(&request.path);
    let found = found.map_err(|error| Error::from(error).resolving(&request.path))?;
    request.immutable = found.path;
    request.ttl = found.ttl;
    request.modified = found.modified;
    Ok(())
}

/// Refuses a path on a list, and what is below one.
// spec: denylist.gateway-prefixes
fn refuse_blocked(gateway: &Gateway, request: &ContentRequest) -> Result<(), Error> {
    let lists = &gateway.content.denylists;
    if lists.is_empty() {
        return Ok(());
    }
    let root = *request.immutable.require_cid()?;
    let mut path = Path::from_cid(root);
    for segment in request.immutable.segments() {
        lists.check_path(&path).map_err(|blocked| refusal(blocked, request))?;
        path = path.join([segment])?;
    }
    lists.check_path(&path).map_err(|blocked| refusal(blocked, request))
}

fn refusal(blocked: Blocked, request: &ContentRequest) -> Error {
    Error::from(blocked).resolving(&request.path)
}

/// What the site's own rules say about a path that leads nowhere.
fn instead(
    gateway: &Gateway,
    request: &ContentRequest,
    error: &Error,
) -> Result<Option<Applied>, Error> {
    let missing = error.status == StatusCode::NOT_FOUND;
    if !missing || !request.origin.is_isolated() || request.wanted.format.is_some() {
        return Ok(None);
    }
    apply::apply(gateway, request)
}

/// 304 when the client has the content already, in any of the forms that the path may have.
fn unchanged(request: &ContentRequest, resolution: &Resolution) -> Option<Response> {
    let list = request.head.header(IF_NONE_MATCH)?;
    let cid = &resolution.cid;
    let forms = [
        (headers::etag(cid, request.wanted.format.as_ref()), headers::cache_control(request)),
        (directory::etag(cid), headers::page_cache_control(request)),
        (dag_etag(cid), None),
    ];
    let (etag, cache_control) =
        forms.into_iter().find(|(etag, _)| conditional::lists(list, &[etag]))?;
    let mut headers = HeaderMap::new();
    headers.insert(ETAG, headers::value(&etag));
    if let Some(cache_control) = cache_control {
        headers.insert(CACHE_CONTROL, cache_control);
    }
    Some(serve::not_modified(headers))
}

/// The validator of the page that shows a block.
pub(crate) fn dag_etag(cid: &Cid) -> String {
    format!("\"DagIndex-{}_CID-{cid}\"", crate::page::VERSION)
}

/// Files and directories as they are; blocks of other codecs in their own format.
fn deserialize(
    gateway: &Gateway,
    request: &ContentRequest,
    resolution: &Resolution,
) -> Result<Response, Error> {
    match resolution.cid.codec() {
        codec::JSON | codec::CBOR | codec::DAG_JSON | codec::DAG_CBOR => {
            trustless::own_format(gateway, request, resolution)
        }
        _ => file::unixfs(gateway, request, resolution),
    }
}

/// Where the same content is found with the format in the URL.
// spec: path-gateway.content-location
fn content_location(request: &ContentRequest) -> Option<String> {
    let format = request.wanted.format.as_ref()?;
    let name = format.name();
    if request.head.query.get("format") == Some(name) {
        return None;
    }
    let mut query = request.head.query.clone();
    query.set("format", name);
    for (param, value) in &request.wanted.params {
        let param = format!("{name}-{param}");
        if !query.has(&param) {
            query.set(&param, value);
        }
    }
    Some(format!("{}?{}", request.head.path, query.encode()))
}

#[cfg(test)]
mod tests;
