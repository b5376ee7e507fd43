//! Spec: spec/node/address.md
//!
//! Where an HTTP listener is: a multiaddr of a TCP port or of a unix socket, or a URL.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::IntErrorKind;
use std::path::PathBuf;
use std::str::FromStr;

/// Where an HTTP listener is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// A TCP port of a host.
    Tcp {
        /// The host.
        host: Host,
        /// The port; a listener takes any free one for 0.
        port: u16,
        /// Whether HTTP is spoken inside TLS.
        tls: bool,
    },
    /// A unix socket, by its absolute path.
    Unix(PathBuf),
}

/// The host of a TCP address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    /// `/ip4/A`
    Ip4(Ipv4Addr),
    /// `/ip6/A`, `/ip6zone/Z/ip6/A`
    Ip6 {
        /// The address.
        ip: Ipv6Addr,
        /// The zone of a link-local address: the name or number of an interface.
        zone: Option<String>,
    },
    /// `/dns/NAME`, `/dns4/NAME`, `/dns6/NAME`
    Name {
        /// The name.
        name: String,
        /// Which of its addresses are meant.
        family: Family,
    },
}

/// Which addresses of a name are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// All.
    Any,
    /// Those of IPv4.
    Ip4,
    /// Those of IPv6.
    Ip6,
}

/// A text that is no address of an HTTP listener.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a multiaddr.
    #[error("failed to parse multiaddr {}: {reason}", quoted(text))]
    Malformed {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A multiaddr that begins with neither host nor socket.
    #[error("{0} is not a 'thin waist' address")]
    NoHost(String),
    /// A multiaddr of something else, such as a UDP port.
    #[error("unsupported API address: {0}")]
    Unsupported(String),
    /// Not a URL of a host.
    #[error("{} is no http or https URL of a host", quoted(.0))]
    Url(String),
}

fn quoted(text: &str) -> String {
    ipfs_data::quote::quoted(text.as_bytes())
}

impl Address {
    /// Reads a multiaddr, or an `http` or `https` URL of which only host and port count.
    ///
    /// # Errors
    /// What is wrong with it, in the reference's words as far as it is a multiaddr.
    // spec: address.forms
    // spec: address.url
    pub fn parse(text: &str) -> Result<Self, Error> {
        if let Some(rest) = text.strip_prefix("http://") {
            return url(text, rest, false);
        }
        if let Some(rest) = text.strip_prefix("https://") {
            return url(text, rest, true);
        }
        address(text, &components(text)?)
    }

    /// Whether the address can be reached from this machine only. Names other than `localhost`
    /// are taken as reachable from elsewhere.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp { host: Host::Ip4(ip), .. } => ip.is_loopback(),
            Self::Tcp { host: Host::Ip6 { ip, .. }, .. } => {
                ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback())
            }
            Self::Tcp { host: Host::Name { name, .. }, .. } => {
                name.trim_end_matches('.').eq_ignore_ascii_case("localhost")
            }
        }
    }

    /// `host:port` as it stands in URLs and in the header `Host`; `None` for a unix socket.
    pub fn authority(&self) -> Option<String> {
        match self {
            Self::Unix(_) => None,
            Self::Tcp { host, port, .. } => Some(match host {
                Host::Ip4(ip) => format!("{ip}:{port}"),
                Host::Ip6 { ip, zone: None } => format!("[{}]:{port}", ip6_text(ip)),
                Host::Ip6 { ip, zone: Some(zone) } => {
                    format!("[{}%{zone}]:{port}", ip6_text(ip))
                }
                Host::Name { name, .. } => format!("{name}:{port}"),
            }),
        }
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl From<SocketAddr> for Address {
    /// The address that a socket is bound to.
    fn from(address: SocketAddr) -> Self {
        let host = match address.ip() {
            IpAddr::V4(ip) => Host::Ip4(ip),
            IpAddr::V6(ip) => Host::Ip6 { ip, zone: None },
        };
        Self::Tcp { host, port: address.port(), tls: false }
    }
}

impl fmt::Display for Address {
    /// The multiaddr.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(out, "/unix{}", path.display()),
            Self::Tcp { host, port, tls } => {
                write!(out, "{host}/tcp/{port}{}", if *tls { "/tls/http" } else { "" })
            }
        }
    }
}

