//! Spec: spec/command/name-commands.md
//!
//! `ipfs name publish`

use super::{BOTH_MODES, IpnsEntry, delegated};
use crate::content::Content;
use crate::duration;
use crate::keyring::{Keyring, SELF};
use crate::names;
use crate::prelude::*;
use ipfs_data::ipns_record::{self, LIFETIME_NS_DEFAULT, Options, Record, TTL_NS_DEFAULT};
use ipfs_data::key::PeerId;
use ipfs_data::path::Path;
use ipfs_repo::name_store::NameStore;

const OFFLINE: &str = "can't publish while offline: pass `--allow-offline` to override or \
    `--allow-delegated` if Ipns.DelegatedPublishers are set up";
const SEQUENCE: &str = "sequence number must be greater than the current record sequence";

// spec: name-commands.publish
pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let repo = env.node()?;
    if request.bool("allow-offline") && request.bool("allow-delegated") {
        return Err(Error::new(BOTH_MODES));
    }
    let (lifetime, ttl) = times(request)?;
    let path = Path::parse_argument(request.argument(0).unwrap_or_default())?;
    if request.bool_opt("resolve").unwrap_or(true) {
        check_content(request, env, &path)?;
    }
    if request.bool("allow-delegated") {
        return delegated(env);
    }
    if !request.bool("allow-offline") {
        return Err(Error::new(OFFLINE));
    }
    let key = Keyring::of(repo)?.by_name_or_id(request.str("key").unwrap_or(SELF))?;
    let name = key.peer_id();
    let now = names::now();
    let store = NameStore::new(repo.datastore()?.as_ref());
    let _publishing = repo.publish();
    let sequence = next_sequence(&store, &name, &path, request.uint("sequence"))?;
    let mut options = Options::new(sequence, now.plus_ns(lifetime), ttl);
    options.version_1 = request.bool_opt("v1compat").unwrap_or(true);
    let record = ipns_record::create(&key, &path, options)?;
    store.publish(&key.public(), &record.encode(), now)?;
    env.names()?.forget(&name);
    emitter.emit(&IpnsEntry { name: name.to_name(), value: path.to_string() })
}

/// Lifetime and time to live, in nanoseconds.
// spec: name-commands.times
fn times(request: &Request) -> Result<(i64, i64)> {
    let lifetime = match request.str("lifetime") {
        None => LIFETIME_NS_DEFAULT,
        Some(text) => {
            let lifetime = duration::parse(text)
                .map_err(|error| Error::new(format!("error parsing lifetime option: {error}")))?;
            if lifetime <= 0 {
                return Err(Error::new(format!("lifetime must be greater than zero, got {text}")));
            }
            lifetime
        }
    };
    let Some(text) = request.str("ttl") else {
        return Ok((lifetime, TTL_NS_DEFAULT.min(lifetime)));
    };
    let ttl = duration::parse(text).map_err(Error::new)?;
    if ttl < 0 {
        return Err(Error::new(format!("ttl must not be negative, got {text}")));
    }
    if ttl > lifetime {
        return Err(Error::new(format!(
            "ttl ({}) must not be greater than lifetime ({})",
            duration::format(ttl),
            duration::format(lifetime)
        )));
    }
    Ok((lifetime, ttl))
}

/// Looks whether the path leads to something that is here.
fn check_content(request: &Request, env: &Env, path: &Path) -> Result<()> {
    let content = Content::open(request, env)?;
    let path = names::immutable(env, path)?;
    let cid = content.resolve_path(&path)?;
    ipfs_data::block::Source::get(&content.provided, &cid).map_err(crate::content::local)?;
    Ok(())
}

/// One more than in the last record, or the same if that says the same already.
// spec: name-commands.sequence
fn next_sequence(
    store: &NameStore<'_>,
    name: &PeerId,
    path: &Path,
    wanted: Option<u64>,
) -> Result<u64> {
    let last = match store.published(name)? {
        Some(record) => Some(record),
        None => store.get(name, names::now()).ok(),
    };
    let Some(last) = last else {
        return match wanted {
            Some(0) => Err(Error::new(SEQUENCE)),
            wanted => Ok(wanted.unwrap_or(0)),
        };
    };
    let last = Record::decode(&last)?;
    let current = last.sequence()?;
    match wanted {
        Some(wanted) if wanted <= current => Err(Error::new(SEQUENCE)),
        Some(wanted) => Ok(wanted),
        None if last.value()?.as_str() == path.as_str() => Ok(current),
        None => current.checked_add(1).ok_or_else(|| Error::new("no sequence number is left")),
    }
}
