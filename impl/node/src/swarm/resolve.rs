//! Spec: spec/node/swarm.md
//!
//! From addresses with names to addresses with numbers.

use super::{Multiaddr, PeerId};
use crate::dns;
use futures::future::{BoxFuture, FutureExt};
use libp2p::multiaddr::Protocol;
use std::net::IpAddr;
use std::sync::Arc;

// spec: swarm.resolve-bounds
/// Questions that one dial asks.
const QUESTIONS_MAX: usize = 32;

/// Records of one `/dnsaddr` name that are used.
const TEXTS_MAX: usize = 64;

/// Addresses that come out.
const RESULTS_MAX: usize = 128;

/// How often a `/dnsaddr` may lead to another one.
const DEPTH_MAX: usize = 4;

/// Answers questions about names.
pub trait Resolve: Send + Sync {
    /// The TXT records of a name.
    fn texts(&self, name: String) -> BoxFuture<'static, Result<Vec<String>, String>>;
    /// The addresses of a host.
    fn hosts(&self, name: String) -> BoxFuture<'static, Result<Vec<IpAddr>, String>>;
}

/// TXT records and addresses by `DNS.Resolvers`. Names that contain the address need no question.
pub struct Names {
    resolver: Arc<dns::Resolver>,
    /// Below these domains names contain their address.
    telling: Vec<String>,
}

impl Names {
    /// Asks this resolver, but not for `ADDRESS.PEER.DOMAIN` in one of these domains.
    pub fn new(resolver: Arc<dns::Resolver>, telling: &[&str]) -> Self {
        let lower = |domain: &&str| domain.trim_end_matches('.').to_ascii_lowercase();
        Self { resolver, telling: telling.iter().map(lower).collect() }
    }

    // spec: swarm.resolve-telling
    /// The address that a name of AutoTLS contains: `192-0-2-1.PEER.libp2p.direct`.
    fn told(&self, name: &str) -> Option<IpAddr> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let below = |domain: &String| name.strip_suffix(domain)?.strip_suffix('.');
        let (address, peer) = self.telling.iter().find_map(below)?.split_once('.')?;
        ipfs_data::key::PeerId::parse(peer).ok()?;
        if address.starts_with('-') || address.ends_with('-') {
            return None;
        }
        let four = address.replace('-', ".").parse().ok().map(IpAddr::V4);
        four.or_else(|| address.replace('-', ":").parse().ok().map(IpAddr::V6))
    }
}

impl Resolve for Names {
    fn texts(&self, name: String) -> BoxFuture<'static, Result<Vec<String>, String>> {
        let resolver = self.resolver.clone();
        let asking = move || match resolver.txt(&format!("{name}."), true) {
            Ok(texts) => {
                let text = |record: Vec<u8>| String::from_utf8(record).ok();
                Ok(texts.records.into_iter().filter_map(text).collect())
            }
            Err(error) => Err(error.to_string()),
        };
        async { tokio::task::spawn_blocking(asking).await.map_err(|error| error.to_string())? }
            .boxed()
    }

    fn hosts(&self, name: String) -> BoxFuture<'static, Result<Vec<IpAddr>, String>> {
        if let Some(address) = self.told(&name) {
            return async move { Ok(vec![address]) }.boxed();
        }
        let resolver = self.resolver.clone();
        let asking = move || resolver.hosts(&format!("{name}.")).map_err(|error| error.to_string());
        async { tokio::task::spawn_blocking(asking).await.map_err(|error| error.to_string())? }
            .boxed()
    }
}

/// What came out: addresses without names, and those that led nowhere with the reason.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) addresses: Vec<Multiaddr>,
    pub(super) failures: Vec<(Multiaddr, String)>,
}

