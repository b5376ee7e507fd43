//! Spec: spec/command/swarm-command.md
//!
//! Limits of the user's own: `libp2p-resource-limit-overrides.json`.

use super::constructing;
use crate::error::{Error, Result};
use ipfs_node::swarm::{Bound, LimitSet, ScopeLimits};
use ipfs_repo::Repo;
use ipfs_repo::config::Config as Tree;
use serde_json::Value;
use std::path::Path;

/// `Swarm.ConnMgr.HighWater` when it is not set.
const HIGH_WATER: i64 = 96;
/// Largest file with limits of the user, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Changes the limits by the user's file, and looks whether they make sense.
// spec: swarm-command.limits
pub(super) fn overrides(repo: &Repo, config: &Tree, set: &mut LimitSet) -> Result<()> {
    if config.flag("Swarm.ResourceMgr.Enabled") == Some(false) {
        return Ok(());
    }
    if config.value("Swarm.ResourceMgr.Limits").is_some_and(|limits| !is_empty(limits)) {
        return Err(constructing(
            "the Swarm.ResourceMgr.Limits configuration has been removed in Kubo 0.19 and should \
             be empty or not present. To set custom libp2p limits, read \
             https://github.com/ipfs/kubo/blob/master/docs/libp2p-resource-management.md",
        ));
    }
    read(&repo.layout().directory().join("libp2p-resource-limit-overrides.json"), set)?;
    // Who allows some only may well block all others.
    let allows_some = !config.texts("Swarm.ResourceMgr.Allowlist").is_empty();
    if config.text("Swarm.ConnMgr.Type") == Some("none") || allows_some {
        return Ok(());
    }
    let high_water = config.integer("Swarm.ConnMgr.HighWater").unwrap_or(HIGH_WATER);
    makes_sense(&set.system, u64::try_from(high_water).unwrap_or(0))
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// What the user's file changes.
fn read(path: &Path, set: &mut LimitSet) -> Result<()> {
    use std::io::Read;
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(crate::error::path_error("open", path, &error)),
    };
    let mut text = String::new();
    let read = file.take(FILE_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| crate::error::path_error("read", path, &error))?;
    let all: Value = serde_json::from_str(&text)
        .map_err(|error| constructing(format!("{}: {error}", path.display())))?;
    for (name, scope) in [
        ("System", &mut set.system),
        ("Transient", &mut set.transient),
        // spec: limits.allowlist-overrides
        ("AllowlistedSystem", &mut set.allowed_system),
        ("AllowlistedTransient", &mut set.allowed_transient),
        ("PeerDefault", &mut set.peer_default),
        ("ProtocolDefault", &mut set.protocols.default),
        ("ProtocolPeerDefault", &mut set.protocol_peers.default),
        ("ServiceDefault", &mut set.services.default),
        ("ServicePeerDefault", &mut set.service_peers.default),
        ("Conn", &mut set.connection),
        ("Stream", &mut set.stream),
    ] {
        apply(all.get(name), scope)?;
    }
    for (peer, limits) in all.get("Peer").and_then(Value::as_object).into_iter().flatten() {
        let peer = crate::network::parse_peer(peer)?;
        let mut scope = set.peer_default;
        apply(Some(limits), &mut scope)?;
        set.peers.insert(peer, scope);
    }
    for (kind, named) in [
        ("Protocol", &mut set.protocols),
        ("ProtocolPeer", &mut set.protocol_peers),
        ("Service", &mut set.services),
        ("ServicePeer", &mut set.service_peers),
    ] {
        for (name, limits) in all.get(kind).and_then(Value::as_object).into_iter().flatten() {
            let mut scope = *named.of(name);
            apply(Some(limits), &mut scope)?;
            named.own.insert(name.clone(), scope);
        }
    }
    Ok(())
}

fn apply(limits: Option<&Value>, scope: &mut ScopeLimits) -> Result<()> {
    for (name, bound) in [
        ("Memory", &mut scope.memory),
        ("FD", &mut scope.descriptors),
        ("Conns", &mut scope.connections),
        ("ConnsInbound", &mut scope.connections_inbound),
        ("ConnsOutbound", &mut scope.connections_outbound),
        ("Streams", &mut scope.streams),
        ("StreamsInbound", &mut scope.streams_inbound),
        ("StreamsOutbound", &mut scope.streams_outbound),
    ] {
        let Some(value) = limits.and_then(|limits| limits.get(name)) else { continue };
        match value {
            Value::String(text) if text == "unlimited" => *bound = Bound::Unlimited,
            Value::String(text) if text == "blockAll" => *bound = Bound::Max(0),
            Value::String(text) if text == "default" => {}
            Value::String(text) if text.parse::<u64>().is_ok() => {
                *bound = Bound::Max(text.parse().unwrap_or(0));
            }
            Value::Number(number) if number.as_i64() == Some(-1) => *bound = Bound::Unlimited,
            Value::Number(number) if number.as_i64() == Some(-2) => *bound = Bound::Max(0),
            Value::Number(number) if number.as_u64().is_some() => {
                *bound = Bound::Max(number.as_u64().unwrap_or(0));
            }
            other => return Err(constructing(format!("limit {name}: {other} is no limit"))),
        }
    }
    Ok(())
}

/// A limit below the number of connections that are kept would make no sense.
fn makes_sense(system: &ScopeLimits, high_water: u64) -> Result<()> {
    for (name, bound) in [
        ("Conns", system.connections),
        ("ConnsInbound", system.connections_inbound),
        ("Streams", system.streams),
        ("StreamsInbound", system.streams_inbound),
    ] {
        if let Bound::Max(value) = bound
            && value <= high_water
        {
            return Err(Error::new(format!(
                "\nUnable to initialize libp2p due to conflicting resource manager limit \
                 configuration.\nresource manager System.{name} ({value}) must be bigger than \
                 ConnMgr.HighWater ({high_water})\nSee: \
                 https://github.com/ipfs/kubo/blob/master/docs/libp2p-resource-management.md\
                 #how-does-the-resource-manager-resourcemgr-relate-to-the-connection-manager-connmgr\n"
            )));
        }
    }
    Ok(())
}
