//! Spec: spec/node/dns.md
//!
//! TXT records and addresses, from the system's name servers or over HTTPS. The calls block and
//! bring their own runtime along; nothing is read or started before the first one.

mod doh;
mod message;
mod rules;
mod system;
#[cfg(test)]
mod tests;

pub use rules::{RuleError, Rules};

use crate::cache::Cache;
use doh::Doh;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use system::System;
use tokio::runtime::{Handle, Runtime};

// spec: dns.timeout
/// Longest time for one question, all servers and attempts together.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);

/// Answers kept.
const CACHE_ENTRIES_MAX: usize = 4096;

/// Longest time that a name without records is remembered.
const NEGATIVE_TTL_MAX: Duration = Duration::from_secs(10);

/// Why a name could not be looked up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("lookup {name}{}: {reason}", on(server.as_deref()))]
pub struct Error {
    /// The name asked for, with a dot at its end.
    pub name: String,
    /// Who was asked, if only one was.
    pub server: Option<String>,
    /// What went wrong.
    pub reason: Reason,
}

fn on(server: Option<&str>) -> String {
    server.map(|server| format!(" on {server}")).unwrap_or_default()
}

/// What went wrong with a question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The name can't exist.
    #[error("no such host")]
    NotFound,
    /// Nobody answered in time.
    #[error("i/o timeout")]
    Timeout,
    /// The server doesn't want to or can't.
    #[error("server misbehaving")]
    Refused,
    /// The system's settings can't be read.
    #[error("{0}")]
    Settings(String),
    /// No way to the server.
    #[error("{0}")]
    Io(String),
    /// The answer is none.
    #[error("cannot unmarshal DNS message: {0}")]
    Protocol(String),
    /// An HTTP server that answered something else.
    #[error("{0}")]
    Http(String),
}

impl Reason {
    /// The system's reason in lower case, without its number.
    fn io(error: &std::io::Error) -> Self {
        if matches!(error.kind(), std::io::ErrorKind::TimedOut) {
            return Self::Timeout;
        }
        let text = error.to_string();
        let text = text.split(" (os error ").next().unwrap_or_default();
        let mut letters = text.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        Self::Io(first.into_iter().chain(letters).collect())
    }
}

/// TXT records of a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    /// The text of each.
    pub records: Vec<Vec<u8>>,
    /// For how long they may be kept; `None` if nobody said.
    pub ttl: Option<Duration>,
}

/// The servers for names that no rule gives to another.
#[derive(Debug, Clone)]
pub enum Servers {
    /// Those in a file like `/etc/resolv.conf`. It is read again when it changes.
    File(PathBuf),
    /// These, over UDP and TCP.
    Fixed(Vec<SocketAddr>),
}

/// How to look up names.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who answers for which zone.
    pub rules: Rules,
    /// Who answers otherwise.
    pub servers: Servers,
    /// Longest time that an answer is kept: `DNS.MaxCacheTTL`.
    pub ttl_max: Option<Duration>,
    /// Longest time for one question.
    pub timeout: Duration,
}

impl Settings {
    /// Those of the system.
    pub fn system(rules: Rules) -> Self {
        Self {
            rules,
            servers: Servers::File("/etc/resolv.conf".into()),
            ttl_max: None,
            timeout: TIMEOUT_DEFAULT,
        }
    }
}

/// Looks up names.
pub struct Resolver {
    settings: Settings,
    runtime: Mutex<Option<Runtime>>,
    system: Arc<System>,
    /// By URL.
    doh: Mutex<HashMap<String, Arc<Doh>>>,
    cache: Mutex<Cache<String, Texts>>,
}

