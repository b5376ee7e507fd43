//! Spec: spec/gateway/routing-v1.md
//!
//! Which request asks what.

use super::answer::{Form, error, peers};
use super::{Filters, Router, records};
use crate::escape::unescape;
use crate::request::Head;
use http::header::{ACCEPT, ALLOW, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, Response, StatusCode};
use ipfs_data::cid::{self, Cid, codec};
use ipfs_data::key::PeerId;
use ipfs_data::path::quote;
use ipfs_node::http::Body;
use ipfs_node::http::body::{empty, full};

/// What a path below `/routing/v1/` names.
enum Resource {
    Providers(String),
    Peers(String),
    Ipns(String),
    Closest(String),
    /// Where old clients put provider records.
    Provide,
}

impl Resource {
    fn of(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/routing/v1/")?;
        let value = |text: &str| {
            let bytes = unescape(text)?;
            String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
        };
        let parts: Vec<&str> = rest.split('/').collect();
        match parts[..] {
            ["providers", ""] => Some(Self::Provide),
            ["providers", cid] => value(cid).map(Self::Providers),
            ["peers", peer] => value(peer).map(Self::Peers),
            ["ipns", name] => value(name).map(Self::Ipns),
            ["dht", "closest", "peers", key] => value(key).map(Self::Closest),
            _ => None,
        }
    }

    fn methods(&self) -> &'static str {
        match self {
            Self::Ipns(_) => "GET, PUT, OPTIONS",
            Self::Provide => "PUT, OPTIONS",
            _ => "GET, OPTIONS",
        }
    }
}

/// Answers a request whose path is `/routing/v1` or begins with `/routing/v1/`. Blocks; the headers
/// that all answers of a gateway have are left to the caller.
pub fn answer(router: &dyn Router, request: &Head) -> Response<Body> {
    let path = request.raw_path.as_str();
    if path == "/routing/v1" {
        return redirect();
    }
    // spec: routing-v1.unknown-path
    let Some(resource) = Resource::of(path) else {
        let mut response = error(StatusCode::NOT_FOUND, "404 page not found\n");
        let nosniff = HeaderValue::from_static("nosniff");
        response.headers_mut().insert(http::header::X_CONTENT_TYPE_OPTIONS, nosniff);
        return response;
    };
    match (&request.method, &resource) {
        (&Method::OPTIONS, _) => allow(StatusCode::OK, &resource),
        (&Method::PUT, Resource::Ipns(name)) => {
            records::put(router, name, &request.headers, &request.upload)
        }
        (&Method::PUT, Resource::Provide) => refuse_provide(),
        (&Method::GET, Resource::Ipns(name)) => records::get(router, name, &request.headers),
        (&Method::GET, Resource::Provide) => allow(StatusCode::METHOD_NOT_ALLOWED, &resource),
        (&Method::GET, _) => find(router, request, &resource),
        // spec: routing-v1.methods
        _ => allow(StatusCode::METHOD_NOT_ALLOWED, &resource),
    }
}

fn redirect() -> Response<Body> {
    let text = "<a href=\"/routing/v1/\">Temporary Redirect</a>.\n\n";
    let mut response = Response::new(full(text));
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    let headers = response.headers_mut();
    headers.insert(LOCATION, HeaderValue::from_static("/routing/v1/"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

// spec: routing-v1.preflight
fn allow(status: StatusCode, resource: &Resource) -> Response<Body> {
    let mut response = Response::new(empty());
    *response.status_mut() = status;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(resource.methods()));
    response
}

// spec: routing-v1.no-provide
fn refuse_provide() -> Response<Body> {
    error(StatusCode::NOT_IMPLEMENTED, "provider records are not accepted here")
}

fn find(router: &dyn Router, request: &Head, resource: &Resource) -> Response<Body> {
    let bad = |text: String| error(StatusCode::BAD_REQUEST, text);
    let value = |name| request.query.get(name).unwrap_or_default();
    let accept = request.headers.get_all(ACCEPT).iter();
    let form = Form::of(accept.map(|value| value.to_str().unwrap_or_default()));
    let filters = Filters::parse(value("filter-addrs"), value("filter-protocols"));
    let form = || form.ok_or_else(|| bad("no supported content types".into()));
    let result = match resource {
        // spec: routing-v1.cid
        Resource::Providers(text) => cid::parse(text)
            .map_err(|cause| bad(format!("unable to parse CID: {cause}")))
            .and_then(|cid| Ok(peers(router.providers(&cid), form()?, filters, true))),
        Resource::Peers(text) => peer_of(text)
            .map_err(|cause| bad(format!("unable to parse PeerID {}: {cause}", quote(text))))
            .and_then(|peer| Ok(peers(router.peers(&peer), form()?, filters, false))),
        Resource::Closest(text) => key_of(text)
            .map_err(|cause| bad(format!("unable to parse key {}: {cause}", quote(text))))
            .and_then(|key| {
                let found = router.closest_peers(key.hash());
                Ok(peers(found, form()?, Filters::default(), false))
            }),
        Resource::Ipns(_) | Resource::Provide => Err(bad("not a question".into())),
    };
    result.unwrap_or_else(|response| response)
}

/// A peer ID in any form, also as a CID of another codec.
// spec: routing-v1.peer-id
fn peer_of(text: &str) -> Result<PeerId, String> {
    PeerId::parse(text).or_else(|error| {
        let cid = cid::parse(text).map_err(|_| error.to_string())?;
        let cid = Cid::new_v1(codec::LIBP2P_KEY, *cid.hash());
        PeerId::from_cid(&cid).map_err(|error| error.to_string())
    })
}

/// A key of the hash table: a peer ID or any CID.
fn key_of(text: &str) -> Result<Cid, String> {
    match PeerId::parse(text) {
        Ok(peer) => Ok(peer.to_cid()),
        Err(as_peer) => cid::parse(text)
            .map_err(|as_cid| format!("unable to parse as CID or PeerID: {as_cid}\n{as_peer}")),
    }
}
