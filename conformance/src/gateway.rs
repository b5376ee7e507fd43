//! The gateway under test: where to connect, which hosts it serves and how, and what was loaded.

mod adapter;
mod reply;
mod running;

pub use adapter::Adapter;
pub use reply::Reply;
pub use running::{Running, write_fixtures};

use crate::case::{Check, Stop};
use crate::http::{Connection, Request, Server};
use std::path::{Path, PathBuf};

/// A gateway. TCP always goes to one place; the `Host` header says which of its faces is meant.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Where TCP goes.
    pub server: Server,
    /// `Host` of the path gateway.
    pub host: String,
    /// `Host` of the subdomain gateway, with its port if that is part of it. It inlines DNSLink
    /// names.
    pub subdomain: Option<String>,
    /// `Host` of a subdomain gateway that inlines DNSLink names only where it has to.
    pub dotted: Option<String>,
    /// `Host` of a gateway without deserialised responses.
    pub trustless: Option<String>,
    /// Whether the IPNS records are loaded.
    pub records: bool,
    /// Whether the DNSLink names resolve, and are served by their `Host`.
    pub dnslinks: bool,
    /// Whether `/routing/v1` is served.
    pub routing: bool,
    /// Whether the denylist is loaded.
    pub denylist: bool,
    /// Whether hosts and limits are configured as `adapters/kubo.toml` does.
    pub configured: bool,
    /// A denylist that the gateway watches and that cases may append to.
    pub denylist_file: Option<PathBuf>,
}

impl Gateway {
    /// A gateway at a URL that has everything but hosts of its own.
    pub fn new(url: &str) -> Result<Self, String> {
        let server = Server::parse(url)?;
        let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Ok(Self {
            server,
            host,
            subdomain: None,
            dotted: None,
            trustless: None,
            records: true,
            dnslinks: true,
            routing: true,
            denylist: true,
            configured: true,
            denylist_file: None,
        })
    }

    /// A server that claims to be everything, for the null subjects.
    pub(crate) fn claiming(server: Server, denylist_file: &Path) -> Self {
        Self {
            host: server.authority(),
            server,
            subdomain: Some("example.com".to_owned()),
            dotted: Some("dotted.example.net".to_owned()),
            trustless: Some("trustless.example.com".to_owned()),
            records: true,
            dnslinks: true,
            routing: true,
            denylist: true,
            configured: true,
            denylist_file: Some(denylist_file.to_owned()),
        }
    }

    /// Asks; the path gateway's `Host` is added unless the request names one.
    pub fn send(&self, request: &Request) -> Check<Reply> {
        let mut request = request.clone();
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request.headers.insert(0, ("Host".to_owned(), self.host.clone()));
        }
        Reply::to(&self.server, &request)
    }

    /// `GET TARGET` at the path gateway.
    pub fn get(&self, target: &str) -> Check<Reply> {
        self.send(&Request::new("GET", target))
    }

    /// `GET TARGET` of something that can't be whole. `None` when the connection was broken off so
    /// early that nothing came.
    pub fn get_broken(&self, target: &str) -> Check<Option<Reply>> {
        match self.get(target) {
            Err(Stop::Failed(why)) if why.contains("the connection ends after") => Ok(None),
            other => other.map(Some),
        }
    }

    /// `HEAD TARGET` at the path gateway.
    pub fn head(&self, target: &str) -> Check<Reply> {
        self.send(&Request::new("HEAD", target))
    }

    /// `GET TARGET` with one header.
    pub fn get_with(&self, target: &str, name: &str, value: &str) -> Check<Reply> {
        self.send(&Request::new("GET", target).header(name, value))
    }

    /// `GET TARGET` at another host.
    pub fn get_at(&self, host: &str, target: &str) -> Check<Reply> {
        self.get_with(target, "Host", host)
    }

    /// Sends bytes as they are on a connection of their own.
    pub fn raw(&self, bytes: &[u8]) -> Check<Connection> {
        let mut connection = self.server.connect()?;
        // A server may answer and close before it has read all: the answer counts.
        let _ = connection.write(bytes);
        Ok(connection)
    }

    /// The host of the subdomain gateway, for cases about it.
    pub fn subdomain(&self) -> Check<&str> {
        has(self.subdomain.as_deref(), "a subdomain gateway")
    }

    /// The host of the subdomain gateway that doesn't inline by itself.
    pub fn dotted(&self) -> Check<&str> {
        has(self.dotted.as_deref(), "a subdomain gateway with dotted names")
    }

    /// The host of the gateway without deserialised responses.
    pub fn trustless(&self) -> Check<&str> {
        has(self.trustless.as_deref(), "a host without deserialised responses")
    }

    /// For cases that need the IPNS records.
    pub fn with_records(&self) -> Check {
        has(self.records.then_some(()), "the IPNS records")
    }

    /// For cases that need the DNSLink names.
    pub fn with_dnslinks(&self) -> Check {
        has(self.dnslinks.then_some(()), "the DNSLink names")
    }

    /// For cases that need `/routing/v1`.
    pub fn with_routing(&self) -> Check {
        has(self.routing.then_some(()), "/routing/v1")
    }

    /// For cases that need the denylist.
    pub fn with_denylist(&self) -> Check {
        has(self.denylist.then_some(()), "the denylist")
    }

    /// For cases about what is configured.
    pub fn with_config(&self) -> Check {
        has(self.configured.then_some(()), "the hosts and limits of adapters/kubo.toml")
    }

    /// The watched denylist.
    pub fn denylist_file(&self) -> Check<&Path> {
        has(self.denylist_file.as_deref(), "a denylist that cases may write to")
    }
}

fn has<T>(found: Option<T>, what: &str) -> Check<T> {
    found.ok_or_else(|| Stop::Unprepared(format!("the gateway was started without {what}")))
}
