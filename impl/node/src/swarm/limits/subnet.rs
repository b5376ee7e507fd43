//! Spec: spec/node/limits.md
//!
//! How many connections one address, or one network that a single owner usually has, may hold.

use super::super::filters::Filter;
use super::{Allowed, Bound};
use std::collections::HashMap;
use std::net::IpAddr;

// spec: limits.subnets
/// Connections of one IPv4 address.
const IP4_MAX: u64 = 8;

/// Networks of IPv6 by prefix length, with the connections of each.
const IP6_MAX: [(u8, u64); 2] = [(56, 16), (48, 128)];

/// A network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Network {
    /// Its address with the bits behind the prefix at zero, and the length of the prefix.
    Owned(IpAddr, u8),
    /// One of the allowlist.
    Allowed(Filter),
}

/// The networks that an address counts for, with the bound of each. None for loopback.
fn networks(ip: IpAddr) -> Vec<(Network, Bound)> {
    let ip = ip.to_canonical();
    match ip {
        _ if ip.is_loopback() => Vec::new(),
        IpAddr::V4(_) => vec![(Network::Owned(ip, 32), Bound::Max(IP4_MAX))],
        IpAddr::V6(ip) => {
            let network = |prefix: u8| {
                let mask = u128::MAX << (128 - u32::from(prefix));
                IpAddr::V6((u128::from(ip) & mask).into())
            };
            let of = |&(prefix, most)| (Network::Owned(network(prefix), prefix), Bound::Max(most));
            IP6_MAX.iter().map(of).collect()
        }
    }
}

/// Connections by network.
#[derive(Debug)]
pub(super) struct Subnets {
    counts: HashMap<Network, u64>,
    /// Networks whose connections are counted together, whatever their addresses.
    allowed: Vec<Filter>,
    /// How many each of these may hold.
    allowed_max: Bound,
}

impl Subnets {
    /// No connections. Entries for single peers say nothing about a network.
    pub(super) fn new(allowed: &[Allowed], allowed_max: Bound) -> Self {
        let allowed = allowed.iter().filter_map(Allowed::of_everybody).collect();
        Self { counts: HashMap::new(), allowed, allowed_max }
    }

    // spec: limits.allowlist-subnets
    fn networks(&self, ip: IpAddr) -> Vec<(Network, Bound)> {
        match self.allowed.iter().find(|range| range.covers(ip)) {
            Some(range) if !ip.to_canonical().is_loopback() => {
                vec![(Network::Allowed(*range), self.allowed_max)]
            }
            _ => networks(ip),
        }
    }

    /// Counts a connection, or tells the bound that forbids it.
    pub(super) fn add(&mut self, ip: IpAddr) -> Result<(), u64> {
        let networks = self.networks(ip);
        for (network, bound) in &networks {
            let count = self.counts.get(network).copied().unwrap_or_default();
            match bound {
                Bound::Max(most) if count >= *most => return Err(*most),
                _ => {}
            }
        }
        for (network, _) in networks {
            *self.counts.entry(network).or_default() += 1;
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, ip: IpAddr) {
        for (network, _) in self.networks(ip) {
            if let Some(count) = self.counts.get_mut(&network) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(&network);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(subnets: &mut Subnets, ips: impl Iterator<Item = String>) -> usize {
        ips.filter(|ip| subnets.add(ip.parse().unwrap()).is_ok()).count()
    }

    /// spec: limits.subnets
    #[test]
    fn one_address_does_not_take_all() {
        let mut subnets = Subnets::new(&[], Bound::Unlimited);
        assert_eq!(taken(&mut subnets, (0..100).map(|_| "10.0.0.1".to_owned())), 8);
        assert_eq!(taken(&mut subnets, (0..100).map(|_| "::ffff:10.0.0.2".to_owned())), 8);
        assert_eq!(taken(&mut subnets, (0..100).map(|_| "127.0.0.1".to_owned())), 100);
        assert_eq!(taken(&mut subnets, (0..100).map(|_| "::1".to_owned())), 100);
        let hosts = |count: u32| (0..count).map(|host| format!("2001:db8::{host:x}"));
        assert_eq!(taken(&mut subnets, hosts(100)), 16);
        let nets = (0..1000).map(|net| format!("2001:db9:0:{:x}00::1", net % 256));
        assert_eq!(taken(&mut subnets, nets), 128);
        subnets.remove("10.0.0.1".parse().unwrap());
        assert_eq!(taken(&mut subnets, (0..100).map(|_| "10.0.0.1".to_owned())), 1);
    }

    #[test]
    fn what_is_given_back_leaves_nothing() {
        let mut subnets = Subnets::new(&[], Bound::Unlimited);
        for ip in ["10.0.0.1", "2001:db8::1", "::1"] {
            subnets.add(ip.parse().unwrap()).unwrap();
            subnets.remove(ip.parse().unwrap());
        }
        assert!(subnets.counts.is_empty());
    }

    /// spec: limits.allowlist-subnets
    #[test]
    fn networks_of_the_allowlist_are_counted_as_a_whole() {
        let peer = crate::swarm::PeerId::random();
        let allowed = ["/ip4/10.0.0.0/ipcidr/8", &format!("/ip4/11.0.0.0/ipcidr/8/p2p/{peer}")];
        let allowed = allowed.map(|text| text.parse().unwrap());
        let mut subnets = Subnets::new(&allowed, Bound::Max(20));
        let hosts = (0..100).map(|host| format!("10.0.0.{}", host % 2));
        assert_eq!(taken(&mut subnets, hosts), 20);
        assert_eq!(taken(&mut subnets, (0..100).map(|_| "11.0.0.1".to_owned())), 8);
        let mut subnets = Subnets::new(&allowed, Bound::Unlimited);
        assert_eq!(taken(&mut subnets, (0..100).map(|_| "10.0.0.1".to_owned())), 100);
    }
}
