//! Spec: spec/node/swarm.md
//!
//! Numbers for Prometheus, under the names of the reference.

use super::connections::{Connection, Direction};
use super::limits::{Bound, ScopeLimits};
use super::shared::Shared;
use super::{Multiaddr, lock};
use libp2p::multiaddr::Protocol;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Direction, transport and IP version.
type Kind = (&'static str, &'static str, &'static str);

/// What is only counted, not looked up.
#[derive(Debug, Default)]
pub(super) struct Counters {
    opened: Mutex<BTreeMap<Kind, u64>>,
    closed: Mutex<BTreeMap<Kind, u64>>,
    dial_errors: Mutex<BTreeMap<Kind, u64>>,
    pub(super) pushes: AtomicU64,
}

impl Counters {
    pub(super) fn opened(&self, connection: &Connection) {
        let kind = kind(direction(connection.direction), &connection.remote);
        *lock(&self.opened).entry(kind).or_default() += 1;
    }

    pub(super) fn closed(&self, connection: &Connection) {
        let kind = kind(direction(connection.direction), &connection.remote);
        *lock(&self.closed).entry(kind).or_default() += 1;
    }

    /// `reason` is for people; the label is one of few.
    pub(super) fn dial_failed(&self, address: &Multiaddr, reason: &str) {
        let error = match reason {
            _ if reason.contains("connection refused") => "connection refused",
            _ if reason.contains("timeout") || reason.contains("deadline") => "timeout",
            _ if reason.contains("unreachable") || reason.contains("no route") => "unreachable",
            _ => "other",
        };
        *lock(&self.dial_errors).entry(kind(error, address)).or_default() += 1;
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
    }
}

fn kind(first: &'static str, address: &Multiaddr) -> Kind {
    let quic = address.iter().any(|part| matches!(part, Protocol::QuicV1));
    let six = address.iter().any(|part| matches!(part, Protocol::Ip6(_)));
    (first, if quic { "quic-v1" } else { "tcp" }, if six { "ip6" } else { "ip4" })
}

/// Appends one family.
fn family(out: &mut String, name: &str, form: &str, help: &str, samples: &[(String, u64)]) {
    if samples.is_empty() {
        return;
    }
    // Writing to memory doesn't fail.
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {form}");
    for (labels, value) in samples {
        let _ = writeln!(out, "{name}{{{labels}}} {value}");
    }
}

// spec: swarm.metrics
/// Appends everything in the text form.
pub(super) fn write(shared: &Shared, out: &mut String) {
    let kinds = |all: &Mutex<BTreeMap<Kind, u64>>| -> Vec<(String, u64)> {
        let label = |(dir, transport, ip): &Kind| {
            let muxer = if *transport == "tcp" { "/yamux/1.0.0" } else { "" };
            format!("dir=\"{dir}\",ip_version=\"{ip}\",muxer=\"{muxer}\",transport=\"{transport}\"")
        };
        lock(all).iter().map(|(kind, count)| (label(kind), *count)).collect()
    };
    let counters = &shared.counters;
    let opened = "libp2p_swarm_connections_opened_total";
    family(out, opened, "counter", "Connections Opened", &kinds(&counters.opened));
    let closed = "libp2p_swarm_connections_closed_total";
    family(out, closed, "counter", "Connections Closed", &kinds(&counters.closed));
    let errors: Vec<_> = lock(&counters.dial_errors)
        .iter()
        .map(|((error, transport, ip), count)| {
            let labels = format!("error=\"{error}\",ip_version=\"{ip}\",transport=\"{transport}\"");
            (labels, *count)
        })
        .collect();
    family(out, "libp2p_swarm_dial_errors_total", "counter", "Dial errors by reason", &errors);
    let pushes = [("trigger=\"change\"".to_owned(), counters.pushes.load(Relaxed))];
    let name = "libp2p_identify_identify_pushes_triggered_total";
    family(out, name, "counter", "Pushes Triggered", &pushes);
    let protocols = shared.registry.names().len() as u64;
    bare(out, "libp2p_identify_protocols_count", "Protocols Count", protocols);
    bare(out, "libp2p_identify_addrs_count", "Addrs Count", shared.announced().len() as u64);
    write_limits(shared, out);
}

fn bare(out: &mut String, name: &str, help: &str, value: u64) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
}

fn write_limits(shared: &Shared, out: &mut String) {
    let snapshot = shared.limits.snapshot();
    let set = shared.limits.set();
    let scopes = [
        ("system", &snapshot.system, &set.system),
        ("transient", &snapshot.transient, &set.transient),
    ];
    let (mut connections, mut streams, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    let (mut descriptors, mut limits) = (Vec::new(), Vec::new());
    for (scope, usage, limit) in scopes {
        let label = |dir: &str| format!("dir=\"{dir}\",scope=\"{scope}\"");
        connections.push((label("inbound"), usage.connections_inbound));
        connections.push((label("outbound"), usage.connections_outbound));
        let label = |dir: &str| format!("dir=\"{dir}\",protocol=\"\",scope=\"{scope}\"");
        streams.push((label("inbound"), usage.streams_inbound));
        streams.push((label("outbound"), usage.streams_outbound));
        memory.push((format!("protocol=\"\",scope=\"{scope}\""), usage.memory));
        descriptors.push((format!("scope=\"{scope}\""), usage.descriptors));
        limits.extend(bounds(scope, limit));
    }
    family(out, "libp2p_rcmgr_connections", "gauge", "Number of Connections", &connections);
    family(out, "libp2p_rcmgr_streams", "gauge", "Number of Streams", &streams);
    family(out, "libp2p_rcmgr_memory", "gauge", "Amount of memory reserved", &memory);
    let help = "Number of file descriptors reserved";
    family(out, "libp2p_rcmgr_fds", "gauge", help, &descriptors);
    family(out, "libp2p_rcmgr_limit", "gauge", "Limits", &limits);
    let label = |scope: &str, limit: &str| format!("resource=\"{limit}\",scope=\"{scope}\"");
    let blocked: Vec<_> = snapshot
        .refusals
        .iter()
        .map(|(scope, limit, times)| (label(scope, limit), *times))
        .collect();
    let name = "libp2p_rcmgr_blocked_resources";
    family(out, name, "counter", "Number of blocked resources", &blocked);
}

fn bounds(scope: &str, limits: &ScopeLimits) -> Vec<(String, u64)> {
    let all = [
        ("Memory", limits.memory),
        ("FD", limits.descriptors),
        ("Conns", limits.connections),
        ("ConnsInbound", limits.connections_inbound),
        ("ConnsOutbound", limits.connections_outbound),
        ("Streams", limits.streams),
        ("StreamsInbound", limits.streams_inbound),
        ("StreamsOutbound", limits.streams_outbound),
    ];
    let bound = |(name, bound)| match bound {
        Bound::Unlimited => None,
        Bound::Max(most) => Some((format!("resource=\"{name}\",scope=\"{scope}\""), most)),
    };
    all.into_iter().filter_map(bound).collect()
}
