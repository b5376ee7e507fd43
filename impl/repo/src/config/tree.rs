//! Spec: spec/repo/config.md
//!
//! The config file as a tree: every key is kept, known or not.

use serde_json::{Map, Value};
use std::io;

/// Largest config file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 64 << 20;

/// Why a key could not be read or set. The texts are the reference's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    // spec: config.key-not-found
    /// There is no such key.
    #[error("{0} not found")]
    NotFound(String),
    // spec: config.key-not-a-map
    /// A part of the path before its end is no object.
    #[error("{0} key is not a map")]
    NotAMap(String),
}

/// Why the file is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no file.
    #[error("ipfs not initialized, please run 'ipfs init'")]
    Missing,
    /// The system refused.
    #[error("open {path}: {source}")]
    Io {
        /// The config file.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
    // spec: config.decode-error
    /// No JSON, or values of the wrong type.
    #[error("failure to decode config: {0}")]
    Decode(String),
}

/// The tree. Its root is always an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree(Map<String, Value>);

impl Tree {
    /// An empty tree.
    pub fn new() -> Self {
        Self(Map::new())
    }

    /// The tree of an object; `None` for other values.
    pub fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Self(map)),
            _ => None,
        }
    }

    // spec: config.first-value
    /// Reads the first JSON value of a text; what follows it is ignored, as the reference does.
    pub fn parse(text: &[u8]) -> Result<Self, LoadError> {
        let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
        match values.next() {
            None => Err(LoadError::Decode("EOF".to_owned())),
            Some(Ok(Value::Object(map))) => Ok(Self(map)),
            Some(Ok(Value::Null)) => Ok(Self::new()),
            Some(Ok(other)) => Err(LoadError::Decode(format!(
                "json: cannot unmarshal {} into Go value of type config.Config",
                kind(&other)
            ))),
            Some(Err(error)) if error.is_eof() => {
                Err(LoadError::Decode("unexpected EOF".to_owned()))
            }
            Some(Err(error)) => {
                let reason = super::json::syntax_error(text);
                Err(LoadError::Decode(reason.unwrap_or_else(|| error.to_string())))
            }
        }
    }

    /// The tree as JSON value.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The top-level object.
    pub fn map(&self) -> &Map<String, Value> {
        &self.0
    }

    // spec: config.get
    /// The value at a path of keys joined by dots.
    pub fn get(&self, path: &str) -> Result<&Value, KeyError> {
        let parts: Vec<&str> = path.split('.').collect();
        let mut map = &self.0;
        for (index, part) in parts.iter().enumerate() {
            let value =
                map.get(*part).ok_or_else(|| KeyError::NotFound(parts[..=index].join(".")))?;
            if index + 1 == parts.len() {
                return Ok(value);
            }
            map = value.as_object().ok_or_else(|| KeyError::NotAMap(parts[..=index].join(".")))?;
        }
        Err(KeyError::NotFound(path.to_owned()))
    }

    // spec: config.set
    /// Sets the value at a path; objects on the way are made where nothing or null is.
    pub fn set(&mut self, path: &str, value: Value) -> Result<(), KeyError> {
        let parts: Vec<&str> = path.split('.').collect();
        let (last, way) = parts.split_last().ok_or_else(|| KeyError::NotFound(String::new()))?;
        let mut map = &mut self.0;
        for (index, part) in way.iter().enumerate() {
            let next = map.entry((*part).to_owned()).or_insert(Value::Null);
            if next.is_null() {
                *next = Value::Object(Map::new());
            }
            map =
                next.as_object_mut().ok_or_else(|| KeyError::NotAMap(parts[..=index].join(".")))?;
        }
        map.insert((*last).to_owned(), value);
        Ok(())
    }

    // spec: config.merge
    /// Lays `over` on this tree: objects are merged key by key, everything else is replaced.
    pub fn merge(&mut self, over: &Tree) {
        merge(&mut self.0, &over.0);
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

fn merge(map: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (key, value) in over {
        match (map.get_mut(key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            _ => {
                map.insert(key.clone(), value.clone());
            }
        }
    }
}

/// What the reference calls the kind of a JSON value in error texts.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tree(value: Value) -> Tree {
        Tree::from_value(value).unwrap()
    }

    #[test]
    fn gets_and_names_what_is_missing() {
        let tree = tree(json!({"A": {"B": 1, "N": null}}));
        assert_eq!(tree.get("A.B").unwrap(), &json!(1));
        assert_eq!(tree.get("A.N").unwrap(), &Value::Null);
        assert_eq!(tree.get("A.C").unwrap_err().to_string(), "A.C not found");
        assert_eq!(tree.get("A.C.D").unwrap_err().to_string(), "A.C not found");
        assert_eq!(tree.get("A.B.D").unwrap_err().to_string(), "A.B key is not a map");
        assert_eq!(tree.get("X").unwrap_err().to_string(), "X not found");
    }

    #[test]
    fn sets_and_makes_the_way() {
        let mut tree = tree(json!({"A": {"B": 1, "N": null}}));
        tree.set("A.N.X.Y", json!("v")).unwrap();
        assert_eq!(tree.get("A.N.X.Y").unwrap(), &json!("v"));
        let error = tree.set("A.B.C", json!(0)).unwrap_err();
        assert_eq!(error.to_string(), "A.B key is not a map");
    }

    #[test]
    fn merging_keeps_what_is_not_named() {
        let mut old = tree(json!({"A": {"own": 1, "B": [1]}, "C": 1}));
        old.merge(&tree(json!({"A": {"B": [2]}, "C": {"x": null}})));
        assert_eq!(old.to_value(), json!({"A": {"own": 1, "B": [2]}, "C": {"x": null}}));
    }

    #[test]
    fn only_the_first_value_counts_and_it_must_be_an_object() {
        assert!(Tree::parse(b"{} trailing").is_ok());
        let text = |bytes: &[u8]| Tree::parse(bytes).unwrap_err().to_string();
        assert_eq!(text(b""), "failure to decode config: EOF");
        assert_eq!(text(b"{"), "failure to decode config: unexpected EOF");
        assert!(text(b"[]").contains("cannot unmarshal array into Go value of type config.Config"));
    }
}
