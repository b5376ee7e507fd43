//! Spec: spec/node/content.md
//!
//! Who is asked for content over HTTP: `Routing.*` and `HTTPRetrieval.*`.

use super::constructing;
use crate::commands::config::delegated_routers;
use crate::error::Result;
use ipfs_node::content::gateways::Settings;
use ipfs_repo::config::{Config as Tree, parse_bytes};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// Routers within routers that are looked at.
const ROUTERS_MAX: usize = 64;
/// Ways to give content that routers are asked for: those who don't say are asked.
const PROTOCOLS: [&str; 2] = ["unknown", "transport-bitswap"];
/// How long peers may try before routing is asked for gateways.
const SEARCH_DELAY: Duration = Duration::from_secs(1);

/// The URLs of delegated routers for this kind of routing.
// spec: content.routers
pub(in crate::network) fn routers(config: &Tree, routing: &str) -> Vec<String> {
    match routing {
        "auto" | "autoclient" | "delegated" => listed("IPFS_HTTP_ROUTERS")
            .filter(|list| !list.is_empty())
            .unwrap_or_else(|| delegated_routers(config)),
        "custom" => custom(config),
        _ => Vec::new(),
    }
}

/// How those whom routers name may give content.
// spec: content.router-filter
pub(in crate::network) fn protocols(config: &Tree) -> Vec<String> {
    let mut protocols = listed("IPFS_HTTP_ROUTERS_FILTER_PROTOCOLS")
        .unwrap_or_else(|| PROTOCOLS.map(str::to_owned).to_vec());
    if config.flag("HTTPRetrieval.Enabled") != Some(false) {
        protocols.push("transport-ipfs-gateway-http".to_owned());
    }
    protocols
}

/// What a variable of the environment lists, with spaces or commas between.
// spec: content.router-environment
fn listed(variable: &str) -> Option<Vec<String>> {
    let text = std::env::var(variable).ok()?;
    let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
    Some(parts.map(str::to_owned).collect())
}

/// Those behind the method `find-providers`.
fn custom(config: &Tree) -> Vec<String> {
    let method = config.value("Routing.Methods").and_then(|methods| methods.get("find-providers"));
    let Some(Value::String(first)) = method.and_then(|method| method.get("RouterName")) else {
        return Vec::new();
    };
    let (mut names, mut seen, mut urls) = (vec![first.clone()], BTreeSet::new(), Vec::new());
    while let Some(name) = names.pop() {
        if seen.len() >= ROUTERS_MAX || !seen.insert(name.clone()) {
            continue;
        }
        let router = config.value("Routing.Routers").and_then(|routers| routers.get(&name));
        let parameter = |name| router.and_then(|router| router.get("Parameters")?.get(name));
        match router.and_then(|router| router.get("Type")?.as_str()) {
            Some("http") => {
                urls.extend(parameter("Endpoint").and_then(Value::as_str).map(str::to_owned));
            }
            Some("parallel" | "sequential") => {
                let inner = parameter("Routers").and_then(Value::as_array).into_iter().flatten();
                names.extend(inner.filter_map(|inner| {
                    inner.get("RouterName").and_then(Value::as_str).map(str::to_owned)
                }));
            }
            _ => {}
        }
    }
    urls
}

/// How HTTP gateways are used; `None` when they are not.
///
/// # Errors
/// When a setting makes no sense.
// spec: content.http-settings
pub(in crate::network) fn gateways(config: &Tree, agent: &str) -> Result<Option<Settings>> {
    if config.flag("HTTPRetrieval.Enabled") == Some(false) {
        if config.flag("Bitswap.Libp2pEnabled") == Some(false) {
            return Err(constructing(
                "invalid configuration: Bitswap.Libp2pEnabled and HTTPRetrieval.Enabled are both \
                 disabled, unable to initialize Bitswap",
            ));
        }
        return Ok(None);
    }
    let defaults = Settings::default();
    let block_bytes_max = match config.text("HTTPRetrieval.MaxBlockSize") {
        None => defaults.block_bytes_max,
        Some(text) => {
            let bytes = parse_bytes(text).map_err(constructing)?;
            usize::try_from(bytes).unwrap_or(usize::MAX)
        }
    };
    let workers = config.integer("HTTPRetrieval.NumWorkers");
    let workers = workers.and_then(|set| usize::try_from(set).ok()).unwrap_or(defaults.workers);
    Ok(Some(Settings {
        allowed: config.texts("HTTPRetrieval.Allowlist"),
        denied: config.texts("HTTPRetrieval.Denylist"),
        workers: workers.clamp(1, 256),
        block_bytes_max,
        insecure: config.flag("HTTPRetrieval.TLSInsecureSkipVerify").unwrap_or(false),
        agent: agent.to_owned(),
        delay: SEARCH_DELAY,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipfs_repo::config::Tree as Text;

    fn config(json: &str) -> Tree {
        Tree::new(&Text::parse(json.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn custom_routing_is_followed_to_its_http_routers() {
        let config = config(
            r#"{"Routing": {"Type": "custom", "Methods": {"find-providers": {"RouterName": "all"}},
            "Routers": {"all": {"Type": "parallel", "Parameters": {"Routers": [
                {"RouterName": "one"}, {"RouterName": "all"}, {"RouterName": "dht"}]}},
                "one": {"Type": "http", "Parameters": {"Endpoint": "http://127.0.0.1:1"}},
                "dht": {"Type": "dht", "Parameters": {}}}}}"#,
        );
        assert_eq!(routers(&config, "custom"), ["http://127.0.0.1:1"]);
        assert!(routers(&config, "none").is_empty());
    }

    #[test]
    fn delegated_routers_count_with_automatic_routing_only() {
        let config = config(r#"{"Routing": {"DelegatedRouters": ["http://127.0.0.1:1"]}}"#);
        for (routing, count) in [("auto", 1), ("autoclient", 1), ("delegated", 1), ("dht", 0)] {
            assert_eq!(routers(&config, routing).len(), count, "{routing}");
        }
    }

    #[test]
    fn gateways_are_used_as_configured() {
        let config = config(
            r#"{"HTTPRetrieval": {"NumWorkers": 3, "MaxBlockSize": "1MiB", "Denylist": ["a"]}}"#,
        );
        let settings = gateways(&config, "agent").unwrap().unwrap();
        assert_eq!((settings.workers, settings.block_bytes_max), (3, 1 << 20));
        assert_eq!(settings.denied, ["a"]);
    }

    #[test]
    fn without_gateways_and_without_peers_there_is_nothing() {
        let off = config(r#"{"HTTPRetrieval": {"Enabled": false}}"#);
        assert!(gateways(&off, "agent").unwrap().is_none());
        let none =
            config(r#"{"HTTPRetrieval": {"Enabled": false}, "Bitswap": {"Libp2pEnabled": false}}"#);
        assert!(gateways(&none, "agent").is_err());
    }
}
