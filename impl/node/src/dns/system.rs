//! Spec: spec/node/dns.md
//!
//! The system's name servers: UDP, and TCP for long answers.

use super::{Reason, Servers, Texts, lock, message};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
    ServerOrderingStrategy,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::system_conf::parse_resolv_conf;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

const PORT: u16 = 53;

/// How often the file is looked at.
const FILE_CHECK_EVERY: Duration = Duration::from_secs(5);

/// Most bytes of the file that are read.
const FILE_BYTES_MAX: u64 = 1 << 20;

pub(super) struct System {
    servers: Servers,
    current: Mutex<Option<Current>>,
}

struct Current {
    resolver: TokioResolver,
    servers: Vec<SocketAddr>,
    checked: Instant,
    changed: Option<SystemTime>,
}

impl System {
    pub(super) fn new(servers: Servers) -> Self {
        Self { servers, current: Mutex::new(None) }
    }

    /// The only server, for messages.
    pub(super) fn only_server(&self) -> Option<String> {
        match lock(&self.current).as_ref()?.servers.as_slice() {
            [server] => Some(server.to_string()),
            _ => None,
        }
    }

    pub(super) async fn txt(&self, name: Name, timeout: Duration) -> Result<Texts, Reason> {
        let resolver = self.resolver(timeout)?;
        match resolver.lookup(name, RecordType::TXT).await {
            Ok(lookup) => Ok(message::texts(lookup.answers())),
            Err(NetError::Dns(DnsError::NoRecordsFound(nothing))) => match nothing.response_code {
                ResponseCode::NoError | ResponseCode::NXDomain => Ok(Texts {
                    records: Vec::new(),
                    ttl: nothing.negative_ttl.map(|ttl| Duration::from_secs(ttl.into())),
                }),
                _ => Err(Reason::Refused),
            },
            Err(error) => Err(reason(&error)),
        }
    }

    /// What asks the servers that the system has now.
    fn resolver(&self, timeout: Duration) -> Result<TokioResolver, Reason> {
        let mut current = lock(&self.current);
        let now = Instant::now();
        // spec: dns.file-changes
        if let Some(current) = current.as_mut() {
            let fresh = now.duration_since(current.checked) < FILE_CHECK_EVERY;
            if fresh || self.changed() == current.changed {
                current.checked = if fresh { current.checked } else { now };
                return Ok(current.resolver.clone());
            }
        }
        let changed = self.changed();
        let (servers, mut options) = match &self.servers {
            Servers::Fixed(servers) => (servers.clone(), ResolverOpts::default()),
            Servers::File(path) => read(path)?,
        };
        // spec: dns.attempts
        options.timeout = options.timeout.min(timeout);
        options.server_ordering_strategy = ServerOrderingStrategy::UserProvidedOrder;
        options.num_concurrent_reqs = 1;
        options.use_hosts_file = ResolveHosts::Never;
        // Answers are kept above.
        options.cache_size = 0;
        let config = ResolverConfig::from_name_servers(servers.iter().map(server).collect());
        let mut builder =
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        let resolver = builder.build().map_err(|error| reason(&error))?;
        *current = Some(Current { resolver: resolver.clone(), servers, checked: now, changed });
        Ok(resolver)
    }

    fn changed(&self) -> Option<SystemTime> {
        let Servers::File(path) = &self.servers else { return None };
        std::fs::metadata(path).and_then(|meta| meta.modified()).ok()
    }
}

/// The servers in a file; without any those on this machine.
// spec: dns.file
pub(super) fn read(path: &Path) -> Result<(Vec<SocketAddr>, ResolverOpts), Reason> {
    use std::io::Read;
    let mut text = Vec::new();
    let opened = std::fs::File::open(path);
    match opened.and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Reason::Settings(format!("{}: {error}", path.display()))),
    }
    let local = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let (addresses, options) = match parse_resolv_conf(&text) {
        Ok((config, options)) => {
            (config.name_servers().iter().map(|server| server.ip).collect(), options)
        }
        Err(_) => (local.to_vec(), ResolverOpts::default()),
    };
    Ok((addresses.into_iter().map(|address| SocketAddr::new(address, PORT)).collect(), options))
}

// spec: dns.tcp
fn server(address: &SocketAddr) -> NameServerConfig {
    let with_port = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
    NameServerConfig::new(address.ip(), true, connections.into_iter().map(with_port).collect())
}

// spec: dns.errors
fn reason(error: &NetError) -> Reason {
    match error {
        NetError::Timeout => Reason::Timeout,
        NetError::Io(error) => Reason::io(error),
        NetError::Dns(_) => Reason::Refused,
        NetError::NoConnections => Reason::Io("no connection to a server".into()),
        error => Reason::Protocol(error.to_string()),
    }
}
