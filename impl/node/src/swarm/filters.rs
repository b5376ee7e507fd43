//! Spec: spec/node/swarm.md
//!
//! Ranges of addresses that are neither dialled nor let in: `Swarm.AddrFilters`.

use super::{Multiaddr, lock};
use libp2p::multiaddr::Protocol;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Mutex;

/// Filters that a node keeps.
pub const FILTERS_MAX: usize = 4096;

/// A range of addresses: `/ip4/10.0.0.0/ipcidr/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Filter {
    network: IpAddr,
    /// Bits that count.
    prefix: u8,
}

/// The text is no filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid multiaddr-filter format")]
pub struct FilterError;

impl Filter {
    // spec: swarm.filters
    pub(super) fn covers(&self, address: IpAddr) -> bool {
        // An IPv4 address in an IPv6 coat is still that address.
        let address = address.to_canonical();
        let shift = |width: u8| u32::from(width - self.prefix);
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differ = u32::from(network) ^ u32::from(address);
                differ.checked_shr(shift(32)).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differ = u128::from(network) ^ u128::from(address);
                differ.checked_shr(shift(128)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let parts: Vec<&str> = text.split('/').collect();
        let ["", version @ ("ip4" | "ip6"), address, "ipcidr", prefix] = parts[..] else {
            return Err(FilterError);
        };
        let network: IpAddr = address.parse().map_err(|_| FilterError)?;
        let prefix: u8 = prefix.parse().map_err(|_| FilterError)?;
        let width = if network.is_ipv4() { 32 } else { 128 };
        if network.is_ipv4() != (version == "ip4") || prefix > width {
            return Err(FilterError);
        }
        // The bits behind the prefix say nothing.
        let network = match network {
            IpAddr::V4(ip) => {
                let mask = u32::MAX.checked_shl(u32::from(32 - prefix)).unwrap_or(0);
                IpAddr::V4((u32::from(ip) & mask).into())
            }
            IpAddr::V6(ip) => {
                let mask = u128::MAX.checked_shl(u32::from(128 - prefix)).unwrap_or(0);
                IpAddr::V6((u128::from(ip) & mask).into())
            }
        };
        Ok(Self { network, prefix })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = if self.network.is_ipv4() { "ip4" } else { "ip6" };
        write!(f, "/{version}/{}/ipcidr/{}", self.network, self.prefix)
    }
}

/// The IP address that a multiaddr begins with.
pub(super) fn ip(address: &Multiaddr) -> Option<IpAddr> {
    address.iter().find_map(|part| match part {
        Protocol::Ip4(ip) => Some(ip.into()),
        Protocol::Ip6(ip) => Some(ip.into()),
        _ => None,
    })
}

/// The filters now; they can be changed while the node runs.
#[derive(Default)]
pub(super) struct Filters(Mutex<Vec<Filter>>);

impl Filters {
    pub(super) fn new(filters: Vec<Filter>) -> Self {
        Self(Mutex::new(filters))
    }

    pub(super) fn blocks(&self, address: &Multiaddr) -> bool {
        let Some(ip) = ip(address) else { return false };
        lock(&self.0).iter().any(|filter| filter.covers(ip))
    }

    pub(super) fn list(&self) -> Vec<Filter> {
        lock(&self.0).clone()
    }

    /// Whether it is there now: not if there are too many.
    pub(super) fn add(&self, filter: Filter) -> bool {
        let mut all = lock(&self.0);
        if !all.contains(&filter) {
            if all.len() >= FILTERS_MAX {
                return false;
            }
            all.push(filter);
        }
        true
    }

    /// Whether it was there.
    pub(super) fn remove(&self, filter: &Filter) -> bool {
        let mut all = lock(&self.0);
        let before = all.len();
        all.retain(|other| other != filter);
        all.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(filter: &str, address: &str) -> bool {
        let filters = Filters::new(vec![filter.parse().unwrap()]);
        filters.blocks(&address.parse().unwrap())
    }

    /// spec: swarm.filters
    #[test]
    fn ranges() {
        assert!(blocks("/ip4/10.1.2.3/ipcidr/8", "/ip4/10.255.0.1/tcp/1"));
        assert!(!blocks("/ip4/10.0.0.0/ipcidr/8", "/ip4/11.0.0.1/udp/1/quic-v1"));
        assert!(blocks("/ip4/10.0.0.0/ipcidr/8", "/ip6/::ffff:10.0.0.1/tcp/1"));
        assert!(blocks("/ip6/fc00::/ipcidr/7", "/ip6/fd00::1/tcp/1"));
        assert!(!blocks("/ip6/fc00::/ipcidr/7", "/ip4/1.2.3.4/tcp/1"));
        assert!(blocks("/ip4/0.0.0.0/ipcidr/0", "/ip4/1.2.3.4/tcp/1"));
        assert!(blocks("/ip6/::/ipcidr/0", "/ip6/::1/tcp/1"));
        assert!(!blocks("/ip4/0.0.0.0/ipcidr/0", "/dns4/a/tcp/1"));
    }

    /// spec: swarm.filters
    #[test]
    fn text() {
        let text = |text: &str| text.parse::<Filter>().map(|filter| filter.to_string());
        assert_eq!(text("/ip4/10.1.0.0/ipcidr/8"), Ok("/ip4/10.0.0.0/ipcidr/8".to_owned()));
        assert_eq!(text("/ip6/2001:db8::/ipcidr/32"), Ok("/ip6/2001:db8::/ipcidr/32".to_owned()));
        let bad = [
            "",
            "/ip4/1.0.0.0",
            "/ip4/1.0.0.0/ipcidr/33",
            "/ip6/1.0.0.0/ipcidr/8",
            "/ip4/x/ipcidr/8",
        ];
        for bad in bad {
            assert_eq!(text(bad), Err(FilterError), "{bad}");
        }
    }

    #[test]
    fn adding_and_removing() {
        let filters = Filters::default();
        let filter = "/ip4/10.0.0.0/ipcidr/8".parse().unwrap();
        assert!(filters.add(filter) && filters.add(filter));
        assert_eq!(filters.list(), [filter]);
        assert!(filters.remove(&filter) && !filters.remove(&filter));
    }
}