impl Resolver {
    /// A resolver. Nothing is read or started yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            system: Arc::new(System::new(settings.servers.clone())),
            settings,
            runtime: Mutex::new(None),
            doh: Mutex::default(),
            cache: Mutex::new(Cache::new(CACHE_ENTRIES_MAX)),
        }
    }

    /// The TXT records of a name that ends with a dot; none if it doesn't exist or has none.
    /// With `cached` also from what was kept. Blocks: not for async code.
    ///
    /// # Errors
    /// When no server answered, or none can be asked.
    pub fn txt(&self, name: &str, cached: bool) -> Result<Texts, Error> {
        let key = name.to_ascii_lowercase();
        if cached && let Some((texts, left)) = lock(&self.cache).get(&key, Instant::now()) {
            return Ok(Texts { ttl: texts.ttl.map(|ttl| ttl.min(left)), ..texts.clone() });
        }
        let mut texts = match self.ask(name) {
            Err(Error { reason: Reason::NotFound, .. }) => Texts::default(),
            result => result?,
        };
        // spec: dns.ttl-max
        let ttl_max = match texts.records.is_empty() {
            true => NEGATIVE_TTL_MAX,
            false => self.settings.ttl_max.unwrap_or(Duration::MAX),
        };
        texts.ttl = texts.ttl.map(|ttl| ttl.min(ttl_max));
        // spec: dns.cache
        if let Some(ttl) = texts.ttl {
            lock(&self.cache).put(key, texts.clone(), ttl, Instant::now());
        }
        Ok(texts)
    }

    /// The addresses of a host, whose name ends with a dot: of the server that answers for it, else
    /// as the system does it. Blocks: not for async code.
    ///
    /// # Errors
    /// When there are none, or no server answered.
    // spec: dns.hosts
    pub fn hosts(&self, name: &str) -> Result<Vec<IpAddr>, Error> {
        let fail = |server: Option<String>, reason| Error { name: name.to_owned(), server, reason };
        let Some(url) = self.settings.rules.server(name) else {
            let bare = name.strip_suffix('.').unwrap_or(name);
            let found = (bare, 0).to_socket_addrs().map_err(|_| Error {
                name: bare.to_owned(),
                server: None,
                reason: Reason::NotFound,
            })?;
            return Ok(found.map(|address| address.ip()).collect());
        };
        let wire = message::name(name).map_err(|reason| fail(None, reason))?;
        let runtime = self.runtime().map_err(|reason| fail(None, reason))?;
        let (doh, timeout) = (self.doh(url), self.settings.timeout);
        let asking = async { tokio::time::timeout(timeout, doh.hosts(wire)).await };
        let found = runtime.block_on(asking).unwrap_or(Err(Reason::Timeout));
        match found {
            Ok(found) if found.is_empty() => Err(fail(Some(url.to_string()), Reason::NotFound)),
            found => found.map_err(|reason| fail(Some(url.to_string()), reason)),
        }
    }

    fn ask(&self, name: &str) -> Result<Texts, Error> {
        let fail = |server: Option<String>, reason| Error { name: name.to_owned(), server, reason };
        let wire = message::name(name).map_err(|reason| fail(None, reason))?;
        let runtime = self.runtime().map_err(|reason| fail(None, reason))?;
        let timeout = self.settings.timeout;
        let result = match self.settings.rules.server(name) {
            Some(url) => {
                let doh = self.doh(url);
                let asking = async { tokio::time::timeout(timeout, doh.txt(wire)).await };
                (Some(url.to_string()), runtime.block_on(asking))
            }
            None => {
                // spec: dns.host-names
                if !is_host_name(name) {
                    return Err(fail(None, Reason::NotFound));
                }
                let asking =
                    async { tokio::time::timeout(timeout, self.system.txt(wire, timeout)).await };
                let result = runtime.block_on(asking);
                (self.system.only_server(), result)
            }
        };
        let (server, result) = result;
        let result = result.unwrap_or(Err(Reason::Timeout));
        result.map_err(|reason| fail(server, reason))
    }

    fn doh(&self, url: &http::Uri) -> Arc<Doh> {
        let mut all = lock(&self.doh);
        all.entry(url.to_string()).or_insert_with(|| Arc::new(Doh::new(url.clone()))).clone()
    }

    // spec: dns.runtime
    /// One thread for questions and connections, made for the first question.
    fn runtime(&self) -> Result<Handle, Reason> {
        let mut runtime = lock(&self.runtime);
        if let Some(runtime) = runtime.as_ref() {
            return Ok(runtime.handle().clone());
        }
        let made = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("dns")
            .enable_all()
            .build()
            .map_err(|error| Reason::io(&error))?;
        let handle = made.handle().clone();
        *runtime = Some(made);
        Ok(handle)
    }
}

impl Drop for Resolver {
    /// Doesn't wait, so that async code may drop it.
    fn drop(&mut self) {
        if let Some(runtime) = lock(&self.runtime).take() {
            runtime.shutdown_background();
        }
    }
}

/// Letters, digits, `-` inside and `_`: what resolvers of operating systems ask for.
fn is_host_name(name: &str) -> bool {
    let labels = name.strip_suffix('.').unwrap_or(name).split('.');
    labels.clone().all(|label| {
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        label.bytes().all(fine) && !label.starts_with('-') && !label.ends_with('-')
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
