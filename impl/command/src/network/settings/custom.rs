//! Spec: spec/node/content.md
//!
//! Whether `Routing.Routers` and `Routing.Methods` make sense, for routing of type `custom`.

use super::constructing;
use crate::encode::quote;
use crate::error::Result;
use ipfs_repo::config::Config as Tree;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The methods, in the order in which they are missed.
const METHODS: [&str; 5] = ["provide", "find-peers", "find-providers", "get-ipns", "put-ipns"];
/// Routers within each other.
const DEPTH_MAX: usize = 64;

/// Checks the methods and the routers behind them.
///
/// # Errors
/// When a method is missing or not known, or a router is missing, has no endpoint or leads to
/// itself.
// spec: content.custom-routing
pub(in crate::network) fn check(config: &Tree) -> Result<()> {
    let empty = Map::new();
    let map = |key| config.value(key).and_then(Value::as_object).unwrap_or(&empty);
    let (methods, routers) = (map("Routing.Methods"), map("Routing.Routers"));
    if let Some(missing) = METHODS.iter().find(|name| !methods.contains_key(**name)) {
        return Err(constructing(format!(
            "method name {missing:?} is missing from Routing.Methods config param"
        )));
    }
    if let Some(odd) = methods.keys().find(|name| !METHODS.contains(&name.as_str())) {
        return Err(constructing(format!(
            "method name {} is not a supported method on Routing.Methods config param",
            quote(odd)
        )));
    }
    let mut check = Check { routers, way: Vec::new(), done: BTreeSet::new() };
    methods.values().try_for_each(|method| check.router(name(method)))
}

fn name(value: &Value) -> &str {
    value.get("RouterName").and_then(Value::as_str).unwrap_or_default()
}

struct Check<'a> {
    routers: &'a Map<String, Value>,
    /// The routers around the one that is looked at.
    way: Vec<&'a str>,
    done: BTreeSet<&'a str>,
}

impl<'a> Check<'a> {
    fn router(&mut self, called: &'a str) -> Result<()> {
        if self.done.contains(called) {
            return Ok(());
        }
        if self.way.contains(&called) || self.way.len() >= DEPTH_MAX {
            let name = quote(called);
            return Err(constructing(format!("dependency loop creating router with name {name}")));
        }
        let Some(router) = self.routers.get(called) else {
            let name = quote(called);
            return Err(constructing(format!("config for router with name {name} not found")));
        };
        let parameter = |key| router.get("Parameters").and_then(|all| all.get(key));
        let endpoint = parameter("Endpoint").and_then(Value::as_str).unwrap_or_default();
        if router.get("Type").and_then(Value::as_str) == Some("http") && endpoint.is_empty() {
            return Err(constructing(
                "configuration param 'Endpoint' is needed for http delegated routing types",
            ));
        }
        self.way.push(called);
        let inner = parameter("Routers").and_then(Value::as_array).into_iter().flatten();
        for inner in inner {
            self.router(name(inner))?;
        }
        self.way.pop();
        self.done.insert(called);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipfs_repo::config::Tree as Text;

    fn error(routers: &str, provide: &str) -> String {
        let methods: Vec<String> = METHODS
            .iter()
            .map(|name| format!(r#""{name}":{{"RouterName":"{provide}"}}"#))
            .collect();
        let text =
            format!(r#"{{"Routing":{{"Routers":{routers},"Methods":{{{}}}}}}}"#, methods.join(","));
        let config = Tree::new(&Text::parse(text.as_bytes()).unwrap()).unwrap();
        check(&config).err().map(|error| error.message().to_owned()).unwrap_or_default()
    }

    /// spec: content.custom-routing
    #[test]
    fn routers_must_be_there_and_must_not_lead_to_themselves() {
        let http = r#"{"a":{"Type":"http","Parameters":{"Endpoint":"http://127.0.0.1:1"}}}"#;
        assert_eq!(error(http, "a"), "");
        assert!(error(http, "b").ends_with("config for router with name \"b\" not found"));
        let none = r#"{"a":{"Type":"http","Parameters":{}}}"#;
        assert!(error(none, "a").contains("'Endpoint' is needed"));
        let inner = r#"{"Type":"parallel","Parameters":{"Routers":[{"RouterName":"a"}]}}"#;
        let circle = format!(r#"{{"a":{inner}}}"#);
        assert!(error(&circle, "a").ends_with("creating router with name \"a\""));
        let empty = Tree::new(&Text::parse(b"{}").unwrap()).unwrap();
        let missing = check(&empty).unwrap_err();
        assert!(missing.message().contains("method name \"provide\" is missing"));
    }
}
