//! Spec: spec/command/rpc.md
//!
//! The web interface on the port of the RPC: content like any other, but of known roots only, so
//! that no other page shares the origin that may call the RPC.

use super::{Rpc, answer};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use ipfs_gateway::Gateway;
use ipfs_node::http::{Body, empty, full};

/// Roots of the web interface that were ever released, the current one (4.13.0) first.
const ROOTS: &str = include_str!("webui-roots.txt");

fn current() -> &'static str {
    ROOTS.lines().next().unwrap_or_default()
}

impl Rpc {
    /// The way to the web interface.
    // spec: rpc.webui
    pub(super) fn webui(&self, request: &Request<Body>) -> Response<Body> {
        let root = current();
        let config = &self.gateway.config;
        let mut response = if !config.deserialized_responses {
            unavailable(
                "IPFS WebUI Incompatible\n\n\
                 WebUI is not compatible with Gateway.DeserializedResponses=false.\n\n\
                 The WebUI requires deserializing IPFS responses to render the interface.\n\
                 To use the WebUI, set Gateway.DeserializedResponses=true in your config.\n",
            )
        } else if config.no_fetch && !self.has(root) {
            unavailable(&format!(
                "IPFS WebUI Not Available\n\n\
                 WebUI at /ipfs/{root} is not in your local node due to Gateway.NoFetch=true.\n\n\
                 To use the WebUI, either:\n\
                 1. Run: ipfs pin add --progress --name ipfs-webui /ipfs/{root}\n\
                 2. Download from https://github.com/ipfs/ipfs-webui/releases and import with: \
                 ipfs dag import ipfs-webui.car\n",
            ))
        } else {
            moved(request, StatusCode::FOUND, &format!("/ipfs/{root}"))
        };
        for (name, value) in &self.access.webui_headers {
            response.headers_mut().append(name, value.clone());
        }
        response
    }

    fn has(&self, root: &str) -> bool {
        let cid = ipfs_data::cid::parse(root);
        cid.is_ok_and(|cid| self.gateway.content.local.has(&cid).unwrap_or(false))
    }

    /// A file of the web interface; nothing else under `/ipfs` and `/ipns`.
    // spec: rpc.no-gateway
    pub(super) async fn webui_file(&self, request: Request<Body>) -> Response<Body> {
        let mut parts = request.uri().path().trim_start_matches('/').split('/');
        let known = parts.next() == Some("ipfs")
            && parts.next().is_some_and(|root| ROOTS.lines().any(|known| known == root));
        match known {
            true => Gateway::handle(&self.gateway, request).await,
            false => answer::not_found(),
        }
    }
}

fn unavailable(text: &str) -> Response<Body> {
    let mut response = Response::new(full(text.to_owned()));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

/// A redirect, with a page for those who can't follow it.
pub(super) fn moved(request: &Request<Body>, status: StatusCode, to: &str) -> Response<Body> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let reason = status.canonical_reason().unwrap_or_default();
    let page = format!("<a href=\"{to}\">{reason}</a>.\n\n");
    let mut response = Response::new(if reads { full(page) } else { empty() });
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if let Ok(to) = HeaderValue::try_from(to) {
        headers.insert(header::LOCATION, to);
    }
    if reads {
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, html);
    }
    response
}
