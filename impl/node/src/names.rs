//! Spec: spec/node/names.md
//!
//! Names: `/ipns/KEY` and `/ipns/DOMAIN`, followed until the path is immutable. The calls block;
//! async code makes them on a thread for blocking work.

mod domain;
mod fixed;
mod records;
#[cfg(test)]
mod tests;

pub use domain::{LinkError, is_domain};
pub use fixed::FixedNames;
pub use records::Records;

use crate::cache::Cache;
use crate::denylist::{Blocked, Denylists};
use crate::dns;
use bytes::Bytes;
use ipfs_data::cid::{self, Cid, codec};
use ipfs_data::ipns_record;
use ipfs_data::key::PeerId;
use ipfs_data::path::{self, Path};
use ipfs_repo::name_store;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

/// Names followed one after the other before that counts as a circle.
pub const DEPTH_MAX: u32 = 32;

/// Answers kept unless the configuration says otherwise.
pub const CACHE_ENTRIES_DEFAULT: usize = 128;

/// Why a name could not be followed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no valid record.
    #[error("could not resolve name")]
    NotFound,
    /// More than [`DEPTH_MAX`] names led to each other.
    #[error("could not resolve name (recursion limit exceeded)")]
    RecursionLimit,
    /// Neither a key's name nor a domain.
    #[error("cannot resolve: {}", path::quote(&format!("/ipns/{_0}")))]
    NotAName(String),
    /// A CID that stands for no key; this one would.
    #[error("peer ID represented as CIDv1 require libp2p-key multicodec: retry with /ipns/{_0}")]
    NotKey(Cid),
    /// The domain names no path.
    #[error("DNSLink lookup for {} failed: {cause}", path::quote(domain))]
    DnsLink {
        /// The domain, with a dot at its end.
        domain: String,
        /// Why.
        cause: DnsLinkError,
    },
    /// The record makes no sense.
    #[error(transparent)]
    Record(#[from] ipns_record::Error),
    /// What the name points to and what follows it make no path.
    #[error(transparent)]
    Path(#[from] path::Error),
    /// The name is on a list.
    #[error(transparent)]
    Blocked(#[from] Blocked),
    /// The datastore failed.
    #[error(transparent)]
    Store(name_store::Error),
}

/// Why a domain leads nowhere.
#[derive(Debug, thiserror::Error)]
pub enum DnsLinkError {
    /// Its records don't say where to.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The DNS failed.
    #[error(transparent)]
    Dns(#[from] dns::Error),
}

/// What a resolver is made of.
pub struct Settings {
    /// Names with fixed values.
    pub fixed: FixedNames,
    /// Where signed records come from.
    pub records: Records,
    /// Names that are not to be followed.
    pub denylists: Arc<Denylists>,
    /// What asks for the records of domains.
    pub dns: Arc<dns::Resolver>,
    /// How many answers are kept: `Ipns.ResolveCacheSize`.
    pub cache_entries: usize,
    /// How long they are kept at most: `Ipns.MaxCacheTTL`. Zero keeps nothing.
    pub ttl_max: Option<Duration>,
}

/// Where a path led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The path; immutable unless a single step was asked for.
    pub path: Path,
    /// For how long this may be kept: the shortest of all steps. `None` if nobody said or there
    /// was no name.
    pub ttl: Option<Duration>,
    /// When the last step was seen to say this; `None` for fixed and immutable paths.
    pub modified: Option<SystemTime>,
}

/// What one name says.
#[derive(Debug, Clone)]
struct Hop {
    path: Path,
    ttl: Option<Duration>,
    modified: Option<SystemTime>,
}

/// Follows names.
pub struct Resolver {
    settings: Settings,
    cache: Mutex<Cache<String, Hop>>,
}

impl Resolver {
    /// A resolver with an empty cache.
    pub fn new(settings: Settings) -> Self {
        let cache = Mutex::new(Cache::new(settings.cache_entries));
        Self { settings, cache }
    }

    /// What asks for the records of domains.
    pub fn dns(&self) -> &Arc<dns::Resolver> {
        &self.settings.dns
    }

    /// Follows names until the path is immutable; an immutable path is returned as it is.
    ///
    /// # Errors
    /// When a name can't be followed, or [`DEPTH_MAX`] names didn't lead to an immutable path.
    pub fn resolve(&self, path: &Path) -> Result<Resolved, Error> {
        self.walk(path, true)
    }

    /// As [`Resolver::resolve`], without using kept answers.
    ///
    /// # Errors
    /// As [`Resolver::resolve`].
    pub fn resolve_fresh(&self, path: &Path) -> Result<Resolved, Error> {
        self.walk(path, false)
    }

    /// Follows one name; the result may be mutable.
    ///
    /// # Errors
    /// When the name can't be followed.
    pub fn resolve_once(&self, path: &Path) -> Result<Resolved, Error> {
        self.step(path, true)
    }

    /// As [`Resolver::resolve_once`], without using kept answers.
    ///
    /// # Errors
    /// As [`Resolver::resolve_once`].
    pub fn resolve_once_fresh(&self, path: &Path) -> Result<Resolved, Error> {
        self.step(path, false)
    }

    /// The signed record of a name, valid now, as encoded: at most
    /// [`ipns_record::RECORD_BYTES_MAX`] bytes.
    ///
    /// # Errors
    /// [`Error::NotFound`] without a valid one.
    pub fn record(&self, name: &PeerId) -> Result<Bytes, Error> {
        self.settings.records.get(name, SystemTime::now())
    }

    // spec: names.put
    /// Stores a record unless it is not valid or a better one is there.
    ///
    /// # Errors
    /// [`Error::Store`] says why it was not stored.
    pub fn put_record(&self, name: &PeerId, record: &[u8]) -> Result<(), Error> {
        self.settings.records.put(name, record, SystemTime::now())?;
        self.forget(name);
        Ok(())
    }

    // spec: names.forget
    /// Drops the kept answer for a name: its record was just changed.
    pub fn forget(&self, name: &PeerId) {
        self.cache().remove(&name.to_name());
    }

    // spec: names.recursion
    fn walk(&self, path: &Path, cached: bool) -> Result<Resolved, Error> {
        let mut at = Resolved { path: path.clone(), ttl: None, modified: None };
        for _ in 0..DEPTH_MAX {
            if !at.path.is_mutable() {
                return Ok(at);
            }
            let next = self.step(&at.path, cached)?;
            // spec: names.ttl-shortest
            let ttl = match (at.ttl, next.ttl) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
            at = Resolved { ttl, ..next };
        }
        match at.path.is_mutable() {
            true => Err(Error::RecursionLimit),
            false => Ok(at),
        }
    }

    fn step(&self, path: &Path, cached: bool) -> Result<Resolved, Error> {
        if !path.is_mutable() {
            return Ok(Resolved { path: path.clone(), ttl: None, modified: None });
        }
        // spec: denylist.before-resolving
        self.settings.denylists.check_path(path)?;
        let hop = self.hop(path.root(), cached)?;
        let ttl = hop.ttl.filter(|ttl| !ttl.is_zero());
        Ok(Resolved { path: join(hop.path, path)?, ttl, modified: hop.modified })
    }

    /// What a name says.
    fn hop(&self, root: &str, cached: bool) -> Result<Hop, Error> {
        // spec: names.fixed-first
        if let Some(path) = self.settings.fixed.get(root) {
            return Ok(Hop { path: path.clone(), ttl: None, modified: None });
        }
        let name = Name::of(root)?;
        let key = name.key();
        if cached && let Some(hop) = self.kept(&key) {
            return Ok(hop);
        }
        let mut hop = match &name {
            Name::Key(name) => self.settings.records.follow(name, SystemTime::now())?,
            Name::Domain(domain) => self.follow_link(domain, cached)?,
        };
        // spec: names.ttl-max
        let ttl_max = self.settings.ttl_max;
        if let Some(ttl) = hop.ttl.filter(|_| cached) {
            let kept_for = ttl.min(ttl_max.unwrap_or(Duration::MAX));
            hop.ttl = Some(ttl.min(ttl_max.filter(|max| !max.is_zero()).unwrap_or(ttl)));
            self.keep(key, &hop, kept_for);
        }
        Ok(hop)
    }

    // spec: names.dnslink
    /// What the DNS says about a domain.
    fn follow_link(&self, domain: &str, cached: bool) -> Result<Hop, Error> {
        let fail = |cause| Error::DnsLink { domain: domain.to_owned(), cause };
        let texts = self.settings.dns.txt(&format!("_dnslink.{domain}"), cached);
        let texts = texts.map_err(|error| fail(error.into()))?;
        let path = domain::link(texts.records.iter().map(Vec::as_slice));
        let path = path.map_err(|error| fail(error.into()))?;
        Ok(Hop { path, ttl: texts.ttl, modified: Some(SystemTime::now()) })
    }

    /// A kept answer; it may be kept by others as long as here.
    fn kept(&self, key: &String) -> Option<Hop> {
        let mut cache = self.cache();
        let (hop, left) = cache.get(key, Instant::now())?;
        Some(Hop { ttl: hop.ttl.map(|ttl| ttl.min(left)), ..hop.clone() })
    }

    fn keep(&self, key: String, hop: &Hop, ttl: Duration) {
        let now = Instant::now();
        let mut cache = self.cache();
        let mut hop = hop.clone();
        // What says the same as before was not modified.
        if let Some((before, _)) = cache.get(&key, now)
            && before.path == hop.path
        {
            hop.modified = before.modified.min(hop.modified);
        }
        cache.put(key, hop, ttl, now);
    }

    fn cache(&self) -> MutexGuard<'_, Cache<String, Hop>> {
        self.cache.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The root of a mutable path.
enum Name {
    Key(PeerId),
    /// With a dot at its end.
    Domain(String),
}

impl Name {
    // spec: names.kinds
    fn of(root: &str) -> Result<Self, Error> {
        if let Ok(name) = PeerId::parse(root) {
            return Ok(Self::Key(name));
        }
        if is_domain(root) {
            return Ok(Self::Domain(format!("{}.", root.strip_suffix('.').unwrap_or(root))));
        }
        match cid::parse(root) {
            // Version 0 was taken as a peer ID before.
            Ok(cid) => Err(Error::NotKey(Cid::new_v1(codec::LIBP2P_KEY, *cid.hash()))),
            Err(_) => Err(Error::NotAName(root.to_owned())),
        }
    }

    /// Equal for all spellings of a name.
    fn key(&self) -> String {
        match self {
            Self::Key(name) => name.to_name(),
            Self::Domain(domain) => domain.to_ascii_lowercase(),
        }
    }
}

// spec: names.rest
/// What a name points to, with what followed the name.
fn join(base: Path, path: &Path) -> Result<Path, Error> {
    let slash = if path.as_str().ends_with('/') { "/" } else { "" };
    if slash.is_empty() && !path.has_segments() {
        return Ok(base);
    }
    let joined = base.join(path.segments())?;
    Ok(Path::parse(&format!("{joined}{slash}"))?)
}
