//! Spec: spec/migrations/12-to-13.md
//!
//! The configuration as programs of version 12 can read it, where there is no backup of theirs.

use super::{each_address_list, section, text};
use crate::config::json::{Object, Value, object_or_null};
use crate::error::Error;
use crate::report::Report;

/// Transports that version 12 does not know in addresses.
const UNKNOWN: [&str; 3] = ["webtransport", "webrtc-direct", "certhash"];
/// What version 12 can announce.
const STRATEGIES: [&str; 4] = ["", "all", "pinned", "roots"];
/// What later versions have where nothing is written.
const GRACE_PERIOD: &str = "20s";
const LOW_WATER: &str = "32";
const HIGH_WATER: &str = "96";

// spec: 12-to-13.worked-out
pub(super) fn older(text: &[u8], _report: &mut Report) -> Result<Vec<u8>, Error> {
    let Some(mut config) = object_or_null(Value::read_first(text)?)? else {
        return Ok(text.to_vec());
    };
    each_address_list(&mut config, known);
    if let Some(Value::Array(peers)) = config.get_mut("Bootstrap") {
        *peers = known(peers);
    }
    routing(&mut config);
    reprovider(&mut config);
    connection_limits(&mut config)?;
    Ok(Value::Object(config).indented().into_bytes())
}

/// QUIC v1 as QUIC, each address once, and none that can't be read.
fn known(list: &[Value]) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::with_capacity(list.len());
    for item in list {
        let item = match item.as_str() {
            Some(address) if address.split('/').any(|part| UNKNOWN.contains(&part)) => continue,
            Some(address) => {
                let parts = address.split('/').map(|part| match part {
                    "quic-v1" => "quic",
                    part => part,
                });
                Value::from(parts.collect::<Vec<_>>().join("/"))
            }
            None => item.clone(),
        };
        if !out.contains(&item) {
            out.push(item);
        }
    }
    out
}

fn routing(config: &mut Object) {
    let Some(routing) = section(config, "Routing") else { return };
    let known = match text(routing, "Type") {
        Some("auto") => "dht",
        Some("autoclient") => "dhtclient",
        _ => return,
    };
    routing.insert("Type".to_owned(), known.into());
}

fn reprovider(config: &mut Object) {
    let Some(reprovider) = section(config, "Reprovider") else { return };
    if text(reprovider, "Strategy").is_some_and(|name| !STRATEGIES.contains(&name)) {
        reprovider.remove("Strategy");
    }
}

/// Version 12 needs all figures once there is a type.
fn connection_limits(config: &mut Object) -> Result<(), Error> {
    let limits = section(config, "Swarm").and_then(|swarm| section(swarm, "ConnMgr"));
    let Some(limits) = limits.filter(|limits| text(limits, "Type") == Some("basic")) else {
        return Ok(());
    };
    limits.entry("GracePeriod".to_owned()).or_insert(GRACE_PERIOD.into());
    for (name, figure) in [("LowWater", LOW_WATER), ("HighWater", HIGH_WATER)] {
        let figure = Value::read_whole(figure.as_bytes())?;
        limits.entry(name.to_owned()).or_insert(figure);
    }
    Ok(())
}