// spec: swarm.resolve
/// Resolves `/dns`, `/dns4`, `/dns6` and `/dnsaddr` at the start of addresses. With a peer only its
/// entries of `/dnsaddr` count.
pub(super) async fn resolve(
    resolver: Option<&dyn Resolve>,
    addresses: Vec<Multiaddr>,
    peer: Option<PeerId>,
) -> Resolved {
    let mut resolved = Resolved::default();
    let mut questions = 0;
    let mut todo: Vec<(Multiaddr, usize)> =
        addresses.into_iter().rev().map(|one| (one, 0)).collect();
    while let Some((address, depth)) = todo.pop() {
        let Some(name) = Name::of(&address) else {
            if resolved.addresses.len() < RESULTS_MAX && !resolved.addresses.contains(&address) {
                resolved.addresses.push(address);
            }
            continue;
        };
        questions += 1;
        let found = match resolver {
            _ if questions > QUESTIONS_MAX || depth > DEPTH_MAX => {
                Err("too many names lead to each other".to_owned())
            }
            None => Err("no resolver for names".to_owned()),
            Some(resolver) => name.ask(resolver, &address, peer).await,
        };
        match found {
            Ok(found) if found.is_empty() => {
                resolved.failures.push((address, "no addresses for this name".to_owned()));
            }
            Ok(found) => todo.extend(found.into_iter().rev().map(|one| (one, depth + 1))),
            Err(reason) => resolved.failures.push((address, reason)),
        }
    }
    resolved
}

enum Name {
    Host(String),
    Host4(String),
    Host6(String),
    Texts(String),
}

impl Name {
    fn of(address: &Multiaddr) -> Option<Self> {
        match address.iter().next()? {
            Protocol::Dns(name) => Some(Self::Host(name.into_owned())),
            Protocol::Dns4(name) => Some(Self::Host4(name.into_owned())),
            Protocol::Dns6(name) => Some(Self::Host6(name.into_owned())),
            Protocol::Dnsaddr(name) => Some(Self::Texts(name.into_owned())),
            _ => None,
        }
    }

    async fn ask(
        self,
        resolver: &dyn Resolve,
        address: &Multiaddr,
        peer: Option<PeerId>,
    ) -> Result<Vec<Multiaddr>, String> {
        let rest: Multiaddr = address.iter().skip(1).collect();
        let numbers = |ips: Vec<IpAddr>, fits: fn(&IpAddr) -> bool| {
            let ips = ips.into_iter().filter(fits).take(TEXTS_MAX);
            ips.map(|ip| Multiaddr::from(ip).iter().chain(rest.iter()).collect()).collect()
        };
        match self {
            Self::Host(name) => Ok(numbers(resolver.hosts(name).await?, |_| true)),
            Self::Host4(name) => Ok(numbers(resolver.hosts(name).await?, IpAddr::is_ipv4)),
            Self::Host6(name) => Ok(numbers(resolver.hosts(name).await?, IpAddr::is_ipv6)),
            Self::Texts(name) => {
                let texts = resolver.texts(format!("_dnsaddr.{name}")).await?;
                let entries = texts.iter().filter_map(|text| text.strip_prefix("dnsaddr="));
                let entries = entries.filter_map(|text| text.parse::<Multiaddr>().ok());
                let fits = |entry: &Multiaddr| ends_with(entry, &rest) && is_for(entry, peer);
                Ok(entries.filter(fits).take(TEXTS_MAX).collect())
            }
        }
    }
}

fn ends_with(address: &Multiaddr, end: &Multiaddr) -> bool {
    address.as_ref().ends_with(end.as_ref())
}