impl fmt::Display for Host {
    /// The multiaddr's part.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip4(ip) => write!(out, "/ip4/{ip}"),
            Self::Ip6 { ip, zone: None } => write!(out, "/ip6/{}", ip6_text(ip)),
            Self::Ip6 { ip, zone: Some(zone) } => {
                write!(out, "/ip6zone/{zone}/ip6/{}", ip6_text(ip))
            }
            Self::Name { name, family: Family::Any } => write!(out, "/dns/{name}"),
            Self::Name { name, family: Family::Ip4 } => write!(out, "/dns4/{name}"),
            Self::Name { name, family: Family::Ip6 } => write!(out, "/dns6/{name}"),
        }
    }
}

/// Only a mapped address shows its last part as an IPv4 address.
fn ip6_text(ip: &Ipv6Addr) -> String {
    match ip.to_ipv4_mapped() {
        Some(ip) => format!("::ffff:{ip}"),
        None => ip.to_string(),
    }
}

fn url(text: &str, rest: &str, tls: bool) -> Result<Address, Error> {
    let fail = || Error::Url(text.to_owned());
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port = match port {
        None | Some("") if tls => 443,
        None | Some("") => 80,
        Some(port) => port.parse().map_err(|_| fail())?,
    };
    let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(ip) => Host::Ip6 { ip: ip.parse().map_err(|_| fail())?, zone: None },
        None if host.is_empty() || host.contains(['@', ':', '[', ']', '%']) => return Err(fail()),
        None => match host.parse() {
            Ok(ip) => Host::Ip4(ip),
            Err(_) => Host::Name { name: host.to_owned(), family: Family::Any },
        },
    };
    Ok(Address::Tcp { host, port, tls })
}

/// A protocol of a multiaddr and its value; empty where the protocol has none.
struct Component<'a> {
    protocol: &'static str,
    value: &'a str,
}

/// What follows the name of a protocol.
#[derive(Clone, Copy)]
enum Form {
    Nothing,
    Text,
    Ip4,
    Ip6,
    Port,
    Name,
    /// All that is left.
    Path,
}

const PROTOCOLS: &[(&str, Form)] = &[
    ("ip4", Form::Ip4),
    ("ip6", Form::Ip6),
    ("ip6zone", Form::Text),
    ("ipcidr", Form::Text),
    ("tcp", Form::Port),
    ("udp", Form::Port),
    ("dccp", Form::Port),
    ("sctp", Form::Port),
    ("dns", Form::Name),
    ("dns4", Form::Name),
    ("dns6", Form::Name),
    ("dnsaddr", Form::Name),
    ("sni", Form::Name),
    ("unix", Form::Path),
    ("http", Form::Nothing),
    ("https", Form::Nothing),
    ("http-path", Form::Text),
    ("tls", Form::Nothing),
    ("ws", Form::Nothing),
    ("wss", Form::Nothing),
    ("quic", Form::Nothing),
    ("quic-v1", Form::Nothing),
    ("webtransport", Form::Nothing),
    ("certhash", Form::Text),
    ("webrtc", Form::Nothing),
    ("webrtc-direct", Form::Nothing),
    ("p2p-webrtc-direct", Form::Nothing),
    ("p2p", Form::Text),
    ("ipfs", Form::Text),
    ("p2p-circuit", Form::Nothing),
    ("noise", Form::Nothing),
    ("plaintextv2", Form::Nothing),
    ("onion", Form::Text),
    ("onion3", Form::Text),
    ("garlic32", Form::Text),
    ("garlic64", Form::Text),
    ("udt", Form::Nothing),
    ("utp", Form::Nothing),
    ("memory", Form::Text),
];

