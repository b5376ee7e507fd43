//! Spec: spec/repo/config.md
//!
//! Changing a configuration without losing what is not understood, and showing it without its
//! secrets.

use super::{Config, KeyError, LoadError, Tree, schema};
use serde_json::{Map, Value};

/// Where the private key lies.
pub const PRIVATE_KEY: &str = "Identity.PrivKey";
/// Where the credentials of remote pinning services lie.
const SERVICE_SECRETS: [&str; 5] = ["Pinning", "RemoteServices", "*", "API", "Key"];

/// Why a change was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key is unknown or its way leads through something that is no object.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The value has the wrong type.
    #[error(transparent)]
    Value(#[from] LoadError),
    // spec: config.replace-errors
    /// The new configuration brings a private key.
    #[error("setting private key with API is not supported")]
    PrivateKey,
    /// The new configuration names other pinning services.
    #[error("cannot add or remove remote pinning services with 'config replace'")]
    ServiceList,
    /// The new configuration changes address or credentials of a pinning service.
    #[error("cannot change remote pinning services api info with `config replace`")]
    ServiceApi,
    /// The configuration in use has no private key.
    #[error("failed to get PrivKey")]
    NoPrivateKey,
}

// spec: config.secret-keys
/// Whether a key may be neither shown nor set: the identity's private key.
pub fn is_private_key(path: &str) -> bool {
    let lower = path.to_lowercase();
    lower == "identity" || lower == "identity.privkey"
}

/// Whether a key leads to or below credentials of pinning services.
pub fn is_service_secret(path: &str) -> bool {
    path.split('.')
        .zip(SERVICE_SECRETS)
        .all(|(part, pattern)| pattern == "*" || part.eq_ignore_ascii_case(pattern))
}

// spec: config.set-key
/// Sets one key. Known keys only; the private key stays what it is; the whole must still have the
/// right types.
pub fn set_key(tree: &Tree, path: &str, value: Value) -> Result<Tree, Error> {
    schema::check_key(path)?;
    let private_key = tree.get(PRIVATE_KEY)?.clone();
    let mut changed = tree.clone();
    changed.set(path, value)?;
    changed.set(PRIVATE_KEY, private_key)?;
    let sorted = Tree::from_value(super::json::sorted(&changed.to_value())).unwrap_or_default();
    Config::new(&sorted)?;
    Ok(sorted)
}

// spec: config.replace
/// The tree after `replace`: the new configuration's known keys over the old tree. Identity and
/// credentials stay the old ones. `peer_id` is derived from the private key by the caller.
pub fn replace(old: &Tree, new: &Tree, peer_id: &str) -> Result<Tree, Error> {
    let mut normal = Config::new(new)?.tree().clone();
    if normal.get(PRIVATE_KEY).is_ok_and(|key| key.as_str().is_some_and(|key| !key.is_empty())) {
        return Err(Error::PrivateKey);
    }
    let private_key = old.get(PRIVATE_KEY).map_err(|_| Error::NoPrivateKey)?.clone();
    normal.set(PRIVATE_KEY, private_key)?;
    normal.set("Identity.PeerID", peer_id.into())?;
    keep_services(old, &mut normal)?;
    let mut merged = old.clone();
    merged.merge(&normal);
    Ok(merged)
}

/// Puts the old credentials of pinning services into the new configuration.
fn keep_services(old: &Tree, new: &mut Tree) -> Result<(), Error> {
    const PATH: &str = "Pinning.RemoteServices";
    let services =
        |tree: &Tree| tree.get(PATH).ok().and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, mut after) = (services(old), services(new));
    if before.len() != after.len() {
        return Err(Error::ServiceList);
    }
    for (name, service) in &before {
        let Some(changed) = after.get_mut(name).and_then(Value::as_object_mut) else {
            return Err(Error::ServiceList);
        };
        let text = |service: &Map<String, Value>, key: &str| {
            let api = service.get("API").and_then(|api| api.get(key));
            api.and_then(Value::as_str).unwrap_or("").to_owned()
        };
        let service = service.as_object().cloned().unwrap_or_default();
        let endpoint = text(changed, "Endpoint");
        if !text(changed, "Key").is_empty()
            || (!endpoint.is_empty() && endpoint != text(&service, "Endpoint"))
        {
            return Err(Error::ServiceApi);
        }
        changed.insert("API".to_owned(), service.get("API").cloned().unwrap_or(Value::Null));
    }
    if !before.is_empty() {
        new.set(PATH, Value::Object(after))?;
    }
    Ok(())
}

