//! Spec: spec/repo/datastore.md
//!
//! Several stores under one tree of keys, each opened when it is first needed.

use super::{Change, Datastore, Error, Key, Pairs, Query, Result};
use std::fmt;
use std::sync::{Arc, OnceLock};

type Opener = Box<dyn Fn() -> Result<Arc<dyn Datastore>> + Send + Sync>;

/// A store and the key below which its keys lie.
pub struct Mount {
    prefix: Key,
    opener: Opener,
    opening: std::sync::Mutex<()>,
    store: OnceLock<Arc<dyn Datastore>>,
}

impl Mount {
    /// A store that `opener` opens when it is first used.
    pub fn lazy(
        prefix: Key,
        opener: impl Fn() -> Result<Arc<dyn Datastore>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            prefix,
            opener: Box::new(opener),
            opening: std::sync::Mutex::new(()),
            store: OnceLock::new(),
        }
    }

    /// A store that is open.
    pub fn new(prefix: Key, store: Arc<dyn Datastore>) -> Self {
        Self::lazy(prefix, move || Ok(store.clone()))
    }

    // spec: datastore.lazy
    fn store(&self) -> Result<&Arc<dyn Datastore>> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let _one_opens = self.opening.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let store = (self.opener)()?;
        Ok(self.store.get_or_init(|| store))
    }
}

impl fmt::Debug for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mount").field("prefix", &self.prefix).field("store", &self.store).finish()
    }
}

/// The mount store: a key belongs to the store with the longest prefix above it.
#[derive(Debug)]
pub struct Mounts {
    /// Sorted descending by prefix, so that the first match is the longest.
    mounts: Vec<Mount>,
}

impl Mounts {
    /// A tree of the given stores, in any order.
    pub fn new(mut mounts: Vec<Mount>) -> Self {
        mounts.sort_by(|a, b| b.prefix.cmp(&a.prefix));
        Self { mounts }
    }

    // spec: datastore.mount-lookup
    fn lookup(&self, key: &Key) -> Option<(&Mount, Key)> {
        self.mounts
            .iter()
            .find(|mount| *key != mount.prefix && key.is_under(&mount.prefix))
            .map(|mount| (mount, strip(key, &mount.prefix)))
    }

    fn lookup_or_error(&self, key: &Key) -> Result<(&Mount, Key)> {
        // spec: datastore.no-mount
        self.lookup(key)
            .ok_or_else(|| Error::Unsupported("no datastore mounted for this key".to_owned()))
    }

    // spec: datastore.mount-query
    fn lookup_all(&self, prefix: &Key) -> Vec<(&Mount, Key)> {
        let mut found = Vec::new();
        for mount in &self.mounts {
            if mount.prefix != *prefix && mount.prefix.is_under(prefix) {
                found.push((mount, Key::new("/")));
            } else if prefix.is_under(&mount.prefix) {
                found.push((mount, strip(prefix, &mount.prefix)));
                break;
            }
        }
        found
    }

    // spec: datastore.order
    /// Finishes delayed puts in all stores but this one: what is written next may refer to them.
    fn flush_others(&self, mount: &Mount) -> Result<()> {
        self.mounts
            .iter()
            .filter(|other| !std::ptr::eq(*other, mount))
            .filter_map(|other| other.store.get())
            .try_for_each(|store| store.flush())
    }

    fn opened(&self) -> impl Iterator<Item = &Arc<dyn Datastore>> {
        self.mounts.iter().filter_map(|mount| mount.store.get())
    }
}

fn strip(key: &Key, prefix: &Key) -> Key {
    if prefix.as_str() == "/" {
        return key.clone();
    }
    Key::new(key.as_str().strip_prefix(prefix.as_str()).unwrap_or(key.as_str()))
}

fn join(prefix: &Key, key: &Key) -> Key {
    if prefix.as_str() == "/" {
        return key.clone();
    }
    Key::new(&format!("{}{}", prefix.as_str(), key.as_str()))
}

impl Datastore for Mounts {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>> {
        match self.lookup(key) {
            Some((mount, rest)) => mount.store()?.get(&rest),
            None => Ok(None),
        }
    }

    fn has(&self, key: &Key) -> Result<bool> {
        match self.lookup(key) {
            Some((mount, rest)) => mount.store()?.has(&rest),
            None => Ok(false),
        }
    }

    fn size(&self, key: &Key) -> Result<Option<u64>> {
        match self.lookup(key) {
            Some((mount, rest)) => mount.store()?.size(&rest),
            None => Ok(None),
        }
    }

    fn put(&self, key: &Key, value: &[u8]) -> Result<()> {
        let (mount, rest) = self.lookup_or_error(key)?;
        self.flush_others(mount)?;
        mount.store()?.put(&rest, value)
    }

    fn delete(&self, key: &Key) -> Result<()> {
        match self.lookup(key) {
            Some((mount, rest)) => mount.store()?.delete(&rest),
            None => Ok(()),
        }
    }