// spec: address.errors
fn components(text: &str) -> Result<Vec<Component<'_>>, Error> {
    let text = text.trim_end_matches('/');
    let fail = |reason: String| Error::Malformed { text: text.to_owned(), reason };
    if text.is_empty() {
        return Err(fail("empty multiaddr".to_owned()));
    }
    let mut rest =
        Some(text.strip_prefix('/').ok_or_else(|| fail("must begin with /".to_owned()))?);
    let mut found = Vec::new();
    while let Some(left) = rest {
        let (name, after) = head(left);
        let known = PROTOCOLS.iter().find(|(known, _)| *known == name);
        let &(protocol, form) = known.ok_or_else(|| fail(format!("unknown protocol {name}")))?;
        let (value, after) = match form {
            Form::Nothing => ("", after),
            _ => {
                let after = after.ok_or_else(|| fail("unexpected end of multiaddr".to_owned()))?;
                match form {
                    Form::Path => (&text[text.len() - after.len() - 1..], None),
                    _ => head(after),
                }
            }
        };
        check(form, value).map_err(|why| {
            fail(format!("invalid value {} for protocol {protocol}: {why}", quoted(value)))
        })?;
        found.push(Component { protocol, value });
        rest = after;
    }
    Ok(found)
}

fn head(text: &str) -> (&str, Option<&str>) {
    match text.split_once('/') {
        Some((head, rest)) => (head, Some(rest)),
        None => (text, None),
    }
}

fn check(form: Form, value: &str) -> Result<(), String> {
    match form {
        Form::Ip4 => ip4(value).map(drop),
        Form::Ip6 => ip6(value).map(drop),
        Form::Port => port(value).map(drop),
        Form::Name if value.is_empty() => Err("empty dns addr".to_owned()),
        _ => Ok(()),
    }
}

fn ip4(text: &str) -> Result<Ipv4Addr, String> {
    let mapped = || text.parse::<Ipv6Addr>().ok().and_then(|ip| ip.to_ipv4_mapped());
    let ip = text.parse().ok().or_else(mapped);
    ip.ok_or_else(|| format!("failed to parse ip4 addr: {text}"))
}

fn ip6(text: &str) -> Result<Ipv6Addr, String> {
    match text.parse() {
        Ok(IpAddr::V6(ip)) => Ok(ip),
        Ok(IpAddr::V4(ip)) => Ok(ip.to_ipv6_mapped()),
        Err(_) => Err(format!("failed to parse ip6 addr: {text}")),
    }
}

fn port(text: &str) -> Result<u16, String> {
    let fail = |why: &str| {
        format!("failed to parse port addr: strconv.ParseUint: parsing {}: {why}", quoted(text))
    };
    match text.parse::<u16>() {
        _ if text.starts_with('+') => Err(fail("invalid syntax")),
        Ok(port) => Ok(port),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Err(fail("value out of range")),
        Err(_) => Err(fail("invalid syntax")),
    }
}