fn is_for(address: &Multiaddr, peer: Option<PeerId>) -> bool {
    match (address.iter().last(), peer) {
        (Some(Protocol::P2p(named)), Some(peer)) => named == peer,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    struct Fixed(HashMap<&'static str, Vec<String>>);

    impl Resolve for Fixed {
        fn texts(&self, name: String) -> BoxFuture<'static, Result<Vec<String>, String>> {
            let found = self.0.get(name.as_str()).cloned();
            async { found.ok_or_else(|| "nothing".to_owned()) }.boxed()
        }

        fn hosts(&self, name: String) -> BoxFuture<'static, Result<Vec<IpAddr>, String>> {
            let found = self.0.get(name.as_str()).cloned();
            let parse = |all: Vec<String>| all.iter().map(|ip| ip.parse().unwrap()).collect();
            async move { found.map(parse).ok_or_else(|| "nothing".to_owned()) }.boxed()
        }
    }

    async fn run(resolver: &Fixed, text: &str, peer: Option<PeerId>) -> (Vec<String>, usize) {
        let resolved = resolve(Some(resolver), vec![text.parse().unwrap()], peer).await;
        let texts = resolved.addresses.iter().map(ToString::to_string).collect();
        (texts, resolved.failures.len())
    }

    /// spec: swarm.resolve
    #[tokio::test]
    async fn names_become_numbers() {
        let (a, b) = (PeerId::random(), PeerId::random());
        let resolver = Fixed(HashMap::from([
            ("h", vec!["1.2.3.4".to_owned(), "::1".to_owned()]),
            (
                "_dnsaddr.d",
                vec![
                    format!("dnsaddr=/dns4/h/tcp/1/p2p/{a}"),
                    format!("dnsaddr=/ip4/9.9.9.9/tcp/2/p2p/{b}"),
                    "dnsaddr=nonsense".to_owned(),
                    "other".to_owned(),
                ],
            ),
        ]));
        let (four, six) = ("/ip4/1.2.3.4/tcp/5".to_owned(), "/ip6/::1/tcp/5".to_owned());
        assert_eq!(
            run(&resolver, "/dns/h/tcp/5", None).await,
            (vec![four.clone(), six.clone()], 0)
        );
        assert_eq!(run(&resolver, "/dns4/h/tcp/5", None).await, (vec![four], 0));
        assert_eq!(run(&resolver, "/dns6/h/tcp/5", None).await, (vec![six], 0));
        assert_eq!(run(&resolver, "/dns6/x/tcp/5", None).await, (vec![], 1));
        let of_a = (vec![format!("/ip4/1.2.3.4/tcp/1/p2p/{a}")], 0);
        assert_eq!(run(&resolver, "/dnsaddr/d", Some(a)).await, of_a);
        assert_eq!(run(&resolver, &format!("/dnsaddr/d/p2p/{a}"), None).await, of_a);
        assert_eq!(run(&resolver, "/dnsaddr/d", None).await.0.len(), 2);
    }

    /// spec: swarm.resolve-telling
    #[test]
    fn some_names_contain_their_address() {
        let rules = dns::Rules::new([]).unwrap();
        let resolver = Arc::new(dns::Resolver::new(dns::Settings::system(rules)));
        let names = Names::new(resolver, &["libp2p.direct", "Own.example."]);
        let peer = "k51qzi5uqu5djjqhqwg0k45svh1smugtxxaqvlvrgopdmqxo81hj9jigr698j8";
        let told = |ip: &str, domain: &str| names.told(&format!("{ip}.{peer}.{domain}"));
        assert_eq!(told("127-0-0-1", "libp2p.direct"), "127.0.0.1".parse().ok());
        assert_eq!(told("2001-db8--1", "LIBP2P.direct."), "2001:db8::1".parse().ok());
        assert_eq!(told("1-2-3-4", "own.example"), "1.2.3.4".parse().ok());
        for (ip, domain) in [
            ("1-2-3", "libp2p.direct"),
            ("-1", "libp2p.direct"),
            ("1--", "libp2p.direct"),
            ("1-2-3-4", "other.example"),
            ("x.1-2-3-4", "libp2p.direct"),
        ] {
            assert_eq!(told(ip, domain), None, "{ip} {domain}");
        }
        assert_eq!(names.told("1-2-3-4.nobody.libp2p.direct"), None);
        assert_eq!(names.told(&format!("{peer}.libp2p.direct")), None);
    }

    /// spec: swarm.resolve-bounds
    #[tokio::test]
    async fn circles_end() {
        let entry = vec!["dnsaddr=/dnsaddr/d".to_owned(); 1000];
        let resolver = Fixed(HashMap::from([("_dnsaddr.d", entry)]));
        let (addresses, failures) = run(&resolver, "/dnsaddr/d", None).await;
        assert!(addresses.is_empty() && failures > 0, "{failures}");
    }
}
