//! Spec: spec/command/config-commands.md
//!
//! What the word `auto` stands for. The network's configuration service is not asked here: these
//! are the values that apply without it.

use ipfs_repo::config::Config;
use ipfs_repo::config::fresh::AUTO;
use serde_json::{Map, Value};

const BOOTSTRAP: [&str; 7] = [
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN",
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmQCU2EcMqAqQPR2i9bChDtGNJchTbq5TbXJJ16u19uLTa",
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmbLHAnMoJPWSCR5Zhtx6BHJX9KiKNN6tpvbUcqanj75Nb",
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt",
    "/dnsaddr/va1.bootstrap.libp2p.io/p2p/12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8",
    "/ip4/104.131.131.82/tcp/4001/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ",
    "/ip4/104.131.131.82/udp/4001/quic-v1/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ",
];
const ROUTERS: [&str; 1] = ["https://cid.contact/routing/v1/providers"];
const ETH_RESOLVER: (&str, &str) = ("eth.", "https://dns.eth.limo/dns-query");

/// Keys whose values may have `auto` in them.
const KEYS: [&str; 4] =
    ["Bootstrap", "DNS.Resolvers", "Routing.DelegatedRouters", "Ipns.DelegatedPublishers"];

fn enabled(config: &Config) -> bool {
    config.flag("AutoConf.Enabled").unwrap_or(true)
}

fn expanded_list(config: &Config, key: &str, meaning: &[&str]) -> Vec<String> {
    let meaning = if enabled(config) { meaning } else { &[] };
    let mut done = false;
    let mut list = Vec::new();
    for item in config.texts(key) {
        if item != AUTO {
            list.push(item);
        } else if !std::mem::replace(&mut done, true) {
            list.extend(meaning.iter().map(|&text| text.to_owned()));
        }
    }
    list
}

/// The bootstrap peers with `auto` replaced.
pub(crate) fn bootstrap_peers(config: &Config) -> Vec<String> {
    let has_own_system =
        !matches!(config.text("Routing.Type"), Some("delegated" | "none" | "custom"));
    expanded_list(config, "Bootstrap", if has_own_system { &BOOTSTRAP } else { &[] })
}

/// The delegated routers with `auto` replaced.
pub(crate) fn delegated_routers(config: &Config) -> Vec<String> {
    expanded_list(config, "Routing.DelegatedRouters", &ROUTERS)
}

fn resolvers(config: &Config) -> Value {
    let Some(Value::Object(own)) = config.value("DNS.Resolvers") else { return Value::Null };
    let mut map: Map<String, Value> =
        own.iter().filter(|(_, url)| *url != AUTO).map(|(k, v)| (k.clone(), v.clone())).collect();
    if enabled(config) {
        let (zone, url) = ETH_RESOLVER;
        map.entry(zone).or_insert_with(|| url.into());
    }
    Value::Object(map)
}

// spec: config-commands.expand-auto
/// The value of a key with `auto` replaced; other keys keep theirs.
pub(super) fn expand(config: &Config, key: &str, value: Value) -> Value {
    match key {
        "Bootstrap" => bootstrap_peers(config).into(),
        "DNS.Resolvers" => resolvers(config),
        "Routing.DelegatedRouters" => expanded_list(config, key, &ROUTERS).into(),
        "Ipns.DelegatedPublishers" => expanded_list(config, key, &[]).into(),
        _ => value,
    }
}

/// A whole configuration with `auto` replaced.
pub(super) fn expand_all(config: &Config, tree: &mut ipfs_repo::config::Tree) {
    for key in KEYS {
        if let Ok(value) = tree.get(key) {
            let expanded = expand(config, key, value.clone());
            // The key is there, so the way to it is.
            let _ = tree.set(key, expanded);
        }
    }
}
