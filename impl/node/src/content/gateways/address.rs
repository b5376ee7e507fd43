//! Spec: spec/node/content.md
//!
//! Which multiaddrs name an HTTPS server.

use http::Uri;

/// An HTTPS server, from a multiaddr such as `/dns4/HOST/tcp/443/tls/http` or
/// `/dns/HOST/tcp/443/https`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Server {
    host: String,
    port: u16,
}

impl Server {
    /// The server that an address names; none when it is no HTTPS server, or one in a path.
    // spec: content.http-addresses
    pub fn parse(multiaddr: &str) -> Option<Self> {
        let mut parts = multiaddr.strip_prefix('/')?.split('/');
        let (kind, host) = (parts.next()?, parts.next()?);
        let host = match kind {
            "ip4" => host.parse::<std::net::Ipv4Addr>().ok()?.to_string(),
            "ip6" => format!("[{}]", host.parse::<std::net::Ipv6Addr>().ok()?),
            "dns" | "dns4" | "dns6" if is_name(host) => host.to_ascii_lowercase(),
            _ => return None,
        };
        if parts.next()? != "tcp" {
            return None;
        }
        let port = parts.next()?.parse().ok()?;
        let rest: Vec<&str> = parts.collect();
        let rest = match rest.split_first_chunk() {
            Some((["tls", "sni", _, "http"], rest)) => rest,
            _ => match rest.split_first_chunk() {
                Some((["tls", "http"], rest)) => rest,
                _ => rest.strip_prefix(&["https"])?,
            },
        };
        matches!(rest, [] | ["p2p", _]).then_some(Self { host, port })
    }

    /// The name or IP address.
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Its root.
    pub(super) fn url(&self) -> Uri {
        let Self { host, port } = self;
        let url = match port {
            443 => format!("https://{host}/"),
            _ => format!("https://{host}:{port}/"),
        };
        url.parse().unwrap_or_default()
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !name.is_empty() && name.len() <= 253 && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_servers_are_recognized() {
        for (text, url) in [
            ("/dns4/example.com/tcp/443/tls/http", "https://example.com/"),
            ("/dns/example.com/tcp/8443/https", "https://example.com:8443/"),
            ("/dns/EXAMPLE.com/tcp/443/tls/sni/example.com/http/p2p/12D3", "https://example.com/"),
            ("/ip4/127.0.0.1/tcp/9/https", "https://127.0.0.1:9/"),
            ("/ip6/::1/tcp/9/tls/http", "https://[::1]:9/"),
        ] {
            let server = Server::parse(text).expect(text);
            assert_eq!(server.url().to_string(), url, "{text}");
        }
        for text in [
            "/dns/example.com/tcp/80/http",
            "/dns/example.com/udp/443/quic-v1",
            "/dns/example.com/tcp/443/tls/http/http-path/x",
            "/dns/exa mple/tcp/443/https",
            "/ip4/1.2.3.4/tcp/4001",
            "",
        ] {
            assert_eq!(Server::parse(text), None, "{text}");
        }
    }
}
