//! Spec: spec/gateway/subdomain.md
//!
//! The known gateways: `Gateway.PublicGateways` and `localhost`.

use super::{is_address, without_port};
use crate::config::PublicGateway;
use std::collections::{BTreeMap, HashMap};

/// The known gateways.
#[derive(Debug, Clone)]
pub struct KnownHosts {
    /// By name in lower case, with port if configured so.
    exact: HashMap<String, PublicGateway>,
    /// Names with `*`, the longest first.
    patterns: Vec<(String, PublicGateway)>,
}

impl KnownHosts {
    /// The configured gateways; `localhost` is among them unless it was taken away.
    // spec: subdomain.localhost
    pub fn new(configured: &BTreeMap<String, PublicGateway>) -> Self {
        let mut hosts = Self { exact: HashMap::new(), patterns: Vec::new() };
        for (name, gateway) in configured {
            let (name, gateway) = (name.to_ascii_lowercase(), gateway.clone());
            // spec: subdomain.no-address
            if gateway.use_subdomains && is_address(without_port(&name)) {
                tracing::warn!(
                    "Gateway.PublicGateways: UseSubdomains cannot be enabled for IP address {name}"
                );
            } else if name.contains('*') {
                hosts.patterns.push((name, gateway));
            } else {
                hosts.exact.insert(name, gateway);
            }
        }
        hosts.patterns.sort_by_key(|(name, _)| (std::cmp::Reverse(name.len()), name.clone()));
        hosts
    }

    /// The gateway with this name: as it is, without its port, or by a pattern.
    // spec: subdomain.known-host
    // spec: subdomain.case
    pub fn find(&self, host: &str) -> Option<&PublicGateway> {
        let host = host.to_ascii_lowercase();
        let bare = without_port(&host);
        let exact = self.exact.get(&host).or_else(|| self.exact.get(bare));
        let pattern = || {
            let fits = |(pattern, _): &&(String, PublicGateway)| {
                fits_labels(pattern, &host) || fits_labels(pattern, bare)
            };
            self.patterns.iter().find(fits).map(|(_, gateway)| gateway)
        };
        exact.or_else(pattern)
    }

    /// The gateway that `host` is a subdomain of, its name as in `host`, the namespace and the
    /// root: `ROOT.NS.GATEWAY`.
    // spec: subdomain.host
    pub fn find_parent<'a>(&self, host: &'a str) -> Option<Subdomain<'_, 'a>> {
        // From the right; at least a root and a namespace have to be left.
        let dots: Vec<usize> = host.match_indices('.').map(|(at, _)| at).collect();
        dots.iter().enumerate().skip(1).rev().find_map(|(index, &dot)| {
            let name = &host[dot + 1..];
            let namespace = &host[dots[index - 1] + 1..dot];
            let gateway = self.find(name)?;
            let namespace = ["ipfs", "ipns", "p2p", "ipld"]
                .into_iter()
                .find(|known| namespace.eq_ignore_ascii_case(known))?;
            Some(Subdomain { gateway, name, namespace, root: &host[..dots[index - 1]] })
        })
    }
}

/// A host taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subdomain<'g, 'h> {
    /// The gateway.
    pub gateway: &'g PublicGateway,
    /// Its name, with port.
    pub name: &'h str,
    /// `ipfs` or one of the others.
    pub namespace: &'static str,
    /// What stands before the namespace.
    pub root: &'h str,
}

fn fits_labels(pattern: &str, host: &str) -> bool {
    let (mut patterns, mut labels) = (pattern.split('.'), host.split('.'));
    loop {
        match (patterns.next(), labels.next()) {
            (None, None) => return true,
            (Some(pattern), Some(label)) if fits(pattern, label) => {}
            _ => return false,
        }
    }
}

/// Whether a label is what a pattern says, in which `*` is any text that is not empty.
fn fits(pattern: &str, label: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = label.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        // One character at least belongs to the star before.
        let Some(next) = rest.chars().next() else { return false };
        match rest[next.len_utf8()..].find(part) {
            Some(at) => rest = &rest[next.len_utf8() + at + part.len()..],
            None => return false,
        }
    }
    rest.len() > last.len() && rest.ends_with(last)
}
