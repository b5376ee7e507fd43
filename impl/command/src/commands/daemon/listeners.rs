//! Spec: spec/command/daemon.md
//!
//! Where the RPC and the gateway listen: sockets of the supervisor first, then addresses.

use super::systemd::Activated;
use crate::error::{Error, Result, os_text};
use ipfs_node::http::address::{Address, Host};
use ipfs_node::http::{Listener, connect};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Set to anything, it lets the RPC listen beyond this machine without `API.Authorizations`.
const EXPOSE_VARIABLE: &str = "IPFS_RPC_WITHOUT_AUTHORIZATION";

/// For which server listeners are made; its words in errors are the reference's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Server {
    Rpc,
    Gateway,
}

impl Server {
    fn socket_name(self) -> &'static str {
        match self {
            Self::Rpc => "io.ipfs.api",
            Self::Gateway => "io.ipfs.gateway",
        }
    }

    /// An error with the words of this server before it.
    pub(super) fn fail(self, text: &str) -> Error {
        Error::new(match self {
            Self::Rpc => format!("serveHTTPApi: {text}"),
            Self::Gateway => format!("serveHTTPGateway: {text}"),
        })
    }

    fn invalid(self, address: &str, why: &str) -> Error {
        let kind = if self == Self::Rpc { "API" } else { "gateway" };
        let address = crate::encode::quote(address);
        self.fail(&format!("invalid {kind} address: {address} (err: {why})"))
    }
}

/// Listens on the supervisor's sockets of that server and on all addresses that are not among them.
// spec: daemon.listeners
pub(super) async fn open(
    server: Server,
    activated: &mut Activated,
    addresses: &[String],
) -> Result<Vec<Listener>> {
    let mut listeners =
        activated.take(server.socket_name()).map_err(|error| server.fail(error.message()))?;
    let mut taken: Vec<String> = listeners.iter().map(Listener::multiaddr).collect();
    for text in addresses {
        let address =
            Address::parse(text).map_err(|error| server.invalid(text, &error.to_string()))?;
        if !text.starts_with('/') {
            let why = format!("failed to parse multiaddr {text:?}: must begin with /");
            return Err(server.invalid(text, &why));
        }
        if !taken.contains(text) {
            listeners.push(listen(server, text, &address).await?);
            taken.push(text.clone());
        }
    }
    Ok(listeners)
}

async fn listen(server: Server, text: &str, address: &Address) -> Result<Listener> {
    let fail = |place: &str, error: std::io::Error| {
        let why = os_text(&error);
        server.fail(&format!("manet.Listen({text}) failed: listen {place}: bind: {why}"))
    };
    let (host, port) = match address {
        Address::Unix(path) => {
            let place = format!("unix {}", path.display());
            return Listener::unix(path).map_err(|error| fail(&place, error));
        }
        Address::Tcp { host, port, .. } => (host, *port),
    };
    let at = match host {
        Host::Ip4(ip) => SocketAddr::new((*ip).into(), port),
        Host::Ip6 { ip, .. } => SocketAddr::new((*ip).into(), port),
        Host::Name { name, .. } => {
            let found = connect::resolve(host, port).await;
            let found = found.ok().and_then(|found| found.first().copied());
            found.ok_or_else(|| server.fail(&format!("manet.Listen({text}) failed: {name}?")))?
        }
    };
    let network = if at.is_ipv4() { "tcp4" } else { "tcp6" };
    Listener::tcp(at).await.map_err(|error| fail(&format!("{network} {at}"), error))
}

/// Refuses an RPC that others could reach without any authorization; a warning if that is forced.
// spec: daemon.exposed-rpc
pub(super) fn check_exposure(listeners: &[Listener], authorized: bool) -> Result<Option<String>> {
    let exposed =
        listeners.iter().find(|listener| listener.tcp_address().is_some_and(|at| !is_own(at.ip())));
    let Some(exposed) = exposed.filter(|_| !authorized) else { return Ok(None) };
    let address = exposed.multiaddr();
    if std::env::var_os(EXPOSE_VARIABLE).is_none_or(|value| value.is_empty()) {
        return Err(Server::Rpc.fail(&format!(
            "refusing to listen on {address}: whoever reaches it could do anything with this node. \
             Set API.Authorizations, listen on 127.0.0.1, or force it with {EXPOSE_VARIABLE}=1"
        )));
    }
    Ok(Some(format!(
        "\nWARNING: the RPC listens on {address} WITHOUT ANY AUTHORIZATION.\n\
         WARNING: everybody who reaches this address can read and delete the content and the keys \
         of this node.\nWARNING: set API.Authorizations, or see to it that a firewall keeps others \
         out.\n"
    )))
}

fn is_own(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback())
        }
    }
}

/// The address under which this machine reaches a listener on all addresses.
// spec: daemon.any-address
pub(super) fn reachable(at: SocketAddr) -> SocketAddr {
    match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, at.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, at.port()).into(),
        _ => at,
    }
}

/// The multiaddr that the file `api` names for a listener.
pub(super) fn reachable_multiaddr(listener: &Listener) -> String {
    match listener.tcp_address().map(reachable) {
        Some(SocketAddr::V4(at)) => format!("/ip4/{}/tcp/{}", at.ip(), at.port()),
        Some(SocketAddr::V6(at)) => format!("/ip6/{}/tcp/{}", at.ip(), at.port()),
        None => listener.multiaddr(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_can_reach() {
        for own in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(is_own(own.parse().unwrap()), "{own}");
        }
        for open in ["0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1"] {
            assert!(!is_own(open.parse().unwrap()), "{open}");
        }
        let reached = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(reached("0.0.0.0:5"), "127.0.0.1:5");
        assert_eq!(reached("[::]:5"), "[::1]:5");
        assert_eq!(reached("10.0.0.1:5"), "10.0.0.1:5");
    }
}
