//! Spec: spec/migrations/5-to-6.md
//!
//! The default datastore in its two descriptions, and fields whose names may have any case.

use crate::config::json::{Object, Value};

/// The fields of an object. Programs of this time read names in any case, so they are found in any.
#[derive(Debug)]
pub(super) struct Fields<'a>(&'a mut Object);

impl<'a> Fields<'a> {
    pub(super) fn new(object: &'a mut Object) -> Self {
        Self(object)
    }

    fn key(&self, name: &str) -> Option<String> {
        let wanted = name.to_lowercase();
        let exact = self.0.contains_key(name).then(|| name.to_owned());
        exact.or_else(|| self.0.keys().find(|key| key.to_lowercase() == wanted).cloned())
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.key(name).and_then(|key| self.0.get(&key))
    }

    pub(super) fn get_mut(self, name: &str) -> Option<&'a mut Value> {
        let key = self.key(name)?;
        self.0.get_mut(&key)
    }

    /// Removes the field under every spelling of its name.
    pub(super) fn remove(&mut self, name: &str) {
        while let Some(key) = self.key(name) {
            self.0.remove(&key);
        }
    }

    /// Sets the field, under this spelling only.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.remove(name);
        self.0.insert(name.to_owned(), value);
    }
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).into())
}

const SHARDING: &str = "/repo/flatfs/shard/v1/next-to-last/2";

/// `Datastore.Spec` of the default datastore.
pub(super) fn default_spec(sync: bool) -> Value {
    let measured = |point: &str, prefix: &str, child: Value| {
        object([
            ("mountpoint", point.into()),
            ("type", "measure".into()),
            ("prefix", prefix.into()),
            ("child", child),
        ])
    };
    let blocks = object([
        ("type", "flatfs".into()),
        ("path", "blocks".into()),
        ("sync", sync.into()),
        ("shardFunc", SHARDING.into()),
    ]);
    let root = object([
        ("type", "levelds".into()),
        ("path", "datastore".into()),
        ("compression", "none".into()),
    ]);
    let mounts = vec![
        measured("/blocks", "flatfs.datastore", blocks),
        measured("/", "leveldb.datastore", root),
    ];
    object([("type", "mount".into()), ("mounts", mounts.into())])
}

// spec: 5-to-6.bare-back
/// The same specification with each bare store in `measure`, as the default datastore has it: later
/// programs leave that away, which changes nothing on the disk.
pub(super) fn measured(spec: &Value) -> Value {
    let mut spec = spec.clone();
    let mounts = spec.as_object_mut().and_then(|spec| spec.get_mut("mounts"));
    let Some(Value::Array(mounts)) = mounts else { return spec };
    for mount in mounts.iter_mut() {
        let Some(mut child) = mount.as_object().cloned() else { continue };
        let prefix = match child.get("type").and_then(Value::as_str) {
            Some("flatfs") => "flatfs.datastore",
            Some("levelds") => "leveldb.datastore",
            _ => continue,
        };
        let Some(point) = child.remove("mountpoint") else { continue };
        let prefix = child.remove("prefix").unwrap_or_else(|| prefix.into());
        *mount = object([
            ("mountpoint", point),
            ("type", "measure".into()),
            ("prefix", prefix),
            ("child", child.into()),
        ]);
    }
    spec
}

/// The content of `datastore_spec`: only what decides how the data lies on the disk.
pub(super) fn disk_spec() -> Value {
    let blocks = object([
        ("mountpoint", "/blocks".into()),
        ("path", "blocks".into()),
        ("shardFunc", SHARDING.into()),
        ("type", "flatfs".into()),
    ]);
    let root = object([
        ("mountpoint", "/".into()),
        ("path", "datastore".into()),
        ("type", "levelds".into()),
    ]);
    object([("type", "mount".into()), ("mounts", vec![blocks, root].into())])
}

/// A value as upstream's messages show it.
pub(super) fn go_text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.text().to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_text).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name}:{}", go_text(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
    }
}
