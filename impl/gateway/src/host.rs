//! Spec: spec/gateway/subdomain.md
//!
//! What the host name of a request says: a gateway with rules of its own, a content root, or a name
//! with a DNSLink.

use crate::Response;
use crate::error::Error;
use crate::error_page;
use crate::gateway::{Gateway, not_found};
use crate::request::{Head, Routed};
use crate::serve;
use crate::subdomain::{self, Asked, Route};
use http::StatusCode;
use http::header::HeaderName;
use ipfs_data::path::Path;

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What becomes of a request.
#[derive(Debug)]
pub enum Outcome {
    /// It is answered already: a redirect or a refusal.
    Respond(Box<Response>),
    /// It goes on to the routes.
    Serve(Routed),
}

/// Understands the host name. Runs on a thread that may block.
pub fn route(gateway: &Gateway, head: &Head) -> Outcome {
    let asked = Asked {
        host: head.header(X_FORWARDED_HOST).unwrap_or(&head.host),
        is_https: head.is_https,
        path: &head.path,
        raw_query: &head.raw_query,
        query: &head.query,
    };
    let has_dnslink = |name: &str| {
        let path = Path::parse(&format!("/ipns/{name}"));
        path.is_ok_and(|path| gateway.content.names.resolve_once(&path).is_ok())
    };
    let no_dnslink = gateway.config.no_dnslink;
    let response = match subdomain::route(&asked, &gateway.hosts, no_dnslink, &has_dnslink) {
        Route::Serve(routed) => return Outcome::Serve(routed),
        Route::Redirect(to) => serve::redirect(head, StatusCode::MOVED_PERMANENTLY, &to),
        Route::NotFound => not_found(),
        Route::BadRequest(error) => {
            error_page::respond(gateway, head, &Error::bad_request(error.to_string()))
        }
    };
    Outcome::Respond(Box::new(response))
}
