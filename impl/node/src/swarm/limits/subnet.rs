//! Spec: spec/node/limits.md
//!
//! How many connections one address, or one network that a single owner usually has, may hold.

use std::collections::HashMap;
use std::net::IpAddr;

// spec: limits.subnets
/// Connections of one IPv4 address.
const IP4_MAX: u64 = 8;

/// Networks of IPv6 by prefix length, with the connections of each.
const IP6_MAX: [(u8, u64); 2] = [(56, 16), (48, 128)];

/// A network: its address with the bits behind the prefix at zero.
type Network = (IpAddr, u8);

/// The networks that an address counts for, with the bound of each. None for loopback.
fn networks(ip: IpAddr) -> Vec<(Network, u64)> {
    let ip = ip.to_canonical();
    match ip {
        _ if ip.is_loopback() => Vec::new(),
        IpAddr::V4(_) => vec![((ip, 32), IP4_MAX)],
        IpAddr::V6(ip) => {
            let network = |prefix: u8| {
                let mask = u128::MAX << (128 - u32::from(prefix));
                IpAddr::V6((u128::from(ip) & mask).into())
            };
            IP6_MAX.iter().map(|&(prefix, most)| ((network(prefix), prefix), most)).collect()
        }
    }
}

/// Connections by network.
#[derive(Debug, Default)]
pub(super) struct Subnets(HashMap<Network, u64>);

impl Subnets {
    /// Counts a connection, or tells the bound that forbids it.
    pub(super) fn add(&mut self, ip: IpAddr) -> Result<(), u64> {
        let networks = networks(ip);
        let full = networks.iter().find(|(network, most)| self.0.get(network) >= Some(most));
        if let Some((_, most)) = full {
            return Err(*most);
        }
        networks.into_iter().for_each(|(network, _)| *self.0.entry(network).or_default() += 1);
        Ok(())
    }

    pub(super) fn remove(&mut self, ip: IpAddr) {
        for (network, _) in networks(ip) {
            if let Some(count) = self.0.get_mut(&network) {
                *count -= 1;
                if *count == 0 {
                    self.0.remove(&network);
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
        let mut subnets = Subnets::default();
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
        let mut subnets = Subnets::default();
        for ip in ["10.0.0.1", "2001:db8::1", "::1"] {
            subnets.add(ip.parse().unwrap()).unwrap();
            subnets.remove(ip.parse().unwrap());
        }
        assert!(subnets.0.is_empty());
    }
}
