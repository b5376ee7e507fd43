//! Spec: spec/gateway/subdomain.md
//!
//! What the host of a request means: which gateway it is, what content path, and what is to be
//! redirected to an origin of its own.

mod hosts;
mod redirect;
mod route;
#[cfg(test)]
mod tests;
mod uri;

pub use hosts::KnownHosts;
pub use route::{Asked, Route, RouteError, route};
pub use uri::{UriError, protocol_handler};

/// Whether `path` is at or below one of `prefixes`, whose trailing slashes don't count.
fn is_below(path: &str, prefixes: &[String]) -> bool {
    prefixes.iter().any(|prefix| {
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The host without its port.
pub fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
            // Several colons without brackets are an address without port.
            if bare.is_none() && name.contains(':') { host } else { bare.unwrap_or(name) }
        }
        _ => host,
    }
}

/// Whether the host, without port, is an IP address.
pub fn is_address(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<std::net::IpAddr>().is_ok()
}
