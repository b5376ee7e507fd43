//! Spec: spec/gateway/subdomain.md
//!
//! From host and path to what is served.

use super::hosts::{KnownHosts, Subdomain};
use super::redirect::{fit, has_names, label, to_subdomain};
use super::uri::{self, UriError};
use super::{is_below, without_port};
use crate::config::PublicGateway;
use crate::dnslink;
use crate::query::Query;
use crate::request::{Origin, Routed};
use ipfs_data::cid;
use ipfs_data::key::PeerId;
use ipfs_data::path::quote;
use ipfs_node::dnslink_label::{self, TooLong};

/// The parts of a request that matter here.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// `X-Forwarded-Host` or `Host`.
    // spec: subdomain.forwarded-host
    pub host: &'a str,
    /// Whether it came by HTTPS, to us or to a proxy before us.
    pub is_https: bool,
    /// The path, percent-decoded.
    pub path: &'a str,
    /// The query as it came; empty for none.
    pub raw_query: &'a str,
    /// The same, read.
    pub query: &'a Query,
}

/// What to do with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Serve this path.
    Serve(Routed),
    /// Redirect to this `Location` with 301.
    Redirect(String),
    /// Answer 404 with `404 page not found`.
    NotFound,
    /// Answer 400 with this text.
    BadRequest(RouteError),
}

/// Why a request makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// A CID that doesn't fit into a DNS label.
    #[error("CID incompatible with DNS label length limit of 63: {0}")]
    LabelTooLong(String),
    /// A domain name that doesn't.
    #[error(transparent)]
    Inline(#[from] TooLong),
    /// A root that can't be part of a host name.
    #[error("invalid character {} in host name", quote(&.0.to_string()))]
    Character(char),
    /// A bad `uri` parameter.
    #[error(transparent)]
    Uri(#[from] UriError),
}

/// Looks for DNSLinks.
pub(super) struct Look<'a>(&'a dyn Fn(&str) -> bool);

impl Look<'_> {
    pub(super) fn is_name(&self, name: &str) -> bool {
        dnslink::is_name(name)
    }

    pub(super) fn has_link(&self, host: &str) -> bool {
        let name = without_port(host);
        self.is_name(name) && (self.0)(name)
    }
}

/// What to do with a request. `has_dnslink` tells whether a domain has a DNSLink; it is asked only
/// about what can be one, and only if it matters.
pub fn route(
    asked: &Asked<'_>,
    known: &KnownHosts,
    no_dnslink: bool,
    has_dnslink: &dyn Fn(&str) -> bool,
) -> Route {
    let look = Look(has_dnslink);
    let routed = match uri::protocol_handler(asked.query) {
        Ok(Some(location)) => return Route::Redirect(location),
        Ok(None) => match known.find(asked.host) {
            Some(gateway) => at_gateway(asked, gateway, &look),
            None => match known.find_parent(asked.host) {
                Some(subdomain) => at_subdomain(asked, &subdomain, &look),
                None => Ok(elsewhere(asked, no_dnslink, &look)),
            },
        },
        Err(error) => Err(error.into()),
    };
    routed.unwrap_or_else(Route::BadRequest)
}

fn at_gateway(
    asked: &Asked<'_>,
    gateway: &PublicGateway,
    look: &Look<'_>,
) -> Result<Route, RouteError> {
    let Asked { host, path, .. } = *asked;
    if is_below(path, &gateway.paths) {
        if gateway.use_subdomains
            && let Some(url) = to_subdomain(asked, host, path, gateway.inline_dnslink, look)?
        {
            return Ok(Route::Redirect(url));
        }
        return Ok(Route::Serve(Routed {
            path: path.to_owned(),
            origin: Origin::Path,
            deserialized_responses: Some(gateway.deserialized_responses),
        }));
    }
    // spec: dnslink.public-gateway
    if !gateway.no_dnslink && look.has_link(host) {
        return Ok(dnslink(asked, Some(gateway.deserialized_responses)));
    }
    // spec: subdomain.paths
    Ok(Route::NotFound)
}

fn at_subdomain(
    asked: &Asked<'_>,
    subdomain: &Subdomain<'_, '_>,
    look: &Look<'_>,
) -> Result<Route, RouteError> {
    let Subdomain { gateway, name, namespace, root } = *subdomain;
    let mut prefix = format!("/{namespace}/{root}");
    if !(gateway.use_subdomains && is_below(&prefix, &gateway.paths)) {
        return Ok(Route::NotFound);
    }
    let redirect = |prefix: &str| {
        let path = format!("{prefix}{}", asked.path);
        to_subdomain(asked, name, &path, gateway.inline_dnslink, look)
    };
    if let Some(canonical) = canonical(namespace, root)? {
        // spec: subdomain.no-loop
        if canonical != root
            && let Some(url) = redirect(&format!("/{namespace}/{canonical}"))?
        {
            return Ok(Route::Redirect(url));
        }
    } else if namespace == "ipns" && !root.contains('.') && root.contains('-') {
        // spec: subdomain.uninline
        let inlined = dnslink_label::decode(root);
        if look.has_link(&inlined) || !look.has_link(root) {
            prefix = format!("/ipns/{inlined}");
        }
    }
    Ok(Route::Serve(Routed {
        path: format!("{prefix}{}", asked.path),
        origin: Origin::Subdomain { gateway: name.to_owned() },
        deserialized_responses: Some(gateway.deserialized_responses),
    }))
}

/// What a root that is a CID or a key has to be written like.
fn canonical(namespace: &str, root: &str) -> Result<Option<String>, RouteError> {
    let cid = cid::parse(root).ok();
    if has_names(namespace) {
        let is_name = namespace == "ipns";
        let peer = PeerId::parse(root).ok().filter(|_| is_name).map(PeerId::to_cid);
        return peer.or(cid).map(|cid| label(namespace, &cid)).transpose();
    }
    cid.map(|cid| fit(root.to_owned(), &cid)).transpose()
}

// spec: subdomain.other-hosts
// spec: dnslink.no-dnslink
fn elsewhere(asked: &Asked<'_>, no_dnslink: bool, look: &Look<'_>) -> Route {
    match !no_dnslink && look.has_link(asked.host) {
        true => dnslink(asked, None),
        false => Route::Serve(Routed {
            path: asked.path.to_owned(),
            origin: Origin::Path,
            deserialized_responses: None,
        }),
    }
}

// spec: dnslink.host
fn dnslink(asked: &Asked<'_>, deserialized_responses: Option<bool>) -> Route {
    Route::Serve(Routed {
        path: format!("/ipns/{}{}", without_port(asked.host), asked.path),
        origin: Origin::DnsLink { host: asked.host.to_owned() },
        deserialized_responses,
    })
}
