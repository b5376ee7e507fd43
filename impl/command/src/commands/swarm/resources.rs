//! Spec: spec/command/swarm-command.md
//!
//! `ipfs swarm resources`: limits, and what is used of them.

use crate::prelude::*;
use ipfs_node::swarm::{Bound, LimitSet, NamedLimits, ScopeLimits, Usage};
use serde_json::Value;
use std::collections::BTreeMap;

const NO_LIMITS: &str =
    "missing ResourceMgr: make sure the daemon is running with Swarm.ResourceMgr.Enabled";

/// All scopes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Resources {
    system: Scope,
    transient: Scope,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    services: BTreeMap<String, Scope>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    protocols: BTreeMap<String, Scope>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    peers: BTreeMap<String, Scope>,
}

/// Limits are numbers, or `unlimited` or `blockAll`; that of memory is always a text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Scope {
    memory: Value,
    memory_usage: u64,
    #[serde(rename = "FD")]
    descriptors: Value,
    #[serde(rename = "FDUsage")]
    descriptors_usage: u64,
    conns: Value,
    conns_usage: u64,
    conns_inbound: Value,
    conns_inbound_usage: u64,
    conns_outbound: Value,
    conns_outbound_usage: u64,
    streams: Value,
    streams_usage: u64,
    streams_inbound: Value,
    streams_inbound_usage: u64,
    streams_outbound: Value,
    streams_outbound_usage: u64,
}

fn value(bound: Bound) -> Value {
    match bound {
        Bound::Unlimited => "unlimited".into(),
        Bound::Max(0) => "blockAll".into(),
        Bound::Max(most) => most.into(),
    }
}

fn scope(limits: &ScopeLimits, usage: &Usage) -> Scope {
    Scope {
        memory: match limits.memory {
            Bound::Max(most) if most > 0 => most.to_string().into(),
            other => value(other),
        },
        memory_usage: usage.memory,
        descriptors: value(limits.descriptors),
        descriptors_usage: usage.descriptors,
        conns: value(limits.connections),
        conns_usage: usage.connections_inbound + usage.connections_outbound,
        conns_inbound: value(limits.connections_inbound),
        conns_inbound_usage: usage.connections_inbound,
        conns_outbound: value(limits.connections_outbound),
        conns_outbound_usage: usage.connections_outbound,
        streams: value(limits.streams),
        streams_usage: usage.streams_inbound + usage.streams_outbound,
        streams_inbound: value(limits.streams_inbound),
        streams_inbound_usage: usage.streams_inbound,
        streams_outbound: value(limits.streams_outbound),
        streams_outbound_usage: usage.streams_outbound,
    }
}

impl Scope {
    fn rows(&self) -> [(&'static str, &Value, u64); 8] {
        [
            ("Memory", &self.memory, self.memory_usage),
            ("FD", &self.descriptors, self.descriptors_usage),
            ("Conns", &self.conns, self.conns_usage),
            ("ConnsInbound", &self.conns_inbound, self.conns_inbound_usage),
            ("ConnsOutbound", &self.conns_outbound, self.conns_outbound_usage),
            ("Streams", &self.streams, self.streams_usage),
            ("StreamsInbound", &self.streams_inbound, self.streams_inbound_usage),
            ("StreamsOutbound", &self.streams_outbound, self.streams_outbound_usage),
        ]
    }
}

impl Output for Resources {
    const NAME: &'static str = "LimitsConfigAndUsage";

    // spec: swarm-command.resources-text
    fn text(&self, _: &Request, out: &mut dyn Write) -> Result<()> {
        let head = ["Scope", "Limit Name", "Limit Value", "Limit Usage Amount"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows[0].push("Limit Usage Percent".to_owned());
        let named = |prefix: &'static str, all| {
            let all: &BTreeMap<String, Scope> = all;
            all.iter().map(move |(name, scope)| (format!("{prefix}{name}"), scope))
        };
        let scopes =
            [("system".to_owned(), &self.system), ("transient".to_owned(), &self.transient)];
        let scopes = scopes
            .into_iter()
            .chain(named("svc:", &self.services))
            .chain(named("proto:", &self.protocols))
            .chain(named("peer:", &self.peers));
        for (name, scope) in scopes {
            for (limit, value, usage) in scope.rows() {
                let (value, percent) = match value.as_str() {
                    Some("unlimited") => continue,
                    Some("blockAll") => ("blockAll".to_owned(), "n/a".to_owned()),
                    text => {
                        let most = text.and_then(|text| text.parse().ok()).or(value.as_f64());
                        let value = text.map_or_else(|| value.to_string(), str::to_owned);
                        let share = usage as f64 / most.unwrap_or(1.0) * 100.0;
                        (value, if usage == 0 { "0%".into() } else { format!("{share:.1}%") })
                    }
                };
                rows.push(vec![name.clone(), limit.to_owned(), value, usage.to_string(), percent]);
            }
        }
        table(&rows, out)
    }
}

/// Columns that end at multiples of the width of a tab: at least 20 wide, filled with tabs.
fn table(rows: &[Vec<String>], out: &mut dyn Write) -> Result<()> {
    const TAB: usize = 8;
    const WIDTH_MIN: usize = 20;
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let width = cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(WIDTH_MIN);
        width.div_ceil(TAB) * TAB
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        for (cell, width) in row.iter().zip(&widths) {
            let missing = width.saturating_sub(cell.chars().count());
            write!(out, "{cell}{}", "\t".repeat(missing.div_ceil(TAB)))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Those with limits of their own, and those in use.
fn named(limits: &NamedLimits, used: &BTreeMap<String, Usage>) -> BTreeMap<String, Scope> {
    let usage = |name: &String| used.get(name).copied().unwrap_or_default();
    let names = limits.own.keys().chain(used.keys());
    names.map(|name| (name.clone(), scope(limits.of(name), &usage(name)))).collect()
}

// spec: swarm-command.resources
// spec: offline.resources
pub(super) fn resources(_: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    env.node()?;
    let Some(network) = env.network() else { return Err(Error::new(NO_LIMITS)) };
    let (limits, used) = (network.swarm().limits(), network.swarm().resources());
    if *limits == LimitSet::unlimited() {
        return Err(Error::new(NO_LIMITS));
    }
    let mut peers = BTreeMap::new();
    for (peer, usage) in &used.peers {
        let own = limits.peers.get(peer).unwrap_or(&limits.peer_default);
        peers.insert(peer.to_string(), scope(own, usage));
    }
    for (peer, own) in &limits.peers {
        peers.entry(peer.to_string()).or_insert_with(|| scope(own, &Usage::default()));
    }
    emitter.emit(&Resources {
        system: scope(&limits.system, &used.system),
        transient: scope(&limits.transient, &used.transient),
        services: named(&limits.services, &used.services),
        protocols: named(&limits.protocols, &used.protocols),
        peers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_filled_with_tabs() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let mut out = Vec::new();
        let rows = [row(["Scope", "Limit Name"]), row(["system", "x"])];
        table(&rows, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "Scope\t\t\tLimit Name\t\t\nsystem\t\t\tx\t\t\t\n");
    }
}
