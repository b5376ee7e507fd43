//! Spec: spec/command/name-commands.md
//!
//! Following names, for every command that takes a path.

use crate::env::Env;
use crate::error::{Error, Result};
use ipfs_data::ipns_record::Time;
use ipfs_data::path::Path;
use ipfs_node::denylist::Denylists;
use ipfs_node::dns::{self, Rules};
use ipfs_node::names::{CACHE_ENTRIES_DEFAULT, FixedNames, Records, Resolver, Settings};
use ipfs_repo::Repo;
use ipfs_repo::config::Config;
use std::sync::Arc;
use std::time::SystemTime;

/// Names with fixed values, for tests: `name:/ipfs/CID,name:...`.
const FIXED_VARIABLE: &str = "IPFS_NS_MAP";

/// Now, for judging records.
pub fn now() -> Time {
    Time::from(SystemTime::now())
}

/// The path with its names followed until it is immutable; an immutable one as it is.
///
/// # Errors
/// `could not resolve name` and its siblings.
// spec: name-commands.resolve
pub fn immutable(env: &Env, path: &Path) -> Result<Path> {
    match path.is_mutable() {
        true => Ok(env.names()?.resolve(path)?.path),
        false => Ok(path.clone()),
    }
}

/// A resolver as the configuration wants it.
///
/// # Errors
/// When a setting makes no sense, or the datastore can't be opened.
pub fn resolver(repo: &Repo, denylists: Arc<Denylists>) -> Result<Resolver> {
    let fixed = match std::env::var(FIXED_VARIABLE) {
        Ok(list) => FixedNames::parse(&list)?,
        Err(_) => FixedNames::default(),
    };
    let config = repo.config();
    let cache_entries = match config.integer("Ipns.ResolveCacheSize") {
        None | Some(0) => CACHE_ENTRIES_DEFAULT,
        Some(size) => usize::try_from(size)
            .map_err(|_| Error::new("cannot specify negative resolve cache size"))?,
    };
    Ok(Resolver::new(Settings {
        fixed,
        denylists,
        records: Records::Stored(repo.datastore()?.clone(), repo.publishing().clone()),
        dns: Arc::new(dns(&config)?),
        cache_entries,
        ttl_max: config.duration("Ipns.MaxCacheTTL"),
    }))
}

// spec: name-commands.dnslink
fn dns(config: &Config) -> Result<dns::Resolver> {
    let none = serde_json::Map::new();
    let resolvers = config.value("DNS.Resolvers").and_then(|value| value.as_object());
    let pairs = resolvers.unwrap_or(&none).iter();
    let rules = Rules::new(pairs.filter_map(|(zone, url)| Some((zone.as_str(), url.as_str()?))))
        .map_err(|error| {
            Error::new(format!("constructing the node (see log for full detail): {error}"))
        })?;
    Ok(dns::Resolver::new(dns::Settings {
        ttl_max: config.duration("DNS.MaxCacheTTL"),
        ..dns::Settings::system(rules)
    }))
}
