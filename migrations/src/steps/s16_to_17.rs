//! Spec: spec/migrations/16-to-17.md
//!
//! Defaults that the network publishes are written as `auto`.

use crate::config::json::{Object, Value, object_or_null};
use crate::config::{self, config_step};
use crate::error::Error;
use crate::report::Report;

config_step! {
    /// The step.
    Step16To17: 16, "16-to-17", "17-to-16",
    "configuration: default peers, resolvers and routers become \"auto\"",
    "Upgrading config to use AutoConf system", convert, older
}

/// Stands for whatever the network's default is.
const AUTO: &str = "auto";

const DEFAULT_PEERS: [&str; 7] = [
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN",
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmQCU2EcMqAqQPR2i9bChDtGNJchTbq5TbXJJ16u19uLTa",
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmbLHAnMoJPWSCR5Zhtx6BHJX9KiKNN6tpvbUcqanj75Nb",
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt",
    "/dnsaddr/va1.bootstrap.libp2p.io/p2p/12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8",
    "/ip4/104.131.131.82/tcp/4001/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ",
    "/ip4/104.131.131.82/udp/4001/quic-v1/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ",
];

const DEFAULT_RESOLVERS: [&str; 3] = [
    "https://dns.eth.limo/dns-query",
    "https://dns.eth.link/dns-query",
    "https://resolver.cloudflare-eth.com/dns-query",
];

const DEFAULT_ROUTER: &str = "https://cid.contact";

fn convert(text: &[u8], _report: &mut Report) -> Result<Vec<u8>, Error> {
    let config = Value::read_first(text).and_then(object_or_null);
    let mut config = config::object(config.map_err(config::conversion_failed)?)?;
    // spec: 16-to-17.autoconf
    config.entry("AutoConf".to_owned()).or_insert_with(|| Object::new().into());
    let peers = bootstrap(config.get("Bootstrap"));
    config.insert("Bootstrap".to_owned(), peers);
    resolvers(section(&mut config, "DNS"));
    routers(section(&mut config, "Routing"));
    publishers(section(&mut config, "Ipns"));
    Ok(Value::Object(config).indented().into_bytes())
}

fn auto() -> Value {
    Value::Array(vec![AUTO.into()])
}

/// A section, in place of whatever else has its name.
fn section<'a>(config: &'a mut Object, name: &str) -> &'a mut Object {
    let value = config.entry(name.to_owned()).or_insert(Value::Null);
    if value.as_object().is_none() {
        *value = Object::new().into();
    }
    match value {
        Value::Object(section) => section,
        _ => unreachable!("it was just made an object"),
    }
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).unwrap_or_default().iter().filter_map(Value::as_str)
}

// spec: 16-to-17.bootstrap
fn bootstrap(given: Option<&Value>) -> Value {
    let all = strings(given).count();
    let custom = strings(given).filter(|peer| !DEFAULT_PEERS.contains(peer)).map(Value::from);
    let custom: Vec<Value> = custom.collect();
    let replaced = all == 0 || custom.len() < all;
    let first = replaced.then(|| AUTO.into());
    Value::Array(first.into_iter().chain(custom).collect())
}

// spec: 16-to-17.resolvers
fn resolvers(dns: &mut Object) {
    let given = dns.get("Resolvers").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut resolvers: Object = given
        .into_iter()
        .filter_map(|(domain, url)| {
            let url = url.as_str()?;
            let url = if DEFAULT_RESOLVERS.contains(&url) { AUTO } else { url };
            Some((domain, Value::from(url)))
        })
        .collect();
    resolvers.entry(".".to_owned()).or_insert_with(|| AUTO.into());
    dns.insert("Resolvers".to_owned(), resolvers.into());
}

// spec: 16-to-17.routers
fn routers(routing: &mut Object) {
    let mut out: Vec<Value> = Vec::new();
    let mut replaced = false;
    for router in strings(routing.get("DelegatedRouters")) {
        if router != DEFAULT_ROUTER {
            out.push(router.into());
        } else if !replaced {
            out.push(AUTO.into());
            replaced = true;
        }
    }
    let out = if out.is_empty() { auto() } else { Value::Array(out) };
    routing.insert("DelegatedRouters".to_owned(), out);
}

// spec: 16-to-17.publishers
fn publishers(ipns: &mut Object) {
    let empty = match ipns.get("DelegatedPublishers") {
        None | Some(Value::Null) => true,
        Some(Value::Array(given)) => given.is_empty(),
        Some(_) => false,
    };
    if empty {
        ipns.insert("DelegatedPublishers".to_owned(), auto());
    }
}

// spec: 16-to-17.worked-out
/// What version 16 knows in place of `auto`: the default peers by name, and nothing where it has
/// the default anyhow.
fn older(text: &[u8], _report: &mut Report) -> Result<Vec<u8>, Error> {
    let config = Value::read_first(text).and_then(object_or_null);
    let mut config = config::object(config.map_err(config::conversion_failed)?)?;
    if config.get("AutoConf").and_then(Value::as_object).is_some_and(Object::is_empty) {
        config.remove("AutoConf");
    }
    if let Some(Value::Array(peers)) = config.get_mut("Bootstrap") {
        in_place_of_auto(peers, &DEFAULT_PEERS);
    }
    let field = |config: &'_ mut Object, section: &str, name: &str| -> Option<Value> {
        config.get_mut(section)?.as_object_mut()?.remove(name)
    };
    if let Some(mut resolvers) = field(&mut config, "DNS", "Resolvers") {
        if let Some(resolvers) = resolvers.as_object_mut() {
            if let Some(eth) = resolvers.get_mut("eth.").filter(|url| url.as_str() == Some(AUTO)) {
                *eth = DEFAULT_RESOLVERS[0].into();
            }
            resolvers.retain(|_, url| url.as_str() != Some(AUTO));
        }
        section(&mut config, "DNS").insert("Resolvers".to_owned(), resolvers);
    }
    if let Some(mut routers) = field(&mut config, "Routing", "DelegatedRouters") {
        if let Value::Array(routers) = &mut routers {
            let named: &[&str] = if routers.len() > 1 { &[DEFAULT_ROUTER] } else { &[] };
            in_place_of_auto(routers, named);
        }
        section(&mut config, "Routing").insert("DelegatedRouters".to_owned(), routers);
    }
    if let Some(mut publishers) = field(&mut config, "Ipns", "DelegatedPublishers") {
        if let Value::Array(publishers) = &mut publishers {
            in_place_of_auto(publishers, &[]);
        }
        section(&mut config, "Ipns").insert("DelegatedPublishers".to_owned(), publishers);
    }
    Ok(Value::Object(config).indented().into_bytes())
}

/// Each text once, where `auto` was.
fn in_place_of_auto(list: &mut Vec<Value>, texts: &[&str]) {
    let mut out: Vec<Value> = Vec::with_capacity(list.len() + texts.len());
    for item in list.drain(..) {
        if item.as_str() != Some(AUTO) {
            out.push(item);
            continue;
        }
        for text in texts.iter().map(|&text| Value::from(text)) {
            if !out.contains(&text) {
                out.push(text);
            }
        }
    }
    *list = out;
}