    fn apply(&self, changes: &[Change]) -> Result<()> {
        let mut parts: Vec<(&Mount, Vec<Change>)> = Vec::new();
        for change in changes {
            let (mount, change) = match change {
                Change::Put(key, value) => {
                    let (mount, rest) = self.lookup_or_error(key)?;
                    (mount, Change::Put(rest, value.clone()))
                }
                Change::Delete(key) => match self.lookup(key) {
                    Some((mount, rest)) => (mount, Change::Delete(rest)),
                    None => continue,
                },
            };
            match parts.iter_mut().find(|(other, _)| std::ptr::eq(*other, mount)) {
                Some((_, changes)) => changes.push(change),
                None => parts.push((mount, vec![change])),
            }
        }
        parts.into_iter().try_for_each(|(mount, changes)| {
            self.flush_others(mount)?;
            mount.store()?.apply(&changes)
        })
    }

    fn query(&self, query: &Query) -> Result<Pairs<'_>> {
        let mut all: Vec<Pairs<'_>> = Vec::new();
        for (mount, rest) in self.lookup_all(&query.prefix) {
            let inner = mount.store()?.query(&Query { prefix: rest, ..query.clone() })?;
            all.push(Box::new(
                inner.map(|pair| pair.map(|(key, value)| (join(&mount.prefix, &key), value))),
            ));
        }
        // Keys of an outer store that an inner mount hides are not reachable, so not listed.
        Ok(Box::new(all.into_iter().flatten()))
    }

    fn sync(&self, prefix: &Key) -> Result<()> {
        for (mount, rest) in self.lookup_all(prefix) {
            if let Some(store) = mount.store.get() {
                store.sync(&rest)?;
            }
        }
        Ok(())
    }

    fn disk_usage(&self) -> Result<u64> {
        self.mounts.iter().try_fold(0, |sum, mount| Ok(sum + mount.store()?.disk_usage()?))
    }

    fn put_deferred(&self, key: &Key, value: &[u8]) -> Result<()> {
        let (mount, rest) = self.lookup_or_error(key)?;
        mount.store()?.put_deferred(&rest, value)
    }

    fn flush(&self) -> Result<()> {
        self.opened().try_for_each(|store| store.flush())
    }

    fn prefetch(&self, keys: &[Key]) {
        let Some(first) = keys.first() else { return };
        let Some((mount, _)) = self.lookup(first) else { return };
        let Ok(store) = mount.store() else { return };
        let rests: Vec<Key> = keys
            .iter()
            .filter_map(|key| self.lookup(key))
            .filter(|(other, _)| std::ptr::eq(*other, mount))
            .map(|(_, rest)| rest)
            .collect();
        store.prefetch(&rests);
    }

    fn close(&self) -> Result<()> {
        let mut first_error = Ok(());
        for store in self.opened() {
            if let Err(error) = store.close()
                && first_error.is_ok()
            {
                first_error = Err(error);
            }
        }
        first_error
    }
}

#[cfg(test)]
mod tests {
    use super::super::Memory;
    use super::*;

    fn tree() -> (Arc<Memory>, Arc<Memory>, Mounts) {
        let (root, blocks) = (Arc::new(Memory::new()), Arc::new(Memory::new()));
        let mounts = Mounts::new(vec![
            Mount::new(Key::new("/"), root.clone()),
            Mount::new(Key::new("/blocks"), blocks.clone()),
        ]);
        (root, blocks, mounts)
    }

    #[test]
    fn the_longest_prefix_wins_and_a_key_equal_to_it_is_above() {
        let (root, blocks, mounts) = tree();
        mounts.put(&Key::new("/blocks/A"), b"1").unwrap();
        mounts.put(&Key::new("/blocksB"), b"2").unwrap();
        mounts.put(&Key::new("/blocks"), b"3").unwrap();
        assert_eq!(blocks.get(&Key::new("/A")).unwrap().unwrap(), b"1");
        assert_eq!(root.get(&Key::new("/blocksB")).unwrap().unwrap(), b"2");
        assert_eq!(root.get(&Key::new("/blocks")).unwrap().unwrap(), b"3");
    }

    #[test]
    fn queries_join_all_stores_below_the_prefix() {
        let (_, _, mounts) = tree();
        let changes = ["/blocks/A", "/blocks/B", "/pins/x"]
            .map(|key| Change::Put(Key::new(key), b"v".to_vec()));
        mounts.apply(&changes).unwrap();
        let keys = |prefix: &str| {
            let query = Query { prefix: Key::new(prefix), keys_only: true };
            let mut keys: Vec<String> = mounts
                .query(&query)
                .unwrap()
                .map(|pair| pair.unwrap().0.as_str().to_owned())
                .collect();
            keys.sort();
            keys
        };
        assert_eq!(keys("/"), ["/blocks/A", "/blocks/B", "/pins/x"]);
        assert_eq!(keys("/blocks"), ["/blocks/A", "/blocks/B"]);
        assert_eq!(keys("/pins"), ["/pins/x"]);
        assert!(keys("/bl").is_empty());
    }

    #[test]
    fn without_a_root_keys_elsewhere_are_absent_and_refused() {
        let mounts = Mounts::new(vec![Mount::new(Key::new("/a"), Arc::new(Memory::new()))]);
        assert!(mounts.get(&Key::new("/b")).unwrap().is_none());
        let error = mounts.put(&Key::new("/b"), b"").unwrap_err();
        assert_eq!(error.to_string(), "no datastore mounted for this key");
    }
}
