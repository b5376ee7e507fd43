//! Spec: spec/gateway/dnslink.md
//!
//! Web sites at their own domain names. How a host becomes the path of a site is decided with all
//! other hosts in [`crate::subdomain`]; here is what may be such a name at all.

use crate::subdomain::is_address;
use ipfs_data::key::PeerId;
use ipfs_node::names::is_domain;

/// Longest host name that is looked up, in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// Whether a host without port may have a DNSLink.
// spec: dnslink.no-address
pub fn is_name(host: &str) -> bool {
    host.len() <= NAME_BYTES_MAX
        && is_domain(host)
        && !is_address(host)
        && PeerId::parse(host).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_others() {
        for name in ["en.example.org", "localhost", "a-b", "example.org.", "xn--x.example"] {
            assert!(is_name(name), "{name}");
        }
        let long = "a.".repeat(128);
        for other in ["", "127.0.0.1", "::1", "[::1]", "a..b", &long] {
            assert!(!is_name(other), "{other}");
        }
        assert!(!is_name("12D3KooWDkNqEJNmreF3NYYFK1ws7Ra2fuW6cHBTu567SPV3LdYA"));
    }
}
