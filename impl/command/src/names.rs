//! Spec: spec/command/name-commands.md
//!
//! Following IPNS names with what the repository knows, for every command that takes a path.

use crate::error::{Error, Kind, Result};
use ipfs_data::cid::{self, Cid, codec};
use ipfs_data::ipns_record::{self, Record, Time};
use ipfs_data::path::Path;
use ipfs_repo::Repo;
use ipfs_repo::name_store::{self, NameStore};
use std::time::SystemTime;

/// Names followed one after the other before that counts as a circle.
pub const DEPTH_MAX: u32 = 32;

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
pub fn immutable(repo: &Repo, path: &Path) -> Result<Path> {
    follow(repo, path, DEPTH_MAX)
}

/// The path with at most `depth` names followed. With a depth of 1 the result may be mutable.
///
/// # Errors
/// As [`immutable`].
pub fn follow(repo: &Repo, path: &Path, depth: u32) -> Result<Path> {
    let mut path = path.clone();
    for _ in 0..depth {
        if !path.is_mutable() {
            return Ok(path);
        }
        path = once(repo, &path)?;
    }
    match path.is_mutable() && depth > 1 {
        true => Err(Error::new("could not resolve name (recursion limit exceeded)")),
        false => Ok(path),
    }
}

fn once(repo: &Repo, path: &Path) -> Result<Path> {
    let root = path.root();
    let base = match fixed(root)? {
        Some(base) => base,
        None => match ipns_record::parse_name(root) {
            Ok(name) => {
                let store = NameStore::new(repo.datastore()?.as_ref());
                let record = match store.get(&name, now()) {
                    Ok(record) => record,
                    Err(name_store::Error::NotFound | name_store::Error::Invalid(_)) => {
                        return Err(Error::new("could not resolve name"));
                    }
                    Err(error) => return Err(error.into()),
                };
                Record::decode(&record)?.value()?
            }
            Err(_) => return Err(not_a_name(root)),
        },
    };
    if !path.has_segments() {
        return Ok(base);
    }
    let joined = base.join(path.segments())?;
    match path.as_str().ends_with('/') {
        true => Ok(Path::parse(&format!("{joined}/"))?),
        false => Ok(joined),
    }
}

fn fixed(name: &str) -> Result<Option<Path>> {
    let Ok(list) = std::env::var(FIXED_VARIABLE) else { return Ok(None) };
    for pair in list.split(',') {
        if let Some((key, value)) = pair.split_once(':')
            && key == name
        {
            return Ok(Some(Path::parse(value)?));
        }
    }
    Ok(None)
}

fn not_a_name(root: &str) -> Error {
    if is_domain_name(root) {
        // spec: name-commands.dnslink-later
        return Error::with_kind(
            Kind::NotImplemented,
            format!("DNSLink lookup for \"{root}.\" failed: not implemented"),
        );
    }
    match cid::parse(root) {
        // Version 0 was taken as a peer ID before.
        Ok(cid) => {
            let fixed = Cid::new_v1(codec::LIBP2P_KEY, *cid.hash());
            Error::new(format!(
                "peer ID represented as CIDv1 require libp2p-key multicodec: retry with \
                 /ipns/{fixed}"
            ))
        }
        _ => Error::new(format!(
            "cannot resolve: {}",
            crate::encode::quote(&format!("/ipns/{root}"))
        )),
    }
}

/// Whether the text could be a name of the DNS: labels of 1 to 63 bytes, 255 in all.
fn is_domain_name(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    text.len() <= 254 && text.split('.').all(|label| (1..=63).contains(&label.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cannot_be_followed() {
        assert_eq!(not_a_name("a..b").message(), "cannot resolve: \"/ipns/a..b\"");
        assert_eq!(not_a_name("example.com").kind(), Kind::NotImplemented);
        let long = "a".repeat(64);
        assert!(!is_domain_name(&long) && is_domain_name("a.b.") && !is_domain_name(""));
    }
}