fn address(text: &str, components: &[Component<'_>]) -> Result<Address, Error> {
    let text = text.trim_end_matches('/');
    let no_host = || Error::NoHost(text.to_owned());
    let mut rest = components.iter();
    let mut zone = None;
    let mut first = rest.next().ok_or_else(no_host)?;
    if first.protocol == "ip6zone" {
        zone = Some(first.value.to_owned());
        first = rest.next().filter(|next| next.protocol == "ip6").ok_or_else(no_host)?;
    }
    let name = |family| Host::Name { name: first.value.to_owned(), family };
    let host = match first.protocol {
        "unix" => return Ok(Address::Unix(PathBuf::from(first.value))),
        "ip4" => Host::Ip4(ip4(first.value).map_err(|_| no_host())?),
        "ip6" => Host::Ip6 { ip: ip6(first.value).map_err(|_| no_host())?, zone },
        "dns" => name(Family::Any),
        "dns4" => name(Family::Ip4),
        "dns6" => name(Family::Ip6),
        _ => return Err(no_host()),
    };
    let transport = rest.next().filter(|next| next.protocol == "tcp");
    let transport = transport.ok_or_else(|| Error::Unsupported(text.to_owned()))?;
    let port = port(transport.value).map_err(|_| no_host())?;
    // spec: address.tls
    let rest: Vec<&str> = rest.map(|component| component.protocol).collect();
    let tls = rest.contains(&"https") || rest.windows(2).any(|pair| pair == ["tls", "http"]);
    Ok(Address::Tcp { host, port, tls })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match Address::parse(text) {
            Ok(address) => address.to_string(),
            Err(error) => format!("! {error}"),
        }
    }

    #[test]
    fn addresses_come_back_as_multiaddrs() {
        for (text, expected) in [
            ("/ip4/127.0.0.1/tcp/5001", "/ip4/127.0.0.1/tcp/5001"),
            ("/ip4/127.0.0.1/tcp/5001/http/", "/ip4/127.0.0.1/tcp/5001"),
            ("/ip6/::1/tcp/0", "/ip6/::1/tcp/0"),
            ("/ip6zone/eth0/ip6/fe80::1/tcp/1", "/ip6zone/eth0/ip6/fe80::1/tcp/1"),
            ("/dns/example.com/tcp/443/tls/http", "/dns/example.com/tcp/443/tls/http"),
            ("/dns4/example.com/tcp/443/https", "/dns4/example.com/tcp/443/tls/http"),
            ("/dns6/example.com/tcp/80/tls", "/dns6/example.com/tcp/80"),
            ("/unix/run/ipfs.sock", "/unix/run/ipfs.sock"),
            ("http://localhost", "/dns/localhost/tcp/80"),
            ("https://[::1]:8443/api?x", "/ip6/::1/tcp/8443/tls/http"),
            ("http://127.0.0.1:5001/", "/ip4/127.0.0.1/tcp/5001"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_are_the_references() {
        for (text, expected) in [
            ("", "failed to parse multiaddr \"\": empty multiaddr"),
            ("///", "failed to parse multiaddr \"\": empty multiaddr"),
            ("junk", "failed to parse multiaddr \"junk\": must begin with /"),
            ("/ip5/1", "failed to parse multiaddr \"/ip5/1\": unknown protocol ip5"),
            ("/ip4", "failed to parse multiaddr \"/ip4\": unexpected end of multiaddr"),
            (
                "/ip4/x/tcp/1",
                "failed to parse multiaddr \"/ip4/x/tcp/1\": invalid value \"x\" for protocol \
                 ip4: failed to parse ip4 addr: x",
            ),
            (
                "/ip4/1.2.3.4/tcp/65536",
                "failed to parse multiaddr \"/ip4/1.2.3.4/tcp/65536\": invalid value \"65536\" \
                 for protocol tcp: failed to parse port addr: strconv.ParseUint: parsing \
                 \"65536\": value out of range",
            ),
            ("/ip4/1.2.3.4/udp/1", "unsupported API address: /ip4/1.2.3.4/udp/1"),
            ("/tcp/1", "/tcp/1 is not a 'thin waist' address"),
            ("http://", "\"http://\" is no http or https URL of a host"),
            ("http://user@host", "\"http://user@host\" is no http or https URL of a host"),
        ] {
            assert_eq!(shown(text), format!("! {expected}"), "{text}");
        }
    }

    #[test]
    fn authorities_have_brackets_where_needed() {
        for (text, expected) in [
            ("/ip4/127.0.0.1/tcp/1", Some("127.0.0.1:1")),
            ("/ip6/::1/tcp/1", Some("[::1]:1")),
            ("/ip6/::ffff:1.2.3.4/tcp/1", Some("[::ffff:1.2.3.4]:1")),
            ("/dns/a.b/tcp/1", Some("a.b:1")),
            ("/unix/a", None),
        ] {
            let address = Address::parse(text).expect("an address");
            assert_eq!(address.authority().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn loopback_is_told_from_the_rest() {
        for (text, expected) in [
            ("/ip4/127.3.2.1/tcp/1", true),
            ("/ip4/0.0.0.0/tcp/1", false),
            ("/ip6/::1/tcp/1", true),
            ("/ip6/::/tcp/1", false),
            ("/dns4/localhost/tcp/1", true),
            ("/dns/example.com/tcp/1", false),
            ("/unix/a", true),
        ] {
            let address = Address::parse(text).expect("an address");
            assert_eq!(address.is_loopback(), expected, "{text}");
        }
    }
}
