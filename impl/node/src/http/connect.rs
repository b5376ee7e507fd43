//! Spec: spec/node/address.md
//!
//! Connections to addresses, for the clients of this program.

mod insecure;

use super::address::{Address, Family, Host};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

/// Longest wait for one address to accept a connection, in seconds.
const CONNECT_SECONDS: u64 = 10;

/// Longest wait for the addresses of a name, in seconds.
const RESOLVE_SECONDS: u64 = 10;

/// Longest wait for a TLS handshake, in seconds.
const HANDSHAKE_SECONDS: u64 = 10;

/// Most addresses of one name that are tried.
const ADDRESSES_MAX: usize = 100;

/// A byte stream in both directions.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection.
pub type Connection = Box<dyn Stream>;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name of the host is not known, or nobody could be asked.
    #[error("lookup {name}: {reason}")]
    Lookup {
        /// The name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The name has no address of the wanted family.
    #[error("non-resolvable API endpoint")]
    NoAddress,
    /// Nobody accepts connections there.
    #[error("cannot connect to {address}: {reason}")]
    Refused {
        /// The address.
        address: String,
        /// What the system says about the last attempt.
        reason: io::Error,
    },
    /// The other side speaks no TLS, or nobody vouches for it.
    #[error("tls: {0}")]
    Tls(io::Error),
}

/// Whom TLS connections trust.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

impl std::fmt::Debug for Trust {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Trust")
    }
}

impl Trust {
    /// Trusts the public certificate authorities and those of the file (PEM), if one is given.
    ///
    /// # Errors
    /// When the file can't be read or holds no certificate.
    // spec: address.trust
    pub fn new(file: Option<&Path>) -> io::Result<Self> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(file) = file {
            let pem = std::fs::read(file)?;
            let certificates: Vec<CertificateDer<'static>> =
                CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).collect();
            if roots.add_parsable_certificates(certificates).0 == 0 {
                let text = format!("{} holds no certificate", file.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    /// Trusts everybody: only for tests with certificates that nobody vouches for
    /// (`HTTPRetrieval.TLSInsecureSkipVerify`).
    ///
    /// # Errors
    /// When TLS is not to be had.
    pub fn anybody() -> io::Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Arc::new(insecure::Anybody(provider.clone()));
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    /// Agrees on one of these protocols.
    pub(super) fn connector(&self, protocols: &[&[u8]]) -> TlsConnector {
        let mut config = ClientConfig::clone(&self.0);
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        TlsConnector::from(Arc::new(config))
    }
}

/// The socket addresses of a host: itself, or what the system's resolver knows of its name.
///
/// # Errors
/// When the name can't be resolved.
pub async fn resolve(host: &Host, port: u16) -> Result<Vec<SocketAddr>, Error> {
    let (name, family) = match host {
        Host::Ip4(ip) => return Ok(vec![SocketAddr::new(IpAddr::V4(*ip), port)]),
        Host::Ip6 { ip, zone } => {
            let scope = zone.as_deref().map_or(0, scope);
            return Ok(vec![SocketAddr::V6(SocketAddrV6::new(*ip, port, 0, scope))]);
        }
        Host::Name { name, family } => (name, *family),
    };
    let fail = |reason: String| Error::Lookup { name: name.clone(), reason };
    let wait = Duration::from_secs(RESOLVE_SECONDS);
    let found = tokio::time::timeout(wait, tokio::net::lookup_host((name.as_str(), port)))
        .await
        .map_err(|_| fail("i/o timeout".to_owned()))?
        .map_err(|error| fail(lookup_text(&error)))?;
    let fits = |address: &SocketAddr| match family {
        Family::Any => true,
        Family::Ip4 => address.is_ipv4(),
        Family::Ip6 => address.is_ipv6(),
    };
    let found: Vec<SocketAddr> = found.filter(fits).take(ADDRESSES_MAX).collect();
    if found.is_empty() { Err(Error::NoAddress) } else { Ok(found) }
}

/// The number of an interface, by itself or by its name.
fn scope(zone: &str) -> u32 {
    let listed = || std::fs::read_to_string(format!("/sys/class/net/{zone}/ifindex")).ok();
    let named = zone.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    zone.parse().ok().or_else(|| listed().filter(|_| named)?.trim().parse().ok()).unwrap_or(0)
}

fn lookup_text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.contains("not known") || text.contains("No address") {
        true => "no such host".to_owned(),
        false => text.trim_start_matches("failed to lookup address information: ").to_owned(),
    }
}

/// Connects to an address: to the first of its socket addresses that accepts.
///
/// # Errors
/// When none does, or TLS can't be agreed on.
pub async fn connect(address: &Address, trust: Option<&Trust>) -> Result<Connection, Error> {
    let refused = |reason| Error::Refused { address: address.to_string(), reason };
    let (host, port, tls) = match address {
        Address::Unix(path) => {
            return Ok(Box::new(UnixStream::connect(path).await.map_err(refused)?));
        }
        Address::Tcp { host, port, tls } => (host, *port, *tls),
    };
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let wait = Duration::from_secs(CONNECT_SECONDS);
    for to in resolve(host, port).await? {
        match tokio::time::timeout(wait, TcpStream::connect(to)).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                return if tls { secure(host, stream, trust).await } else { Ok(Box::new(stream)) };
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(refused(last))
}

async fn secure(
    host: &Host,
    stream: TcpStream,
    trust: Option<&Trust>,
) -> Result<Connection, Error> {
    let built;
    let trust = match trust {
        Some(trust) => trust,
        None => {
            built = Trust::new(None).map_err(Error::Tls)?;
            &built
        }
    };
    let name = match host {
        Host::Ip4(ip) => ServerName::from(IpAddr::V4(*ip)),
        Host::Ip6 { ip, .. } => ServerName::from(IpAddr::V6(*ip)),
        Host::Name { name, .. } => {
            let name = name.trim_end_matches('.').to_owned();
            ServerName::try_from(name).map_err(|error| Error::Tls(io::Error::other(error)))?
        }
    };
    let connector = TlsConnector::from(trust.0.clone());
    let wait = Duration::from_secs(HANDSHAKE_SECONDS);
    match tokio::time::timeout(wait, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(Error::Tls(error)),
        Err(_) => Err(Error::Tls(io::Error::other("handshake timeout"))),
    }
}