// spec: config.show
/// The tree without private key, RPC authorizations and credentials of pinning services.
pub fn without_secrets(tree: &Tree) -> Tree {
    let map = without(tree.map(), &["Identity", "PrivKey"]);
    // spec: rpc.secrets-hidden
    let map = without(&map, &["API", "Authorizations"]);
    Tree::from_value(Value::Object(without(&map, &SERVICE_SECRETS))).unwrap_or_default()
}

fn without(map: &Map<String, Value>, path: &[&str]) -> Map<String, Value> {
    let Some((first, rest)) = path.split_first() else { return map.clone() };
    let mut kept = Map::new();
    for (key, value) in map {
        if *first != "*" && !first.eq_ignore_ascii_case(key) {
            kept.insert(key.clone(), value.clone());
        } else if !rest.is_empty() {
            match value {
                Value::Object(inner) => {
                    kept.insert(key.clone(), Value::Object(without(inner, rest)));
                }
                // What hides something must be an object to be shown at all.
                _ => continue,
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Identity, fresh};
    use serde_json::json;

    fn tree() -> Tree {
        fresh::tree(&Identity { peer_id: "P".to_owned(), private_key: "K".to_owned() })
    }

    #[test]
    fn setting_keeps_the_private_key_and_foreign_keys() {
        let mut old = tree();
        old.set("Own.Key", json!(1)).unwrap();
        let new = set_key(&old, "Identity.PrivKey", json!("other")).unwrap();
        assert_eq!(new.get(PRIVATE_KEY).unwrap(), &json!("K"));
        assert_eq!(new.get("Own.Key").unwrap(), &json!(1));
        assert!(matches!(set_key(&old, "Own.Key", json!(2)), Err(Error::Key(_))));
        assert!(matches!(set_key(&old, "Bootstrap", json!(2)), Err(Error::Value(_))));
    }

    #[test]
    fn secrets_are_neither_shown_nor_named() {
        let mut old = tree();
        old.set("Pinning.RemoteServices", json!({"s": {"API": {"Endpoint": "e", "Key": "k"}}}))
            .unwrap();
        old.set("API.Authorizations", json!({"a": {"AuthSecret": "bearer:x"}})).unwrap();
        let shown = without_secrets(&old);
        assert!(shown.get(PRIVATE_KEY).is_err() && shown.get("API.Authorizations").is_err());
        assert_eq!(shown.get("Pinning.RemoteServices.s.API").unwrap(), &json!({"Endpoint": "e"}));
        assert!(is_private_key("identity.PRIVKEY") && is_private_key("Identity"));
        assert!(!is_private_key("Identity.PeerID"));
        assert!(is_service_secret("pinning") && is_service_secret("Pinning.RemoteServices.x.api"));
        assert!(!is_service_secret("Pinning.RemoteServices.x.Policies"));
    }

    #[test]
    fn replacing_keeps_identity_and_services() {
        let mut old = tree();
        old.set("Own", json!(1)).unwrap();
        old.set("Pinning.RemoteServices", json!({"s": {"API": {"Endpoint": "e", "Key": "k"}}}))
            .unwrap();
        let mut new = without_secrets(&old);
        new.set("Datastore.StorageMax", json!("5GB")).unwrap();
        let replaced = replace(&old, &new, "Q").unwrap();
        assert_eq!(replaced.get("Datastore.StorageMax").unwrap(), &json!("5GB"));
        assert_eq!(replaced.get(PRIVATE_KEY).unwrap(), &json!("K"));
        assert_eq!(replaced.get("Identity.PeerID").unwrap(), &json!("Q"));
        assert_eq!(replaced.get("Own").unwrap(), &json!(1));
        assert_eq!(replaced.get("Pinning.RemoteServices.s.API.Key").unwrap(), &json!("k"));
        assert!(matches!(replace(&old, &old, "Q"), Err(Error::PrivateKey)));
        new.set("Pinning.RemoteServices", json!({})).unwrap();
        assert!(matches!(replace(&old, &new, "Q"), Err(Error::ServiceList)));
    }
}
